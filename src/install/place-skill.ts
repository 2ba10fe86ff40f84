import { GitkelError, quoted } from '../base/errors.ts';
import { namesIn, shownPath, statOf } from '../host/files.ts';
import { makeChange } from './changes.ts';
import { holdingFolder } from './holding-folder.ts';
import { isOwnName, skillPath } from './install-layout.ts';
import { sameInstallName } from './install-name.ts';
import { isAsLocked } from './as-locked.ts';
import type { SkillsFolder } from './skills-folder.ts';
import { entryOf, type InstalledSkill, sameEntry, type SkillsLock } from './skills-lock.ts';
import { requireStaged } from './staged-copy.ts';

function requireUnmoved(
  lock: SkillsLock,
  name: string,
  judgedOn: InstalledSkill | undefined,
): void {
  if (sameEntry(entryOf(lock, name), judgedOn)) return;
  throw new GitkelError(
    'conflict',
    `Cannot change the skill ${quoted(name)}: another process changed it meanwhile`,
    { reason: 'lock-moved', hint: 'Run the command again: it judges what is there now.' },
  );
}

/** Refuses a place that holds what is not in the lock, or what somebody edited. */
function requirePlace(
  folder: SkillsFolder,
  name: string,
  judgedOn: InstalledSkill | undefined,
): void {
  const { host, dir } = folder;
  const other = namesIn(host, dir).find(
    (found) => found !== name && !isOwnName(found) && sameInstallName(found, name),
  );
  if (other !== undefined) {
    throw new GitkelError(
      'refused',
      `Cannot install ${quoted(name)}: ${shownPath(skillPath(dir, other))} is the same directory on some systems`,
      { reason: 'name-collision', hint: 'Move it away, or install into another folder (--into).' },
    );
  }
  if (statOf(host, skillPath(dir, name)) === undefined) return;
  if (judgedOn === undefined) {
    throw new GitkelError(
      'refused',
      `Cannot install ${quoted(name)}: ${shownPath(skillPath(dir, name))} is there, and gitkel did not install it`,
      { reason: 'name-taken', hint: 'Move it away, or install into another folder (--into).' },
    );
  }
  if (isAsLocked(folder, judgedOn)) return;
  throw new GitkelError(
    'refused',
    `Cannot replace the skill ${quoted(name)}: its files are not those that were installed`,
    {
      reason: 'edited',
      hint: 'Keep what you changed elsewhere, then move it aside (gitkel skill verify --quarantine) or remove it.',
    },
  );
}

/**
 * Moves the staged copy of a skill into its place, and writes the lock: both or neither, whatever happens.
 * @param change the directory in which it is staged
 * @param judgedOn what the lock said of that name when the skill was judged
 * @throws GitkelError `conflict`, reason `lock-moved`; `refused`: `name-taken`, `name-collision`, `edited`,
 * `staged-copy-changed`; `environment`.
 */
export async function placeSkill(
  folder: SkillsFolder,
  change: string,
  entry: InstalledSkill,
  judgedOn: InstalledSkill | undefined,
): Promise<void> {
  await holdingFolder(folder, (lock) => {
    requireUnmoved(lock, entry.name, judgedOn);
    requirePlace(folder, entry.name, judgedOn);
    requireStaged(folder, change, entry);
    makeChange(folder, change, { kind: 'place', entry });
  });
}

/**
 * Removes an installed skill and its entry.
 * @param change an empty directory of a change; @param judgedOn the entry as it was when it was asked
 * @throws GitkelError `conflict`, reason `lock-moved`; `environment`.
 */
export async function removeSkill(
  folder: SkillsFolder,
  change: string,
  judgedOn: InstalledSkill,
): Promise<void> {
  await holdingFolder(folder, (lock) => {
    requireUnmoved(lock, judgedOn.name, judgedOn);
    makeChange(folder, change, { kind: 'remove', name: judgedOn.name });
  });
}
