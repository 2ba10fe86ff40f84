/**
 * The part of `node:zlib` that reading a repository and an archive needs, by pako: the same results, the same names of
 * what is wrong, nothing of what compresses.
 * @module
 */
import { Inflate } from 'pako/lib/inflate.js';

interface Options {
  readonly maxOutputLength?: number;
  readonly chunkSize?: number;
}

interface WithEngine {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

const WINDOW_BITS = 15;
const CHUNK_BYTES = 65_536;

class ZlibError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`zlib: ${code}`);
    this.code = code;
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function inflated(input: Uint8Array, options: Options, isRaw: boolean): WithEngine {
  const { maxOutputLength = Number.MAX_SAFE_INTEGER, chunkSize = CHUNK_BYTES } = options;
  const inflate = new Inflate({ raw: isRaw, windowBits: WINDOW_BITS, chunkSize });
  const chunks: Uint8Array[] = [];
  let length = 0;
  inflate.onData = (chunk) => {
    length += chunk.length;
    if (length > maxOutputLength) throw new ZlibError('ERR_BUFFER_TOO_LARGE');
    // A copy: the buffer of a chunk is that of a whole one.
    chunks.push(chunk.slice());
  };
  // Not as the last of the input: then what is cut off would count as ended.
  inflate.push(input, false);
  if (inflate.err !== 0) throw new ZlibError(inflate.err === -5 ? 'Z_BUF_ERROR' : 'Z_DATA_ERROR');
  if (!inflate.ended) throw new ZlibError('Z_BUF_ERROR');
  return { buffer: joined(chunks, length), engine: { bytesWritten: inflate.strm.next_in } };
}

export function inflateSync(input: Uint8Array, options: Options = {}): WithEngine {
  return inflated(input, options, false);
}

export function inflateRawSync(input: Uint8Array, options: Options = {}): WithEngine {
  return inflated(input, options, true);
}

/** Nothing is read here that is compressed that way. */
export function gunzipSync(): never {
  throw new ZlibError('Z_DATA_ERROR');
}

/** Nothing is compressed on the page. */
export function deflateSync(): never {
  throw new Error('the page writes nothing');
}

export const constants = { Z_SYNC_FLUSH: 2 } as const;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
  return value;
});

export function crc32(bytes: Uint8Array): number {
  let value = 0xffff_ffff;
  for (const byte of bytes) value = (value >>> 8) ^ (CRC_TABLE[(value ^ byte) & 0xff] ?? 0);
  return (value ^ 0xffff_ffff) >>> 0;
}
