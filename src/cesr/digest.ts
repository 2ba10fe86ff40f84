/**
 * Digests in CESR text.
 * @module
 */
import type { Crypto } from '../crypto/crypto.ts';
import { digestAlgorithm } from './codes.ts';
import { encodePrimitive } from './primitive.ts';

/** The digest of bytes, in CESR text; `code` is one of the digest codes, `E` (BLAKE3-256) unless told. */
export function digestText(crypto: Crypto, data: Uint8Array, code = 'E'): string {
  const algorithm = digestAlgorithm(code);
  if (algorithm === undefined) throw new Error(`${code} is not the code of a digest`);
  return encodePrimitive({ code, raw: crypto.digest(algorithm, data) });
}

/** Whether a text is the digest of bytes, by the algorithm that its own code names. False for what is no digest. */
export function matchesDigest(crypto: Crypto, data: Uint8Array, digest: string): boolean {
  const code = digest.slice(0, digest.startsWith('0') ? 2 : 1);
  return digestAlgorithm(code) !== undefined && digestText(crypto, data, code) === digest;
}
