import { dirname, basename, join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { isUnsettled } from '../install/changes.ts';
import { holdingFolder } from '../install/holding-folder.ts';
import { lockFilePath } from '../install/install-layout.ts';
import { isBad } from '../install/install-verdict.ts';
import { moveAside, moveBack } from '../install/quarantine.ts';
import { readLock, type SkillsFolder } from '../install/skills-folder.ts';
import { entryOf, sameEntry, type SkillsLock } from '../install/skills-lock.ts';
import {
  type InstalledVerdict,
  verifyEntry,
  type VerifyTerms,
} from '../install/verify-installed.ts';
import { verifyFolder, verifyNamed } from '../install/verify-folder.ts';
import { SKILL_MD } from '../skills/skill-files.ts';

/** What is verified: all of a folder, or one skill of it. */
export interface VerifiedPlace {
  readonly folder: SkillsFolder;
  readonly only: string | undefined;
}

/** Whether the lock beside a directory knows a skill of its name, there or not: no file in a skill makes a folder of it. */
function isLocked(host: Host, dir: string): boolean {
  return entryOf(readLock({ host, dir: dirname(dir) }), basename(dir)) !== undefined;
}

/** A folder of skills, or one skill that lies in one. */
export function placeOf(host: Host, dir: string): VerifiedPlace {
  const isSkill =
    isLocked(host, dir) ||
    (statOf(host, lockFilePath(dir)) === undefined &&
      statOf(host, join(dir, SKILL_MD)) !== undefined);
  return isSkill
    ? { folder: { host, dir: dirname(dir) }, only: basename(dir) }
    : { folder: { host, dir }, only: undefined };
}

/** A verdict, and what was done about it. */
export interface TreatedVerdict extends InstalledVerdict {
  readonly movedTo?: string | undefined;
  readonly restored?: true;
  /** Why it could not be moved aside or back. */
  readonly trouble?: GitkelError | undefined;
}

function isSameLock(a: SkillsLock, b: SkillsLock): boolean {
  return a.length === b.length && a.every((entry) => sameEntry(entry, entryOf(b, entry.name)));
}

const TRIES = 4;

function look(
  { folder, only }: VerifiedPlace,
  lock: SkillsLock,
  terms: VerifyTerms,
): readonly InstalledVerdict[] {
  if (only === undefined) return verifyFolder(folder, lock, terms);
  const verdict = verifyNamed(folder, lock, only, terms);
  return verdict === undefined ? [] : [verdict];
}

/** Verifies a place; where another process changes it meanwhile, again. */
async function verified(
  place: VerifiedPlace,
  terms: VerifyTerms,
): Promise<readonly InstalledVerdict[]> {
  const { folder } = place;
  for (let tries = 0; tries < TRIES; tries++) {
    // What a process that died left half done is settled first; what a living one does is waited for.
    if (isUnsettled(folder)) await holdingFolder(folder, () => undefined);
    const lock = readLock(folder);
    const verdicts = look(place, lock, terms);
    if (!isUnsettled(folder) && isSameLock(lock, readLock(folder))) return verdicts;
  }
  throw new GitkelError(
    'environment',
    `Cannot verify ${shownPath(folder.dir)}: it changes all the time`,
    {
      reason: 'changed',
      hint: 'Try again when nothing is installed there.',
    },
  );
}

/** Moves what is revoked, edited or found bad aside, and back what is good again; one that cannot be moved keeps no other from it. */
async function treated(
  folder: SkillsFolder,
  verdict: InstalledVerdict,
  terms: VerifyTerms,
): Promise<TreatedVerdict> {
  try {
    return await moved(folder, verdict, terms);
  } catch (trouble) {
    if (!(trouble instanceof GitkelError)) throw trouble;
    return { ...verdict, trouble };
  }
}

async function moved(
  folder: SkillsFolder,
  verdict: InstalledVerdict,
  terms: VerifyTerms,
): Promise<TreatedVerdict> {
  const { entry, objection, isAside } = verdict;
  if (entry === undefined) return verdict;
  if (!isAside && objection !== undefined && isBad(objection))
    return { ...verdict, movedTo: await moveAside(folder, entry) };
  if (objection?.reason !== 'quarantined' || !(await moveBack(folder, entry))) return verdict;
  return { ...verifyEntry(folder, entry, terms), restored: true };
}

/**
 * Verifies a place.
 * @param quarantine whether what is bad is moved aside, and what is good again back
 * @throws GitkelError `malformed` for a lock that cannot be read; `environment`.
 */
export async function verifyPlace(
  place: VerifiedPlace,
  terms: VerifyTerms,
  quarantine: boolean,
): Promise<readonly TreatedVerdict[]> {
  const verdicts = await verified(place, terms);
  if (!quarantine) return verdicts;
  const after: TreatedVerdict[] = [];
  for (const verdict of verdicts) after.push(await treated(place.folder, verdict, terms));
  return after;
}
