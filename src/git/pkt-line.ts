/**
 * Packet lines, the form of Git's protocols (gitprotocol-common): four hexadecimal digits, then so many bytes.
 * @module
 */
import { concat, fromUtf8, utf8 } from '../base/bytes.ts';

const HEAD_BYTES = 4;
/** `0000` ends a part of a conversation. */
const FLUSH = utf8('0000');

/** A packet line. */
export function packetLine(text: string): Uint8Array {
  const bytes = utf8(text);
  return concat(utf8((bytes.length + HEAD_BYTES).toString(16).padStart(HEAD_BYTES, '0')), bytes);
}

export function flushPacket(): Uint8Array {
  return FLUSH;
}

/** What stands at an offset: a line, a flush, or nothing that is either. */
export type Packet =
  | { readonly kind: 'line'; readonly bytes: Uint8Array; readonly next: number }
  | { readonly kind: 'flush'; readonly next: number };

/** The packet at an offset; `undefined` where there is none, or one that is cut off. */
export function packetAt(bytes: Uint8Array, offset: number): Packet | undefined {
  const digits = fromUtf8(bytes.subarray(offset, offset + HEAD_BYTES)) ?? '';
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined;
  const length = Number.parseInt(digits, 16);
  if (length === 0) return { kind: 'flush', next: offset + HEAD_BYTES };
  if (length < HEAD_BYTES || offset + length > bytes.length) return undefined;
  return {
    kind: 'line',
    bytes: bytes.subarray(offset + HEAD_BYTES, offset + length),
    next: offset + length,
  };
}
