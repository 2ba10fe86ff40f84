import { GitkelError, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { applyUnsigned, type KeyLog } from '../keri/evaluate.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { KeyState } from '../keri/state.ts';
import { signerOf, type UnsignedRecord } from '../records/record.ts';

/** An event of a batch between the key state that it is built on and the one that it leads to. */
export interface PlannedEvent {
  readonly event: KeyEvent;
  readonly before: KeyState | undefined;
  readonly after: KeyState;
}

/** A record of a batch, and the key state of whoever signs it beside the seal. */
export interface PlannedRecord {
  readonly record: UnsignedRecord;
  readonly signerState: KeyState | undefined;
}

/** A batch followed through the key states. */
export interface Plan {
  readonly events: readonly PlannedEvent[];
  /** In the order in which they are folded: each after the event that seals it. */
  readonly records: readonly PlannedRecord[];
}

/** Where the KELs that a batch builds on come from: the log, or an export. */
export type KelLookup = (aid: string) => KeyLog | undefined;

function planEvent(crypto: Crypto, before: KeyState | undefined, event: KeyEvent): PlannedEvent {
  const applied = applyUnsigned(crypto, before, event);
  if (applied.ok) return { event, before, after: applied.state };
  throw new GitkelError('refused', `Cannot plan event ${event.sn} of ${quoted(event.aid)}: ${applied.detail}`, {
    reason: applied.reason,
  });
}

function planRecord(record: UnsignedRecord, stateOf: (aid: string) => KeyState | undefined): PlannedRecord {
  const signer = signerOf(record);
  const signerState = signer === undefined ? undefined : stateOf(signer);
  if (signer === undefined || signerState !== undefined) return { record, signerState };
  throw new GitkelError('refused', `Cannot plan the ${record.body.type} of ${quoted(record.issuer)}: ${quoted(signer)}, which must sign it, is not in this log`, {
    reason: 'record-signer',
    hint: 'Create its identity in this log first, or in the same batch.',
  });
}

/**
 * Follows the key states through unsigned events, in order, as if each were signed, and through the records that they
 * seal.
 * @throws GitkelError `refused` for an event that could not stand there whoever signed it, or a record that nobody seals
 * or could sign.
 */
export function planBatch(
  crypto: Crypto,
  lookup: KelLookup,
  events: readonly KeyEvent[],
  records: readonly UnsignedRecord[],
): Plan {
  const states = new Map<string, KeyState>();
  const stateOf = (aid: string): KeyState | undefined => states.get(aid) ?? lookup(aid)?.state;
  const plannedRecords: PlannedRecord[] = [];
  const plannedEvents = events.map((event) => {
    const planned = planEvent(crypto, stateOf(event.aid), event);
    states.set(event.aid, planned.after);
    const own = records.filter(({ issuer, sn }) => issuer === event.aid && sn === event.sn);
    plannedRecords.push(...own.map((record) => planRecord(record, stateOf)));
    return planned;
  });
  if (plannedRecords.length !== records.length) {
    throw new GitkelError('refused', 'Cannot plan the batch: a record names an event that is not in it', { reason: 'record-unsealed' });
  }
  return { events: plannedEvents, records: plannedRecords };
}
