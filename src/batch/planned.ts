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

/**
 * Follows the key states through unsigned events, in order, as if each were signed.
 * @throws GitkelError `refused` for an event that could not stand there whoever signed it.
 */
export function planEvents(
  crypto: Crypto,
  lookup: KelLookup,
  events: readonly KeyEvent[],
): readonly PlannedEvent[] {
  const states = new Map<string, KeyState>();
  return events.map((event) => {
    const before = states.get(event.aid) ?? lookup(event.aid)?.state;
    const applied = applyUnsigned(crypto, before, event);
    if (!applied.ok) {
      throw new GitkelError('refused', `Cannot plan event ${event.sn} of ${quoted(event.aid)}: ${applied.detail}`, {
        reason: applied.reason,
      });
    }
    states.set(event.aid, applied.state);
    return { event, before, after: applied.state };
  });
}
