import { readJournal } from '../keys/journal.ts';
import { getBatch } from '../batch/mailbox.ts';
import type { Log } from '../log/log.ts';
import type { Session } from './session.ts';

/** A batch that this home committed before, and whose staged refs are gone. */
export interface CommittedAlready {
  readonly batch: string;
  readonly commit: string;
  readonly position: number;
}

/**
 * Looks a full batch id up in the journal, for the one who asks again: the commit that it names counts only when the
 * log holds it.
 */
export function committedAlready(
  session: Session,
  log: Log,
  id: string,
): CommittedAlready | undefined {
  if (!/^E[A-Za-z0-9_-]{43}$/.test(id) || getBatch(log, id) !== undefined) return undefined;
  const entry = readJournal(session.home).entries.findLast(
    ({ action, batch, outcome }) => action === 'commit' && batch === id && outcome === 'committed',
  );
  const commit = entry?.from;
  if (commit === undefined) return undefined;
  for (let position = log.contents.batches - 1; position >= 0; position--) {
    if (log.contents.batchAt(position)?.commit === commit) return { batch: id, commit, position };
  }
  return undefined;
}
