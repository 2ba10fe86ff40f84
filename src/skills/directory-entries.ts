import { join } from 'node:path';
import { GitkelError, malformed } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { inodeOf, isAbsent, namesIn, onDisk, shownPath, statOf } from '../host/files.ts';
import { readAt } from '../host/read-at.ts';
import type { FileStats, Host } from '../host/host.ts';
import type { EntryKind, SkillEntry } from './skill-entry.ts';

const PERMISSIONS = 0o7777;

function kindOf(stats: FileStats): EntryKind {
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isDirectory()) return 'directory';
  return stats.isFile() ? 'file' : 'special';
}

function changed(path: string): GitkelError {
  return new GitkelError('environment', `Cannot read ${shownPath(path)}: it changed meanwhile`, {
    reason: 'changed',
    hint: 'Try again when nothing writes there.',
  });
}

function isSame(opened: FileStats, seen: FileStats): boolean {
  return (
    opened.isFile() &&
    opened.size === seen.size &&
    opened.mode === seen.mode &&
    opened.mtimeMs === seen.mtimeMs &&
    inodeOf(opened) === inodeOf(seen)
  );
}

/** Reads the very file that was looked at, whatever stands at its path by now. */
function readSeen(host: Host, path: string, seen: FileStats): Uint8Array {
  const { fs } = host;
  return onDisk(`Cannot read ${shownPath(path)}`, () => {
    if (kindOf(fs.lstatSync(path)) !== 'file') throw changed(path);
    const fd = fs.openSync(path, 'r');
    try {
      if (!isSame(fs.fstatSync(fd), seen)) throw changed(path);
      // One byte more: what grows meanwhile is noticed.
      const bytes = readAt(fs, fd, 0, seen.size + 1);
      if (bytes.length !== seen.size) throw changed(path);
      return bytes;
    } finally {
      fs.closeSync(fd);
    }
  });
}

function entryAt(host: Host, root: string, path: string): SkillEntry {
  const full = join(root, path);
  const stats = statOf(host, full);
  // A name that is not text is read with U+FFFD in it: nothing lies there, and the path is refused as it stands.
  if (stats === undefined) {
    if (!path.includes('\ufffd')) throw changed(full);
    return { path, kind: 'special', mode: 0, size: 0, links: 1, read: () => new Uint8Array() };
  }
  const kind = kindOf(stats);
  return {
    path,
    kind,
    mode: stats.mode & PERMISSIONS,
    size: kind === 'file' ? stats.size : 0,
    links: kind === 'file' ? stats.nlink : 1,
    read: () => readSeen(host, full, stats),
  };
}

/**
 * Everything below a directory, Git's own directories not entered. No link is followed but one that the root itself may be.
 * @throws GitkelError `not-found` when there is no directory; `environment`, reason `changed`, when something vanishes or
 * changes under the walk.
 */
export function* directoryEntries(host: Host, root: string): Generator<SkillEntry> {
  const stats = onDisk(`Cannot read ${shownPath(root)}`, () => {
    try {
      return host.fs.statSync(root);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  });
  if (stats === undefined)
    throw new GitkelError('not-found', `Cannot read ${shownPath(root)}: it is not there`, {
      hint: 'Name the directory in which the SKILL.md of a skill lies.',
    });
  if (!stats.isDirectory())
    throw malformed('not-a-directory', `Cannot read ${shownPath(root)}: it is no directory`);
  const open = [''];
  let count = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const name of namesIn(host, join(root, at))) {
      const entry = entryAt(host, root, at === '' ? name : `${at}/${name}`);
      yield entry;
      // Whoever takes the entries stops here too; a directory with millions of names ends in any case.
      if (++count > LIMITS.skillEntries) return;
      const isTooDeep = entry.path.split('/').length > LIMITS.skillDepth;
      if (entry.kind === 'directory' && name !== '.git' && !isTooDeep) open.push(entry.path);
    }
  }
}
