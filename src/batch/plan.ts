import { GitkelError, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { approval, isDelegated, isLaterApproval } from '../keri/delegation.ts';
import { applyUnsigned } from '../keri/evaluate.ts';
import { isRotation, type KeyEvent } from '../keri/event.ts';
import type { Anchor, EventName, KeyLog, KeyLogs } from '../keri/key-log.ts';
import type { KeyState } from '../keri/state.ts';
import { nameOfEvent, sealedName } from '../log/anchors.ts';

/** An event of a batch between the key state that it is built on and the one that it leads to. */
export interface PlannedEvent {
  readonly event: KeyEvent;
  readonly before: KeyState | undefined;
  readonly after: KeyState;
  /** Where its delegator approves it, in the log or in an earlier event of the batch; of delegated events only. */
  readonly anchor: Anchor | undefined;
  /** The events that it takes out of the trunk, by the first and the last sequence number. */
  readonly supersedes: { readonly from: number; readonly to: number } | undefined;
}

/** The key states that a batch leads through, followed event by event. */
export interface Plan extends KeyLogs {
  /** The key state of an AID after what was added so far. */
  stateOf(aid: string): KeyState | undefined;
  /**
   * Follows one more event as if it were signed; changes nothing when it throws.
   * @throws GitkelError `refused` for an event that could not stand there whoever signed it.
   */
  add(event: KeyEvent): PlannedEvent;
}

/** The trunk of one KEL up to a place, and the planned events that follow. */
class PlannedKel implements KeyLog {
  readonly #base: KeyLog | undefined;
  /** How many events of the base are in the trunk. */
  #kept: number;
  readonly #added: PlannedEvent[] = [];
  /** What the planned events seal, by its name: the first such seal. */
  readonly #anchors = new Map<string, Anchor>();

  constructor(base: KeyLog | undefined) {
    this.#base = base;
    this.#kept = base === undefined ? 0 : base.state.sn + 1;
  }

  get state(): KeyState {
    const state = this.#added.at(-1)?.after ?? this.#base?.state;
    if (state === undefined) throw new Error('a planned KEL has an event');
    return state;
  }

  #addedAt(sn: number): PlannedEvent | undefined {
    return sn < this.#kept ? undefined : this.#added[sn - this.#kept];
  }

  /** Whether an event is planned already: nothing supersedes an event of its own batch. */
  get isPlanned(): boolean {
    return this.#added.length > 0;
  }

  saidAt(sn: number): string | undefined {
    return sn < this.#kept ? this.#base?.saidAt(sn) : this.#addedAt(sn)?.event.said;
  }

  stateAt(sn: number): KeyState | undefined {
    return sn < this.#kept ? this.#base?.stateAt(sn) : this.#addedAt(sn)?.after;
  }

  anchorAt(sn: number): Anchor | undefined {
    return sn < this.#kept ? this.#base?.anchorAt(sn) : this.#addedAt(sn)?.anchor;
  }

  add(planned: PlannedEvent): void {
    this.#kept = Math.min(this.#kept, planned.event.sn);
    this.#added.push(planned);
    const { aid, sn, said, seals } = planned.event;
    for (const [sealIndex, seal] of seals.entries()) {
      const name = sealedName(seal);
      if (name !== undefined && !this.#anchors.has(name))
        this.#anchors.set(name, { delegator: aid, sn, said, sealIndex });
    }
  }

  /** The first planned event that seals an event, and the place of the seal. */
  anchor(event: EventName): Anchor | undefined {
    return this.#anchors.get(nameOfEvent(event));
  }
}

function refusal(
  { aid, sn }: KeyEvent,
  reason: string,
  detail: string,
  hint?: string,
): GitkelError {
  return new GitkelError('refused', `Cannot plan event ${sn} of ${quoted(aid)}: ${detail}`, {
    reason,
    ...(hint === undefined ? {} : { hint }),
  });
}

function takenPlace(event: KeyEvent, there: string | undefined, hint?: string): GitkelError {
  const detail = `place ${event.sn} of ${event.aid} is taken by ${there ?? 'another event'}`;
  return refusal(event, 'duplicity', detail, hint);
}

/** Where a delegator approves an event that leads to a key state. */
function requiredApproval(plan: Plan, event: KeyEvent, after: KeyState): Anchor | undefined {
  if (!isDelegated(event)) return undefined;
  const found = approval(plan, event, after);
  if (found === undefined) {
    throw refusal(
      event,
      'missing-delegation',
      `its delegator ${quoted(after.delegator)} does not seal it in an event before it`,
      "The delegator's event stands before the delegated one, in the same batch or in the log.",
    );
  }
  if ('ok' in found) throw refusal(event, found.reason, found.detail);
  return found;
}

/** Refuses an event that may not supersede what a KEL has at its place (KERI specification, rules A and B of recovery). */
function requireSuperseding(
  plan: Plan,
  kel: PlannedKel,
  event: KeyEvent,
  anchor: Anchor | undefined,
): void {
  const { sn } = kel.state.lastEstablishment;
  const there = kel.saidAt(event.sn);
  if (kel.isPlanned || !isRotation(event) || event.sn < sn) throw takenPlace(event, there);
  if (event.sn > sn) return;
  const isLater =
    event.type === 'drt' &&
    kel.stateAt(sn)?.lastType === 'drt' &&
    anchor !== undefined &&
    isLaterApproval(plan, kel, event, anchor);
  if (!isLater) throw takenPlace(event, there);
}

function follow(
  crypto: Crypto,
  plan: Plan,
  kel: PlannedKel | undefined,
  event: KeyEvent,
): PlannedEvent {
  const isTaken = kel !== undefined && event.sn <= kel.state.sn;
  const before = isTaken && event.sn > 0 ? kel.stateAt(event.sn - 1) : kel?.state;
  const applied = applyUnsigned(crypto, before, event);
  if (!applied.ok) throw refusal(event, applied.reason, applied.detail);
  const anchor = requiredApproval(plan, event, applied.state);
  if (isTaken) requireSuperseding(plan, kel, event, anchor);
  const supersedes = isTaken ? { from: event.sn, to: kel.state.sn } : undefined;
  return { event, before, after: applied.state, anchor, supersedes };
}

/** A plan that begins with what `logs` has. */
export function newPlan(crypto: Crypto, logs: KeyLogs): Plan {
  const kels = new Map<string, PlannedKel>();
  const plannedKel = (aid: string): PlannedKel | undefined => {
    const known = kels.get(aid);
    if (known !== undefined) return known;
    const base = logs.log(aid);
    return base && new PlannedKel(base);
  };
  const plan: Plan = {
    log: plannedKel,
    stateOf: (aid) => plannedKel(aid)?.state,
    anchor: (delegator, event) => {
      const there = logs.anchor(delegator, event);
      const stands = there && plannedKel(delegator)?.saidAt(there.sn) === there.said;
      return stands === true ? there : kels.get(delegator)?.anchor(event);
    },
    add: (event) => {
      const kel = plannedKel(event.aid);
      const planned = follow(crypto, plan, kel, event);
      const grown = kel ?? new PlannedKel(undefined);
      grown.add(planned);
      kels.set(event.aid, grown);
      return planned;
    },
  };
  return plan;
}
