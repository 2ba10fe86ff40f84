/**
 * How a skill comes into its place, and out of it. A directory cannot be replaced by one call, so each change is written down
 * before its first step: whoever takes the folder next finds it, and ends it or takes it back.
 *
 * ```
 * 1  change.json is durable          nothing has happened yet
 * 2  <name>    -> previous           taken back: previous -> <name>
 * 3  skill     -> <name>             ended: the lock is written
 * 4  the lock is durable             done
 * 5  change.json is removed, then previous
 * ```
 * @module
 */
import { join } from 'node:path';
import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import {
  fsyncDirectory,
  namesIn,
  onDisk,
  readFileBounded,
  removeIfPresent,
  shownPath,
  statOf,
  writeFileDurably,
} from '../host/files.ts';
import { isGone } from '../host/owner-mark.ts';
import { isAsLocked } from './as-locked.ts';
import {
  changeFilePath,
  markOfChange,
  previousPath,
  skillPath,
  stagedPath,
  workFolder,
} from './install-layout.ts';
import { installNameProblem } from './install-name.ts';
import { removeTree } from './remove-tree.ts';
import { readLock, type SkillsFolder, writeLock } from './skills-folder.ts';
import {
  entryJson,
  entryOf,
  type InstalledSkill,
  parseEntry,
  sameEntry,
  withEntry,
  withoutEntry,
} from './skills-lock.ts';

/** What becomes of one name in the folder. */
export type Change =
  | { readonly kind: 'place'; readonly entry: InstalledSkill }
  | { readonly kind: 'remove'; readonly name: string };

const SCHEMA = 'urn:gitkel:skills-change:1';

function nameOf(change: Change): string {
  return change.kind === 'place' ? change.entry.name : change.name;
}

function encodeChange(change: Change): Uint8Array {
  const json: Json =
    change.kind === 'place'
      ? { schema: SCHEMA, skill: entryJson(change.entry) }
      : { schema: SCHEMA, remove: change.name };
  return canonicalBytes(json);
}

function parseChange(bytes: Uint8Array, path: string): Change {
  const what = `the change of installed skills ${shownPath(path)}`;
  const value = parseCanonical(bytes, LIMITS.skillsLockBytes, what);
  const fields = fieldsOf(value, what, ['schema'], ['skill', 'remove']);
  const name = fields.optionalText('remove');
  if (fields.text('schema') !== SCHEMA || fields.has('skill') === (name !== undefined))
    throw malformed('change-form', `Cannot read ${what}: it is in no form that is known`);
  if (name === undefined) return { kind: 'place', entry: parseEntry(fields.json('skill')) };
  if (installNameProblem(name) !== undefined)
    throw malformed('change-form', `Cannot read ${what}: ${quoted(name)} is no name of a skill`);
  return { kind: 'remove', name };
}

function move({ host }: SkillsFolder, from: string, to: string): void {
  onDisk(
    () => `Cannot move ${shownPath(from)} to ${shownPath(to)}`,
    () => host.fs.renameSync(from, to),
  );
}

/** Whether the lock says what it says after the change. */
function isDone(folder: SkillsFolder, change: Change): boolean {
  const found = entryOf(readLock(folder), nameOf(change));
  return sameEntry(found, change.kind === 'place' ? change.entry : undefined);
}

function writeDown(folder: SkillsFolder, change: Change): void {
  const lock = readLock(folder);
  writeLock(
    folder,
    change.kind === 'place' ? withEntry(lock, change.entry) : withoutEntry(lock, change.name),
  );
}

/** Puts what was moved away back where it stood. */
function takeBack(folder: SkillsFolder, dir: string, name: string): void {
  const { host } = folder;
  const [place, previous] = [skillPath(folder.dir, name), previousPath(dir)];
  if (statOf(host, previous) === undefined) return;
  if (statOf(host, place) === undefined) {
    move(folder, previous, place);
    fsyncDirectory(host, folder.dir);
    return;
  }
  // After a loss of power it may be in both places.
  const entry = entryOf(readLock(folder), name);
  if (entry !== undefined && isAsLocked(folder, entry)) return;
  throw new GitkelError(
    'environment',
    `Cannot put the skill ${quoted(name)} back from ${shownPath(previous)}: ${shownPath(place)} is there`,
    { reason: 'change-unfinished', hint: 'Move that away, and run the command again.' },
  );
}

/** Whether the steps came so far that the change is to be ended rather than taken back. */
function hasMoved(folder: SkillsFolder, dir: string, change: Change): boolean {
  const place = skillPath(folder.dir, nameOf(change));
  const isThere = statOf(folder.host, place) !== undefined;
  switch (change.kind) {
    case 'place':
      return isThere && isAsLocked(folder, change.entry);
    case 'remove':
      return !isThere && statOf(folder.host, previousPath(dir)) !== undefined;
  }
}

function end({ host }: SkillsFolder, dir: string): void {
  removeIfPresent(host, changeFilePath(dir));
  removeTree(host, dir);
}

/** Ends a change that was cut off, or takes it back, as far as it had come. */
function settle(folder: SkillsFolder, dir: string, change: Change): void {
  if (!isDone(folder, change)) {
    if (hasMoved(folder, dir, change)) writeDown(folder, change);
    else takeBack(folder, dir, nameOf(change));
  }
  end(folder, dir);
}

/**
 * Settles every change that was cut off, and removes what dead processes left that had not begun. Only for whoever holds the
 * folder: no change that is written down is being made by another one then.
 */
export function settleChanges(folder: SkillsFolder): void {
  const { host } = folder;
  const work = workFolder(folder.dir);
  for (const name of namesIn(host, work)) {
    const mark = markOfChange(name);
    if (mark === undefined) continue;
    const dir = join(work, name);
    // A link would lead what is moved and removed here elsewhere.
    if (statOf(host, dir)?.isDirectory() !== true) {
      removeTree(host, dir);
      continue;
    }
    const bytes = readFileBounded(host, changeFilePath(dir), LIMITS.skillsLockBytes, {
      links: 'refuse',
    });
    if (bytes !== undefined) settle(folder, dir, parseChange(bytes, changeFilePath(dir)));
    else if (isGone(host, work, mark)) removeTree(host, dir);
  }
}

/** Whether a change was cut off, so that the folder is not as its lock says. */
export function isUnsettled({ host, dir }: SkillsFolder): boolean {
  const work = workFolder(dir);
  return namesIn(host, work).some(
    (name) =>
      markOfChange(name) !== undefined &&
      statOf(host, changeFilePath(join(work, name))) !== undefined,
  );
}

/** Takes a change back that failed; where the disk does not let it, whoever takes the folder next does. */
function undo(folder: SkillsFolder, dir: string, change: Change): void {
  const { host } = folder;
  try {
    if (isDone(folder, change)) return;
    const [place, staged] = [skillPath(folder.dir, nameOf(change)), stagedPath(dir)];
    const isPlaced = change.kind === 'place' && statOf(host, staged) === undefined;
    if (isPlaced && statOf(host, place) !== undefined) move(folder, place, staged);
    takeBack(folder, dir, nameOf(change));
    end(folder, dir);
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
  }
}

/**
 * Makes a change. Only for whoever holds the folder.
 * @param dir the directory of the change; what is to be placed is staged in it
 * @throws GitkelError `environment`; then the folder is as it was, or will be once somebody takes it again.
 */
export function makeChange(folder: SkillsFolder, dir: string, change: Change): void {
  const { host } = folder;
  const place = skillPath(folder.dir, nameOf(change));
  writeFileDurably(host, changeFilePath(dir), encodeChange(change), 0o600);
  try {
    if (statOf(host, place) !== undefined) move(folder, place, previousPath(dir));
    // Where it comes to is synced before where it came from: so a loss of power loses neither.
    fsyncDirectory(host, dir);
    if (change.kind === 'place') move(folder, stagedPath(dir), place);
    fsyncDirectory(host, folder.dir);
    fsyncDirectory(host, dir);
    writeDown(folder, change);
  } catch (error) {
    undo(folder, dir, change);
    throw error;
  }
  end(folder, dir);
}
