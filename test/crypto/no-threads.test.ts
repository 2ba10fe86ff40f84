import { expect, test, vi } from 'vitest';
import { Deferred } from '../../src/crypto/deferred.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { VerifyingThreads } from '../../src/crypto/verifying-threads.ts';

const { start } = vi.hoisted(() => ({
  start: vi.fn<() => never>(function fail() {
    throw Object.assign(new Error('no thread'), { code: 'ERR_WORKER_INIT_FAILED' });
  }),
}));

vi.mock('node:worker_threads', () => ({ Worker: start }));

test('VerifyingThreads takes over nothing where no thread can be started, and tries once', async () => {
  const threads = new VerifyingThreads(2, 16, 0);
  const later = new Deferred(nativeCrypto, threads);
  const seed = new Uint8Array(32).fill(7);
  const message = new Uint8Array(100);
  const publicKey = nativeCrypto.publicKey(seed);
  const signature = nativeCrypto.sign(seed, message);
  for (let n = 0; n < 3; n++) {
    expect(threads.offer(publicKey, message, signature)).toBe(false);
    expect(later.crypto.verify(publicKey, message, signature)).toBe(true);
    expect(later.crypto.verify(publicKey, message.subarray(1), signature)).toBe(false);
  }
  expect(start).toHaveBeenCalledTimes(1);
  expect(await later.settle()).toBe(true);
});
