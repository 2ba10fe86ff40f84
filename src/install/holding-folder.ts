import { GitkelError } from '../base/errors.ts';
import { makeDirectory, shownPath, statOf } from '../host/files.ts';
import { withHomeLock } from '../keys/home-lock.ts';
import { settleChanges } from './changes.ts';
import { locksFolder, workFolder } from './install-layout.ts';
import { readLock, type SkillsFolder } from './skills-folder.ts';
import type { SkillsLock } from './skills-lock.ts';

/** The directory that changes are made in; a link would lead them elsewhere. */
function makeWorkFolder({ host, dir }: SkillsFolder): void {
  const work = workFolder(dir);
  const found = statOf(host, work);
  if (found !== undefined && !found.isDirectory()) {
    throw new GitkelError(
      'environment',
      `Cannot install in ${shownPath(dir)}: ${shownPath(work)} is no directory`,
      {
        reason: 'work-folder',
        hint: 'Remove it: gitkel makes its own.',
      },
    );
  }
  makeDirectory(host, dir, 0o755);
  makeDirectory(host, work, 0o700);
  makeDirectory(host, locksFolder(dir), 0o700);
}

/**
 * Runs `work` while no other process changes the folder, after what a process that died left half done was settled.
 * `work` is synchronous: nobody is asked while the folder is held.
 * @throws GitkelError `environment`, reason `home-locked`, when another process holds it for too long.
 */
export async function holdingFolder<T>(
  folder: SkillsFolder,
  work: (lock: SkillsLock) => T,
): Promise<T> {
  makeWorkFolder(folder);
  return withHomeLock({ host: folder.host, dir: workFolder(folder.dir) }, 'folder', () => {
    settleChanges(folder);
    return work(readLock(folder));
  });
}
