/**
 * Every name in a folder of installed skills that gitkel gives.
 *
 * ```
 * <name>/                          an installed skill; the name is the one in its manifest
 * skills.lock.json                 what is installed, and what it was let in by
 * .quarantine/<name>-<manifest>/   a skill that was moved aside; further ones of that name end in -2, -3, ...
 * .installing/locks/               held while the folder is changed
 * .installing/<token>/             one change, by the process that the token names:
 *   skill/                           the copy that is judged, and then moved into place
 *   previous/                        what stood in its place
 *   change.json                      there once the change has begun; see `changes.ts`
 * ```
 * @module
 */
import { join } from 'node:path';

/** Where skills are installed unless told: the folder that agents of several makers read. */
export const DEFAULT_FOLDER = '.agents/skills';

export const LOCK_FILE = 'skills.lock.json';
export const QUARANTINE = '.quarantine';
const WORK = '.installing';
const TOKEN = /^[A-Za-z0-9.-]{1,200}\.[0-9a-f]{16}$/;

export function lockFilePath(folder: string): string {
  return join(folder, LOCK_FILE);
}

export function skillPath(folder: string, name: string): string {
  return join(folder, name);
}

export function quarantineFolder(folder: string): string {
  return join(folder, QUARANTINE);
}

/** @param attempt 1 for the first place of that name */
export function quarantinePath(
  folder: string,
  name: string,
  manifest: string,
  attempt: number,
): string {
  return join(folder, QUARANTINE, `${name}-${manifest}${attempt === 1 ? '' : `-${attempt}`}`);
}

export function workFolder(folder: string): string {
  return join(folder, WORK);
}

export function locksFolder(folder: string): string {
  return join(folder, WORK, 'locks');
}

/** The directory of one change. @param token the mark of the process, a dot, and 16 hex digits */
export function changeFolder(folder: string, token: string): string {
  return join(folder, WORK, token);
}

/** The mark of the process that a directory in the work folder belongs to, if it is one of a change. */
export function markOfChange(name: string): string | undefined {
  return TOKEN.test(name) ? name.slice(0, name.lastIndexOf('.')) : undefined;
}

export function stagedPath(change: string): string {
  return join(change, 'skill');
}

export function previousPath(change: string): string {
  return join(change, 'previous');
}

export function changeFilePath(change: string): string {
  return join(change, 'change.json');
}

/** Names in the folder that are no skill's. */
export function isOwnName(name: string): boolean {
  return name === LOCK_FILE || name === QUARANTINE || name === WORK;
}
