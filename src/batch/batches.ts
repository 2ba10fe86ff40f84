import { GitkelError, quoted } from '../base/errors.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { Log } from '../log/log.ts';
import { askedKeys, type Collected } from './collected.ts';
import { placeInLog, staleness } from './commit.ts';
import { freeEvents, type TakenPlace } from './places.ts';
import { type Contribution, parseContribution } from './contribution.ts';
import {
  carriedOver,
  contributionProblem,
  type ContributionProblem,
} from './contribution-problem.ts';
import { keyLogsOf } from './key-logs.ts';
import { planInLog } from './late.ts';
import { loadCollected, planOnLog } from './load-collected.ts';
import {
  batchIds,
  contributionFiles,
  dropBatch,
  getBatch,
  putBatch,
  putContribution,
} from './mailbox.ts';
import { approvalFor, type Operation } from './operation.ts';
import { newPlan, type Plan } from './plan.ts';
import { sealedBy } from './planned.ts';
import {
  type BatchContent,
  stage,
  stageContent,
  type StageOptions,
  type StagingGround,
} from './stage.ts';
import type { StagedBatch } from './staged-batch.ts';
import { type BatchStatus, statusOf } from './status.ts';

/** Where a staged batch stands. `withdrawn` and `expired` are advice: only filling the place ends a batch. */
export type BatchState =
  | {
      readonly state: 'committed';
      readonly batch: StagedBatch;
      readonly commit: string;
      readonly position: number;
    }
  | {
      readonly state: 'conflict';
      readonly batch: StagedBatch;
      readonly reason: string;
      readonly detail: string;
      readonly taken: readonly TakenPlace[];
    }
  | ({
      readonly state: 'open' | 'complete' | 'withdrawn' | 'expired';
      readonly batch: StagedBatch;
      readonly collected: Collected;
    } & BatchStatus);

/** Staged refs that hold no batch that could ever be committed here: anybody can push such a thing. */
export interface UnreadableBatch {
  readonly state: 'unreadable';
  readonly id: string;
  readonly reason: string;
  readonly detail: string;
}

/** Refuses to build on a batch that no longer stands, or that somebody has signed or withdrawn. */
function requireUnsigned(log: Log, base: StagedBatch): void {
  const stale = staleness(log, base);
  if (stale !== undefined) {
    throw new GitkelError('conflict', `Cannot add to batch ${base.id}: ${stale.detail}`, {
      reason: stale.reason,
    });
  }
  const { contributions, withdrawals } = loadCollected(log, base);
  if (contributions.length + withdrawals.length > 0) {
    throw new GitkelError('refused', `Cannot add to batch ${base.id}: it is signed already`, {
      reason: 'batch-signed',
      hint: 'Stage a batch of its own.',
    });
  }
}

/**
 * Stages a batch and stores it. With `options.base`, a batch that nobody has signed, the new one takes its place.
 * @throws GitkelError `refused` when the base has contributions already, `conflict` when it no longer fits the log.
 */
export async function stageBatch(
  log: Log,
  ground: StagingGround,
  operations: readonly Operation[],
  options: StageOptions = {},
): Promise<StagedBatch> {
  const { base } = options;
  if (base !== undefined) requireUnsigned(log, base);
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
  if (batch === undefined)
    throw new GitkelError('not-found', `Cannot find the staged batch ${quoted(id)}`);
  return batch;
}

/**
 * Where a batch stands on the log as it is now.
 * @throws GitkelError `refused` for a batch that could never be committed here: see {@link listBatches}.
 */
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

/** All staged batches of this repository. What is stored in the place of one is named and keeps nobody from the others. */
export function listBatches(log: Log): readonly (BatchState | UnreadableBatch)[] {
  return batchIds(log).flatMap((id): readonly (BatchState | UnreadableBatch)[] => {
    try {
      const batch = getBatch(log, id);
      return batch === undefined ? [] : [batchState(log, batch)];
    } catch (error) {
      if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
      return [
        { state: 'unreadable', id, reason: error.reason ?? error.code, detail: error.message },
      ];
    }
  });
}

export type CollectOutcome =
  | { readonly ok: true; readonly contribution: Contribution; readonly isNew: boolean }
  | { readonly ok: false; readonly problem: ContributionProblem };

/**
 * Verifies a contribution and merges it: idempotent, in any order, from anywhere, also once the log holds the batch. One
 * that does not hold is named and not stored.
 * @throws GitkelError `malformed`, or `not-found` when its batch is not staged here.
 */
export async function collect(log: Log, bytes: Uint8Array): Promise<CollectOutcome> {
  const contribution = parseContribution(bytes);
  const batch = requireBatch(log, contribution.batch);
  const plan = placeInLog(log, batch) === undefined ? planOnLog(log, batch) : planInLog(log, batch);
  const problem = contributionProblem(log.host.crypto, batch.id, plan, contribution);
  if (problem !== undefined) return { ok: false, problem };
  const isNew = await putContribution(log, batch.id, contribution.signer, bytes);
  return { ok: true, contribution, isNew };
}

/** Follows an event that may be stale; gives the events that were added for it, none when it cannot stand. */
function followed(log: Log, plan: Plan, event: KeyEvent): readonly KeyEvent[] {
  try {
    plan.add(event);
    return [event];
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    if (error.reason !== 'missing-delegation') return [];
  }
  // The approval lost its place. What was approved keeps its bytes, signatures and receipts, and gets another one.
  const delegator = event.type === 'dip' ? event.delegator : plan.stateOf(event.aid)?.delegator;
  try {
    const approval =
      delegator === undefined ? undefined : approvalFor(log.host.crypto, plan, event, delegator);
    if (approval === undefined) return [];
    plan.add(approval);
    plan.add(event);
    return [approval, event];
  } catch (error) {
    if (error instanceof GitkelError) return [];
    throw error;
  }
}

/** The events that can still stand, with their records: their place is free, and what they follow on is there or among them. */
function freeContent(log: Log, batch: StagedBatch): BatchContent {
  const plan = newPlan(log.host.crypto, keyLogsOf(log.contents));
  const events = freeEvents(log, batch.events).flatMap((event) => followed(log, plan, event));
  // An approval that is new may stand where an event of the batch did that sealed records.
  const old = new Set(batch.events.map(({ said }) => said));
  const kept = events.filter(({ said }) => old.has(said));
  return { events, records: kept.flatMap((event) => sealedBy(batch.records, event)) };
}

/** A batch for another log stays one. Of a batch that would have opened this log, the inception may still stand in it. */
function requireThisLog(batch: StagedBatch, ground: StagingGround): void {
  const logId = ground.genesis?.logId;
  if (batch.genesis !== undefined || batch.logId === logId) return;
  throw new GitkelError(
    'conflict',
    `Cannot restage batch ${batch.id}: it is for the log ${quoted(batch.logId)}, this one is ${logId ?? 'unborn'}`,
    { reason: 'other-log' },
  );
}

/**
 * Builds a new batch from those events, byte for byte, whose places are still free, and carries over what was signed and
 * receipted. A delegated event whose approval lost its place gets another one, for the delegator to sign.
 * @throws GitkelError `conflict` when no event of the batch can stand any more, or when it is for another log.
 */
export async function restage(
  log: Log,
  ground: StagingGround,
  batch: StagedBatch,
): Promise<StagedBatch> {
  const { crypto } = log.host;
  requireThisLog(batch, ground);
  const content = freeContent(log, batch);
  if (content.events.length === 0) {
    throw new GitkelError(
      'conflict',
      `Cannot restage batch ${batch.id}: the places of all its events are taken`,
      { reason: 'place-taken' },
    );
  }
  const genesis = ground.genesis === undefined ? batch.genesis : undefined;
  const next = stageContent(ground, content, { expires: batch.expires, genesis });
  await putBatch(log, next);
  const plan = planOnLog(log, next);
  const files = contributionFiles(log, batch.id, askedKeys(plan));
  for (const contribution of carriedOver(crypto, next.id, plan, files)) {
    await putContribution(log, next.id, contribution.signer, contribution.bytes);
  }
  return next;
}
