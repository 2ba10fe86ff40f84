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

/** Inflates one zlib stream (RFC 1950) to at most `limit` bytes. Bytes after the stream are ignored. */
export function inflate(input: Uint8Array, limit: number): Inflated {
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

/** Deflates quickly: a log's objects are small and mostly signatures, which no effort makes smaller. */
export function deflate(bytes: Uint8Array): Uint8Array {
  return deflateSync(bytes, { level: 1 });
}

/** CRC-32 as pack indexes hold it. */
export function crc32(bytes: Uint8Array): number {
  return crc(bytes);
}
