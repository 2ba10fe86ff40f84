import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import {
  buildDelegatedInception,
  buildDelegatedRotation,
  buildInception,
  buildInteraction,
  buildRotation,
  type InceptionFields,
  type RotationFields,
} from '../keri/build.ts';
import { isDelegated } from '../keri/delegation.ts';
import type { AnyRotation, KeyEvent } from '../keri/event.ts';
import { keyEventSeal, type Seal } from '../keri/seal.ts';
import type { KeyState } from '../keri/state.ts';
import { changedWitnesses } from '../keri/witnesses.ts';
import type { KeyLogs } from '../keri/key-log.ts';
import type { Genesis } from '../log/genesis.ts';
import type { RecordBook } from '../log/record-book.ts';
import {
  buildRecord,
  parseRecord,
  type RecordBody,
  type UnsignedRecord,
} from '../records/record.ts';
import { recordSeal } from '../records/record-seal.ts';
import type { Plan } from './plan.ts';
import { liftable } from './superseded.ts';
import { requireOutsideWitnesses } from './witness-choice.ts';

/**
 * One thing that a batch does. Keys are public ones: staging holds no private key. What a delegator has to approve comes
 * with the delegator's event that does, before it.
 */
export type Operation =
  | ({
      readonly kind: 'create';
      /** Whose approval it needs, now and for every rotation. */
      readonly delegator?: string | undefined;
    } & InceptionFields)
  | ({
      readonly kind: 'rotate';
      readonly aid: string;
      /** The sequence number that the rotation takes, with which it supersedes all from there on; else the next one. */
      readonly supersede?: number | undefined;
      /** SAIDs of revocations of superseded events that shall count no longer; `all` of those that still do. */
      readonly lift?: readonly string[] | 'all' | undefined;
      /** Why they are lifted, at most `LIMITS.reasonCharacters`; none unless told. */
      readonly liftReason?: string | undefined;
    } & RotationFields)
  | { readonly kind: 'anchor'; readonly aid: string; readonly seals: readonly Seal[] }
  /** Records of this log, sealed together by one interaction event. */
  | { readonly kind: 'seal'; readonly aid: string; readonly bodies: readonly RecordBody[] };

/** What an operation is built on. */
export interface BuildGround {
  readonly crypto: Crypto;
  /** The genesis of the log; `undefined` while it is unborn. */
  readonly genesis: Genesis | undefined;
  /** The records of the log, and what is in force by them. */
  readonly book: RecordBook;
}

/** The events of an operation, in their order, and the records that they seal. */
export interface Built {
  readonly events: readonly KeyEvent[];
  readonly records: readonly UnsignedRecord[];
}

const NO_RECORDS: readonly UnsignedRecord[] = [];

function sealRecords(
  { crypto, genesis }: BuildGround,
  state: KeyState,
  bodies: readonly RecordBody[],
): { readonly records: readonly UnsignedRecord[]; readonly seals: readonly Seal[] } {
  if (genesis === undefined) {
    throw new GitkelError('usage', 'Cannot seal a record: the log has no batch yet', {
      reason: 'genesis-founder',
    });
  }
  const head = { issuer: state.aid, sn: state.sn + 1, logId: genesis.logId };
  // Read back: what no log would take is refused before it is staged.
  const records = bodies.map((body) =>
    parseRecord(crypto, body.type, buildRecord(crypto, head, body).bytes),
  );
  const seals = records.map(({ body, said }) => recordSeal(body.type, head.logId, said));
  return { records, seals };
}

function refused(action: string, reason: string, detail: string, hint: string): GitkelError {
  return new GitkelError('refused', `Cannot ${action}: ${detail}`, { reason, hint });
}

/**
 * The delegator's event that approves an event; `undefined` where one stands already.
 * @throws GitkelError `not-found` or `refused` for a delegator that cannot approve it.
 */
export function approvalFor(
  crypto: Crypto,
  plan: Plan,
  event: KeyEvent,
  delegator: string,
): KeyEvent | undefined {
  if (plan.anchor(delegator, event) !== undefined) return undefined;
  const state = plan.stateOf(delegator);
  const action = `let ${quoted(delegator)} approve event ${event.sn} of ${event.aid}`;
  if (state === undefined) {
    throw new GitkelError('not-found', `Cannot ${action}: it is not in this log`, {
      reason: 'delegator-unknown',
      hint: 'Create it in this log first, or import its key event log: gitkel identity import FILE.',
    });
  }
  if (state.traits.includes('DND')) {
    const hint = 'It was created with --do-not-delegate; another identity has to be the delegator.';
    throw refused(action, 'do-not-delegate', 'it was set up to delegate to nobody', hint);
  }
  if (state.traits.includes('EO')) {
    throw refused(
      action,
      'establishment-only',
      'it was set up for establishment events only, so that only a rotation of it could carry the seal',
      'Choose a delegator that was not created with --establishment-only, or rotate that one through the library with the seal {i,s,d} of this event.',
    );
  }
  return buildInteraction(crypto, state, [keyEventSeal(event.aid, event.sn, event.said)]);
}

/** An event, after the one that approves it where it needs one. */
function withApproval(
  { crypto }: BuildGround,
  plan: Plan,
  event: KeyEvent,
  delegator: string | undefined,
): readonly KeyEvent[] {
  if (!isDelegated(event) || delegator === undefined) return [event];
  const approving = approvalFor(crypto, plan, event, delegator);
  return approving === undefined ? [event] : [approving, event];
}

/**
 * The key state that a rotation follows on: the last one, or the one before what it supersedes.
 * @throws GitkelError `not-found` for a place that is not there, `refused` for one that nothing can supersede.
 */
export function stateToRotate(
  logs: KeyLogs,
  state: KeyState,
  supersede: number | undefined,
): KeyState {
  const { aid, sn, lastEstablishment } = state;
  if (supersede === undefined || supersede === sn + 1) return state;
  const action = `supersede event ${supersede} of ${aid}`;
  if (supersede > sn)
    throw new GitkelError('not-found', `Cannot ${action}: its last event is ${sn}`, {
      hint:
        sn > lastEstablishment.sn
          ? `Events ${lastEstablishment.sn + 1} to ${sn} can be superseded: gitkel log ${aid} shows them.`
          : 'It has no event that can be superseded: rotate it without --supersede.',
    });
  const first = lastEstablishment.sn;
  const isDelegatedAgain = supersede === first && logs.log(aid)?.stateAt(first)?.lastType === 'drt';
  const before = logs.log(aid)?.stateAt(supersede - 1);
  if (before !== undefined && (supersede > first || isDelegatedAgain)) return before;
  throw refused(
    action,
    'not-supersedable',
    `its event ${first} establishes keys, and what stands there or before it stays`,
    first === sn
      ? 'It has no later event. Rotate it in the ordinary way, or ask its delegator.'
      : `Only events ${first + 1} to ${sn} can be superseded.`,
  );
}

function buildAnyRotation(crypto: Crypto, state: KeyState, fields: RotationFields): AnyRotation {
  const { witnessCuts = [], witnessAdds = [] } = fields;
  const witnesses = changedWitnesses(state.witnesses, witnessCuts, witnessAdds);
  requireOutsideWitnesses(fields.publicKeys, witnesses);
  return state.delegator === undefined
    ? buildRotation(crypto, state, fields)
    : buildDelegatedRotation(crypto, state, fields);
}

function createEvents(
  ground: BuildGround,
  plan: Plan,
  operation: Extract<Operation, { kind: 'create' }>,
): readonly KeyEvent[] {
  const { crypto } = ground;
  const { delegator } = operation;
  requireOutsideWitnesses(operation.publicKeys, operation.witnesses ?? []);
  const event =
    delegator === undefined
      ? buildInception(crypto, operation)
      : buildDelegatedInception(crypto, delegator, operation);
  if (plan.stateOf(event.aid) === undefined) return withApproval(ground, plan, event, delegator);
  throw new GitkelError('conflict', `Cannot create ${event.aid}: it is in this log already`, {
    reason: 'place-taken',
  });
}

/** The records by which a rotation lifts what its operation says; none when that is nothing. */
function liftBodies(
  { book }: BuildGround,
  { sn, aid }: KeyState,
  lift: readonly string[] | 'all',
  reason: string,
): readonly RecordBody[] {
  const after = book.copy();
  after.supersede(aid, sn + 1, '', Number.MAX_SAFE_INTEGER);
  const named = lift === 'all' ? liftable(after, aid) : [...new Set(lift)].toSorted();
  const bodies: RecordBody[] = [];
  for (let from = 0; from < named.length; from += LIMITS.liftedRecords)
    bodies.push({ type: 'lift', records: named.slice(from, from + LIMITS.liftedRecords), reason });
  return bodies;
}

function buildRotate(
  ground: BuildGround,
  plan: Plan,
  state: KeyState,
  operation: Extract<Operation, { kind: 'rotate' }>,
): Built {
  const before = stateToRotate(plan, state, operation.supersede);
  const { lift = [], liftReason = '', seals = [] } = operation;
  const bodies = lift.length === 0 ? [] : liftBodies(ground, before, lift, liftReason);
  const lifting = bodies.length === 0 ? undefined : sealRecords(ground, before, bodies);
  const event = buildAnyRotation(ground.crypto, before, {
    ...operation,
    seals: [...seals, ...(lifting?.seals ?? [])],
  });
  return {
    events: withApproval(ground, plan, event, state.delegator),
    records: lifting?.records ?? NO_RECORDS,
  };
}

/**
 * Builds the events of an operation on what a plan leads to.
 * @throws GitkelError `usage`, `not-found` or `refused` for an operation that cannot be built.
 */
export function buildOperation(ground: BuildGround, plan: Plan, operation: Operation): Built {
  const { crypto } = ground;
  if (operation.kind === 'create')
    return { events: createEvents(ground, plan, operation), records: NO_RECORDS };
  const state = plan.stateOf(operation.aid);
  if (state === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot ${operation.kind} ${quoted(operation.aid)}: it is not in this log`,
    );
  }
  switch (operation.kind) {
    case 'rotate':
      return buildRotate(ground, plan, state, operation);
    case 'anchor':
      return { events: [buildInteraction(crypto, state, operation.seals)], records: NO_RECORDS };
    case 'seal': {
      const { records, seals } = sealRecords(ground, state, operation.bodies);
      return { events: [buildInteraction(crypto, state, seals)], records };
    }
  }
}
