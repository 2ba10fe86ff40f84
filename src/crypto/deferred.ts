/**
 * Verification on other threads, while this one goes on as if every signature held.
 * @module
 */
import type { Crypto } from './crypto.ts';

/** Signatures of which it will be known later whether they hold. */
export interface Deferred {
  /**
   * Says of every signature at once that it holds, unless it is known at once that it does not. What was concluded by it
   * is true if in the end {@link allHold}.
   */
  readonly crypto: Crypto;
  /** How many are not known yet. */
  readonly open: () => number;
  /** Waits until at most so many signatures are not known yet. */
  readonly settle: (atMost: number) => Promise<void>;
  /** Whether all that were asked for hold; final when none is open. */
  readonly allHold: () => boolean;
}

/** Defers the verifications of an implementation that has other threads; `undefined` for one that has none. */
export function deferred(base: Crypto): Deferred | undefined {
  const { verifyInPool } = base;
  if (verifyInPool === undefined) return undefined;
  let open = 0;
  let hold = true;
  let trouble: unknown;
  let wake: (() => void) | undefined;
  const done = (isValid: boolean): void => {
    open--;
    hold &&= isValid;
    wake?.();
  };
  const verify: Crypto['verify'] = (publicKey, message, signature) => {
    const answer = verifyInPool(publicKey, message, signature);
    if (answer === false) return false;
    open++;
    answer.then(done, (error: unknown) => {
      trouble ??= error;
      done(false);
    });
    return true;
  };
  return {
    crypto: { ...base, verify },
    open: () => open,
    allHold: () => hold,
    settle: async (atMost) => {
      while (open > atMost) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (trouble !== undefined) throw trouble;
    },
  };
}
