import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { bytePath, rawPath, walkDirectory } from './walk-directory.ts';

const BLOCK = 512;
const UNKNOWN = Number.POSITIVE_INFINITY;

/** What a path is; `undefined` where it is gone, `'unseen'` where this user may not look. */
function statsOf(path: string): Stats | 'unseen' | undefined {
  try {
    return lstatSync(rawPath(path), { throwIfNoEntry: false });
  } catch {
    return 'unseen';
  }
}

/** What a directory may hold that cannot be looked into: that of somebody else a skill cannot fill either. */
function unseenBytes(directory: string): number {
  const stats = statsOf(directory);
  return stats === 'unseen' || stats?.uid === process.geteuid?.() ? UNKNOWN : 0;
}

/**
 * Bytes that a directory, or a file, and all in it take on the disk, links not followed; what is gone counts nothing. What this
 * user keeps from being looked at can have any size: then it is infinite.
 * @param enough where to stop adding up
 */
function diskUse(path: string, enough: number): number {
  const top = bytePath(path);
  let bytes = 0;
  const add = (full: string): void => {
    const stats = statsOf(full);
    bytes += stats === 'unseen' ? unseenBytes(dirname(full)) : (stats?.blocks ?? 0) * BLOCK;
  };
  add(top);
  const isAll = walkDirectory(path, {
    visit: (below) => {
      add(`${top}/${below}`);
      return bytes > enough ? 'stop' : 'into';
    },
    unreadable: (below) => {
      bytes += unseenBytes(below === '' ? top : `${top}/${below}`);
      return false;
    },
    limit: LIMITS.workspaceEntries,
  });
  return isAll ? bytes : UNKNOWN;
}

/** The same of several paths together. */
export function diskUseOf(paths: readonly string[], enough: number): number {
  let bytes = 0;
  for (const path of paths) if (bytes <= enough) bytes += diskUse(path, enough - bytes);
  return bytes;
}
