/**
 * Counters of CESR version 1: what a group of primitives is, and how many follow (CESR specification, "Count code
 * tables", genus version 1).
 * @module
 */
import { malformed, quoted, type GitkelError } from '../base/errors.ts';
import { decodeBase64, decodeBase64Number, encodeBase64, encodeBase64Number } from './base64.ts';

export interface Counter {
  readonly code: string;
  /** Items that follow; for `-L`, `-0L`, `-V`, `-0V` and `-Z` quadlets, for `--AAA` the version of the table. */
  readonly count: number;
}

/** Characters of the count by the code. */
const COUNT_SIZES: ReadonlyMap<string, number> = new Map([
  ...'A B C D E F G H I J K L V Z'.split(' ').map((letter) => [`-${letter}`, 2] as const),
  ['-0L', 5],
  ['-0V', 5],
  ['--AAA', 3],
]);

/** The codes of all counters. */
export const counterCodes: readonly string[] = [...COUNT_SIZES.keys()];

function unreadable(reason: string, text: string, offset: number, why: string): GitkelError {
  const shown = quoted(text.slice(offset, offset + 8));
  return malformed(reason, `Cannot read the CESR counter ${shown}: ${why}`);
}

/** Characters of the code that starts at a character. */
function codeSizeAt(text: string, offset: number): number {
  const kind = text[offset + 1];
  if (kind === '-') return 5;
  return kind === '0' ? 3 : 2;
}

/**
 * Reads the counter that starts at a character; `end` is where what it counts starts.
 * @throws GitkelError `malformed`: no counter, unknown code, text too short.
 */
export function readCounter(
  text: string,
  offset: number,
): { readonly counter: Counter; readonly end: number } {
  const codeEnd = offset + codeSizeAt(text, offset);
  const code = text.slice(offset, codeEnd);
  const countSize = COUNT_SIZES.get(code);
  if (countSize === undefined) {
    throw codeEnd > text.length
      ? unreadable('cesr-short', text, offset, 'its code is cut off')
      : unreadable('cesr-code', text, offset, 'no counter of version 1 has such a code');
  }
  const end = codeEnd + countSize;
  if (end > text.length) throw unreadable('cesr-short', text, offset, 'its count is cut off');
  const count = decodeBase64Number(text, codeEnd, countSize);
  if (count === undefined)
    throw unreadable('cesr-value', text, offset, 'its count is not a number');
  return { counter: { code, count }, end };
}

/**
 * Reads a text that is one counter and nothing else.
 * @throws GitkelError `malformed` as `readCounter`, and for characters that follow.
 */
export function decodeCounter(text: string): Counter {
  const { counter, end } = readCounter(text, 0);
  if (end !== text.length)
    throw unreadable('cesr-trailing', text, 0, `it ends at character ${end}, more follows`);
  return counter;
}

/** The text of a counter whose count fits its code. */
export function encodeCounter({ code, count }: Counter): string {
  const countSize = COUNT_SIZES.get(code);
  if (countSize === undefined) throw new Error(`no counter has the code ${quoted(code)}`);
  return code + encodeBase64Number(count, countSize);
}

/** The bytes of a counter in the binary domain. */
export function encodeCounterBinary(counter: Counter): Uint8Array {
  const text = encodeCounter(counter);
  const bytes = decodeBase64(text, 0, text.length);
  if (bytes === undefined) throw new Error('a counter is Base64');
  return bytes;
}

/**
 * Reads bytes that are one counter in the binary domain and nothing else.
 * @throws GitkelError `malformed` as `decodeCounter`.
 */
export function decodeCounterBinary(bytes: Uint8Array): Counter {
  if (bytes.length % 3 !== 0 || bytes.length > 6) {
    throw malformed(
      'cesr-size',
      `Cannot read a CESR counter of ${bytes.length} bytes: 3 or 6 are expected`,
    );
  }
  return decodeCounter(encodeBase64(bytes));
}
