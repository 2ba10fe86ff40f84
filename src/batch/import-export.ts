import type { Log } from '../log/log.ts';
import { type CommitOutcome, placeInLog, staleness } from './commit.ts';
import type { VerifiedExport } from './export-file.ts';
import { planOnLog } from './load-collected.ts';
import { putBatch, putContribution } from './mailbox.ts';

export type ImportOutcome =
  | { readonly status: 'staged'; readonly batch: string; readonly signers: readonly string[] }
  | {
      readonly status: 'committed';
      readonly batch: string;
      readonly commit: string;
      readonly position: number;
    }
  | (Extract<CommitOutcome, { status: 'conflict' }> & { readonly batch: string });

/**
 * Stages an exported batch in this log, with what was contributed to it. It is judged by the KELs of this log, not by
 * those that came with it.
 * @throws GitkelError `refused` when the batch cannot stand on this log.
 */
export async function importExport(
  log: Log,
  { collected }: VerifiedExport,
): Promise<ImportOutcome> {
  const { batch, contributions, withdrawals } = collected;
  const place = placeInLog(log, batch);
  if (place !== undefined) return { status: 'committed', batch: batch.id, ...place };
  const stale = staleness(log, batch);
  if (stale !== undefined) return { ...stale, batch: batch.id };
  planOnLog(log, batch);
  await putBatch(log, batch);
  for (const { signer, bytes } of [...contributions, ...withdrawals])
    await putContribution(log, batch.id, signer, bytes);
  return { status: 'staged', batch: batch.id, signers: contributions.map(({ signer }) => signer) };
}
