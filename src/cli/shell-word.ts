/** Text as one word of a shell (POSIX.1-2017, Shell Command Language, 2.2), in quotes where it needs them. */
export function wordOf(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
