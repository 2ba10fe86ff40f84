import { GitkelError } from '../base/errors.ts';
import { batchState } from '../batch/batches.ts';
import { batchIds, getBatch } from '../batch/mailbox.ts';
import type { StagedBatch } from '../batch/staged-batch.ts';
import type { Log } from '../log/log.ts';

/** The staged batches of a log that can be read; of others `status` tells. */
export function readableBatches(log: Log): readonly StagedBatch[] {
  return batchIds(log).flatMap((id) => {
    try {
      return getBatch(log, id) ?? [];
    } catch (error) {
      if (error instanceof GitkelError && error.code !== 'environment') return [];
      throw error;
    }
  });
}

/** What is told of a batch that was staged: other ones that are for a place of it, of which one alone can be committed. */
export function rivalLines(log: Log, id: string): readonly string[] {
  const batches = readableBatches(log);
  const staged = batches.find((batch) => batch.id === id);
  if (staged === undefined) return [];
  return batches.flatMap((other) => {
    if (other.id === id) return [];
    const place = staged.events.find(({ aid, sn, said }) =>
      other.events.some((event) => event.aid === aid && event.sn === sn && event.said !== said),
    );
    if (place === undefined) return [];
    return [
      `the staged batch ${other.id} is for event ${place.sn} of ${place.aid}, too: only one of them can be committed`,
    ];
  });
}

/** Whether enough have signed a batch, as far as that can be told when something is wrong. */
export function isComplete(log: Log, batch: StagedBatch): boolean {
  try {
    return batchState(log, batch).state === 'complete';
  } catch (error) {
    if (error instanceof GitkelError) return false;
    throw error;
  }
}
