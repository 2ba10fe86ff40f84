/**
 * Whole numbers in CESR and in the hexadecimal of KERI's fields.
 * @module
 */
import { malformed, quoted } from '../base/errors.ts';
import { decodePrimitive, encodePrimitive } from './primitive.ts';

/** Bytes of the value by the code of a number. `0A` is the fixed form of sequence numbers. */
const NUMBER_SIZES: ReadonlyMap<string, number> = new Map([
  ['M', 2],
  ['0H', 4],
  ['R', 5],
  ['N', 8],
  ['S', 11],
  ['T', 14],
  ['0A', 16],
  ['U', 17],
]);

/** The codes that a number gets by its size, the shortest first. */
const MINIMAL_CODES = ['M', 'R', 'N', 'S', 'T', 'U'] as const;

const SEQUENCE_NUMBER_CODE = '0A';

function isNatural(value: number | bigint): boolean {
  return typeof value === 'bigint' ? value >= 0n : Number.isSafeInteger(value) && value >= 0;
}

function bytesOf(value: number | bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  if (typeof value === 'number') {
    for (let i = size - 1, rest = value; rest > 0; i--, rest = Math.floor(rest / 256))
      bytes[i] = rest % 256;
    return bytes;
  }
  for (let i = size - 1, rest = value; rest > 0n; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

/** Big-endian bytes as a number, as a bigint beyond `Number.MAX_SAFE_INTEGER`. */
function valueOf(bytes: Uint8Array): number | bigint {
  let value = 0;
  for (const byte of bytes) {
    value = value * 256 + byte;
    if (value > Number.MAX_SAFE_INTEGER) {
      return bytes.reduce((big, each) => (big << 8n) | BigInt(each), 0n);
    }
  }
  return value;
}

/** The CESR text of a whole number under the shortest code that holds it (at most 17 bytes). */
export function encodeNumber(value: number | bigint): string {
  if (!isNatural(value)) throw new Error(`${value} is not a whole number that CESR can hold`);
  const code = MINIMAL_CODES.find(
    (each) => value < 1n << BigInt(8 * (NUMBER_SIZES.get(each) ?? 0)),
  );
  if (code === undefined) throw new Error(`${value} is larger than CESR's largest number`);
  return encodePrimitive({ code, raw: bytesOf(value, NUMBER_SIZES.get(code) ?? 0) });
}

/**
 * The value of a CESR number of any width; a bigint beyond `Number.MAX_SAFE_INTEGER`.
 * @throws GitkelError `malformed` for anything else.
 */
export function decodeNumber(text: string): number | bigint {
  const { code, raw } = decodePrimitive(text);
  if (!NUMBER_SIZES.has(code)) {
    throw malformed(
      'cesr-number',
      `Cannot read the number ${quoted(text)}: ${code} is not the code of a number`,
    );
  }
  return valueOf(raw);
}

/** The fixed form of a sequence number: 24 characters, code `0A`. */
export function encodeSequenceNumber(value: number | bigint): string {
  if (!isNatural(value) || value >= 1n << 128n)
    throw new Error(`${value} is not a sequence number`);
  return encodePrimitive({ code: SEQUENCE_NUMBER_CODE, raw: bytesOf(value, 16) });
}

/**
 * The value of the fixed form of a sequence number; a bigint beyond `Number.MAX_SAFE_INTEGER`.
 * @throws GitkelError `malformed` for anything else, other codes of numbers included.
 */
export function decodeSequenceNumber(text: string): number | bigint {
  const { code, raw } = decodePrimitive(text);
  if (code !== SEQUENCE_NUMBER_CODE) {
    throw malformed(
      'cesr-number',
      `Cannot read the sequence number ${quoted(text)}: its code must be 0A`,
    );
  }
  return valueOf(raw);
}

/** A whole number as KERI's fields write it: lower-case hexadecimal without leading zeros. */
export function hexNumber(value: number | bigint): string {
  if (!isNatural(value)) throw new Error(`${value} is not a whole number`);
  return value.toString(16);
}

/**
 * The value of a whole number in KERI's fields, at most 128 bits; a bigint beyond `Number.MAX_SAFE_INTEGER`.
 * @throws GitkelError `malformed` for anything but lower-case hexadecimal without leading zeros (KERI specification,
 * "Sequence number").
 */
export function parseHexNumber(value: unknown): number | bigint {
  if (typeof value !== 'string' || !/^(?:0|[1-9a-f][0-9a-f]{0,31})$/.test(value)) {
    throw malformed(
      'hex-number',
      `Cannot read the number ${quoted(value)}: lower-case hexadecimal is expected`,
    );
  }
  return value.length <= 13
    ? Number.parseInt(value, 16)
    : valueOf(bytesOf(BigInt(`0x${value}`), 16));
}
