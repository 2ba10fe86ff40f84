import { sha1 } from '@noble/hashes/legacy.js';
import { sameBytes } from '../base/bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { PagedFiles } from './paged-files.ts';

const STEP = 65_536;
/** Bytes of the SHA-1 at the end of a pack and of its index. */
export const TRAILER_BYTES = 20;

/** Whether a file ends in the SHA-1 of all that stands before. Reads it in steps, however large it is. */
export function trailerHolds(crypto: Crypto, files: PagedFiles, path: string): boolean {
  const end = files.size(path) - TRAILER_BYTES;
  if (end < 0) return false;
  const trailer = files.read(path, end, TRAILER_BYTES);
  if (end <= STEP) return sameBytes(crypto.digest('sha1', files.read(path, 0, end)), trailer);
  const hash = sha1.create();
  for (let at = 0; at < end;) {
    const part = files.read(path, at, Math.min(STEP, end - at));
    if (part.length === 0) return false;
    hash.update(part);
    at += part.length;
  }
  return sameBytes(hash.digest(), trailer);
}
