/** `1 seal`, `2 seals`: a number and its noun, for people; `2 identities` where its plural is not regular. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
