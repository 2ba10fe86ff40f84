import { crc32 as crc, deflateSync, inflateSync } from 'node:zlib';

export type Inflated =
  | {
      readonly ok: true;
      readonly bytes: Uint8Array;
      /** Bytes of the input that the stream took up; what follows is not part of it. */
      readonly consumed: number;
    }
  | { readonly ok: false; readonly problem: 'input-ended' | 'too-long' | 'corrupt' };

const SMALLEST_CHUNK = 64;
const LARGEST_CHUNK = 262_144;

function problemOf(error: unknown): 'input-ended' | 'too-long' | 'corrupt' | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  switch (error.code) {
    case 'Z_BUF_ERROR':
      return 'input-ended';
    case 'ERR_BUFFER_TOO_LARGE':
      return 'too-long';
    case 'Z_DATA_ERROR':
    case 'Z_NEED_DICT':
    case 'Z_STREAM_ERROR':
      return 'corrupt';
    default:
      return undefined;
  }
}

/** With the option `info` the engine comes along, which tells how much of the input was used; the types omit it. */
interface WithEngine {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

function hasEngine(result: unknown): result is WithEngine {
  return typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result;
}

/** The header of a zlib stream that says nothing about effort: deflate, a window of 32 KiB (RFC 1950, section 2.2). */
const STREAM_HEAD = [0x78, 0x01] as const;
/** The first byte of a stored block that is the last one (RFC 1951, section 3.2.4); length and its complement follow. */
const LAST_STORED_BLOCK = 1;
const STORED_HEAD_BYTES = 7;
const CHECKSUM_BYTES = 4;
const LARGEST_STORED_BLOCK = 0xffff;
/** So many bytes can be added up before a sum has to be reduced (RFC 1950, section 9: 5,552). */
const SUMMED_AT_ONCE = 3_800;

/** Adler-32 (RFC 1950, section 8.2). */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(at + SUMMED_AT_ONCE, bytes.length);
    for (; at < end; at++) {
      low += bytes[at] ?? 0;
      high += low;
    }
    low %= 65_521;
    high %= 65_521;
  }
  return high * 65_536 + low;
}

/** Bytes as a zlib stream of one stored block. */
function storedStream(bytes: Uint8Array): Uint8Array {
  const end = STORED_HEAD_BYTES + bytes.length;
  const stream = new Uint8Array(end + CHECKSUM_BYTES);
  const view = new DataView(stream.buffer);
  stream.set(STREAM_HEAD);
  stream[2] = LAST_STORED_BLOCK;
  view.setUint16(3, bytes.length, true);
  view.setUint16(5, LARGEST_STORED_BLOCK - bytes.length, true);
  stream.set(bytes, STORED_HEAD_BYTES);
  view.setUint32(end, adler32(bytes));
  return stream;
}

/** What {@link storedStream} wrote, whole and unchanged; `undefined` for every other stream, which is for zlib to judge. */
function storedBytes(input: Uint8Array, limit: number): Uint8Array | undefined {
  if (input[0] !== STREAM_HEAD[0] || input[1] !== STREAM_HEAD[1] || input[2] !== LAST_STORED_BLOCK)
    return undefined;
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.length < STORED_HEAD_BYTES + CHECKSUM_BYTES) return undefined;
  const length = view.getUint16(3, true);
  const end = STORED_HEAD_BYTES + length;
  if (view.getUint16(5, true) !== LARGEST_STORED_BLOCK - length || length > limit) return undefined;
  if (end + CHECKSUM_BYTES > input.length) return undefined;
  const bytes = new Uint8Array(input.subarray(STORED_HEAD_BYTES, end));
  return view.getUint32(end) === adler32(bytes) ? bytes : undefined;
}

/** Inflates one zlib stream (RFC 1950) to at most `limit` bytes. Bytes after the stream are ignored. */
export function inflate(input: Uint8Array, limit: number): Inflated {
  const stored = storedBytes(input, limit);
  if (stored !== undefined) {
    const consumed = STORED_HEAD_BYTES + stored.length + CHECKSUM_BYTES;
    return { ok: true, bytes: stored, consumed };
  }
  const maxOutputLength = Math.max(limit, 1);
  // More than there is room for: when a chunk is full to the brim, zlib is asked for another one.
  const chunkSize = Math.min(limit + SMALLEST_CHUNK, LARGEST_CHUNK);
  try {
    const result: unknown = inflateSync(input, { maxOutputLength, chunkSize, info: true });
    if (!hasEngine(result)) throw new Error('zlib did not tell how much input it used');
    const { buffer, engine } = result;
    if (buffer.length > limit) return { ok: false, problem: 'too-long' };
    // Plain bytes, not a Buffer: its `slice` shares memory, and it is not equal to the same bytes in an array.
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    return { ok: true, bytes, consumed: engine.bytesWritten };
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return { ok: false, problem };
  }
}

/** What is no longer is stored as it is. */
const STORED_BYTES = 8_192;

/**
 * Bytes as a zlib stream, quickly. What is short is only framed: a log's objects are digests and signatures for the most
 * part, of which deflating takes off a fifth and costs more time than all else that is done to write them. `gitkel gc`
 * makes them small.
 */
export function deflate(bytes: Uint8Array): Uint8Array {
  return bytes.length <= STORED_BYTES ? storedStream(bytes) : deflateSync(bytes, { level: 1 });
}

/** CRC-32 as pack indexes hold it. */
export function crc32(bytes: Uint8Array): number {
  return crc(bytes);
}
