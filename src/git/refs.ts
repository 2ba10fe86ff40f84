import { dirname, join } from 'node:path';
import { utf8 } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  errnoOf,
  fsyncDirectory,
  isAbsent,
  namesIn,
  onDisk,
  removeIfPresent,
  statOf,
  shownPath,
} from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { commitLock, type HeldLock, type LockAttempt, releaseLock, takeLock } from './lock.ts';
import { sweep } from './lock-owners.ts';
import { isObjectId } from './object.ts';
import { readPackedRefs, withoutPackedRefs } from './packed-refs.ts';
import {
  assertName,
  listRefs,
  loosePath,
  packedPath,
  readLoose,
  readPacked,
  readRef,
  type RefFiles,
} from './ref-files.ts';
import type { Repository } from './repository.ts';

/** What a compare-and-swap came to. `busy` says who holds the lock; nothing is known about the ref then. */
type SwapResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly current: string | undefined }
  | { readonly ok: false; readonly busy: string };

/** The refs of one repository. Names are full (`refs/…`), values 40 hexadecimal digits. */
export interface RefStore {
  /** The object that a ref names, symbolic refs followed; `undefined` when there is no such ref. */
  read(name: string): string | undefined;
  /** All refs whose names begin with `prefix`, by name, sorted. */
  list(prefix: string): ReadonlyMap<string, string>;
  /**
   * Moves a ref from `expected` to `next` if it is at `expected`; `undefined` stands for no ref. Durable when it returns
   * `ok`. Tries the lock once and never waits.
   */
  compareAndSwap(name: string, expected: string | undefined, next: string | undefined): SwapResult;
  /**
   * Removes refs that nobody needs any more, cheaply: what is packed in one step, and nothing waits for the disk, so that
   * some may be back after a power cut. Never waits for a lock either.
   * @returns those that stand elsewhere by now, or that others hold locked: they stay
   */
  forget(refs: ReadonlyMap<string, string>): readonly string[];
}

const LONGEST_BACK_OFF = 32;

function nameTaken(name: string, other: string): GitkelError {
  return new GitkelError(
    'environment',
    `Cannot make the ref ${quoted(name)}: ${quoted(other)} is in its way`,
    {
      reason: 'ref-name-taken',
      hint: 'A ref cannot lie below another one.',
    },
  );
}

/** The names above a ref, from the shortest on: `refs/heads`, `refs/heads/a` for `refs/heads/a/b`. */
function namesAbove(name: string): readonly string[] {
  const parts = name.split('/');
  return parts.slice(2).map((_, index) => parts.slice(0, index + 2).join('/'));
}

/** Refuses a name above which a loose ref stands: no lock could be made there. */
function assertNoFileAbove(files: RefFiles, name: string): void {
  for (const above of namesAbove(name)) {
    const stats = statOf(files.host, loosePath(files, above));
    if (stats !== undefined && !stats.isDirectory()) throw nameTaken(name, above);
  }
}

/** Removes empty directories at and below a path; what holds a file stays. */
function removeEmpty(host: Host, path: string): void {
  for (const entry of namesIn(host, path)) {
    if (statOf(host, join(path, entry))?.isDirectory() === true)
      removeEmpty(host, join(path, entry));
  }
  removeIfEmpty(host, path);
}

function removeIfEmpty(host: Host, path: string): boolean {
  return onDisk(`Cannot remove ${shownPath(path)}`, () => {
    try {
      host.fs.rmdirSync(path);
      return true;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ENOTEMPTY' || errno === 'EEXIST' || errno === 'EBUSY' || isAbsent(error))
        return false;
      throw error;
    }
  });
}

/** Clears away the directories that refs below a name have left behind, since a file cannot replace them. */
function clearDirectory(files: RefFiles, name: string): void {
  const path = loosePath(files, name);
  if (statOf(files.host, path)?.isDirectory() !== true) return;
  removeEmpty(files.host, path);
  if (statOf(files.host, path) !== undefined) throw nameTaken(name, `${name}/`);
}

/** Refuses a new name that lies above or below a packed ref. */
function assertNoPackedConflict(files: RefFiles, name: string): void {
  const packed = readPackedRefs(files.host, packedPath(files));
  const other =
    namesAbove(name).find((above) => packed.has(above)) ??
    [...packed.keys()].find((below) => below.startsWith(`${name}/`));
  if (other !== undefined) throw nameTaken(name, other);
}

/** Takes refs out of `packed-refs`; says who holds that file when it is locked. */
function dropPacked(files: RefFiles, names: readonly string[]): string | undefined {
  const { host, commonDir } = files;
  const path = packedPath(files);
  const packed = readPackedRefs(host, path);
  if (!names.some((name) => packed.has(name))) return undefined;
  const attempt = takeLock(host, commonDir, path);
  if (!attempt.ok) return attempt.busy;
  const content = orRelease(host, attempt.lock, () => withoutPackedRefs(host, path, names));
  commitLock(host, attempt.lock, content);
  return undefined;
}

/** Runs a step that needs the lock; gives the lock up when it fails. */
function orRelease<T>(host: Host, lock: HeldLock, step: () => T): T {
  try {
    return step();
  } catch (error) {
    releaseLock(host, lock);
    throw error;
  }
}

/** Removes a ref under its lock: first where it is packed, since the loose value hides the packed one. */
function removeRef(files: RefFiles, name: string, lock: HeldLock, durably: boolean): SwapResult {
  const { host } = files;
  const busy = orRelease(host, lock, () => {
    const held = dropPacked(files, [name]);
    if (held === undefined && removeIfPresent(host, lock.target) && durably)
      fsyncDirectory(host, dirname(lock.target));
    return held;
  });
  releaseLock(host, lock);
  if (busy !== undefined) return { ok: false, busy };
  // `refs/heads` and its like stay.
  for (let at = dirname(name); at.split('/').length > 2; at = dirname(at)) {
    if (!removeIfEmpty(host, loosePath(files, at))) break;
  }
  return { ok: true };
}

function lockRef(files: RefFiles, name: string): LockAttempt {
  try {
    return takeLock(files.host, files.commonDir, loosePath(files, name));
  } catch (error) {
    assertNoFileAbove(files, name);
    throw error;
  }
}

function swapRef(
  files: RefFiles,
  name: string,
  expected: string | undefined,
  next: string | undefined,
  durably = true,
): SwapResult {
  const { host } = files;
  assertName(name);
  for (const oid of [expected, next]) {
    if (oid !== undefined && !isObjectId(oid)) throw new Error(`not an object id: ${oid}`);
  }
  const attempt = lockRef(files, name);
  if (!attempt.ok) return attempt;
  const { lock } = attempt;
  const loose = orRelease(host, lock, () => readLoose(files, name));
  const value = loose ?? orRelease(host, lock, () => readPacked(files, name));
  if (value !== undefined && 'symbolic' in value) {
    releaseLock(host, lock);
    throw new GitkelError('environment', `Cannot move ${quoted(name)}: it is a symbolic ref`, {
      reason: 'ref-symbolic',
      hint: `Use ${quoted(value.symbolic)}, which it stands for.`,
    });
  }
  if (value?.oid !== expected || (expected === undefined && next === undefined)) {
    releaseLock(host, lock);
    return value?.oid === expected ? { ok: true } : { ok: false, current: value?.oid };
  }
  if (next === undefined) return removeRef(files, name, lock, durably);
  orRelease(host, lock, () => {
    if (loose === undefined) {
      assertNoFileAbove(files, name);
      clearDirectory(files, name);
    }
    if (value === undefined) assertNoPackedConflict(files, name);
  });
  commitLock(host, lock, utf8(`${next}\n`));
  return { ok: true };
}

function forgetRefs(files: RefFiles, refs: ReadonlyMap<string, string>): readonly string[] {
  const packed = readPackedRefs(files.host, packedPath(files));
  // Without the locks of the refs: of those with a file of their own the packed value counts for nothing.
  const busy = dropPacked(
    files,
    [...refs].flatMap(([name, oid]) => (packed.get(name) === oid ? [name] : [])),
  );
  return [...refs].flatMap(([name, oid]) => {
    if (busy !== undefined && packed.has(name)) return [name];
    const result = swapRef(files, name, oid, undefined, false);
    const isGone = result.ok || (!('busy' in result) && result.current === undefined);
    return isGone ? [] : [name];
  });
}

/**
 * The refs of a repository that keeps them in files. Excludes, and is excluded by, stock Git and other processes.
 * Every method throws GitkelError `refused` (`ref-corrupt`) for a ref that holds anything but a value, `malformed`
 * (`ref-name`) for a name that is none, and `environment` for errors of the disk.
 */
export function fileRefs(
  host: Host,
  repository: Pick<Repository, 'gitDir' | 'commonDir'>,
): RefStore {
  const files = { host, gitDir: repository.gitDir, commonDir: repository.commonDir };
  let isSwept = false;
  const sweepOnce = (): void => {
    if (!isSwept)
      onDisk('Cannot clear away the locks of the dead', () => sweep(host, files.commonDir));
    isSwept = true;
  };
  return {
    read: (name) => readRef(files, name),
    list: (prefix) => listRefs(files, prefix),
    compareAndSwap: (name, expected, next) => {
      sweepOnce();
      return swapRef(files, name, expected, next);
    },
    forget: (refs) => {
      sweepOnce();
      return forgetRefs(files, refs);
    },
  };
}

/** A swap that did not meet a lock, or outlasted it. */
export type Swapped = Exclude<SwapResult, { readonly busy: string }>;

/**
 * Compare-and-swap that waits for locks of others, a little longer each time and never at the same pace as others do.
 * @throws GitkelError `environment`, reason `locked`, when the lock is still held after `LIMITS.lockWait` milliseconds.
 */
export async function moveRefWaiting(
  host: Host,
  refs: RefStore,
  name: string,
  expected: string | undefined,
  next: string | undefined,
): Promise<Swapped> {
  let waited = 0;
  for (let longest = 1; ; longest = Math.min(2 * longest, LONGEST_BACK_OFF)) {
    const result = refs.compareAndSwap(name, expected, next);
    if (result.ok || !('busy' in result)) return result;
    if (waited >= LIMITS.lockWait) {
      throw new GitkelError('environment', `Cannot lock ${quoted(name)}: ${result.busy}`, {
        reason: 'locked',
        hint: 'If no Git or gitkel works on this repository, also on other machines, remove the file that ends in .lock.',
      });
    }
    const delay = Math.ceil((longest * (1 + (host.random(1)[0] ?? 0))) / 256);
    await host.sleep(delay);
    waited += delay;
  }
}
