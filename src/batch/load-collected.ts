import { GitkelError, quoted } from '../base/errors.ts';
import { recordRulesProblem } from '../log/fold-records.ts';
import type { LogGround, LogView } from '../log/log.ts';
import type { Problem } from '../log/problem.ts';
import type { RecordType } from '../records/record-type.ts';
import { askedKeys, checkStaged, type Collected, collectFiles } from './collected.ts';
import { keyLogsOf } from './key-logs.ts';
import { contributionFiles } from './mailbox.ts';
import type { BatchPlan } from './planned.ts';
import { bookAfter } from './superseded.ts';
import type { StagedBatch } from './staged-batch.ts';

function followOnLog(log: LogGround, batch: StagedBatch): BatchPlan {
  const logId = (log.contents.genesis ?? batch.genesis)?.logId;
  if (batch.logId !== logId) {
    throw new GitkelError(
      'refused',
      `Cannot use batch ${batch.id}: it is for the log ${quoted(batch.logId)}, this one is ${logId ?? 'unborn'}`,
      { reason: 'other-log' },
    );
  }
  return checkStaged(log.host.crypto, batch, keyLogsOf(log.contents));
}

/** Why the records of a batch cannot stand on what the log holds. */
function ruleProblem(
  { contents }: LogGround,
  batch: StagedBatch,
  plan: BatchPlan,
): Problem | undefined {
  if (batch.records.length === 0) return undefined;
  const founder = contents.genesis?.founder ?? '';
  const book = bookAfter(contents.records, plan.events);
  return recordRulesProblem({ founder, book }, batch.records);
}

/**
 * Follows a batch through the key states of the log that it is for.
 * @throws GitkelError `refused` when it is for another log, or could never be committed here: see `checkStaged`.
 */
export function planOnLog(log: LogGround, batch: StagedBatch): BatchPlan {
  const plan = followOnLog(log, batch);
  const problem = ruleProblem(log, batch, plan);
  if (problem === undefined) return plan;
  throw new GitkelError('refused', `Cannot use batch ${batch.id}: ${problem[1]}`, {
    reason: problem[0],
  });
}

/** Types whose rules look at what others released or stated. */
const RESTING: ReadonlySet<RecordType> = new Set([
  'release',
  'revoke',
  'audit',
  'import',
  'exemption',
]);

/**
 * Why records of a batch that rest on releases do not fit any more: unlike other records, theirs may be overtaken by
 * identifiers whose events are not in the batch: the devices of a publisher, and whoever releases what was audited.
 * @throws GitkelError as {@link planOnLog}.
 */
export function overtakenProblem(log: LogGround, batch: StagedBatch): Problem | undefined {
  const rests = batch.records.some(({ body }) => RESTING.has(body.type));
  return rests ? ruleProblem(log, batch, followOnLog(log, batch)) : undefined;
}

/**
 * Everything valid that was contributed to a batch that still fits the log.
 * @throws GitkelError `refused` when the batch does not fit, or no longer: see `batchState`.
 */
export function loadCollected(log: LogView, batch: StagedBatch): Collected {
  const { crypto } = log.host;
  const plan = planOnLog(log, batch);
  return collectFiles(crypto, batch, plan, contributionFiles(log, batch.id, askedKeys(plan)));
}
