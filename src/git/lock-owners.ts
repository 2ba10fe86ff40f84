/**
 * Who holds a lock, and the end of locks whose holders are dead.
 *
 * Every lock is a hard link to an owner file, which is named after the process that made it. A process that dies leaves
 * its owner file, linked nowhere else, or with a lock that nobody will end, or with the file that its lock became.
 * @module
 */
import { join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import {
  inodeOf,
  isAbsent,
  namesIn,
  onDisk,
  removeIfPresent,
  shownPath,
  statOf,
} from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { isGone, ownMark } from '../host/owner-mark.ts';

const OWNERS = 'gitkel-locks';

function ownersDirectory(commonDir: string): string {
  return join(commonDir, OWNERS);
}

/** A name for an owner file of this process that none had before. */
export function freshOwnerPath(host: Host, commonDir: string): string {
  return join(ownersDirectory(commonDir), `${ownMark(host, commonDir)}.${toHex(host.random(8))}`);
}

/** An owner file, and the process that made it. */
interface Owner {
  readonly path: string;
  readonly mark: string;
  readonly inode: number | undefined;
  readonly links: number;
}

function* owners(host: Host, commonDir: string): Generator<Owner> {
  for (const name of namesIn(host, ownersDirectory(commonDir))) {
    const path = join(ownersDirectory(commonDir), name);
    const stats = statOf(host, path);
    if (stats === undefined) continue;
    const mark = name.slice(0, Math.max(name.lastIndexOf('.'), 0));
    yield { path, mark, inode: inodeOf(stats), links: stats.nlink };
  }
}

function hasInode(host: Host, path: string, inode: number): boolean {
  const stats = statOf(host, path);
  return stats !== undefined && inodeOf(stats) === inode;
}

/** Where a repository holds a link of that file, among its refs and the locks of refs and packs. */
function linkOf(host: Host, commonDir: string, inode: number): string | undefined {
  const names = ['packed-refs', 'packed-refs.lock', 'gitkel-packs.lock', 'refs'];
  const open = names.map((name) => join(commonDir, name));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const stats = statOf(host, path);
    if (stats?.isDirectory() === true) {
      const directory = path;
      open.push(...namesIn(host, directory).map((name) => join(directory, name)));
    } else if (stats !== undefined && inodeOf(stats) === inode) return path;
  }
  return undefined;
}

/**
 * Ends a lock whose owner is certainly dead; whether it did. Renaming the owner file to a name of this process makes this
 * process the owner: of several that try, one succeeds, and if it dies in turn the next one can tell.
 */
function takeOver(host: Host, commonDir: string, lockPath: string, owner: Owner): boolean {
  const claim = freshOwnerPath(host, commonDir);
  return onDisk(`Cannot take over the stale lock ${shownPath(lockPath)}`, () => {
    try {
      host.fs.renameSync(owner.path, claim);
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
    removeIfPresent(host, lockPath);
    removeIfPresent(host, claim);
    return true;
  });
}

/** A lock, or what was one, that a process of ours made. */
export interface OwnedLock {
  readonly path: string;
  readonly inode: number | undefined;
  readonly isDead: boolean;
}

/** Every owner file in a repository, and whether its process is certainly gone; {@link sweep} removes those. */
export function ownedLocks(host: Host, commonDir: string): readonly OwnedLock[] {
  return [...owners(host, commonDir)].map(({ path, mark, inode }) => ({
    path,
    inode,
    isDead: isGone(host, commonDir, mark),
  }));
}

/** Clears away what dead processes left in a repository: their owner files, and the locks that these are links of. */
export function sweep(host: Host, commonDir: string): void {
  for (const owner of owners(host, commonDir)) {
    if (!isGone(host, commonDir, owner.mark)) continue;
    const { inode, links } = owner;
    const link = links < 2 || inode === undefined ? undefined : linkOf(host, commonDir, inode);
    if (link?.endsWith('.lock') === true) takeOver(host, commonDir, link, owner);
    // The lock became the file: its owner died before it could remove this name.
    else if (links < 2 || link !== undefined) removeIfPresent(host, owner.path);
  }
}

/** Ends the lock at a path if its owner is certainly dead; otherwise says who holds it. */
export function clearStale(host: Host, commonDir: string, lockPath: string): string | undefined {
  for (const owner of owners(host, commonDir)) {
    if (owner.inode === undefined || !hasInode(host, lockPath, owner.inode)) continue;
    if (!isGone(host, commonDir, owner.mark)) return `${lockPath} is held by ${owner.mark}`;
    if (takeOver(host, commonDir, lockPath, owner)) return undefined;
    return 'another process is taking over a stale lock';
  }
  return `${lockPath} is held by Git or another program`;
}

/** The owner file of a lock, if this process made that lock. */
export function ownOwnerPath(host: Host, commonDir: string, lockPath: string): string | undefined {
  const mark = ownMark(host, commonDir);
  for (const owner of owners(host, commonDir)) {
    if (owner.mark !== mark || owner.inode === undefined) continue;
    if (hasInode(host, lockPath, owner.inode)) return owner.path;
  }
  return undefined;
}
