/**
 * Whether a delegator has approved an event (KERI specification, "Cooperative delegation" and "Superseding rules for
 * recovery").
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { DelegatedInception, DelegatedRotation, KeyEvent } from './event.ts';
import type { Anchor, KeyLog, KeyLogs } from './key-log.ts';
import { type Rejection, rejection } from './rejection.ts';
import type { KeyState } from './state.ts';

/** An event that counts only when a delegator's key event log seals it. */
type DelegatedEvent = DelegatedInception | DelegatedRotation;

export function isDelegated(event: KeyEvent): event is DelegatedEvent {
  return event.type === 'dip' || event.type === 'drt';
}

/** Whether an identifier with this delegator would have too many above it. */
function isTooDeep(others: KeyLogs, delegator: string): boolean {
  let above = 0;
  for (let aid: string | undefined = delegator; aid !== undefined; above++) {
    if (above === LIMITS.delegationDepth) return true;
    aid = others.log(aid)?.state.delegator;
  }
  return false;
}

/**
 * Where the delegator of a key state approves the event that leads to it; `undefined` while that is not known, a
 * rejection when it can never be.
 */
export function approval(
  others: KeyLogs,
  event: DelegatedEvent,
  { delegator }: KeyState,
): Anchor | Rejection | undefined {
  if (delegator === undefined) throw new Error('a delegated event has a delegator');
  const above = others.log(delegator);
  if (above === undefined) return undefined;
  if (above.state.traits.includes('DND'))
    return rejection('do-not-delegate', `${delegator} was set up to delegate to nobody`);
  if (event.type === 'dip' && isTooDeep(others, delegator)) {
    return rejection(
      'delegation-depth',
      `${event.aid} has more than ${LIMITS.delegationDepth} delegators above each other`,
    );
  }
  return others.anchor(delegator, event);
}

/**
 * Whether the approval of a delegated rotation lets it take the place of another one (rules B and C): it stands in a
 * later event of the delegator, or in the same one behind the other, or the other one's is no longer in the delegator's
 * trunk. The last covers a delegator that recovered or was itself superseded one level up: what its events had to meet
 * there was decided when they were accepted.
 */
export function isLaterApproval(
  others: KeyLogs,
  log: KeyLog,
  { sn }: DelegatedRotation,
  found: Anchor,
): boolean {
  const there = log.anchorAt(sn);
  if (there === undefined) return false;
  if (others.log(there.delegator)?.saidAt(there.sn) !== there.said) return true;
  if (found.said === there.said) return found.sealIndex > there.sealIndex;
  return found.sn > there.sn;
}
