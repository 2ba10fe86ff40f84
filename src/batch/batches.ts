import { GitkelError, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { Log } from '../log/log.ts';
import { checkStaged, type Collected } from './collected.ts';
import { placeInLog, staleness, type TakenPlace } from './commit.ts';
import { carriedOver, type Contribution, contributionProblem, type ContributionProblem, parseContribution } from './contribution.ts';
import { loadCollected } from './load-collected.ts';
import { contributionFiles, dropBatch, getBatch, putBatch, putContribution } from './mailbox.ts';
import { planBatch } from './planned.ts';
import { type BatchContent, stage, stageContent, type Operation, type StageOptions, type StagingGround } from './stage.ts';
import type { StagedBatch } from './staged-batch.ts';
import { type BatchStatus, statusOf } from './status.ts';

/** Where a staged batch stands. `withdrawn` and `expired` are advice: only filling the place ends a batch. */
export type BatchState =
  | { readonly state: 'committed'; readonly batch: StagedBatch; readonly commit: string; readonly position: number }
  | { readonly state: 'conflict'; readonly batch: StagedBatch; readonly reason: string; readonly detail: string; readonly taken: readonly TakenPlace[] }
  | ({
      readonly state: 'open' | 'complete' | 'withdrawn' | 'expired';
      readonly batch: StagedBatch;
      readonly collected: Collected;
    } & BatchStatus);

/** The log as staging sees it. `admission` and fresh randomness are used only while the log is unborn. */
export function stagingGround(log: Log, admission: 'open' | 'closed', nonce: Uint8Array): StagingGround {
  return {
    crypto: log.host.crypto,
    lookup: (aid) => log.contents.kel(aid),
    genesis: log.contents.genesis,
    book: log.contents.records,
    opening: { nonce, admission },
  };
}

function hasContributions(log: Log, id: string): boolean {
  return contributionFiles(log, id).length > 0;
}

/**
 * Stages a batch and stores it. With `options.base`, a batch that nobody has signed, the new one takes its place.
 * @throws GitkelError `refused` when the base has contributions already.
 */
export async function stageBatch(
  log: Log,
  ground: StagingGround,
  operations: readonly Operation[],
  options: StageOptions = {},
): Promise<StagedBatch> {
  const { base } = options;
  if (base !== undefined && hasContributions(log, base.id)) {
    throw new GitkelError('refused', `Cannot add to batch ${base.id}: it is signed already`, {
      reason: 'batch-signed',
      hint: 'Stage a batch of its own.',
    });
  }
  const batch = stage(ground, operations, options);
  await putBatch(log, batch);
  if (base !== undefined && base.id !== batch.id) await dropBatch(log, base.id);
  return batch;
}

/**
 * A staged batch of this repository.
 * @throws GitkelError `not-found`.
 */
export function requireBatch(log: Log, id: string): StagedBatch {
  const batch = getBatch(log, id);
  if (batch === undefined) throw new GitkelError('not-found', `Cannot find the staged batch ${quoted(id)}`);
  return batch;
}

/** Where a batch stands on the log as it is now. */
export function batchState(log: Log, batch: StagedBatch): BatchState {
  const place = placeInLog(log, batch);
  if (place !== undefined) return { state: 'committed', batch, ...place };
  const stale = staleness(log, batch);
  if (stale !== undefined) {
    const { reason, detail, taken } = stale;
    return { state: 'conflict', batch, reason, detail, taken };
  }
  const collected = loadCollected(log, batch);
  const status = statusOf(log.host.crypto, collected);
  const state =
    collected.withdrawals.length > 0
      ? 'withdrawn'
      : batch.expires !== undefined && batch.expires <= log.host.now()
        ? 'expired'
        : status.missing.length === 0
          ? 'complete'
          : 'open';
  return { state, batch, collected, ...status };
}

export type CollectOutcome =
  | { readonly ok: true; readonly contribution: Contribution; readonly isNew: boolean }
  | { readonly ok: false; readonly problem: ContributionProblem };

/**
 * Verifies a contribution and merges it: idempotent, in any order, from anywhere. One that does not hold is named and
 * not stored.
 * @throws GitkelError `malformed`, or `not-found` when its batch is not staged here.
 */
export async function collect(log: Log, bytes: Uint8Array): Promise<CollectOutcome> {
  const contribution = parseContribution(bytes);
  const batch = requireBatch(log, contribution.batch);
  const plan = checkStaged(log.host.crypto, batch, (aid) => log.contents.kel(aid));
  const problem = contributionProblem(log.host.crypto, batch.id, plan, contribution);
  if (problem !== undefined) return { ok: false, problem };
  const before = contributionFiles(log, batch.id).length;
  await putContribution(log, batch.id, contribution.signer, bytes);
  return { ok: true, contribution, isNew: contributionFiles(log, batch.id).length > before };
}

/** Events whose places are free, with the records that they seal. */
function freeContent(crypto: Crypto, log: Log, batch: StagedBatch): BatchContent {
  const kept: StagedBatch['events'][number][] = [];
  const sealedBy = (events: StagedBatch['events']): StagedBatch['records'] =>
    batch.records.filter(({ issuer, sn }) => events.some((event) => event.aid === issuer && event.sn === sn));
  for (const event of batch.events) {
    if (log.contents.kel(event.aid)?.saidAt(event.sn) !== undefined) continue;
    try {
      const events = [...kept, event];
      planBatch(crypto, (aid) => log.contents.kel(aid), events, sealedBy(events));
      kept.push(event);
    } catch (error) {
      if (!(error instanceof GitkelError)) throw error;
    }
  }
  return { events: kept, records: sealedBy(kept) };
}

/**
 * Builds a new batch from those events, byte for byte, whose places are still free, and carries over what was signed.
 * @throws GitkelError `conflict` when no event of the batch can stand any more.
 */
export async function restage(log: Log, ground: StagingGround, batch: StagedBatch): Promise<StagedBatch> {
  const { crypto } = log.host;
  const content = freeContent(crypto, log, batch);
  if (content.events.length === 0) {
    throw new GitkelError('conflict', `Cannot restage batch ${batch.id}: the places of all its events are taken`, { reason: 'place-taken' });
  }
  const genesis = ground.genesis === undefined ? batch.genesis : undefined;
  const next = stageContent(ground, content, { expires: batch.expires, genesis });
  await putBatch(log, next);
  const files = contributionFiles(log, batch.id);
  const plan = checkStaged(crypto, next, (aid) => log.contents.kel(aid));
  for (const contribution of carriedOver(crypto, next.id, plan, files)) {
    await putContribution(log, next.id, contribution.signer, contribution.bytes);
  }
  return next;
}
