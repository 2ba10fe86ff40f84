import { afterEach, expect, test } from 'vitest';
import { Deferred, deferred } from '../../src/crypto/deferred.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { VerifyingThreads } from '../../src/crypto/verifying-threads.ts';

const KEYS = 3;
/** Of a message in one slot, in several, and larger than the rest of the memory before its end. */
const LENGTHS = [0, 95, 412, 413, 5_000, 70_000];
const OPEN: { end(): void }[] = [];

afterEach(() => {
  for (const each of OPEN.splice(0)) each.end();
});

function threads(most: number, tooFew = 0, keys = 64): VerifyingThreads {
  const made = new VerifyingThreads(most, keys, tooFew);
  OPEN.push(made);
  return made;
}

interface Signed {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

function signed(n: number): Signed {
  const seed = new Uint8Array(32).fill((n % KEYS) + 1);
  const message = new Uint8Array(LENGTHS[n % LENGTHS.length] ?? 0).fill(n);
  const signature = nativeCrypto.sign(seed, message);
  return { publicKey: nativeCrypto.publicKey(seed), message, signature };
}

function spoiled({ publicKey, message, signature }: Signed): Signed {
  const other = new Uint8Array(signature);
  other[40] = (other[40] ?? 0) ^ 1;
  return { publicKey, message, signature: other };
}

/** Verifies many; tells how many were taken over. `bad` is the place of one that does not hold. */
async function verifyMany(
  made: VerifyingThreads,
  bad?: number,
  announced = 0,
): Promise<{ holds: boolean; taken: number }> {
  let taken = 0;
  const later = new Deferred(nativeCrypto, {
    announce: (signatures) => made.announce(signatures),
    offer: (...given) => {
      const isTaken = made.offer(...given);
      if (isTaken) taken++;
      return isTaken;
    },
    get areDone() {
      return made.areDone;
    },
    get areWell() {
      return made.areWell;
    },
    end: () => made.end(),
  });
  later.announce(announced);
  const some = Array.from({ length: 36 }, (_, n) => signed(n));
  for (let n = 0; n < 720; n++) {
    const each = some[n % some.length];
    if (each === undefined) throw new Error('there are some');
    const { publicKey, message, signature } = n === bad ? spoiled(each) : each;
    if (!later.crypto.verify(publicKey, message, signature)) return { holds: false, taken };
  }
  return { holds: await later.settle(), taken };
}

test('VerifyingThreads finds that all signatures hold, of messages of every length, whoever verifies them', async () => {
  const { holds, taken } = await verifyMany(threads(1));
  expect(holds).toBe(true);
  expect(taken).toBeGreaterThan(LENGTHS.length);
});

test('VerifyingThreads forgets keys beyond its bound and reads them again', async () => {
  expect((await verifyMany(threads(1, 0, 1))).holds).toBe(true);
});

test.each([0, 5, 719])('VerifyingThreads finds the one that does not hold, at %i', async (bad) => {
  expect((await verifyMany(threads(2), bad)).holds).toBe(false);
});

test('VerifyingThreads takes over nothing where there are too few, or where no thread may be', async () => {
  expect((await verifyMany(threads(1, 1_000))).taken).toBe(0);
  expect((await verifyMany(threads(0))).taken).toBe(0);
});

test('VerifyingThreads takes over the first one where enough are announced, and waits for them where they are not', async () => {
  expect((await verifyMany(threads(1, 1_000), undefined, 1_000)).taken).toBeGreaterThan(0);
  expect((await verifyMany(threads(1, 1_000), undefined, 999)).taken).toBe(0);
});

test('VerifyingThreads is not well once a thread ended before its time', async () => {
  const made = threads(1);
  const { publicKey, message, signature } = signed(1);
  expect(made.offer(publicKey, message, signature)).toBe(true);
  made.end();
  while (made.areWell) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(made.areDone).toBe(true);
});

test('Deferred says at once of what no key can have signed that it does not hold', () => {
  const later = new Deferred(nativeCrypto, threads(1));
  const { publicKey, message, signature } = signed(1);
  expect(later.crypto.verify(publicKey.subarray(1), message, signature)).toBe(false);
  expect(later.crypto.verify(publicKey, message, signature.subarray(1))).toBe(false);
  expect(later.crypto.verify(new Uint8Array(32), message, signature)).toBe(false);
  expect(later.crypto.verify(publicKey, message, new Uint8Array(64))).toBe(false);
});

test('deferred() gives nothing for an implementation without threads', () => {
  expect(deferred(portableCrypto)).toBeUndefined();
});
