/**
 * The changes of the disk by which hooks are installed and removed. They are planned before the first is made, and made one
 * after the other, each of them whole: at every moment the hook is the old one or the new one.
 * @module
 */
import { basename, dirname, join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  discard,
  errnoOf,
  fsyncDirectory,
  makeDirectory,
  namesIn,
  onDisk,
  readFileBounded,
  removeIfPresent,
  shownPath,
  statOf,
  writeNewFile,
} from '../host/files.ts';
import type { Host } from '../host/host.ts';

/** One change of the disk. */
export type HookStep =
  | { readonly kind: 'make-directory'; readonly path: string }
  /** Gives a file a second name, under which it stays. */
  | { readonly kind: 'keep'; readonly path: string; readonly as: string }
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly bytes: Uint8Array;
      readonly mode: number;
    }
  | { readonly kind: 'put-back'; readonly path: string; readonly from: string }
  | { readonly kind: 'remove'; readonly path: string }
  /** A directory with everything in it; links are removed, never followed. */
  | { readonly kind: 'remove-tree'; readonly path: string }
  /** Only when nothing is in it. */
  | { readonly kind: 'remove-directory'; readonly path: string };

/** Replaces a file by one of exactly that mode, whatever the umask is, durably and at once. */
function writeAtOnce(host: Host, path: string, bytes: Uint8Array, mode: number): void {
  const temporary = join(dirname(path), `tmp_${toHex(host.random(8))}`);
  try {
    writeNewFile(host, temporary, bytes, mode);
    onDisk(
      () => `Cannot write ${shownPath(path)}`,
      () => {
        host.fs.chmodSync(temporary, mode);
        host.fs.renameSync(temporary, path);
      },
    );
  } catch (error) {
    discard(host, temporary);
    throw error;
  }
  fsyncDirectory(host, dirname(path));
}

/** Gives a file, or a symbolic link, a second name; where the file system has none, a copy. */
function keep(host: Host, path: string, as: string): void {
  const isLink = statOf(host, path)?.isSymbolicLink() === true;
  try {
    host.fs.linkSync(path, as);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (isLink || errno === 'EEXIST' || !keepCopy(host, path, as))
      onDisk(`Cannot keep ${shownPath(path)} as ${shownPath(as)}`, () => {
        throw error;
      });
  }
  if (isLink && statOf(host, as)?.isSymbolicLink() !== true) {
    // Some systems follow the link, and would change what it leads to into a part of this directory.
    removeIfPresent(host, as);
    throw new GitkelError(
      'refused',
      `Cannot install the hook ${shownPath(path)}: the symbolic link that is there cannot be kept on this system`,
      {
        reason: 'hook-symlink',
        hint: 'Make it a small script that runs what the link leads to, and try again.',
      },
    );
  }
  fsyncDirectory(host, dirname(as));
}

function keepCopy(host: Host, path: string, as: string): boolean {
  const [stats, bytes] = [statOf(host, path), readFileBounded(host, path, LIMITS.objectBytes)];
  if (stats === undefined || bytes === undefined) return false;
  writeAtOnce(host, as, bytes, stats.mode & 0o7777);
  return true;
}

function removeTree(host: Host, path: string): void {
  if (statOf(host, path)?.isDirectory() !== true) {
    removeIfPresent(host, path);
    return;
  }
  for (const name of namesIn(host, path)) removeTree(host, join(path, name));
  removeDirectory(host, path);
}

function removeDirectory(host: Host, path: string): void {
  try {
    host.fs.rmdirSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOTEMPTY' && errno !== 'EEXIST' && errno !== 'ENOENT')
      onDisk(`Cannot remove ${shownPath(path)}`, () => {
        throw error;
      });
  }
}

/**
 * Takes a step, durably. What was done is whole, whenever it ends.
 * @throws GitkelError `environment`; `refused`, reason `hook-symlink`.
 */
export function takeStep(host: Host, step: HookStep): void {
  switch (step.kind) {
    case 'make-directory':
      makeDirectory(host, step.path);
      return;
    case 'keep':
      keep(host, step.path, step.as);
      return;
    case 'write':
      writeAtOnce(host, step.path, step.bytes, step.mode);
      return;
    case 'put-back':
      onDisk(
        () => `Cannot put back ${shownPath(step.from)}`,
        () => host.fs.renameSync(step.from, step.path),
      );
      fsyncDirectory(host, dirname(step.path));
      return;
    case 'remove':
      if (removeIfPresent(host, step.path)) fsyncDirectory(host, dirname(step.path));
      return;
    case 'remove-tree':
      removeTree(host, step.path);
      fsyncDirectory(host, dirname(step.path));
      return;
    case 'remove-directory':
      removeDirectory(host, step.path);
  }
}

/** A step, for people. */
export function stepLine(step: HookStep): string {
  switch (step.kind) {
    case 'make-directory':
      return `make the directory ${shownPath(step.path)}`;
    case 'keep':
      return `keep ${shownPath(step.path)} as ${shownPath(basename(step.as))}, to run first`;
    case 'write':
      return `write ${shownPath(step.path)}`;
    case 'put-back':
      return `put back ${shownPath(step.path)}`;
    case 'remove':
      return `remove ${shownPath(step.path)}`;
    case 'remove-tree':
      return `remove the directory ${shownPath(step.path)}`;
    case 'remove-directory':
      return `remove the directory ${shownPath(step.path)}, if nothing else is in it`;
  }
}
