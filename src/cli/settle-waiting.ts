import { counted } from '../base/counted.ts';
import { readEscrow } from '../keys/escrow-file.ts';
import type { Log } from '../log/log.ts';
import { afterCommit } from './after-commit.ts';
import type { Session } from './session.ts';

/**
 * Imports what waited, as far as the log now has what it waited for, after a commit brought something new. Whatever goes
 * wrong here, that is in the log, and what waits goes on waiting.
 */
export async function settleWaiting(session: Session, log: Log): Promise<void> {
  await afterCommit(session, 'what waits for it could not be imported', async () => {
    const logId = log.contents.genesis?.logId;
    if (logId === undefined || readEscrow(session.home, logId).length === 0) return;
    // Rare, and a good part of what a commit would load.
    const { importWaiting } = await import('./imports.ts');
    const { batches, duplicity } = await importWaiting(session, log);
    for (const { position, files } of batches)
      session.tell(`imported what waited for it: batch ${position} (${counted(files, 'file')})`);
    for (const { aid, sn, evidence } of duplicity) {
      session.warn(
        `the controller of ${aid} signed two events for place ${sn}: gitkel evidence export ${evidence} -o FILE`,
      );
    }
  });
}
