import { type BatchResult, commitAll } from '../batch/commit-all.ts';
import { isFilled } from '../batch/incoming.ts';
import { batchIds, dropBatches, getBatch } from '../batch/mailbox.ts';
import { listNames } from '../keys/names.ts';
import type { Log } from '../log/log.ts';
import { requireWritable } from '../log/writable.ts';
import { EXIT } from './exit-codes.ts';
import { addLateProofsIfAllowed, hasLateProof } from './late-proof.ts';
import { harmless } from './output.ts';
import { Progress } from './progress.ts';
import { afterCommit } from './after-commit.ts';
import { settleWaiting } from './settle-waiting.ts';
import type { Session } from './session.ts';

/**
 * Adds what was signed later for batches that the log holds, commits every complete staged batch with keys of this home, remembers the log as it is then, and removes the staged
 * refs of what is in the log.
 */
export async function commitAllStaged(session: Session, log: Log): Promise<readonly BatchResult[]> {
  requireWritable(log);
  const before = await addLateProofsIfAllowed(session, log, batchIds(log));
  const progress = new Progress('committing batch');
  const results = await commitAll(log, session.findSigner, {
    committers: listNames(session.home).map(({ aid }) => aid),
    onProgress: (done, total) => progress.update(done, total),
  });
  progress.end();
  const committed = results.filter((result) => result.status === 'committed');
  const needsKey = results.some(
    (result) => result.status === 'refused' && result.reason === 'no-committer',
  );
  session.settleAbsent(committed.length > 0 || !needsKey);
  if (committed.length === 0) return results;
  await afterCommit(session, 'this home does not remember it', async () =>
    session.remember(log.contents),
  );
  const isNoted = await afterCommit(
    session,
    'the journal does not tell of it, so that it stays listed',
    async () =>
      session.note(
        ...committed.map(({ batch, commit }) => ({
          action: 'commit',
          batch,
          outcome: 'committed',
          from: commit,
        })),
      ),
  );
  if (isNoted)
    await afterCommit(session, 'some of it is still listed as staged', async () =>
      dropBatches(
        log,
        committed.flatMap(({ batch }) =>
          before.includes(batch) && hasLateProof(log, batch) ? [] : [batch],
        ),
      ),
    );
  await settleWaiting(session, log);
  return results;
}

/** What became of a batch, in words. */
export function resultWords(result: BatchResult): string {
  switch (result.status) {
    case 'committed':
      return `batch ${result.position}, commit ${result.commit}`;
    case 'incomplete':
      return `missing: ${result.missing.join('; ')}`;
    case 'conflict':
    case 'refused':
      return harmless(`${result.reason}: ${result.detail}`);
    case 'withdrawn':
    case 'expired':
      return 'gitkel batch commit ID --anyway commits it all the same';
  }
}

/** What to type about batches whose places something else took: until then they are reported each time. */
export function nextLines(log: Log, results: readonly BatchResult[]): readonly string[] {
  return results.flatMap(({ status, batch: id }) => {
    const batch = status === 'conflict' ? getBatch(log, id) : undefined;
    if (batch === undefined) return [];
    return isFilled(log, batch)
      ? [`next: gitkel batch prune   removes ${id}, whose places are filled`]
      : [`next: gitkel batch restage ${id}   keeps what still fits`];
  });
}

/** A batch in conflict, or one that cannot be committed here, needs somebody; one that waits for others does not. */
export function exitCodeOfAll(results: readonly BatchResult[]): number {
  if (results.some(({ status }) => status === 'conflict')) return EXIT.conflict;
  return results.some(({ status }) => status === 'refused') ? EXIT.refused : EXIT.done;
}
