/**
 * When run records may enter a log, and whether they count.
 * @module
 */
import type { RunRecord } from '../records/run-record.ts';
import { type Acting, claimStanding } from './acting.ts';
import type { Problem } from './problem.ts';
import type { RecordBook } from './record-book.ts';
import type { RunEntry } from './run-book.ts';

/** What a device needs to seal runs in the name of its controller. */
export const RUN_CAPABILITY = 'seal-runs';

/** Nobody says two things about one run: what was sealed once stays, unless its event is superseded. */
export function runProblem(
  book: RecordBook,
  issuer: string,
  { runs }: RunRecord,
): Problem | undefined {
  for (const { id } of runs) {
    const before = book.runs.sealedBy(issuer, id).find(({ said }) => !book.isAbsent(said));
    if (before !== undefined)
      return ['run-twice', `the run ${id} is sealed already, by the record ${before.said}`];
  }
  return undefined;
}

/** Whether a sealed run counts for whom its record names. */
export function runStanding(book: RecordBook, entry: Omit<RunEntry, 'run' | 'period'>): Acting {
  const { said, issuer, position } = entry;
  const controller = entry.controller === issuer ? undefined : entry.controller;
  return claimStanding(book, { said, issuer, controller, position }, RUN_CAPABILITY);
}
