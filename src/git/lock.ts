/**
 * Git's lock protocol for one file: whoever makes `<file>.lock` may replace the file, by renaming the lock onto it.
 *
 * Stock Git makes the lock with `O_EXCL`; here it is a hard link to a file that is named after its owner, which excludes
 * just as well and lets a lock be taken over when its owner is certainly dead. A lock that Git made is never touched.
 * @module
 */
import { dirname } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import {
  discard,
  errnoOf,
  fsyncDirectory,
  inodeOf,
  makeDirectory,
  onDisk,
  removeIfPresent,
  statOf,
  writeAll,
  shownPath,
} from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { clearStale, freshOwnerPath, ownOwnerPath } from './lock-owners.ts';

/** A lock that this process holds. End it with {@link commitLock} or {@link releaseLock}. */
export interface HeldLock {
  readonly target: string;
  readonly path: string;
  /** The same file under its owner's name; equal to `path` where there are no hard links. */
  readonly ownerPath: string;
  readonly fd: number;
}

export type LockAttempt =
  | { readonly ok: true; readonly lock: HeldLock }
  /** `busy` says who holds it. */
  | { readonly ok: false; readonly busy: string };

const MODE = 0o644;
/** Tries to make a directory that others, `git gc` for one, remove while it is empty. */
const DIRECTORY_TRIES = 16;

/** Repeats a step after making its directory, as long as that directory is what is missing. */
function inDirectory<T>(host: Host, directory: string, step: () => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return step();
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || attempt >= DIRECTORY_TRIES) throw error;
    }
    try {
      makeDirectory(host, directory);
    } catch (error) {
      if (!(error instanceof GitkelError) || error.reason !== 'enoent') throw error;
    }
  }
}

function openNew(host: Host, path: string): number {
  return inDirectory(host, dirname(path), () => host.fs.openSync(path, 'wx', MODE));
}

/** Without hard links the lock is made as Git makes it; a stale one then has to be removed by hand. */
function lockWithoutLinks(host: Host, target: string): LockAttempt {
  const path = `${target}.lock`;
  try {
    return { ok: true, lock: { target, path, ownerPath: path, fd: openNew(host, path) } };
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return { ok: false, busy: `${path} exists` };
    throw error;
  }
}

function hasNoLinks(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'EPERM' || errno === 'ENOTSUP' || errno === 'EOPNOTSUPP' || errno === 'ENOSYS';
}

/** Makes the lock a link of the owner file, ending a stale lock once; otherwise says who holds it. */
function link(
  host: Host,
  commonDir: string,
  ownerPath: string,
  lockPath: string,
): string | undefined {
  for (let attempt = 1; ; attempt++) {
    try {
      inDirectory(host, dirname(lockPath), () => host.fs.linkSync(ownerPath, lockPath));
      return undefined;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    const busy = clearStale(host, commonDir, lockPath);
    if (busy !== undefined || attempt >= 2)
      return busy ?? `${lockPath} was taken at the same moment`;
  }
}

/**
 * Tries once to take the lock of a file; never waits.
 * @param commonDir the repository, in which owner files lie; on the same file system as the target
 * @throws GitkelError `environment`.
 */
export function takeLock(host: Host, commonDir: string, target: string): LockAttempt {
  return onDisk(
    () => `Cannot lock ${shownPath(target)}`,
    () => {
      const path = `${target}.lock`;
      const ownerPath = freshOwnerPath(host, commonDir);
      const fd = openNew(host, ownerPath);
      let busy: string | undefined;
      try {
        busy = link(host, commonDir, ownerPath, path);
      } catch (error) {
        host.fs.closeSync(fd);
        discard(host, ownerPath);
        if (hasNoLinks(error)) return lockWithoutLinks(host, target);
        throw error;
      }
      if (busy === undefined) return { ok: true, lock: { target, path, ownerPath, fd } };
      host.fs.closeSync(fd);
      removeIfPresent(host, ownerPath);
      return { ok: false, busy };
    },
  );
}

/** Removes the names of a lock. The lock file itself only while it is still ours: it may have been taken over. */
function removeNames(host: Host, { path, ownerPath }: HeldLock): void {
  if (ownerPath === path) {
    removeIfPresent(host, path);
    return;
  }
  const [lock, owner] = [statOf(host, path), statOf(host, ownerPath)];
  if (lock !== undefined && owner !== undefined && inodeOf(lock) === inodeOf(owner))
    removeIfPresent(host, path);
  removeIfPresent(host, ownerPath);
}

/** Gives a lock up; the file stays as it is. */
export function releaseLock(host: Host, lock: HeldLock): void {
  onDisk(
    () => `Cannot release ${shownPath(lock.path)}`,
    () => {
      try {
        host.fs.closeSync(lock.fd);
      } finally {
        removeNames(host, lock);
      }
    },
  );
}

/**
 * Syncs the directory of a file that was just put there. It may be gone by now: `git pack-refs --prune` removes directories
 * that it has emptied, after what was in them is kept elsewhere. Then the one that it was removed from is synced.
 */
function syncPlace(host: Host, { target, ownerPath }: HeldLock): void {
  const top = dirname(dirname(ownerPath));
  for (let directory = dirname(target); ; directory = dirname(directory)) {
    try {
      fsyncDirectory(host, directory);
      return;
    } catch (error) {
      const isGone = error instanceof GitkelError && error.reason === 'enoent';
      if (!isGone || !directory.startsWith(`${top}/`)) throw error;
    }
  }
}

/**
 * Puts new content in place of the file, durably, and ends the lock: write, sync, rename, sync of the directory.
 * @throws GitkelError `environment`; the file then holds the old or the new content, never anything else.
 */
export function commitLock(host: Host, lock: HeldLock, content: Uint8Array): void {
  onDisk(
    () => `Cannot replace ${shownPath(lock.target)}`,
    () => {
      try {
        writeAll(host.fs, lock.fd, content);
        host.fs.fsyncSync(lock.fd);
      } catch (error) {
        cleanUp(() => releaseLock(host, lock));
        throw error;
      }
      try {
        host.fs.closeSync(lock.fd);
        host.fs.renameSync(lock.path, lock.target);
      } catch (error) {
        cleanUp(() => removeNames(host, lock));
        throw error;
      }
      try {
        syncPlace(host, lock);
      } finally {
        // From here on the lock is the file, and another one may be there.
        if (lock.ownerPath !== lock.path) discard(host, lock.ownerPath);
      }
    },
  );
}

/** Cleans up after a failure, as far as the disk still allows: the first failure is the one to report. */
function cleanUp(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
  }
}

/**
 * Ends this process's part in a lock that it took in the name of another one: the lock stays until {@link releaseLeft}, or
 * until that process is dead.
 * @param host one whose `processes` are those of the other process
 * @throws GitkelError `environment`, reason `no-hard-links`, where a lock cannot carry its owner's name; it is released.
 */
export function leaveLock(host: Host, lock: HeldLock): void {
  if (lock.ownerPath === lock.path) {
    releaseLock(host, lock);
    throw new GitkelError(
      'environment',
      `Cannot leave ${shownPath(lock.path)} to Git: this file system has no hard links`,
      { reason: 'no-hard-links', hint: 'Keep the repository on a file system with hard links.' },
    );
  }
  onDisk(
    () => `Cannot leave ${shownPath(lock.path)}`,
    () => host.fs.closeSync(lock.fd),
  );
}

/** Whether a lock stands that was left in the name of this host's process. */
export function isLeft(host: Host, commonDir: string, target: string): boolean {
  return ownOwnerPath(host, commonDir, `${target}.lock`) !== undefined;
}

/** Gives up a lock that was left in the name of this host's process; every other one stays. */
export function releaseLeft(host: Host, commonDir: string, target: string): void {
  const path = `${target}.lock`;
  const ownerPath = ownOwnerPath(host, commonDir, path);
  if (ownerPath === undefined) return;
  onDisk(
    () => `Cannot release ${shownPath(path)}`,
    () => {
      removeIfPresent(host, path);
      removeIfPresent(host, ownerPath);
    },
  );
}
