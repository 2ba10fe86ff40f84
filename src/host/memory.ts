import type { Crypto } from '../crypto/crypto.ts';
import type { FileSystem, Host } from './host.ts';

/**
 * A host that touches nothing outside of it: a file system in memory, and the randomness and clock that it is given.
 * Its one process lives as long as its file system, so no lock in it is ever stale.
 * @param random gives fresh bytes; @param now gives whole seconds since 1970-01-01T00:00:00Z
 */
export function memoryHost(
  fs: FileSystem,
  crypto: Crypto,
  random: (length: number) => Uint8Array,
  now: () => number,
): Host {
  return {
    fs,
    crypto,
    random,
    now,
    processes: { self: 'memory', isDead: () => false },
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        setTimeout(resolve, milliseconds);
      }),
  };
}
