/** `1 seal`, `2 seals`: a number and its noun, for people. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
