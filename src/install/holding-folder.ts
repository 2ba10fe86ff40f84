import { makeDirectory } from '../host/files.ts';
import { withHomeLock } from '../keys/home-lock.ts';
import { settleChanges } from './changes.ts';
import { locksFolder, workFolder } from './install-layout.ts';
import { makeOwnFolder } from './own-folder.ts';
import { readLock, type SkillsFolder } from './skills-folder.ts';
import type { SkillsLock } from './skills-lock.ts';

/**
 * Runs `work` while no other process changes the folder, after what a process that died left half done was settled.
 * `work` is synchronous: nobody is asked while the folder is held.
 * @throws GitkelError `environment`, reason `home-locked`, when another process holds it for too long.
 */
export async function holdingFolder<T>(
  folder: SkillsFolder,
  work: (lock: SkillsLock) => T,
): Promise<T> {
  const { host, dir } = folder;
  makeOwnFolder(folder, workFolder(dir));
  makeDirectory(host, locksFolder(dir), 0o700);
  return withHomeLock({ host, dir: workFolder(dir) }, 'folder', () => {
    settleChanges(folder);
    return work(readLock(folder));
  });
}
