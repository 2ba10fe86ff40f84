/**
 * Bounded reads and durable writes through a {@link FileSystem}, and one form for what the machine refuses.
 * @module
 */
import { dirname, join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import { GitkelError, malformed } from '../base/errors.ts';
import type { FileStats, FileSystem, Host } from './host.ts';
import { readAt } from './read-at.ts';

const HINTS: { readonly [errno: string]: string } = {
  ENOSPC: 'Free some disk space and try again.',
  EDQUOT: 'The quota is used up: free some disk space and try again.',
  EACCES: 'Check who owns the file and its permissions.',
  EPERM: 'Check who owns the file and its permissions.',
  EROFS: 'The file system is read-only.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n) and try again.',
  ENFILE: 'Too many files are open on this machine: try again later.',
  EIO: 'The disk reported an error: check it before you try again.',
};

const LONGEST_PATH = 4096;

/** A path as a message shows it: in full, unlike other values, since whoever reads it has to find the file. */
export function shownPath(path: string): string {
  return JSON.stringify(path.slice(0, LONGEST_PATH)).replaceAll(
    /[^\u0020-\u007e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The system's name of an error (`ENOENT`, `EIO`, …), or `undefined` when it is no error of the system. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** Whether an error of the system says that nothing is at that path. */
export function isAbsent(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

/**
 * Runs a step on the disk; an error of the system becomes a GitkelError `environment` whose reason is the errno in
 * lower case. Everything else passes unchanged.
 * @param action what was attempted, e.g. `Cannot write "/a/b"`; or what puts that together when it is needed
 */
export function onDisk<T>(action: string | (() => string), step: () => T): T {
  try {
    return step();
  } catch (cause) {
    throw systemTrouble(typeof action === 'string' ? action : action(), cause) ?? cause;
  }
}

/** An error of the system as a GitkelError `environment` whose reason is the errno in lower case; `undefined` for others. */
export function systemTrouble(action: string, cause: unknown): GitkelError | undefined {
  const errno = errnoOf(cause);
  if (errno === undefined) return undefined;
  const hint = HINTS[errno];
  return new GitkelError('environment', `${action}: ${errno}`, {
    reason: errno.toLowerCase(),
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}

/** What is at a path itself, links not followed; `undefined` when nothing is. */
export function statOf(host: { readonly fs: FileSystem }, path: string): FileStats | undefined {
  return onDisk(
    () => `Cannot look at ${shownPath(path)}`,
    () => {
      try {
        return host.fs.lstatSync(path);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
  );
}

/** The number by which a file system tells files apart; `undefined` where it has none. */
export function inodeOf(stats: FileStats): number | undefined {
  const inode = 'ino' in stats ? stats.ino : undefined;
  return typeof inode === 'number' && inode > 0 ? inode : undefined;
}

/** The names in a directory, sorted; none when there is no directory. */
export function namesIn(host: Host, path: string): readonly string[] {
  return onDisk(
    () => `Cannot list ${shownPath(path)}`,
    () => {
      try {
        return host.fs.readdirSync(path).toSorted();
      } catch (error) {
        if (isAbsent(error)) return [];
        throw error;
      }
    },
  );
}

export interface ReadOptions {
  /** Whether a symbolic link at the path is followed (default) or refused. */
  readonly links?: 'follow' | 'refuse';
  /** Whether a directory at the path is refused (default), or as good as nothing. */
  readonly directories?: 'refuse' | 'nothing';
}

function readOpened(host: Host, path: string, fd: number, limit: number): Uint8Array {
  const stats = host.fs.fstatSync(fd);
  if (!stats.isFile())
    throw malformed('not-a-file', `Cannot read ${shownPath(path)}: it is not a regular file`);
  // One byte more than allowed: a file that grows meanwhile is noticed without trusting its size.
  const bytes = readAt(host.fs, fd, 0, Math.min(stats.size, limit) + 1, stats.size);
  if (bytes.length > limit) {
    throw malformed(
      'too-large',
      `Cannot read ${shownPath(path)}: it is larger than ${limit} bytes`,
    );
  }
  if (bytes.length <= stats.size) return bytes;
  return readGrown(host, path, fd, limit);
}

function readGrown(host: Host, path: string, fd: number, limit: number): Uint8Array {
  const bytes = readAt(host.fs, fd, 0, limit + 1);
  if (bytes.length > limit) {
    throw malformed(
      'too-large',
      `Cannot read ${shownPath(path)}: it is larger than ${limit} bytes`,
    );
  }
  return bytes;
}

/**
 * The bytes of a regular file of at most `limit` bytes; `undefined` when nothing is at the path.
 * @throws GitkelError `malformed` (`not-a-file`, `symlink`, `too-large`), `environment` for errors of the disk.
 */
export function readFileBounded(
  host: Host,
  path: string,
  limit: number,
  options: ReadOptions = {},
): Uint8Array | undefined {
  return onDisk(
    () => `Cannot read ${shownPath(path)}`,
    () => {
      try {
        const named = host.fs.lstatSync(path);
        if (named.isSymbolicLink() && options.links === 'refuse') {
          throw malformed('symlink', `Cannot read ${shownPath(path)}: it is a symbolic link`);
        }
        // Looked at before it is opened: opening a pipe would wait for ever.
        const found = named.isSymbolicLink() ? host.fs.statSync(path) : named;
        if (options.directories === 'nothing' && found.isDirectory()) return undefined;
        if (!found.isFile())
          throw malformed('not-a-file', `Cannot read ${shownPath(path)}: it is not a regular file`);
        const fd = host.fs.openSync(path, 'r');
        try {
          return readOpened(host, path, fd, limit);
        } finally {
          host.fs.closeSync(fd);
        }
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },
  );
}

/** Writes all of the bytes at the place where the file stands. */
export function writeAll(fs: FileSystem, fd: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length)
    written += fs.writeSync(fd, bytes, written, bytes.length - written);
}

/** Makes renames, links and removals in a directory survive a power cut. */
export function fsyncDirectory(host: Host, path: string): void {
  if (host.isSynced === false) return;
  onDisk(
    () => `Cannot sync ${shownPath(path)}`,
    () => {
      const fd = host.fs.openSync(path, 'r');
      try {
        host.fs.fsyncSync(fd);
      } catch (error) {
        // Some file systems have no such call for directories; there the rename itself is all that there is.
        const errno = errnoOf(error);
        if (errno !== 'EINVAL' && errno !== 'EPERM' && errno !== 'EISDIR') throw error;
      } finally {
        host.fs.closeSync(fd);
      }
    },
  );
}

/** Removes a file; whether there was one. */
export function removeIfPresent(host: Host, path: string): boolean {
  return onDisk(
    () => `Cannot remove ${shownPath(path)}`,
    () => {
      try {
        host.fs.unlinkSync(path);
        return true;
      } catch (error) {
        if (isAbsent(error)) return false;
        throw error;
      }
    },
  );
}

/** Makes a directory and those above it, each of them durable. */
export function makeDirectory(host: Host, path: string, mode = 0o777): void {
  if (statOf(host, path) !== undefined) {
    // It may be removed at any moment, also between these two calls.
    const isDirectory = onDisk(
      () => `Cannot make the directory ${shownPath(path)}`,
      () => host.fs.statSync(path).isDirectory(),
    );
    if (isDirectory) return;
    throw new GitkelError(
      'environment',
      `Cannot make the directory ${shownPath(path)}: a file is there`,
      {
        reason: 'eexist',
      },
    );
  }
  const parent = dirname(path);
  if (parent !== path) makeDirectory(host, parent, mode);
  onDisk(
    () => `Cannot make the directory ${shownPath(path)}`,
    () => {
      try {
        host.fs.mkdirSync(path, { mode });
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
      }
    },
  );
  fsyncDirectory(host, parent);
}

/**
 * Writes a new file completely and syncs its bytes, not its directory.
 * @throws GitkelError `environment`, reason `eexist` when something is at the path; nothing is left behind then.
 */
export function writeNewFile(host: Host, path: string, bytes: Uint8Array, mode: number): void {
  onDisk(
    () => `Cannot write ${shownPath(path)}`,
    () => {
      const fd = host.fs.openSync(path, 'wx', mode);
      try {
        writeAll(host.fs, fd, bytes);
        host.fs.fsyncSync(fd);
      } finally {
        host.fs.closeSync(fd);
      }
    },
  );
}

/**
 * Replaces a file, so that after a crash either the old or the new bytes are there in full, and that after success the
 * new ones are: a temporary file beside it, sync, rename, sync of the directory.
 * @param mode permission bits of the file, e.g. `0o600`
 * @throws GitkelError `environment`.
 */
export function writeFileDurably(host: Host, path: string, bytes: Uint8Array, mode: number): void {
  const directory = dirname(path);
  const temporary = join(directory, `tmp_${toHex(host.random(8))}`);
  try {
    writeNewFile(host, temporary, bytes, mode);
    onDisk(
      () => `Cannot write ${shownPath(path)}`,
      () => host.fs.renameSync(temporary, path),
    );
  } catch (error) {
    discard(host, temporary);
    throw error;
  }
  fsyncDirectory(host, directory);
}

/** Removes what a failed step left, as far as the disk still allows: the first failure is the one to report. */
export function discard(host: Host, path: string): void {
  try {
    host.fs.unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
