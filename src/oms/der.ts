/**
 * Values in the Distinguished Encoding Rules (ITU-T X.690, section 10), as certificates use them: definite lengths in
 * their shortest form, tags of one byte.
 * @module
 */
import { toHex } from '../base/bytes.ts';
import { malformed } from '../base/errors.ts';

/** Tags of the types that are read here. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content. */
  readonly whole: Uint8Array;
}

/** That bytes are not what they should be; `why` goes on from "a certificate:". */
export function badDer(why: string): Error {
  return malformed('certificate', `Cannot read a certificate: ${why}`);
}

/** How many bytes a length takes, and what it says. */
function lengthAt(bytes: Uint8Array, at: number): readonly [number, number] {
  const first = bytes[at];
  if (first === undefined) throw badDer('it is cut off');
  if (first < 0x80) return [1, first];
  const count = first - 0x80;
  if (count === 0 || count > 3) throw badDer('a length is not definite, or too large');
  let length = 0;
  for (let i = 1; i <= count; i++) length = length * 256 + (bytes[at + i] ?? 0);
  if (length < 0x80 || length < 256 ** (count - 1))
    throw badDer('a length is not in its shortest form');
  return [1 + count, length];
}

function valueAt(bytes: Uint8Array, at: number): DerValue {
  const tag = bytes[at];
  if (tag === undefined) throw badDer('it is cut off');
  if ((tag & 0x1f) === 0x1f) throw badDer('a tag has more than one byte');
  const [head, length] = lengthAt(bytes, at + 1);
  const start = at + 1 + head;
  if (start + length > bytes.length) throw badDer('it is cut off');
  return {
    tag,
    content: bytes.subarray(start, start + length),
    whole: bytes.subarray(at, start + length),
  };
}

/**
 * The only value that bytes hold.
 * @throws GitkelError `malformed`, reason `certificate`.
 */
export function readDer(bytes: Uint8Array, tag: number): DerValue {
  const value = valueAt(bytes, 0);
  if (value.whole.length !== bytes.length) throw badDer('there are bytes behind its end');
  return expectTag(value, tag);
}

/** The values within a constructed one, at most `limit`. */
export function partsOf({ content }: DerValue, limit: number): readonly DerValue[] {
  const parts: DerValue[] = [];
  for (let at = 0; at < content.length;) {
    const part = valueAt(content, at);
    if (parts.push(part) > limit) throw badDer(`something in it has more than ${limit} parts`);
    at += part.whole.length;
  }
  return parts;
}

/** A value that has to be there, with that tag. */
export function expectTag(value: DerValue | undefined, tag: number): DerValue {
  if (value?.tag === tag) return value;
  throw badDer(`a value of tag ${tag} is expected`);
}

/** An object identifier by the hexadecimal of its content. */
export function oidOf(value: DerValue | undefined): string {
  return toHex(expectTag(value, TAG.oid).content);
}

export function booleanOf(value: DerValue): boolean {
  const { content } = expectTag(value, TAG.boolean);
  const [byte] = content;
  if (content.length !== 1 || (byte !== 0 && byte !== 0xff)) throw badDer('a truth value is none');
  return byte === 0xff;
}

/** A small whole number, not negative. */
export function smallIntegerOf(value: DerValue | undefined): number {
  const { content } = expectTag(value, TAG.integer);
  const [first = 0x80, second] = content;
  if (content.length > 3 || first >= 0x80 || (first === 0 && second !== undefined && second < 0x80))
    throw badDer('a number is negative, too large, or not in its shortest form');
  return content.reduce((number, byte) => number * 256 + byte, 0);
}

/** The first bits of a bit string, the most significant of the first byte first; its length in bits is not kept. */
export function bitsOf(value: DerValue): Uint8Array {
  const { content } = expectTag(value, TAG.bitString);
  const [unused = 8] = content;
  if (unused > 7 || (content.length === 1 && unused !== 0)) throw badDer('a bit string is none');
  return content.subarray(1);
}

/** Seconds since 1970 of a time (RFC 5280, section 4.1.2.5: always with seconds, always in UTC). */
export function timeOf(value: DerValue | undefined): number {
  const isShort = value?.tag === TAG.utcTime;
  const { content } = expectTag(value, isShort ? TAG.utcTime : TAG.generalizedTime);
  const text = String.fromCharCode(...content.subarray(0, 16));
  const form = isShort
    ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
    : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
  const [, ...parts] = form.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  if (year === undefined || month === undefined || content.length > 16)
    throw badDer('a time is none');
  const full = isShort ? year + (year < 50 ? 2000 : 1900) : year;
  const at = Date.UTC(full, month - 1, day, hour, minute, second);
  const again = new Date(at).toISOString().replaceAll(/[-:T]|\.000/g, '');
  if (full < 1950 || again !== (isShort ? `${String(full).slice(0, 2)}${text}` : text))
    throw badDer('a time is none');
  return at / 1000;
}
