import { GitkelError } from '../base/errors.ts';
import { type CommitterChoice, committerHint, signFolded } from '../batch/prepared-commit.ts';
import { inTurn } from '../git/turn.ts';
import type { AddedFile } from '../log/folding.ts';
import { fold } from '../log/fold.ts';
import type { Contents } from '../log/contents.ts';
import type { Log } from '../log/log.ts';

/** A batch that was committed. */
export interface FiledBatch {
  readonly position: number;
  readonly commit: string;
  readonly files: number;
}

async function tryCommit(
  log: Log,
  files: readonly AddedFile[],
  choice: Omit<CommitterChoice, 'isCurrent'>,
): Promise<FiledBatch | 'moved'> {
  const { replayed } = log;
  const folded = fold(log.host.crypto, log.contents, files);
  if (!folded.ok) {
    throw new GitkelError('refused', `Cannot commit what was imported: ${folded.detail}`, {
      reason: folded.reason,
      hint: 'Nothing of that batch was committed. Import the stream without it; what waits here can be dropped: gitkel escrow drop SAID',
    });
  }
  const isCurrent = (): boolean => log.replayed === replayed;
  const prepared = await signFolded(log, files, folded.draft, { ...choice, isCurrent });
  if (prepared === undefined) {
    throw new GitkelError(
      'refused',
      'Cannot commit what was imported: this home holds no current key of an AID that may commit it',
      { reason: 'no-committer', hint: committerHint(log) },
    );
  }
  if (prepared.status === 'moved' || !(await log.append(prepared.commit))) return 'moved';
  return { position: prepared.position, commit: prepared.commit.oid, files: files.length };
}

/**
 * Commits files that nobody staged as one batch, on the log as it was when it was last refreshed; `moved` when it is
 * elsewhere by now, and then nothing was written. Durable when it returns a batch.
 * @throws GitkelError `refused` when the files do not stand there, or no key at hand may commit.
 */
export async function commitFiles(
  log: Log,
  filesOn: (contents: Contents) => readonly AddedFile[],
  choice: Omit<CommitterChoice, 'isCurrent'>,
  waits: boolean,
): Promise<FiledBatch | 'moved'> {
  const done = await inTurn(log.host, log.repository.commonDir, waits, async () =>
    tryCommit(log, filesOn(log.contents), choice),
  );
  log.refresh();
  return done;
}
