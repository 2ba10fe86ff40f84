const [BACKSLASH, LF, CR, SPACE] = [0x5c, 0x0a, 0x0d, 0x20];

/**
 * Text in which lines that a backslash continues are one, as shells read them; every byte stays where it was.
 * @returns the same bytes where no line is continued
 */
export function continuedLines(bytes: Uint8Array): Uint8Array {
  let copy: Uint8Array | undefined;
  for (let at = bytes.indexOf(BACKSLASH); at >= 0; at = bytes.indexOf(BACKSLASH, at + 1)) {
    const length = bytes[at + 1] === LF ? 2 : bytes[at + 1] === CR && bytes[at + 2] === LF ? 3 : 0;
    if (length === 0) continue;
    copy ??= bytes.slice();
    copy.fill(SPACE, at, at + length);
  }
  return copy ?? bytes;
}
