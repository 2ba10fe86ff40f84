/**
 * Locks among the processes that use one home. A lock is a hard link to a file that names its holder, so that taking
 * it is one atomic call, and what a dead process left can be told from what a live one holds. On a file system without
 * hard links it is a file that is made exclusively; one that a loss of power left empty has to be removed by hand there,
 * since it looks like one that is being made.
 * @module
 */
import { fromUtf8, toHex, utf8 } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  discard,
  errnoOf,
  namesIn,
  onDisk,
  readFileBounded,
  removeIfPresent,
  writeAll,
} from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { isGone, ownMark } from '../host/owner-mark.ts';
import type { Home } from './home.ts';
import {
  homeFolder,
  lockClaimPath,
  lockOwnerPath,
  lockPath,
  nameOfLockFile,
} from './home-layout.ts';
import { writeUnsynced } from './unsynced-file.ts';

const TOKEN = /^[A-Za-z0-9.-]{1,200}\.[0-9a-f]{16}$/;
const UNREADABLE = 'unreadable';
/** How a file system says that it has no hard links. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
]);
/** Takers of takers that died one after the other; more are left to the next try. */
const CLAIM_DEPTH = 8;

/** A process that wants a lock, and the file that names it. */
interface Owner {
  readonly file: string;
  readonly token: string;
}

const swept = new WeakSet<Home>();

/** Removes the files of processes that died while they waited for a lock or held one. */
function sweepOnce(home: Home): void {
  if (swept.has(home)) return;
  swept.add(home);
  const { host, dir } = home;
  for (const name of namesIn(host, homeFolder(dir, 'locks'))) {
    const token = /^owner\.(.+?)(?:\.link)?$/.exec(name)?.[1] ?? '';
    if (TOKEN.test(token) && isDead(home, token))
      removeIfPresent(host, `${homeFolder(dir, 'locks')}/${name}`);
  }
}

/**
 * Runs `work` while no other process runs anything under the same lock of this home. `work` is synchronous, so that
 * within one process it is never interrupted.
 * @throws GitkelError `environment`, reason `home-locked`, when another process holds the lock for too long.
 */
export async function withHomeLock<T>(home: Home, name: string, work: () => T): Promise<T> {
  const { host, dir } = home;
  const token = `${ownMark(host, dir)}.${toHex(host.random(8))}`;
  const owner: Owner = { file: lockOwnerPath(dir, token), token };
  const lock = lockPath(dir, name);
  sweepOnce(home);
  writeUnsynced(host, owner.file, utf8(token));
  try {
    await acquire(home, lock, owner);
    try {
      return work();
    } finally {
      removeIfPresent(host, lock);
    }
  } finally {
    removeIfPresent(host, owner.file);
  }
}

async function acquire(home: Home, lock: string, owner: Owner): Promise<void> {
  const { host } = home;
  let waited = 0;
  let step = 1;
  while (!tryTake(host, owner, lock)) {
    if (clearDead(home, lock, owner, CLAIM_DEPTH)) continue;
    if (waited >= LIMITS.lockWait) {
      const holder = holderOf(host, lock) ?? 'an unknown process';
      throw new GitkelError(
        'environment',
        `Cannot lock ${quoted(lock)}: held by ${quoted(holder)}`,
        {
          reason: 'home-locked',
          hint: 'try again when the other gitkel has ended; if none runs on any machine that shares this home, delete the file',
        },
      );
    }
    const pause = step + ((host.random(1)[0] ?? 0) % step);
    await host.sleep(pause);
    waited += pause;
    step = Math.min(step * 2, 32);
  }
}

/**
 * Removes a lock whose holder is dead; true when it is worth trying again at once. Only the process that holds the
 * claim on exactly that dead holder removes its lock, and it looks again after it has the claim: so a lock that was
 * taken anew in between is never removed.
 */
function clearDead(home: Home, lock: string, owner: Owner, depth: number): boolean {
  const { host, dir } = home;
  const token = holderOf(host, lock);
  if (token === undefined) return true;
  if (depth === 0 || !isDead(home, token)) return false;
  if (token === UNREADABLE && !hasLinks(host, owner)) return false;
  const claim = lockClaimPath(dir, token === UNREADABLE ? `${token}-${depth}` : token);
  if (!tryTake(host, owner, claim)) {
    clearDead(home, claim, owner, depth - 1);
    return false;
  }
  try {
    if (holderOf(host, lock) === token) {
      removeIfPresent(host, lock);
      if (token !== UNREADABLE) removeIfPresent(host, lockOwnerPath(dir, token));
    }
  } finally {
    removeIfPresent(host, claim);
  }
  return true;
}

/** The holder that a lock names, `undefined` when nobody holds it. */
function holderOf(host: Host, lock: string): string | undefined {
  const bytes = readFileBounded(host, lock, LIMITS.refBytes);
  if (bytes === undefined) return undefined;
  const token = fromUtf8(bytes);
  return token !== undefined && TOKEN.test(token) ? token : UNREADABLE;
}

/** The locks of a home whose holders are certainly gone, by name. The next taker of a lock ends it. */
export function deadHomeLocks(home: Home): readonly string[] {
  const { host, dir } = home;
  return namesIn(host, homeFolder(dir, 'locks')).flatMap((file) => {
    const name = nameOfLockFile(file);
    const token = name === undefined ? undefined : holderOf(host, lockPath(dir, name));
    return name !== undefined && token !== undefined && isDead(home, token) ? [name] : [];
  });
}

/** A holder's file is complete before it is linked, so an unreadable one was left by a loss of power. */
function isDead({ host, dir }: Home, token: string): boolean {
  return token === UNREADABLE || isGone(host, dir, token.slice(0, token.lastIndexOf('.')));
}

/** Makes a lock, by one call that fails where there is one already. */
function tryTake(host: Host, owner: Owner, lock: string): boolean {
  return onDisk(`Cannot lock ${quoted(lock)}`, () => {
    try {
      host.fs.linkSync(owner.file, lock);
      return true;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EEXIST') return false;
      if (NO_LINKS.has(errno)) return tryMake(host, owner, lock);
      throw error;
    }
  });
}

/** Makes a lock that is no link. */
function tryMake(host: Host, { token }: Owner, lock: string): boolean {
  const fd = openNew(host, lock);
  if (fd === undefined) return false;
  try {
    writeAll(host.fs, fd, utf8(token));
    return true;
  } catch (error) {
    discard(host, lock);
    throw error;
  } finally {
    host.fs.closeSync(fd);
  }
}

function openNew(host: Host, path: string): number | undefined {
  try {
    return host.fs.openSync(path, 'wx', 0o600);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** Whether the file system of the home has hard links. */
function hasLinks(host: Host, { file }: Owner): boolean {
  const link = `${file}.link`;
  try {
    host.fs.linkSync(file, link);
  } catch (error) {
    if (NO_LINKS.has(errnoOf(error))) return false;
    throw error;
  }
  removeIfPresent(host, link);
  return true;
}
