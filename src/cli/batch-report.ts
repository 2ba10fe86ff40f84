import { type BatchState, requireBatch } from '../batch/batches.ts';
import type { TakenPlace } from '../batch/places.ts';
import { findBatchId } from '../batch/mailbox.ts';
import { shortCode, type StagedBatch } from '../batch/staged-batch.ts';
import type { EventStatus, RecordStatus } from '../batch/status.ts';
import { formatTime } from '../batch/time.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { subjectOf } from '../log/batch-record.ts';
import type { Log } from '../log/log.ts';
import { harmless } from './output.ts';

/** The staged batch that a person means by an id or the beginning of one. */
export function namedBatch(log: Log, text: string): StagedBatch {
  return requireBatch(log, findBatchId(log, text));
}

/** What `batch show` and `batch list` say of one batch, for machines. */
export interface BatchReport {
  readonly batch: string;
  readonly state: BatchState['state'];
  readonly log: string;
  readonly code: string;
  /** What it would do, in a few words: the subject of its commit. */
  readonly subject: string;
  readonly expires: string | null;
  readonly events: readonly (EventStatus | Pick<EventStatus, 'aid' | 'sn' | 'said' | 'type'>)[];
  readonly records: readonly (RecordStatus | Pick<RecordStatus, 'said' | 'type'>)[];
  readonly missing: readonly string[];
  readonly withdrawals: readonly { readonly signer: string; readonly reason: string }[];
  readonly commit?: string;
  readonly position?: number;
  readonly reason?: string;
  readonly taken?: readonly TakenPlace[];
}

function plainEvents(batch: StagedBatch): BatchReport['events'] {
  return batch.events.map(({ aid, sn, said, type }) => ({ aid, sn, said, type }));
}

export function batchReport(crypto: Crypto, state: BatchState): BatchReport {
  const { batch } = state;
  const common = {
    batch: batch.id,
    state: state.state,
    log: batch.logId,
    code: shortCode(crypto, batch.id),
    subject: subjectOf(batch.events, batch.genesis !== undefined, batch.records),
    expires: batch.expires === undefined ? null : formatTime(batch.expires),
  };
  switch (state.state) {
    case 'committed':
      return {
        ...common,
        events: plainEvents(batch),
        records: plainRecords(batch),
        missing: [],
        withdrawals: [],
        commit: state.commit,
        position: state.position,
      };
    case 'conflict':
      return {
        ...common,
        events: plainEvents(batch),
        records: plainRecords(batch),
        missing: [],
        withdrawals: [],
        reason: `${state.reason}: ${state.detail}`,
        taken: state.taken,
      };
    default:
      return {
        ...common,
        events: state.events,
        records: state.records,
        missing: state.missing,
        withdrawals: state.collected.withdrawals.map(({ signer, reason }) => ({ signer, reason })),
      };
  }
}

function plainRecords(batch: StagedBatch): BatchReport['records'] {
  return batch.records.map(({ said, body }) => ({ said, type: body.type }));
}

function stateWords(report: BatchReport): string {
  switch (report.state) {
    case 'committed':
      return `committed: batch ${report.position ?? ''}, commit ${report.commit ?? ''}`;
    case 'conflict':
      return `conflict: ${report.reason ?? ''}`;
    case 'complete':
      return 'complete: it can be committed';
    case 'withdrawn':
      return 'withdrawn (advice: once enough have signed, only filling its place ends it)';
    case 'expired':
      return 'expired (advice: once enough have signed, only filling its place ends it)';
    case 'open':
      return 'open: signatures are missing';
  }
}

/** Per event what is there and what is missing, in words. `holds` tells own keys. */
export function batchLines(
  report: BatchReport,
  holds: (publicKey: string) => boolean,
): readonly string[] {
  return [
    `batch ${report.batch}`,
    `  ${report.subject}`,
    `  code ${report.code} (compare it with the others by voice)`,
    `  ${stateWords(report)}`,
    ...(report.expires === null ? [] : [`  expires ${report.expires}`]),
    ...report.withdrawals.map(
      ({ signer, reason }) => `  withdrawn by ${signer}: ${harmless(reason)}`,
    ),
    ...report.events.flatMap((event) => [
      `${event.type} ${event.sn} of ${event.aid}`,
      ...('words' in event
        ? [
            `  ${event.words}`,
            ...event.keys.map(
              ({ index, publicKey, signed }) =>
                `  key ${index}: ${publicKey} ${signed ? 'signed' : 'open'}${holds(publicKey) ? ' (yours)' : ''}`,
            ),
            ...(event.witnesses?.list ?? []).map(
              ({ index, aid, signed }) =>
                `  witness ${index}: ${aid} ${signed ? 'receipted' : 'open'}${holds(aid) ? ' (yours)' : ''}`,
            ),
            ...event.missing.map((phrase) => `  missing: ${phrase}`),
          ]
        : []),
    ]),
    ...report.records.flatMap((record) => [
      `record ${record.type} ${record.said}`,
      ...('words' in record
        ? [
            `  ${record.words}, by ${record.signer}`,
            ...record.keys.map(
              ({ index, publicKey, signed }) =>
                `  key ${index}: ${publicKey} ${signed ? 'signed' : 'open'}${holds(publicKey) ? ' (yours)' : ''}`,
            ),
            ...record.missing.map((phrase) => `  missing: ${phrase}`),
          ]
        : []),
    ]),
  ];
}
