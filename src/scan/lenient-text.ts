import { fromUtf8, utf8 } from '../base/bytes.ts';

/** What stands for a byte that is no UTF-8: one byte itself, so that every position stays what it was. */
const SUBSTITUTE = 0x1a;

/** How many bytes the character takes that begins at a place, by its first byte alone; 0 for none that begins one. */
function announcedLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/** Whether the second byte can follow on the first one: no long forms, surrogates or what lies beyond Unicode (RFC 3629). */
function canFollow(first: number, second: number): boolean {
  if (first === 0xe0) return second >= 0xa0;
  if (first === 0xed) return second < 0xa0;
  if (first === 0xf0) return second >= 0x90;
  return first !== 0xf4 || second < 0x90;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = announcedLength(first);
  if (length <= 1) return length;
  for (let index = 1; index < length; index++)
    if (((bytes[at + index] ?? 0) & 0xc0) !== 0x80) return 0;
  return canFollow(first, bytes[at + 1] ?? 0) ? length : 0;
}

/** Bytes as text, whatever they are. Its UTF-8 has as many bytes, and each stands where it stood. */
export function decodedWhole(bytes: Uint8Array): string {
  const strict = fromUtf8(bytes);
  if (strict !== undefined) return strict;
  const mended = bytes.slice();
  for (let at = 0; at < mended.length;) {
    const length = lengthAt(mended, at);
    if (length === 0) mended[at] = SUBSTITUTE;
    at += Math.max(1, length);
  }
  const text = fromUtf8(mended);
  if (text === undefined) throw new Error('mended text is not UTF-8');
  return text;
}

/** Positions of characters as positions of bytes; asked for in rising order it takes one pass. */
export function bytePositions(text: string): (index: number) => number {
  let [index, bytes] = [0, 0];
  return (wanted) => {
    if (wanted < index) [index, bytes] = [0, 0];
    bytes += utf8(text.slice(index, wanted)).length;
    index = wanted;
    return bytes;
  };
}
