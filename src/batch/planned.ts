import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { KeyLogs } from '../keri/key-log.ts';
import type { KeyState } from '../keri/state.ts';
import { signerOf, type UnsignedRecord } from '../records/record.ts';
import { encodeRecordFile } from '../records/record-file.ts';
import { newPlan, type Plan, type PlannedEvent } from './plan.ts';

/** A record of a batch, and the key state of whoever signs it beside the seal. */
export interface PlannedRecord {
  readonly record: UnsignedRecord;
  readonly signerState: KeyState | undefined;
}

/** A batch followed through the key states: its events, and its records in the order in which they are folded. */
export interface BatchPlan {
  readonly events: readonly PlannedEvent[];
  readonly records: readonly PlannedRecord[];
}

/** Whatever signatures are collected, the record's file must be one that is read again. */
function requireFileSize(record: UnsignedRecord, keys: number): void {
  const raw = new Uint8Array(64);
  const signatures = Array.from({ length: keys }, (_, index) => ({ index, raw }));
  const { length } = encodeRecordFile({ record, signatures });
  if (length <= LIMITS.fileBytes) return;
  throw new GitkelError(
    'refused',
    `Cannot plan the ${record.body.type} of ${quoted(record.issuer)}: its file may have ${length} bytes, the limit is ${LIMITS.fileBytes}`,
    {
      reason: 'too-large',
      hint:
        record.body.type === 'release'
          ? 'A skill of fewer files, or with shorter paths, can be released.'
          : 'Let several records say it.',
    },
  );
}

function planRecord(record: UnsignedRecord, plan: Plan): PlannedRecord {
  const signer = signerOf(record);
  const signerState = signer === undefined ? undefined : plan.stateOf(signer);
  if (signer === undefined || signerState !== undefined) {
    requireFileSize(record, signerState?.publicKeys.length ?? 0);
    return { record, signerState };
  }
  throw new GitkelError(
    'refused',
    `Cannot plan the ${record.body.type} of ${quoted(record.issuer)}: ${quoted(signer)}, which must sign it, is not in this log`,
    {
      reason: 'record-signer',
      hint: 'Create its identity in this log first, or in the same batch.',
    },
  );
}

/** The records that an event seals, as they name it. */
export function sealedBy(
  records: readonly UnsignedRecord[],
  { aid, sn }: KeyEvent,
): readonly UnsignedRecord[] {
  return records.filter((record) => record.issuer === aid && record.sn === sn);
}

/**
 * Follows the key states through unsigned events, in order, as if each were signed, and through the records that they
 * seal.
 * @throws GitkelError `refused` for an event that could not stand there whoever signed it, or a record that no event of
 * the batch seals or nobody could sign.
 */
export function planBatch(
  crypto: Crypto,
  logs: KeyLogs,
  events: readonly KeyEvent[],
  records: readonly UnsignedRecord[],
): BatchPlan {
  const plan = newPlan(crypto, logs);
  const planned: PlannedRecord[] = [];
  const plannedEvents = events.map((event) => {
    const added = plan.add(event);
    planned.push(...sealedBy(records, event).map((record) => planRecord(record, plan)));
    return added;
  });
  if (planned.length !== records.length) {
    throw new GitkelError(
      'refused',
      'Cannot plan the batch: a record names an event that is not in it',
      { reason: 'record-unsealed' },
    );
  }
  return { events: plannedEvents, records: planned };
}
