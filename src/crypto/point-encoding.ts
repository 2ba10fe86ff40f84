/**
 * What the 32 bytes of an Ed25519 point may look like, decided on the bytes alone.
 * @module
 */
import { fromHex } from '../base/bytes.ts';

function pointBytes(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes?.length !== 32) throw new Error('a point encoding has 32 bytes');
  return bytes;
}

/** The y coordinates, little-endian, of the four points of order 8. */
const ORDER_8 = [
  pointBytes('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  pointBytes('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
];

/** Whether bytes 1 to 30 equal `byte` and byte 31 without its sign bit equals `last`. */
function isFilled(bytes: Uint8Array, byte: number, last: number): boolean {
  if (((bytes[31] ?? 0) & 0x7f) !== last) return false;
  for (let i = 1; i < 31; i++) if (bytes[i] !== byte) return false;
  return true;
}

function hasY(bytes: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (bytes[i] !== y[i]) return false;
  return ((bytes[31] ?? 0) & 0x7f) === y[31];
}

/**
 * Whether the first 32 bytes encode y below p = 2^255 - 19 (RFC 8032 section 5.1.3) and y is not that of a point of
 * small order. This also refuses both encodings of x = 0 with the sign bit set, because x = 0 only for y = 1 and
 * y = p - 1. It does not tell whether such a point is on the curve.
 */
export function isSoundPointEncoding(bytes: Uint8Array): boolean {
  const [first] = bytes;
  if (first === undefined || bytes.length < 32) return false;
  switch (first) {
    case 0x00:
    case 0x01:
      return !isFilled(bytes, 0x00, 0x00);
    case 0x26:
      return !hasY(bytes, ORDER_8[0] ?? bytes);
    case 0xc7:
      return !hasY(bytes, ORDER_8[1] ?? bytes);
    default:
      // y = p - 1 is of order 2, and every y from p on is not canonical.
      return first < 0xec || !isFilled(bytes, 0xff, 0x7f);
  }
}
