/**
 * Whether an event may be added to a key event log (KERI specification, "Validation" and "First-seen policy").
 * @module
 */
import type { Crypto } from '../crypto/crypto.ts';
import { approval, isDelegated, isLaterApproval } from './delegation.ts';
import { type AnyRotation, isInception, isRotation, type KeyEvent } from './event.ts';
import { type Anchor, type KeyLog, type KeyLogs, noKeyLogs } from './key-log.ts';
import { type RejectReason, type Rejection, rejection } from './rejection.ts';
import { priorIndexOf, type Progress, progress, type SignedEvent } from './signatures.ts';
import type { KeyState } from './state.ts';
import { isSatisfied } from './threshold.ts';
import { endProblem, inceptionState, isRejection, nextState } from './transition.ts';

/** Why an event has to wait: for events before it, for signatures of controllers or witnesses, for its delegator. */
export type EscrowReason =
  | 'out-of-order'
  | 'partial-signature'
  | 'partial-witness'
  | 'missing-delegation';

/** An event that may be added. */
export interface Acceptance {
  readonly outcome: 'accept';
  /** The key state after it. */
  readonly state: KeyState;
  readonly progress: Progress;
  /** Where its delegator approves it; `undefined` unless it is a delegated event. */
  readonly anchor: Anchor | undefined;
  /** The events that it takes out of the trunk, by the first and the last sequence number. */
  readonly supersedes: { readonly from: number; readonly to: number } | undefined;
}

export type Decision =
  | Acceptance
  /** The event is in the trunk already; its signatures may be new. */
  | { readonly outcome: 'duplicate'; readonly progress: Progress }
  | { readonly outcome: 'escrow'; readonly reason: EscrowReason; readonly progress?: Progress }
  /**
   * `progress` says who has signed a rival of an accepted event (`duplicity`); `undefined` where its keys are not known,
   * because the event before it is not in the trunk.
   */
  | {
      readonly outcome: 'reject';
      readonly reason: RejectReason;
      readonly detail: string;
      readonly progress?: Progress;
    };

function reject({ reason, detail }: Rejection): Decision {
  return { outcome: 'reject', reason, detail };
}

/** An event at a place where it may stand, with the key states before and after it. */
interface Placed {
  readonly signed: SignedEvent;
  readonly before: KeyState | undefined;
  readonly after: KeyState;
  /** The log in which it takes the place of other events. */
  readonly superseding: KeyLog | undefined;
}

/** Why the signatures of an event are not enough, or `undefined` when they are. */
function signatureProblem(done: Progress): Decision | undefined {
  const stray = done.rejected.find(({ verdict }) => verdict === 'no-such-key');
  if (stray !== undefined) {
    return reject(
      rejection('signature-index', `no key or witness has the index ${stray.signature.index}`),
    );
  }
  if (done.indices.length === 0) {
    return reject(rejection('no-valid-signature', 'none of its keys has signed the event'));
  }
  if (!done.thresholdMet || done.priorThresholdMet === false) {
    return { outcome: 'escrow', reason: 'partial-signature', progress: done };
  }
  return done.witnessesMet
    ? undefined
    : { outcome: 'escrow', reason: 'partial-witness', progress: done };
}

function takenPlace({ state }: KeyLog, sn: number, there: string | undefined): Rejection {
  return rejection(
    'duplicity',
    `place ${sn} of ${state.aid} is taken by ${there ?? 'another event'}`,
  );
}

/** The decision on an event that may take the place of others in a log, once it is signed and approved. */
function decideSuperseding(
  log: KeyLog,
  event: KeyEvent,
  others: KeyLogs,
  acceptance: Acceptance,
): Decision {
  const { anchor, progress: done } = acceptance;
  const isBarred =
    event.sn === log.state.lastEstablishment.sn &&
    (event.type !== 'drt' || anchor === undefined || !isLaterApproval(others, log, event, anchor));
  if (!isBarred) return { ...acceptance, supersedes: { from: event.sn, to: log.state.sn } };
  const { reason, detail } = takenPlace(log, event.sn, log.saidAt(event.sn));
  return { outcome: 'reject', reason, detail, progress: done };
}

function decidePlaced(crypto: Crypto, others: KeyLogs, placed: Placed): Decision {
  const { signed, before, after, superseding } = placed;
  const { event, attachments } = signed;
  const done = progress(crypto, event, before, attachments);
  const problem = signatureProblem(done);
  if (problem !== undefined) return problem;
  let anchor: Anchor | undefined;
  if (isDelegated(event)) {
    const found = approval(others, event, after);
    if (found === undefined)
      return { outcome: 'escrow', reason: 'missing-delegation', progress: done };
    if ('ok' in found) return reject(found);
    anchor = found;
  }
  const acceptance: Acceptance = {
    outcome: 'accept',
    state: after,
    progress: done,
    anchor,
    supersedes: undefined,
  };
  return superseding === undefined
    ? acceptance
    : decideSuperseding(superseding, event, others, acceptance);
}

/**
 * Whether an event is of a kind that may take the place of the accepted event at its sequence number: a rotation may
 * supersede interactions (rule A), a delegated rotation also the last establishment event if that is one too (rule B).
 */
function maySupersede(log: KeyLog, event: KeyEvent): event is AnyRotation {
  if (!isRotation(event)) return false;
  const { sn } = log.state.lastEstablishment;
  if (event.sn > sn) return true;
  return event.sn === sn && event.type === 'drt' && log.stateAt(sn)?.lastType === 'drt';
}

/** Who has signed an event at a place that is taken; `undefined` where the event before it is not in the trunk. */
function progressThere(
  crypto: Crypto,
  log: KeyLog,
  { event, attachments }: SignedEvent,
): Progress | undefined {
  if (isInception(event)) return progress(crypto, event, undefined, attachments);
  if (log.saidAt(event.sn - 1) !== event.prior) return undefined;
  return progress(crypto, event, requiredState(log, event.sn - 1), attachments);
}

function requiredState(log: KeyLog, sn: number): KeyState {
  const state = log.stateAt(sn);
  if (state === undefined)
    throw new Error(`event ${sn} of ${log.state.aid} has led to no key state`);
  return state;
}

/** The decision on an event at a sequence number that the trunk has an event at already. */
function decideTaken(crypto: Crypto, log: KeyLog, signed: SignedEvent, others: KeyLogs): Decision {
  const { event } = signed;
  const there = log.saidAt(event.sn);
  if (there === event.said) {
    const done = progressThere(crypto, log, signed);
    if (done === undefined) throw new Error('an accepted event follows on the one before it');
    return { outcome: 'duplicate', progress: done };
  }
  if (!maySupersede(log, event)) {
    const { reason, detail } = takenPlace(log, event.sn, there);
    const done = progressThere(crypto, log, signed);
    return { outcome: 'reject', reason, detail, ...(done === undefined ? {} : { progress: done }) };
  }
  const before = requiredState(log, event.sn - 1);
  const after = nextState(before, event);
  if (isRejection(after)) return reject(after);
  return decidePlaced(crypto, others, { signed, before, after, superseding: log });
}

/**
 * Decides on an event for a log; `undefined` is the log of an identifier that nothing is known of. `others` is asked
 * about delegators. All that a peer can send leads to a decision, never to an exception.
 */
export function evaluate(
  crypto: Crypto,
  log: KeyLog | undefined,
  signed: SignedEvent,
  others: KeyLogs = noKeyLogs,
): Decision {
  const { event } = signed;
  if (log === undefined) {
    if (!isInception(event)) return { outcome: 'escrow', reason: 'out-of-order' };
    const after = inceptionState(event);
    return decidePlaced(crypto, others, {
      signed,
      before: undefined,
      after,
      superseding: undefined,
    });
  }
  const { state } = log;
  if (event.aid !== state.aid) {
    return reject(rejection('wrong-aid', `the event is of ${event.aid}, the log of ${state.aid}`));
  }
  if (event.sn <= state.sn) return decideTaken(crypto, log, signed, others);
  if (event.sn > state.sn + 1) {
    const problem = endProblem(state);
    return problem === undefined ? { outcome: 'escrow', reason: 'out-of-order' } : reject(problem);
  }
  // An inception has the number 0, so that its place is taken in every log.
  if (isInception(event)) throw new Error('an inception cannot follow another event');
  const after = nextState(state, event);
  if (isRejection(after)) return reject(after);
  return decidePlaced(crypto, others, { signed, before: state, after, superseding: undefined });
}

/** The key state after an event, or why the event cannot stand there whoever signs it. */
export type AppliedEvent =
  | { readonly ok: true; readonly state: KeyState }
  | Rejection
  | {
      readonly ok: false;
      readonly reason: 'out-of-order' | 'next-keys-missing';
      readonly detail: string;
    };

/**
 * The key state after an event that follows directly on a key state, as if everybody had signed it: for planning events
 * that are signed later. A rotation has to reveal enough next keys to satisfy the prior next threshold.
 */
export function applyUnsigned(
  crypto: Crypto,
  before: KeyState | undefined,
  event: KeyEvent,
): AppliedEvent {
  if (before === undefined) {
    if (isInception(event)) return { ok: true, state: inceptionState(event) };
    return {
      ok: false,
      reason: 'out-of-order',
      detail: `nothing is known of ${event.aid} before event ${event.sn}`,
    };
  }
  if (event.aid !== before.aid) {
    return rejection('wrong-aid', `the event is of ${event.aid}, the key state of ${before.aid}`);
  }
  if (isInception(event) || event.sn <= before.sn) {
    return rejection('duplicity', `place ${event.sn} of ${before.aid} is taken`);
  }
  if (event.sn > before.sn + 1) {
    return {
      ok: false,
      reason: 'out-of-order',
      detail: `event ${event.sn} does not follow on event ${before.sn}`,
    };
  }
  const next = nextState(before, event);
  if (isRejection(next)) return next;
  if (isRotation(event)) {
    const revealed = event.publicKeys.flatMap((key) => priorIndexOf(crypto, before, key) ?? []);
    if (!isSatisfied(before.nextThreshold, revealed)) {
      const detail =
        'its keys reveal too few of the committed next keys to satisfy the prior next threshold';
      return { ok: false, reason: 'next-keys-missing', detail };
    }
  }
  return { ok: true, state: next };
}
