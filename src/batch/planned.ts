import { GitkelError, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { applyUnsigned, type KeyLog } from '../keri/evaluate.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { KeyState } from '../keri/state.ts';

/** An event of a batch between the key state that it is built on and the one that it leads to. */
export interface PlannedEvent {
  readonly event: KeyEvent;
  readonly before: KeyState | undefined;
  readonly after: KeyState;
}

/** Where the KELs that a batch builds on come from: the log, or an export. */
export type KelLookup = (aid: string) => KeyLog | undefined;

/** The key states that a batch leads through, followed event by event. */
export interface Plan {
  /** The key state of an AID after what was added so far. */
  stateOf(aid: string): KeyState | undefined;
  /**
   * Follows one more event as if it were signed; changes nothing when it throws.
   * @throws GitkelError `refused` for an event that could not stand there whoever signed it.
   */
  add(event: KeyEvent): PlannedEvent;
}

/** A plan that begins with what `lookup` has. */
export function newPlan(crypto: Crypto, lookup: KelLookup): Plan {
  const states = new Map<string, KeyState>();
  const stateOf = (aid: string): KeyState | undefined => states.get(aid) ?? lookup(aid)?.state;
  return {
    stateOf,
    add: (event) => {
      const before = stateOf(event.aid);
      const applied = applyUnsigned(crypto, before, event);
      if (!applied.ok) {
        throw new GitkelError(
          'refused',
          `Cannot plan event ${event.sn} of ${quoted(event.aid)}: ${applied.detail}`,
          {
            reason: applied.reason,
          },
        );
      }
      states.set(event.aid, applied.state);
      return { event, before, after: applied.state };
    },
  };
}

/**
 * Follows the key states through unsigned events, in order, as if each were signed.
 * @throws GitkelError `refused` for an event that could not stand there whoever signed it.
 */
export function planEvents(
  crypto: Crypto,
  lookup: KelLookup,
  events: readonly KeyEvent[],
): readonly PlannedEvent[] {
  const plan = newPlan(crypto, lookup);
  return events.map((event) => plan.add(event));
}
