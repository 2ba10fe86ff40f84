/**
 * Git's lock protocol for one file: whoever makes `<file>.lock` may replace the file, by renaming the lock onto it.
 *
 * Stock Git makes the lock with `O_EXCL`; here it is a hard link to a file that is named after its owner, which excludes
 * just as well and lets a lock be taken over when its owner is certainly dead. A lock that Git made is never touched.
 * @module
 */
import { dirname, join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import {
  discard,
  errnoOf,
  fsyncDirectory,
  inodeOf,
  isAbsent,
  makeDirectory,
  namesIn,
  onDisk,
  removeIfPresent,
  statOf,
  writeAll, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';

/** A lock that this process holds. End it with {@link commitLock} or {@link releaseLock}. */
export interface HeldLock {
  readonly target: string;
  readonly path: string;
  /** The same file under its owner's name; equal to `path` where there are no hard links. */
  readonly ownerPath: string;
  readonly inode: number | undefined;
  readonly fd: number;
}

export type LockAttempt =
  | { readonly ok: true; readonly lock: HeldLock }
  /** `busy` says who holds it. */
  | { readonly ok: false; readonly busy: string };

const OWNERS = 'gitkel-locks';
const MODE = 0o644;
/** Tries to make a directory that others, `git gc` for one, remove while it is empty. */
const DIRECTORY_TRIES = 16;

function ownersDirectory(commonDir: string): string {
  return join(commonDir, OWNERS);
}

function freshOwnerPath(host: Host, commonDir: string): string {
  return join(ownersDirectory(commonDir), `${host.processes.self}.${toHex(host.random(8))}`);
}

/** The process in the name of an owner file. */
function ownerOf(name: string): string {
  return name.slice(0, Math.max(name.lastIndexOf('.'), 0));
}

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

/**
 * Removes owner files of dead processes that are no longer needed: those linked nowhere else, and those linked only with
 * the target itself, whose owner died between renaming its lock and removing this name.
 */
function sweep(host: Host, commonDir: string, target: string): void {
  const directory = ownersDirectory(commonDir);
  for (const name of namesIn(host, directory)) {
    if (!host.processes.isDead(ownerOf(name))) continue;
    const stats = statOf(host, join(directory, name));
    if (stats === undefined) continue;
    const inode = inodeOf(stats);
    const current = statOf(host, target);
    const isTarget = inode !== undefined && current !== undefined && inodeOf(current) === inode;
    if (stats.nlink === 1 || (stats.nlink === 2 && isTarget)) removeIfPresent(host, join(directory, name));
  }
}

interface Holder {
  readonly path: string;
  readonly process: string;
}

/** The owner file of which a lock is a link; `undefined` for a lock of Git or of anybody else. */
function holderOf(host: Host, commonDir: string, lockPath: string): Holder | undefined {
  const stats = statOf(host, lockPath);
  const inode = stats === undefined || stats.nlink < 2 ? undefined : inodeOf(stats);
  if (inode === undefined) return undefined;
  for (const name of namesIn(host, ownersDirectory(commonDir))) {
    const path = join(ownersDirectory(commonDir), name);
    const owner = statOf(host, path);
    if (owner !== undefined && inodeOf(owner) === inode) return { path, process: ownerOf(name) };
  }
  return undefined;
}

/**
 * Ends a lock whose owner is certainly dead; whether it did. Renaming the owner file to a name of this process makes this
 * process the owner: of several that try, one succeeds, and if it dies in turn the next one can tell.
 */
function takeOver(host: Host, commonDir: string, lockPath: string, holder: Holder): boolean {
  const claim = freshOwnerPath(host, commonDir);
  return onDisk(`Cannot take over the stale lock ${shownPath(lockPath)}`, () => {
    try {
      host.fs.renameSync(holder.path, claim);
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
    removeIfPresent(host, lockPath);
    removeIfPresent(host, claim);
    return true;
  });
}

/** Tries once to end a stale lock; otherwise says who holds it. */
function clearStale(host: Host, commonDir: string, lockPath: string): string | undefined {
  const holder = holderOf(host, commonDir, lockPath);
  if (holder !== undefined && host.processes.isDead(holder.process)) {
    if (takeOver(host, commonDir, lockPath, holder)) return undefined;
    return 'another process is taking over a stale lock';
  }
  return holder === undefined ? `${lockPath} is held by Git or another program` : `${lockPath} is held by ${holder.process}`;
}

interface OpenedFile {
  readonly fd: number;
  readonly inode: number | undefined;
}

function openNew(host: Host, path: string): OpenedFile {
  const fd = inDirectory(host, dirname(path), () => host.fs.openSync(path, 'wx', MODE));
  try {
    return { fd, inode: inodeOf(host.fs.fstatSync(fd)) };
  } catch (error) {
    host.fs.closeSync(fd);
    discard(host, path);
    throw error;
  }
}

/** Without hard links the lock is made as Git makes it; a stale one then has to be removed by hand. */
function lockWithoutLinks(host: Host, target: string): LockAttempt {
  const path = `${target}.lock`;
  try {
    return { ok: true, lock: { target, path, ownerPath: path, ...openNew(host, path) } };
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
function link(host: Host, commonDir: string, ownerPath: string, lockPath: string): string | undefined {
  for (let attempt = 1; ; attempt++) {
    try {
      inDirectory(host, dirname(lockPath), () => host.fs.linkSync(ownerPath, lockPath));
      return undefined;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    const busy = clearStale(host, commonDir, lockPath);
    if (busy !== undefined || attempt >= 2) return busy ?? `${lockPath} was taken at the same moment`;
  }
}

/**
 * Tries once to take the lock of a file; never waits.
 * @param commonDir the repository, in which owner files lie; on the same file system as the target
 * @throws GitkelError `environment`.
 */
export function takeLock(host: Host, commonDir: string, target: string): LockAttempt {
  return onDisk(`Cannot lock ${shownPath(target)}`, () => {
    sweep(host, commonDir, target);
    const path = `${target}.lock`;
    const ownerPath = freshOwnerPath(host, commonDir);
    const owner = openNew(host, ownerPath);
    let busy: string | undefined;
    try {
      busy = link(host, commonDir, ownerPath, path);
    } catch (error) {
      host.fs.closeSync(owner.fd);
      discard(host, ownerPath);
      if (hasNoLinks(error)) return lockWithoutLinks(host, target);
      throw error;
    }
    if (busy === undefined) return { ok: true, lock: { target, path, ownerPath, ...owner } };
    host.fs.closeSync(owner.fd);
    removeIfPresent(host, ownerPath);
    return { ok: false, busy };
  });
}

/** Removes the names of a lock. The lock file itself only while it is still ours: it may be renamed, or taken again. */
function removeNames(host: Host, lock: HeldLock): void {
  const stats = statOf(host, lock.path);
  if (stats !== undefined && inodeOf(stats) === lock.inode) removeIfPresent(host, lock.path);
  if (lock.ownerPath !== lock.path) removeIfPresent(host, lock.ownerPath);
}

/** Gives a lock up; the file stays as it is. */
export function releaseLock(host: Host, lock: HeldLock): void {
  onDisk(`Cannot release ${shownPath(lock.path)}`, () => {
    try {
      host.fs.closeSync(lock.fd);
    } finally {
      removeNames(host, lock);
    }
  });
}

/**
 * Puts new content in place of the file, durably, and ends the lock: write, sync, rename, sync of the directory.
 * @throws GitkelError `environment`; the file then holds the old or the new content, never anything else.
 */
export function commitLock(host: Host, lock: HeldLock, content: Uint8Array): void {
  onDisk(`Cannot replace ${shownPath(lock.target)}`, () => {
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
      fsyncDirectory(host, dirname(lock.target));
    } catch (error) {
      cleanUp(() => removeNames(host, lock));
      throw error;
    }
    if (lock.ownerPath !== lock.path) removeIfPresent(host, lock.ownerPath);
  });
}

/** Cleans up after a failure, as far as the disk still allows: the first failure is the one to report. */
function cleanUp(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
  }
}
