/**
 * URL-safe Base64 without padding, the text alphabet of CESR, read and written in place: no intermediate strings, and
 * characters outside the alphabet are never skipped.
 * @module
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Marks characters outside the alphabet; no sextet has this bit. */
const INVALID = 0x40;

const VALUES = new Uint8Array(128).fill(INVALID);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

const CODES = Uint8Array.from({ length: 64 }, (_, i) => ALPHABET.charCodeAt(i));

/** One character for each byte; those above 127 become characters outside of ASCII. */
const decoder = new TextDecoder('latin1');

function sextet(text: string, index: number): number {
  return VALUES[text.charCodeAt(index)] ?? INVALID;
}

function writeQuadlet(text: Uint8Array, at: number, triplet: number): void {
  text[at] = CODES[triplet >> 18] ?? 0;
  text[at + 1] = CODES[(triplet >> 12) & 63] ?? 0;
  text[at + 2] = CODES[(triplet >> 6) & 63] ?? 0;
  text[at + 3] = CODES[triplet & 63] ?? 0;
}

/** Writes the characters of the bytes from `start` to `end` into `text` from `at`. */
function writeTriplets(
  text: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  for (let i = start, to = at; i < end; i += 3, to += 4) {
    const triplet = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    writeQuadlet(text, to, triplet);
  }
}

/** The characters of bytes whose number is a multiple of three. */
export function encodeBase64(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if ((end - start) % 3 !== 0) throw new Error('whole triplets of bytes are expected');
  const text = new Uint8Array(((end - start) / 3) * 4);
  writeTriplets(text, 0, bytes, start, end);
  return decoder.decode(text);
}

/** Where digests and keys of 32 bytes become text: most that is written is of this size. */
const scratch = new Uint8Array(44);

/**
 * A code and the characters of the bytes behind it, as one text. `drop` zero bytes (at most two) precede the bytes, so
 * that together they are a multiple of three; the last `code.length % 4` characters of the code take the place of as
 * many characters that these zeros make.
 */
export function encodeBase64Behind(code: string, bytes: Uint8Array, drop: number): string {
  if ((drop + bytes.length) % 3 !== 0) throw new Error('whole triplets of bytes are expected');
  const base = code.length - (code.length % 4);
  const size = base + ((drop + bytes.length) / 3) * 4;
  const text = size === scratch.length ? scratch : new Uint8Array(size);
  let start = 0;
  let at = base;
  if (drop > 0) {
    const [first = 0, second = 0] = bytes;
    writeQuadlet(text, base, drop === 1 ? (first << 8) | second : first);
    start = 3 - drop;
    at += 4;
  }
  writeTriplets(text, at, bytes, start, bytes.length);
  for (let i = 0; i < code.length; i++) text[i] = code.charCodeAt(i);
  return decoder.decode(text);
}

/**
 * The three bytes, as one number, of the quadlet of characters at `index`, whose first `blank` count as zero; -1 when
 * one of the others is outside the alphabet.
 */
function tripletAt(text: string, index: number, blank: number): number {
  const a = blank > 0 ? 0 : sextet(text, index);
  const b = blank > 1 ? 0 : sextet(text, index + 1);
  const c = blank > 2 ? 0 : sextet(text, index + 2);
  const d = sextet(text, index + 3);
  return ((a | b | c | d) & INVALID) === 0 ? (a << 18) | (b << 12) | (c << 6) | d : -1;
}

/** Whether `decodeBase64` gives bytes for these arguments. */
export function isBase64(
  text: string,
  start: number,
  end: number,
  blank: number,
  drop: number,
): boolean {
  if (end <= start) return drop === 0;
  if (tripletAt(text, start, blank) >> (24 - 8 * drop) !== 0) return false;
  let seen = 0;
  for (let i = start + 4; i < end; i++) seen |= sextet(text, i);
  return (seen & INVALID) === 0;
}

/**
 * The bytes of the quadlets of characters from `start` to `end`, or `undefined` when a character is outside the
 * alphabet, the text ends before `end`, or a bit that must be zero is set. The first `blank` characters count as zero
 * (they hold a code); the first `drop` bytes, at most two, must be zero and are left out.
 */
export function decodeBase64(
  text: string,
  start: number,
  end: number,
  blank = 0,
  drop = 0,
): Uint8Array | undefined {
  if (end <= start) return drop === 0 ? new Uint8Array() : undefined;
  const bytes = new Uint8Array(((end - start) >> 2) * 3 - drop);
  let seen = 0;
  let written = 0;
  let index = start;
  if (blank + drop > 0) {
    const triplet = tripletAt(text, index, blank);
    if (triplet >> (24 - 8 * drop) !== 0) return undefined;
    for (let byte = drop; byte < 3; byte++) bytes[written++] = triplet >> (16 - 8 * byte);
    index += 4;
  }
  for (; index < end; index += 4) {
    const a = sextet(text, index);
    const b = sextet(text, index + 1);
    const c = sextet(text, index + 2);
    const d = sextet(text, index + 3);
    seen |= a | b | c | d;
    bytes[written] = (a << 2) | (b >> 4);
    bytes[written + 1] = (b << 4) | (c >> 2);
    bytes[written + 2] = (c << 6) | d;
    written += 3;
  }
  return (seen & INVALID) === 0 ? bytes : undefined;
}

/** The number that `length` characters (at most eight) from `start` stand for, or `undefined`. */
export function decodeBase64Number(
  text: string,
  start: number,
  length: number,
): number | undefined {
  let value = 0;
  for (let i = start; i < start + length; i++) {
    const digit = sextet(text, i);
    if (digit === INVALID) return undefined;
    value = value * 64 + digit;
  }
  return value;
}

/** A whole number in exactly `length` characters (at most eight). */
export function encodeBase64Number(value: number, length: number): string {
  if (!Number.isInteger(value) || value < 0 || value >= 64 ** length) {
    throw new Error(`${value} does not fit into ${length} Base64 characters`);
  }
  let text = '';
  for (let rest = value, i = 0; i < length; i++, rest = Math.floor(rest / 64)) {
    text = `${ALPHABET[rest % 64]}${text}`;
  }
  return text;
}

/** Bytes as text, one character each; a byte above 127 becomes a character outside of every alphabet here. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}
