import { GitkelError, quoted } from '../base/errors.ts';
import { recordRulesProblem } from '../log/fold-records.ts';
import type { LogView } from '../log/log.ts';
import { askedKeys, checkStaged, type Collected, collectFiles } from './collected.ts';
import { keyLogsOf } from './key-logs.ts';
import { contributionFiles } from './mailbox.ts';
import type { BatchPlan } from './planned.ts';
import { bookAfter } from './superseded.ts';
import type { StagedBatch } from './staged-batch.ts';

/**
 * Follows a batch through the key states of the log that it is for.
 * @throws GitkelError `refused` when it is for another log, or could never be committed here: see `checkStaged`.
 */
export function planOnLog(log: LogView, batch: StagedBatch): BatchPlan {
  const logId = (log.contents.genesis ?? batch.genesis)?.logId;
  if (batch.logId !== logId) {
    throw new GitkelError(
      'refused',
      `Cannot use batch ${batch.id}: it is for the log ${quoted(batch.logId)}, this one is ${logId ?? 'unborn'}`,
      { reason: 'other-log' },
    );
  }
  const { contents } = log;
  const plan = checkStaged(log.host.crypto, batch, keyLogsOf(contents));
  const founder = contents.genesis?.founder ?? '';
  const book = bookAfter(contents.records, plan.events);
  const problem = recordRulesProblem({ founder, book }, batch.records);
  if (problem === undefined) return plan;
  throw new GitkelError('refused', `Cannot use batch ${batch.id}: ${problem[1]}`, {
    reason: problem[0],
  });
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
