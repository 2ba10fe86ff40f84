import { counted } from '../base/counted.ts';
import { GitkelError } from '../base/errors.ts';
import { ownedLocks, sweep } from '../git/lock-owners.ts';
import { openRepository } from '../git/repository.ts';
import { onDisk, shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { openHome } from '../keys/home.ts';
import { deadHomeLocks, withHomeLock } from '../keys/home-lock.ts';
import { openToOthers } from './doctor-home.ts';

/** Makes a home its owner's alone again, and ends locks whose holders are gone; tells what it did. */
export async function mendHome(host: Host, dir: string): Promise<readonly string[]> {
  if (statOf(host, dir) === undefined) return [];
  const open = openToOthers(host, dir);
  for (const { path, wanted } of open)
    onDisk(`Cannot change the mode of ${shownPath(path)}`, () => host.fs.chmodSync(path, wanted));
  const home = openHome(host, dir);
  const dead = deadHomeLocks(home);
  for (const name of dead) await withHomeLock(home, name, () => {});
  return [
    ...open.map(({ path, wanted }) => `${shownPath(path)} has the mode ${wanted.toString(8)} now`),
    ...dead.map((name) => `ended the lock ${name} of the home`),
  ];
}

/** Ends locks in a repository whose gitkel processes are gone; tells what it did. Locks of git are not touched. */
export function mendRepository(host: Host, dir: string): readonly string[] {
  let commonDir: string;
  try {
    ({ commonDir } = openRepository(host, dir, { hostile: false }));
  } catch (error) {
    if (error instanceof GitkelError) return [];
    throw error;
  }
  const dead = ownedLocks(host, commonDir).filter(({ isDead }) => isDead).length;
  if (dead === 0) return [];
  sweep(host, commonDir);
  return [`ended ${counted(dead, 'lock')} of gitkel processes that no longer run`];
}
