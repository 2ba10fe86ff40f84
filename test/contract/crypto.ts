/**
 * What every implementation of `Crypto` does alike.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { fromHex, utf8 } from '../../src/base/bytes.ts';
import type { Crypto, DigestAlgorithm } from '../../src/crypto/crypto.ts';

export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error(`${text} is not hexadecimal`);
  return bytes;
}

/** Digests of `abc`: FIPS 180-4 and 202, RFC 7693, the BLAKE3 specification. */
const DIGESTS_OF_ABC: readonly (readonly [algorithm: DigestAlgorithm, digest: string])[] = [
  ['blake3-256', '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85'],
  [
    'blake3-512',
    '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85' +
      '1fb250ae7393f5d02813b65d521a0d492d9ba09cf7ce7f4cffd900f23374bf0b',
  ],
  ['blake2b-256', 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319'],
  [
    'blake2b-512',
    'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1' +
      '7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
  ],
  ['blake2s-256', '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982'],
  ['sha3-256', '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532'],
  [
    'sha3-512',
    'b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e' +
      '10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0',
  ],
  ['sha2-256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'sha2-512',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a' +
      '2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
];

/** RFC 8032 section 7.1. */
const RFC_8032: readonly (readonly [
  seed: string,
  key: string,
  message: string,
  signature: string,
])[] = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
];

/** p = 2^255 - 19, little-endian. */
const P = 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f';
const ORDER_8_Y = [
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
];

function withSign(encoding: string): string {
  return encoding.slice(0, 62) + (Number.parseInt(encoding.slice(62), 16) | 0x80).toString(16);
}

/** All 14 encodings of points of small order: canonical, with y not reduced, and "minus zero". */
export const SMALL_ORDER: readonly string[] = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  ...ORDER_8_Y,
  P,
  `ee${'ff'.repeat(30)}7f`,
].flatMap((encoding) => [encoding, withSign(encoding)]);

/** Encodings of y from p + 2 to 2^255 - 1: canonical decoders refuse them, lax ones reduce them. */
export const NOT_CANONICAL: readonly string[] = Array.from(
  { length: 17 },
  (_, i) => `${(0xef + i).toString(16)}${'ff'.repeat(30)}7f`,
).flatMap((encoding) => [encoding, withSign(encoding)]);

const MESSAGE = utf8('verify me');

function digestContract(crypto: Crypto): void {
  it.each(DIGESTS_OF_ABC)('digest() of abc by %s is the published one', (name, expected) => {
    const digest = crypto.digest(name, utf8('abc'));
    expect(digest).toEqual(hex(expected));
    expect(digest.constructor).toBe(Uint8Array);
  });

  it('digest() gives results that later calls leave alone', () => {
    const first = crypto.digest('blake3-256', utf8('abc'));
    crypto.digest('blake3-256', utf8('def'));
    expect(first).toEqual(crypto.digest('blake3-256', utf8('abc')));
  });

  it('digest() reads a view of a larger buffer where it starts and ends', () => {
    const view = utf8('xxabcxx').subarray(2, 5);
    for (const [name, expected] of DIGESTS_OF_ABC) {
      expect(crypto.digest(name, view)).toEqual(hex(expected));
    }
  });
}

function signatureContract(crypto: Crypto): void {
  it.each(RFC_8032)('seed %s signs as RFC 8032 says', (seed, key, message, signature) => {
    expect(crypto.publicKey(hex(seed))).toEqual(hex(key));
    expect(crypto.sign(hex(seed), hex(message))).toEqual(hex(signature));
    expect(crypto.signing(hex(seed))(hex(message))).toEqual(hex(signature));
    expect(crypto.verify(hex(key), hex(message), hex(signature))).toBe(true);
    expect(crypto.isPublicKey(hex(key))).toBe(true);
  });

  it('sign() and publicKey() refuse a seed of another length', () => {
    for (const length of [0, 31, 33, 64]) {
      expect(() => crypto.publicKey(new Uint8Array(length))).toThrow('32');
      expect(() => crypto.sign(new Uint8Array(length), MESSAGE)).toThrow('32');
      expect(() => crypto.signing(new Uint8Array(length))(MESSAGE)).toThrow('32');
    }
  });

  it('verify() refuses keys and signatures of another length', () => {
    const seed = new Uint8Array(32).fill(7);
    const key = crypto.publicKey(seed);
    const signature = crypto.sign(seed, MESSAGE);
    expect(crypto.verify(key, MESSAGE, signature)).toBe(true);
    for (const bad of [new Uint8Array(), key.subarray(1), new Uint8Array([...key, 0])]) {
      expect(crypto.verify(bad, MESSAGE, signature)).toBe(false);
      expect(crypto.isPublicKey(bad)).toBe(false);
    }
    for (const bad of [
      new Uint8Array(),
      signature.subarray(1),
      new Uint8Array([...signature, 0]),
    ]) {
      expect(crypto.verify(key, MESSAGE, bad)).toBe(false);
    }
  });

  it('verify() refuses every single flipped bit of key, message and signature', () => {
    const seed = new Uint8Array(32).fill(9);
    const parts = [crypto.publicKey(seed), MESSAGE, crypto.sign(seed, MESSAGE)] as const;
    for (const part of [0, 1, 2] as const) {
      for (let bit = 0; bit < parts[part].length * 8; bit += 5) {
        const changed = parts.map((bytes) => new Uint8Array(bytes));
        const [key = MESSAGE, message = MESSAGE, signature = MESSAGE] = changed;
        const target = changed[part] ?? MESSAGE;
        target[bit >> 3] = (target[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(crypto.verify(key, message, signature)).toBe(false);
      }
    }
  });
}

function edgeContract(crypto: Crypto): void {
  it('isPublicKey() and verify() refuse small-order keys, for which a constant signature would verify', () => {
    for (const key of SMALL_ORDER) {
      expect(crypto.isPublicKey(hex(key))).toBe(false);
      for (const r of SMALL_ORDER) {
        const forged = new Uint8Array([...hex(r), ...new Uint8Array(32)]);
        expect(crypto.verify(hex(key), MESSAGE, forged)).toBe(false);
      }
    }
  });

  it('isPublicKey() refuses every y from p on', () => {
    for (const key of NOT_CANONICAL) expect(crypto.isPublicKey(hex(key))).toBe(false);
  });

  it('isPublicKey() takes neighbours of refused encodings that are on the curve', () => {
    const accepted = [3, 4, 5, 6, 9, 10].map(
      (y) => `${y.toString(16).padStart(2, '0')}${'00'.repeat(31)}`,
    );
    expect(accepted.map((key) => crypto.isPublicKey(hex(key)))).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
    ]);
  });

  it('isPublicKey() refuses a y that no point of the curve has', () => {
    expect(crypto.isPublicKey(hex(`02${'00'.repeat(31)}`))).toBe(false);
    expect(crypto.isPublicKey(hex(`02${'00'.repeat(31)}`))).toBe(false);
  });

  it('verify() refuses S that is not reduced', () => {
    const key = hex('439590c13d5ef3c5bf238c299af8e7f647ac7493334e90503223b8d36961a841');
    const r = '2f18a54007ccc69d9ed7c2d8e6fa1c767c48ac873225dcbf9be355c778affebb';
    const s = '125c688c31b079da3042b982ff4e1b70a71f5a6d7975266d25067d0f9647fa0c';
    const sPlusOrder = 'ff2f5ee94b138c3207dfb025de48fa84a71f5a6d7975266d25067d0f9647fa1c';
    expect(crypto.verify(key, MESSAGE, hex(r + s))).toBe(true);
    expect(crypto.verify(key, MESSAGE, hex(r + sPlusOrder))).toBe(false);
  });
}

/** The contract, as tests of the surrounding file. */
export function cryptoContract(crypto: Crypto): void {
  describe(`${crypto.name} crypto`, () => {
    digestContract(crypto);
    signatureContract(crypto);
    edgeContract(crypto);
  });
}
