/**
 * Verification on other threads, while this one goes on as if every signature held.
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import type { Crypto, SignatureThreads } from './crypto.ts';
import { isSoundPointEncoding } from './point-encoding.ts';

/** Signatures of which it will be known later whether they hold. End it when done. */
export class Deferred {
  /**
   * Says of signatures that they hold before that is known, but only of such as may. What was concluded by it is true if
   * in the end all of them hold.
   */
  readonly crypto: Crypto;
  readonly #threads: SignatureThreads;

  constructor(base: Crypto, threads: SignatureThreads) {
    const verify: Crypto['verify'] = (publicKey, message, signature) => {
      const mayHold =
        publicKey.length === 32 &&
        signature.length === 64 &&
        isSoundPointEncoding(publicKey) &&
        isSoundPointEncoding(signature);
      // This thread takes its part where the others have enough to do.
      const isTakenOver = mayHold && threads.offer(publicKey, message, signature);
      return isTakenOver || base.verify(publicKey, message, signature);
    };
    this.#threads = threads;
    this.crypto = { ...base, verify };
  }

  /** Tells that so many signatures are to come, at least. */
  announce(signatures: number): void {
    this.#threads.announce(signatures);
  }

  /** Whether all that are known hold. */
  get allHold(): boolean {
    return this.#threads.areWell;
  }

  /**
   * Waits until all are known.
   * @returns whether all of them hold; `false`, too, when a thread failed and nothing is known
   */
  async settle(): Promise<boolean> {
    while (this.#threads.areWell && !this.#threads.areDone) await setTimeout(1);
    return this.#threads.areWell;
  }

  /** Ends the threads, whatever they have left to do. */
  end(): void {
    this.#threads.end();
  }
}

/** Defers the verifications of an implementation that has other threads; `undefined` for one that has none. */
export function deferred(base: Crypto): Deferred | undefined {
  const threads = base.threads?.();
  return threads === undefined ? undefined : new Deferred(base, threads);
}
