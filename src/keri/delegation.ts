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
 * later event of the delegator, or in the same one behind the other. Where the other one's approval is no longer in the
 * delegator's trunk, since the delegator recovered or was itself superseded one level up, it stands in what took the
 * place of that: an approval from before the other one's stays the earlier one, so that nobody who holds an old rotation
 * can bring it back when the delegator recovers.
 */
export function isLaterApproval(
  others: KeyLogs,
  log: KeyLog,
  { aid, sn }: DelegatedRotation,
  found: Anchor,
): boolean {
  const [old, said] = [log.anchorAt(sn), log.saidAt(sn)];
  if (old === undefined || said === undefined) return false;
  const there = others.anchor(old.delegator, { aid, sn, said });
  if (there === undefined) return isOnNewBranch(others.log(old.delegator), old, found);
  if (found.said === there.said) return found.sealIndex > there.sealIndex;
  return found.sn > there.sn;
}

/**
 * Whether an event of the trunk came after an approval left it. Every rotation up to where that stood may be the one that
 * superseded it: only from the last of them on it is certain.
 */
function isOnNewBranch(above: KeyLog | undefined, old: Anchor, found: Anchor): boolean {
  if (above === undefined) return false;
  const turn = above.stateAt(Math.min(old.sn, above.state.sn))?.lastEstablishment.sn;
  return turn !== undefined && found.sn >= turn;
}
