import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { fsyncDirectory, onDisk, shownPath, statOf } from '../host/files.ts';
import { isExactly } from './as-locked.ts';
import { holdingFolder } from './holding-folder.ts';
import { quarantineFolder, quarantinePath, skillPath } from './install-layout.ts';
import { makeOwnFolder } from './own-folder.ts';
import type { SkillsFolder } from './skills-folder.ts';
import { entryOf, type InstalledSkill, sameEntry } from './skills-lock.ts';

/** Where skills of that name and manifest were moved to, the oldest first. */
export function quarantined(
  { host, dir }: SkillsFolder,
  { name, manifest }: Pick<InstalledSkill, 'name' | 'manifest'>,
): readonly string[] {
  // Behind a link lies what gitkel did not move there.
  if (statOf(host, quarantineFolder(dir))?.isDirectory() !== true) return [];
  const found: string[] = [];
  for (let attempt = 1; attempt <= LIMITS.quarantinedSkills; attempt++) {
    const path = quarantinePath(dir, name, manifest, attempt);
    if (statOf(host, path) !== undefined) found.push(path);
  }
  return found;
}

function freePlace({ host, dir }: SkillsFolder, { name, manifest }: InstalledSkill): string {
  for (let attempt = 1; attempt <= LIMITS.quarantinedSkills; attempt++) {
    const path = quarantinePath(dir, name, manifest, attempt);
    if (statOf(host, path) === undefined) return path;
  }
  throw new GitkelError(
    'environment',
    `Cannot move the skill ${quoted(name)} aside: ${LIMITS.quarantinedSkills} of that name lie in ${shownPath(quarantineFolder(dir))}`,
    { reason: 'quarantine-full', hint: 'Look at them, and remove what nobody needs.' },
  );
}

function moveDurably(folder: SkillsFolder, from: string, to: string): void {
  const { host, dir } = folder;
  onDisk(
    () => `Cannot move ${shownPath(from)} to ${shownPath(to)}`,
    () => host.fs.renameSync(from, to),
  );
  fsyncDirectory(host, quarantineFolder(dir));
  fsyncDirectory(host, dir);
}

/**
 * Moves a skill out of the way of agents. Its entry stays, and nothing is deleted.
 * @param entry the entry by which it was judged
 * @returns where it lies now; `undefined` when nothing was in its place, or the entry is another one by now
 * @throws GitkelError `environment`.
 */
export async function moveAside(
  folder: SkillsFolder,
  entry: InstalledSkill,
): Promise<string | undefined> {
  const { host, dir } = folder;
  return holdingFolder(folder, (lock) => {
    const place = skillPath(dir, entry.name);
    if (!sameEntry(entryOf(lock, entry.name), entry) || statOf(host, place) === undefined)
      return undefined;
    makeOwnFolder(folder, quarantineFolder(dir));
    const aside = freePlace(folder, entry);
    moveDurably(folder, place, aside);
    return aside;
  });
}

/**
 * Moves a skill back into its place, if what was moved aside is exactly what the entry names and nothing stands there.
 * Only after a good verdict.
 * @returns whether it is back
 * @throws GitkelError `environment`.
 */
export async function moveBack(folder: SkillsFolder, entry: InstalledSkill): Promise<boolean> {
  const { host, dir } = folder;
  return holdingFolder(folder, (lock) => {
    const place = skillPath(dir, entry.name);
    if (!sameEntry(entryOf(lock, entry.name), entry) || statOf(host, place) !== undefined)
      return false;
    const aside = quarantined(folder, entry).find(
      (path) => statOf(host, path)?.isDirectory() === true && isExactly(folder, path, entry),
    );
    if (aside === undefined) return false;
    moveDurably(folder, aside, place);
    return true;
  });
}
