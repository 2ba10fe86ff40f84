/**
 * Ed25519 and digests in JavaScript alone: runs wherever BigInt and Uint8Array do.
 * @module
 */
import { getPublicKey, hashes, Point, sign } from '@noble/ed25519';
import { blake2b, blake2s } from '@noble/hashes/blake2.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256, sha3_512 } from '@noble/hashes/sha3.js';
import { concat, sameBytes } from '../base/bytes.ts';
import type { Crypto, DigestAlgorithm } from './crypto.ts';
import { isSoundPointEncoding } from './point-encoding.ts';

hashes.sha512 = sha512;

const ORDER = Point.CURVE().n;

const DIGESTS: Readonly<Record<DigestAlgorithm, (data: Uint8Array) => Uint8Array>> = {
  'blake3-256': (data) => blake3(data),
  'blake3-512': (data) => blake3(data, { dkLen: 64 }),
  'blake2b-256': (data) => blake2b(data, { dkLen: 32 }),
  'blake2b-512': (data) => blake2b(data),
  'blake2s-256': (data) => blake2s(data),
  'sha3-256': (data) => sha3_256(data),
  'sha3-512': (data) => sha3_512(data),
  'sha2-256': (data) => sha256(data),
  'sha2-512': (data) => sha512(data),
  sha1: (data) => sha1(data),
};

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

function pointOf(bytes: Uint8Array): Point | undefined {
  if (bytes.length !== 32 || !isSoundPointEncoding(bytes)) return undefined;
  try {
    return Point.fromBytes(bytes);
  } catch {
    // The library has no other way to say that no point of the curve has this y.
    return undefined;
  }
}

/**
 * The cofactorless equation of RFC 8032 section 5.1.7: encode(S*B - h*A) must be R byte for byte. The library's own
 * `verify` multiplies by the cofactor, which accepts more where a key or R has a component of small order.
 */
function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || !isSoundPointEncoding(signature)) return false;
  const s = littleEndian(signature.subarray(32));
  if (s >= ORDER) return false;
  const key = pointOf(publicKey);
  if (key === undefined) return false;
  const r = signature.subarray(0, 32);
  const h = littleEndian(sha512(concat(r, publicKey, message))) % ORDER;
  const commitment = Point.BASE.multiply(s, false).subtract(key.multiply(h, false));
  return sameBytes(commitment.toBytes(), r);
}

/** Implements `Crypto` with @noble/ed25519 and @noble/hashes. */
export const portableCrypto: Crypto = {
  name: 'portable',
  digest: (algorithm, data) => DIGESTS[algorithm](data),
  isPublicKey: (publicKey) => pointOf(publicKey) !== undefined,
  publicKey: (seed) => getPublicKey(seed),
  sign: (seed, message) => sign(message, seed),
  signing: (seed) => (message) => sign(message, seed),
  verify,
};
