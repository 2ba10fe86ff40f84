import type { Log } from '../log/log.ts';
import { askedKeys, checkStaged, type Collected, collectFiles } from './collected.ts';
import { contributionFiles } from './mailbox.ts';
import type { StagedBatch } from './staged-batch.ts';

/**
 * Everything valid that was contributed to a batch that still fits the log.
 * @throws GitkelError `refused` when the batch no longer fits: see `batchState`.
 */
export function loadCollected(log: Log, batch: StagedBatch): Collected {
  const { crypto } = log.host;
  const plan = checkStaged(crypto, batch, (aid) => log.contents.kel(aid));
  return collectFiles(crypto, batch, plan, contributionFiles(log, batch.id, askedKeys(plan)));
}
