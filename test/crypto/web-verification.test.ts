/** Ed25519 of the Web Cryptography API: used only where it agrees, and then of the same mind as the portable one. */
import { webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fromHex, utf8 } from '../../src/base/bytes.ts';
import { Deferred } from '../../src/crypto/deferred.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import {
  answersAsKnown,
  KNOWN_ANSWERS,
  type SubtleVerification,
  WebVerification,
} from '../../src/crypto/web-verification.ts';
import { hex, NOT_CANONICAL, SMALL_ORDER } from '../contract/crypto.ts';

const subtle = webcrypto.subtle as unknown as SubtleVerification;
const MESSAGE = utf8('verify me');
const SEED = new Uint8Array(32).fill(9);
const KEY = portableCrypto.publicKey(SEED);
const SIGNATURE = portableCrypto.sign(SEED, MESSAGE);

/** What an audit that defers to the browser comes to: whether all of these hold. */
async function holds(
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const later = new Deferred(portableCrypto, new WebVerification(subtle));
  const first = later.crypto.verify(key, message, signature);
  const settled = await later.settle();
  later.end();
  return first && settled;
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}

describe('answersAsKnown()', () => {
  test('knows what the portable implementation answers', () => {
    for (const { key, message, signature, holds: expected } of KNOWN_ANSWERS)
      expect(portableCrypto.verify(hex(key), fromHex(message) ?? MESSAGE, hex(signature))).toBe(
        expected,
      );
  });

  test('takes the implementation of Node, and none that is missing or throws', async () => {
    expect(await answersAsKnown(subtle)).toBe(true);
    expect(await answersAsKnown(undefined)).toBe(false);
    const without: SubtleVerification = {
      importKey: async () => Promise.reject(new Error('Unrecognized algorithm name')),
      verify: async () => true,
    };
    expect(await answersAsKnown(without)).toBe(false);
  });

  test.each(KNOWN_ANSWERS.map((answer, index) => [index, answer] as const))(
    'refuses an implementation that answers question %i otherwise',
    async (_, { signature, holds: expected }) => {
      const lax: SubtleVerification = {
        importKey: subtle.importKey.bind(subtle),
        verify: async (algorithm, key, given, message) =>
          Buffer.from(given).toString('hex') === signature
            ? !expected
            : subtle.verify(algorithm, key, given, message),
      };
      expect(await answersAsKnown(lax)).toBe(false);
    },
  );
});

describe('WebVerification', () => {
  test('finds what the portable implementation finds, of every flipped bit', async () => {
    expect(await holds(KEY, MESSAGE, SIGNATURE)).toBe(true);
    for (let bit = 0; bit < 512; bit += 7) {
      expect(await holds(KEY, MESSAGE, flipped(SIGNATURE, bit))).toBe(false);
      expect(await holds(flipped(KEY, bit % 256), MESSAGE, SIGNATURE)).toBe(false);
    }
    expect(await holds(KEY, flipped(MESSAGE, 3), SIGNATURE)).toBe(false);
  });

  test('refuses keys and R of small order or not canonical, for which a constant signature would verify', async () => {
    for (const key of [...SMALL_ORDER, ...NOT_CANONICAL]) {
      expect(
        await holds(hex(key), MESSAGE, new Uint8Array([...hex(key), ...new Uint8Array(32)])),
      ).toBe(false);
      expect(
        await holds(KEY, MESSAGE, new Uint8Array([...hex(key), ...SIGNATURE.subarray(32)])),
      ).toBe(false);
    }
  });

  test('answers the known questions as they are to be answered', async () => {
    for (const { key, message, signature, holds: expected } of KNOWN_ANSWERS)
      expect(await holds(hex(key), fromHex(message) ?? MESSAGE, hex(signature))).toBe(expected);
  });

  test('takes over no more than it has room for, and nothing once it has ended', async () => {
    let answer: (holds: boolean) => void = () => {};
    const slow: SubtleVerification = {
      importKey: async () => 'key',
      verify: async () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    };
    const verification = new WebVerification(slow);
    let taken = 0;
    while (verification.offer(KEY, MESSAGE, SIGNATURE)) taken++;
    expect([taken, verification.areDone]).toEqual([4_096, false]);
    answer(true);
    verification.end();
    expect(verification.offer(KEY, MESSAGE, SIGNATURE)).toBe(false);
  });
});
