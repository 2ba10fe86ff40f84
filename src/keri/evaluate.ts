/**
 * Whether an event may be added to a key event log (KERI specification, "Validation" and "First-seen policy").
 * @module
 */
import type { Crypto } from '../crypto/crypto.ts';
import type { KeyEvent } from './event.ts';
import { type RejectReason, type Rejection, rejection } from './rejection.ts';
import { priorIndexOf, type Progress, progress, type SignedEvent } from './signatures.ts';
import type { KeyState } from './state.ts';
import { isSatisfied } from './threshold.ts';
import { endProblem, inceptionState, isRejection, nextState } from './transition.ts';

/** The accepted events of one identifier, as far as evaluation reads them. */
export interface KeyLog {
  /** The key state after the last event. */
  readonly state: KeyState;
  /** The SAID of the accepted event at a sequence number. */
  saidAt(sn: number): string | undefined;
}

/** Why an event has to wait: for events before it, for signatures of controllers, for those of witnesses. */
export type EscrowReason = 'out-of-order' | 'partial-signature' | 'partial-witness';

export type Decision =
  | { readonly outcome: 'accept'; readonly state: KeyState; readonly progress: Progress }
  /**
   * The event is in the log already; its signatures may be new. `progress` is `undefined` where the keys by which they
   * would be judged lie behind the log's last key state.
   */
  | { readonly outcome: 'duplicate'; readonly progress: Progress | undefined }
  | { readonly outcome: 'escrow'; readonly reason: EscrowReason; readonly progress?: Progress }
  | { readonly outcome: 'reject'; readonly reason: RejectReason; readonly detail: string };

function reject({ reason, detail }: Rejection): Decision {
  return { outcome: 'reject', reason, detail };
}

function duplicate(crypto: Crypto, state: KeyState, { event, attachments }: SignedEvent): Decision {
  const isJudged =
    event.type === 'icp' || (event.type === 'ixn' && event.sn > state.lastEstablishment.sn);
  const before = event.type === 'icp' ? undefined : state;
  return {
    outcome: 'duplicate',
    progress: isJudged ? progress(crypto, event, before, attachments) : undefined,
  };
}

/** The decision on an event that does not follow directly on the log's last event; `undefined` for one that does. */
function decideByPlace(crypto: Crypto, log: KeyLog, signed: SignedEvent): Decision | undefined {
  const { state } = log;
  const { event } = signed;
  if (event.aid !== state.aid) {
    return reject(rejection('wrong-aid', `the event is of ${event.aid}, the log of ${state.aid}`));
  }
  if (event.sn > state.sn) {
    if (event.sn === state.sn + 1) return undefined;
    const problem = endProblem(state);
    return problem === undefined ? { outcome: 'escrow', reason: 'out-of-order' } : reject(problem);
  }
  const there = log.saidAt(event.sn);
  if (there === event.said) return duplicate(crypto, state, signed);
  const place = `place ${event.sn} of ${state.aid} is taken by ${there ?? 'another event'}`;
  return event.type === 'rot' && event.sn > state.lastEstablishment.sn
    ? reject(rejection('recovery-unsupported', `${place}, and a rotation cannot supersede it here`))
    : reject(rejection('duplicity', place));
}

function decideBySignatures(done: Progress, state: KeyState): Decision {
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
  if (!done.witnessesMet) return { outcome: 'escrow', reason: 'partial-witness', progress: done };
  return { outcome: 'accept', state, progress: done };
}

/**
 * Decides on an event for a log; `undefined` is the log of an identifier that nothing is known of. All that a peer can
 * send leads to a decision, never to an exception. `duplicity` and `recovery-unsupported` name a conflict with the
 * log, they prove nothing: the signatures of such an event are not looked at.
 */
export function evaluate(crypto: Crypto, log: KeyLog | undefined, signed: SignedEvent): Decision {
  const { event, attachments } = signed;
  if (log === undefined) {
    if (event.type !== 'icp') return { outcome: 'escrow', reason: 'out-of-order' };
    return decideBySignatures(
      progress(crypto, event, undefined, attachments),
      inceptionState(event),
    );
  }
  const placed = decideByPlace(crypto, log, signed);
  if (placed !== undefined) return placed;
  const { state } = log;
  // An inception has the number 0, so that its place is taken in every log.
  if (event.type === 'icp') throw new Error('an inception cannot follow another event');
  const next = nextState(state, event);
  if (isRejection(next)) return reject(next);
  return decideBySignatures(progress(crypto, event, state, attachments), next);
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
    if (event.type === 'icp') return { ok: true, state: inceptionState(event) };
    return {
      ok: false,
      reason: 'out-of-order',
      detail: `nothing is known of ${event.aid} before event ${event.sn}`,
    };
  }
  if (event.aid !== before.aid) {
    return rejection('wrong-aid', `the event is of ${event.aid}, the key state of ${before.aid}`);
  }
  if (event.type === 'icp' || event.sn <= before.sn) {
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
  if (event.type === 'rot') {
    const revealed = event.publicKeys.flatMap((key) => priorIndexOf(crypto, before, key) ?? []);
    if (!isSatisfied(before.nextThreshold, revealed)) {
      const detail =
        'its keys reveal too few of the committed next keys to satisfy the prior next threshold';
      return { ok: false, reason: 'next-keys-missing', detail };
    }
  }
  return { ok: true, state: next };
}
