/**
 * Verification on other threads, while this one goes on as if every signature held.
 * @module
 */
import type { Crypto } from './crypto.ts';

/** Signatures of which it will be known later whether they hold. */
export class Deferred {
  /**
   * Says of every signature at once that it holds, unless it is known at once that it does not. What was concluded by it
   * is true if in the end all of them hold.
   */
  readonly crypto: Crypto;
  #open = 0;
  #allHold = true;
  #trouble: Error | undefined;
  #wake = (): void => {};

  constructor(base: Crypto, verifyInPool: NonNullable<Crypto['verifyInPool']>) {
    const verify: Crypto['verify'] = (publicKey, message, signature) => {
      const answer = verifyInPool(publicKey, message, signature);
      if (answer !== false) void this.#await(answer);
      return answer !== false;
    };
    this.crypto = { ...base, verify };
  }

  async #await(answer: Promise<boolean>): Promise<void> {
    this.#open++;
    try {
      const isValid = await answer;
      this.#allHold &&= isValid;
    } catch (error) {
      this.#trouble ??= error instanceof Error ? error : new Error(String(error));
    }
    this.#open--;
    this.#wake();
  }

  /** How many are not known yet. */
  get open(): number {
    return this.#open;
  }

  /** Whether all that are known hold. */
  get allHold(): boolean {
    return this.#allHold;
  }

  /**
   * Waits until at most so many are not known yet.
   * @throws Error when a thread failed: then nothing is known.
   */
  async settle(atMost: number): Promise<void> {
    while (this.open > atMost) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#trouble !== undefined) throw this.#trouble;
  }
}

/** Defers the verifications of an implementation that has other threads; `undefined` for one that has none. */
export function deferred(base: Crypto): Deferred | undefined {
  return base.verifyInPool === undefined
    ? undefined
    : new Deferred(base, (...signed) => base.verifyInPool?.(...signed) ?? false);
}
