/**
 * Decompression of hostile input, bounded in what it may give (RFC 1951, RFC 1952).
 * @module
 */
import { constants, crc32 as crc, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { type GitkelError, malformed } from '../base/errors.ts';

interface WithEngine {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** With the option `info` the engine comes along, which tells how much of the input was used; the types omit it. */
function hasEngine(result: unknown): result is WithEngine {
  return typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result;
}

function damaged(what: string, why: string): GitkelError {
  return malformed('archive-damaged', `Cannot read ${what}: ${why}`);
}

/** What zlib says of bytes that it cannot take. Anything else is a bug here. */
function problemOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code === 'ERR_BUFFER_TOO_LARGE') return 'it inflates to more than it may';
  return typeof error.code === 'string' && error.code.startsWith('Z_')
    ? 'its compressed data is damaged'
    : undefined;
}

function whole(input: Uint8Array, what: string, limit: number, inflate: () => unknown): Uint8Array {
  let result: unknown;
  try {
    result = inflate();
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    throw damaged(what, problem);
  }
  if (!hasEngine(result)) throw new Error('zlib did not tell how much input it used');
  const { buffer, engine } = result;
  if (buffer.length > limit) throw damaged(what, 'it inflates to more than it may');
  if (engine.bytesWritten !== input.length)
    throw damaged(what, 'bytes follow on its compressed data');
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/**
 * Inflates a raw deflate stream that is all of the input to at most `limit` bytes.
 * @throws GitkelError `malformed`, reason `archive-damaged`.
 */
export function inflateRaw(input: Uint8Array, limit: number, what: string): Uint8Array {
  const options = { maxOutputLength: Math.max(limit, 1), info: true };
  return whole(input, what, limit, () => inflateRawSync(input, options));
}

/** The same of gzip data, of several members too. */
export function gunzip(input: Uint8Array, limit: number, what: string): Uint8Array {
  const options = { maxOutputLength: Math.max(limit, 1), info: true };
  return whole(input, what, limit, () => gunzipSync(input, options));
}

/**
 * What a zlib stream (RFC 1950) inflates to, where that is no more than `limit` bytes; `undefined` for more, and for
 * anything else. What follows on the stream does not count.
 */
export function inflatedZlib(input: Uint8Array, limit: number): Uint8Array | undefined {
  const options = { maxOutputLength: Math.max(limit, 1), finishFlush: constants.Z_SYNC_FLUSH };
  try {
    const bytes = inflateSync(input, options);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    if (problemOf(error) === undefined) throw error;
    return undefined;
  }
}

/** CRC-32 as zip files hold it. */
export function crc32(bytes: Uint8Array): number {
  return crc(bytes);
}
