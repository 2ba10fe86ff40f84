/**
 * Both implementations accept exactly the same signatures, also where Ed25519 libraries are known to differ: keys and
 * commitments with a component of small order, encodings that are not canonical, scalars that are not reduced.
 */
import { createPublicKey, verify as opensslVerify } from 'node:crypto';
import { Point, verify as nobleVerify } from '@noble/ed25519';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { hex, NOT_CANONICAL, SMALL_ORDER } from '../contract/crypto.ts';

const ORDER = Point.CURVE().n;
const RUNS = 60 * Number(process.env['GITKEL_LONG'] ?? 1);

/** The eight points of small order. */
const TORSION = Array.from({ length: 8 }, (_, i) =>
  i === 0
    ? Point.ZERO
    : Point.fromBytes(
        hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
      ).multiply(BigInt(i), false),
);

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function scalarBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

interface Signed {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** Signs by the secret scalar of a key to which one point of small order is added, and another to R. */
function signMixed(
  secret: bigint,
  nonce: bigint,
  keyTorsion: Point,
  rTorsion: Point,
  message: Uint8Array,
): Signed {
  const publicKey = Point.BASE.multiply(secret, false).add(keyTorsion).toBytes();
  const r = Point.BASE.multiply(nonce, false).add(rTorsion).toBytes();
  const h = littleEndian(portableCrypto.digest('sha2-512', concat(r, publicKey, message))) % ORDER;
  const s = (nonce + h * secret) % ORDER;
  return { publicKey, message, signature: concat(r, scalarBytes(s)) };
}

function bareOpenSsl({ publicKey, message, signature }: Signed): boolean {
  const x = Buffer.from(publicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return opensslVerify(null, message, key, signature);
}

function both({ publicKey, message, signature }: Signed): boolean {
  const native = nativeCrypto.verify(publicKey, message, signature);
  expect(portableCrypto.verify(publicKey, message, signature)).toBe(native);
  expect(portableCrypto.isPublicKey(publicKey)).toBe(nativeCrypto.isPublicKey(publicKey));
  expect(native && !nativeCrypto.isPublicKey(publicKey)).toBe(false);
  return native;
}

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const messages = fc.uint8Array({ maxLength: 80 });
const scalars = fc.bigInt({ min: 1n, max: ORDER - 1n });
const torsion = fc.constantFrom(...TORSION);
const oddEncodings = fc.constantFrom(...SMALL_ORDER, ...NOT_CANONICAL).map(hex);

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  const at = (bit >> 3) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

describe('verify()', { timeout: 200 * RUNS }, () => {
  it('accepts what either implementation signed, which is the same', () => {
    fc.assert(
      fc.property(seeds, messages, (seed, message) => {
        const signature = nativeCrypto.sign(seed, message);
        const publicKey = nativeCrypto.publicKey(seed);
        expect(portableCrypto.sign(seed, message)).toEqual(signature);
        expect(portableCrypto.publicKey(seed)).toEqual(publicKey);
        expect(both({ publicKey, message, signature })).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('judges mixed-order keys and commitments alike, as OpenSSL does and unlike a cofactored equation', () => {
    fc.assert(
      fc.property(
        scalars,
        scalars,
        torsion,
        torsion,
        messages,
        (secret, nonce, t1, t2, message) => {
          const signed = signMixed(secret, nonce, t1, t2, message);
          const accepted = both(signed);
          expect(accepted).toBe(bareOpenSsl(signed));
          const cofactored = nobleVerify(signed.signature, signed.message, signed.publicKey);
          expect(cofactored).toBe(true);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('accepts a mixed-order key exactly where the challenge is a multiple of eight', () => {
    const accepted = Array.from({ length: 64 }, (_, i) =>
      both(signMixed(12345n, 67890n, TORSION[1] ?? Point.ZERO, Point.ZERO, utf8(`message ${i}`))),
    );
    expect(new Set(accepted)).toEqual(new Set([true, false]));
  });

  it('judges flipped bits alike', () => {
    fc.assert(
      fc.property(
        seeds,
        messages,
        fc.nat(255),
        fc.nat(511),
        fc.nat(3),
        (seed, message, keyBit, bit, what) => {
          const signature = nativeCrypto.sign(seed, message);
          const publicKey = nativeCrypto.publicKey(seed);
          const accepted = both({
            publicKey: what & 1 ? flipped(publicKey, keyBit) : publicKey,
            message,
            signature: what & 2 ? flipped(signature, bit) : signature,
          });
          expect(accepted).toBe(what === 0);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('judges random bytes, odd keys and odd commitments alike', () => {
    const anyPoint = fc.oneof(seeds, oddEncodings);
    fc.assert(
      fc.property(
        anyPoint,
        anyPoint,
        fc.oneof(seeds, fc.constant(new Uint8Array(32))),
        messages,
        (key, r, s, message) => {
          expect(both({ publicKey: key, message, signature: concat(r, s) })).toBe(false);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('refuses what bare OpenSSL accepts: any message under a key of small order', () => {
    const publicKey = hex(`01${'00'.repeat(31)}`);
    const signed = {
      publicKey,
      message: utf8('anything'),
      signature: concat(publicKey, new Uint8Array(32)),
    };
    expect(bareOpenSsl(signed)).toBe(true);
    expect(both(signed)).toBe(false);
  });

  it('refuses what bare OpenSSL accepts: a commitment of small order under a good key', () => {
    // With the nonce zero R is the identity; S = h * a gives the secret away, and the equation holds.
    const signed = signMixed(4242n, 0n, Point.ZERO, Point.ZERO, utf8('anything'));
    expect(bareOpenSsl(signed)).toBe(true);
    expect(both(signed)).toBe(false);
  });

  it('refuses S plus the order', () => {
    fc.assert(
      fc.property(seeds, messages, (seed, message) => {
        const signature = nativeCrypto.sign(seed, message);
        const publicKey = nativeCrypto.publicKey(seed);
        const s = littleEndian(signature.subarray(32)) + ORDER;
        expect(
          both({
            publicKey,
            message,
            signature: concat(signature.subarray(0, 32), scalarBytes(s)),
          }),
        ).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('digest()', { timeout: 200 * RUNS }, () => {
  it('is the same by both implementations', () => {
    const algorithms = [
      'blake3-256',
      'blake3-512',
      'blake2b-256',
      'blake2b-512',
      'blake2s-256',
      'sha3-256',
      'sha3-512',
      'sha2-256',
      'sha2-512',
      'sha1',
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...algorithms),
        fc.uint8Array({ maxLength: 3000 }),
        (algorithm, data) => {
          expect(nativeCrypto.digest(algorithm, data)).toEqual(
            portableCrypto.digest(algorithm, data),
          );
        },
      ),
      { numRuns: 5 * RUNS },
    );
  });
});

describe('nativeCrypto.verify()', () => {
  it('keeps judging right when more keys are used than it keeps', () => {
    const message = utf8('message');
    const seed = new Uint8Array(32).fill(3);
    const publicKey = nativeCrypto.publicKey(seed);
    const signature = nativeCrypto.sign(seed, message);
    const verdicts = { first: nativeCrypto.verify(publicKey, message, signature), wrong: 0 };
    for (let i = 0; i < LIMITS.cachedKeys + 10; i++) {
      const other = new Uint8Array(32);
      new DataView(other.buffer).setUint32(4, i + 1);
      if (nativeCrypto.verify(other, message, signature)) verdicts.wrong++;
    }
    expect(verdicts).toEqual({ first: true, wrong: 0 });
    expect(nativeCrypto.verify(publicKey, message, signature)).toBe(true);
  });

  it('tells keys apart that begin alike', () => {
    const message = utf8('message');
    const seed = new Uint8Array(32).fill(4);
    const publicKey = nativeCrypto.publicKey(seed);
    const signature = nativeCrypto.sign(seed, message);
    const alike = Array.from({ length: 40 }, (_, number) => {
      const other = new Uint8Array(publicKey);
      other[20] = number;
      return other;
    }).filter((other) => portableCrypto.isPublicKey(other));
    expect(alike.length).toBeGreaterThan(5);
    for (const other of alike) {
      expect(nativeCrypto.isPublicKey(other)).toBe(true);
      const verdicts = [publicKey, other, publicKey].map((key) =>
        nativeCrypto.verify(key, message, signature),
      );
      expect(verdicts).toEqual([true, other[20] === publicKey[20], true]);
    }
  });

  it('remembers a key as it was, whatever becomes of the bytes', () => {
    const message = utf8('message');
    const seed = new Uint8Array(32).fill(5);
    const own = nativeCrypto.publicKey(seed);
    const other = nativeCrypto.publicKey(new Uint8Array(32).fill(6));
    const signature = nativeCrypto.sign(seed, message);
    const handed = new Uint8Array(own);
    expect(nativeCrypto.verify(handed, message, signature)).toBe(true);
    handed.set(other);
    expect(nativeCrypto.verify(handed, message, signature)).toBe(false);
    handed.set(own.subarray(0, 4));
    expect(nativeCrypto.verify(handed, message, signature)).toBe(false);
    expect(nativeCrypto.verify(own, message, signature)).toBe(true);
  });
});
