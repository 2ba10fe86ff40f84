/**
 * Ed25519 and digests by OpenSSL through `node:crypto`, and BLAKE3 by WebAssembly.
 * @module
 */
import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Point } from '@noble/ed25519';
import { blake2b } from '@noble/hashes/blake2.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { sameBytes } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { blake3State } from './blake3-state.ts';
import type { Crypto, DigestAlgorithm } from './crypto.ts';
import { isSoundPointEncoding } from './point-encoding.ts';
import { VerifyingThreads } from './verifying-threads.ts';

function openssl(name: string): (data: Uint8Array) => Uint8Array {
  // By way of a text with one character for each byte: Node is slow to find out what it is to do for 'buffer'.
  return (data) => {
    const text = hash(name, data, 'binary');
    const digest = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) digest[at] = text.charCodeAt(at);
    return digest;
  };
}

const DIGESTS: Readonly<Record<DigestAlgorithm, (data: Uint8Array) => Uint8Array>> = {
  'blake3-256': (data) => blake3State.init().update(data).digest('binary'),
  // OpenSSL lacks these two, and they are too rare to pay for WebAssembly.
  'blake3-512': (data) => blake3(data, { dkLen: 64 }),
  'blake2b-256': (data) => blake2b(data, { dkLen: 32 }),
  'blake2b-512': openssl('blake2b512'),
  'blake2s-256': openssl('blake2s256'),
  'sha3-256': openssl('sha3-256'),
  'sha3-512': openssl('sha3-512'),
  'sha2-256': openssl('sha256'),
  'sha2-512': openssl('sha512'),
  sha1: openssl('sha1'),
};

interface KnownKey {
  readonly publicKey: Uint8Array;
  /** Absent when the bytes cannot be a key that counts. */
  readonly key: KeyObject | undefined;
  onCurve: boolean | undefined;
}

/**
 * Keys by their first four bytes: of two keys that share them the later one is kept. What was used since `recent` was
 * last empty is there, what was used before is in `earlier` until the next time.
 */
let recent = new Map<number, KnownKey>();
let earlier = new Map<number, KnownKey>();

function importKey(publicKey: Uint8Array): KeyObject | undefined {
  if (!isSoundPointEncoding(publicKey)) return undefined;
  const x = Buffer.from(publicKey).toString('base64url');
  // A JSON Web Key is imported ten times faster than the same key in DER.
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function knownKey(publicKey: Uint8Array): KnownKey | undefined {
  if (publicKey.length !== 32) return undefined;
  let name = 0;
  for (let i = 0; i < 4; i++) name = (name << 8) | (publicKey[i] ?? 0);
  const found = recent.get(name);
  if (found !== undefined && sameBytes(found.publicKey, publicKey)) return found;
  const before = earlier.get(name);
  const isKnown = before !== undefined && sameBytes(before.publicKey, publicKey);
  const entry = isKnown
    ? before
    : { publicKey: new Uint8Array(publicKey), key: importKey(publicKey), onCurve: undefined };
  if (recent.size >= LIMITS.cachedKeys / 2) {
    earlier = recent;
    recent = new Map();
  }
  recent.set(name, entry);
  return entry;
}

function isOnCurve(publicKey: Uint8Array): boolean {
  try {
    Point.fromBytes(publicKey);
    return true;
  } catch {
    return false;
  }
}

function isPublicKey(publicKey: Uint8Array): boolean {
  const entry = knownKey(publicKey);
  if (entry?.key === undefined) return false;
  // OpenSSL tells whether a key is on the curve only by a signature that verifies.
  entry.onCurve ??= isOnCurve(publicKey);
  return entry.onCurve;
}

/** RFC 8410 section 7: the DER of an Ed25519 private key is this and the seed. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateKey(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new Error(`an Ed25519 seed has 32 bytes, not ${seed.length}`);
  const der = Buffer.concat([PKCS8_HEAD, seed]);
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

function publicKeyOf(seed: Uint8Array): Uint8Array {
  const { x } = createPublicKey(privateKey(seed)).export({ format: 'jwk' });
  if (x === undefined) throw new Error('an Ed25519 key has an x');
  return new Uint8Array(Buffer.from(x, 'base64url'));
}

function signing(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  const key = privateKey(seed);
  return (message) => new Uint8Array(sign(null, message, key));
}

/**
 * Where a signature is copied to before it is verified. Node moves a small array that is handed to OpenSSL out of the
 * JavaScript heap, which costs more than the copy, again for every signature and once more when it is collected.
 */
const presented = new Uint8Array(64);

/**
 * Implements `Crypto` with Node's own OpenSSL. Keeps the last imported public keys, never a private one.
 *
 * OpenSSL verifies without the cofactor, compares R byte for byte and refuses S >= L, but takes any public key and R;
 * those are judged here, the key once and R with every signature.
 */
export const nativeCrypto: Crypto = {
  name: 'native',
  digest: (algorithm, data) => DIGESTS[algorithm](data),
  isPublicKey,
  publicKey: publicKeyOf,
  sign: (seed, message) => signing(seed)(message),
  signing,
  verify: (publicKey, message, signature) => {
    if (signature.length !== 64 || !isSoundPointEncoding(signature)) return false;
    const key = knownKey(publicKey)?.key;
    if (key === undefined) return false;
    presented.set(signature);
    return verify(null, message, key, presented);
  },
  threads: () => {
    // This thread has work of its own.
    const others = availableParallelism() - 1;
    return others > 0 ? new VerifyingThreads(others, LIMITS.cachedKeys) : undefined;
  },
};
