/**
 * What in a workspace steers agents, or is run by Git, found however its directories are named and whatever may be done with them.
 * @module
 */
import { chmodSync, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { steersAgents } from '../skills/permission-path.ts';
import { type BytePath, bytePath, rawPath, walkDirectory } from './walk-directory.ts';

/** Which file something is, wherever it lies: a number that is used again has another moment of birth. */
export type Identity = string;

/** What was found below a workspace. */
export interface SteeringFiles {
  /** By their paths below it. */
  readonly files: ReadonlyMap<BytePath, Identity>;
  /** Directories into which nobody could look; `.` where there were too many entries. */
  readonly unseen: readonly BytePath[];
}

const OWN_DIRECTORY = 0o700;

/** Takes a directory back whose owner let nobody look into it. Says whether that was possible. */
export function takeBack(path: Buffer): boolean {
  try {
    const { mode, uid } = lstatSync(path);
    if (uid !== process.geteuid?.()) return false;
    chmodSync(path, (mode & 0o7777) | OWN_DIRECTORY);
    return true;
  } catch {
    return false;
  }
}

export function identityOf(path: Buffer): Identity | undefined {
  try {
    const { dev, ino, birthtimeNs } = lstatSync(path, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    return undefined;
  }
}

/**
 * Everything below a directory that steers agents, what is in it not looked at; links are not followed.
 * @param takesBack whether directories of this user are made readable that are not
 */
export function steeringFiles(root: string, takesBack: boolean): SteeringFiles {
  const top = bytePath(root);
  const full = (path: BytePath): Buffer => rawPath(path === '' ? top : `${top}/${path}`);
  const found: [BytePath, Identity][] = [];
  const unseen: BytePath[] = [];
  const isAll = walkDirectory(root, {
    visit: (path) => {
      if (!steersAgents(path)) return 'into';
      if (takesBack && identityOf(full(path)) === undefined) takeBack(full(dirname(path)));
      const identity = identityOf(full(path));
      if (identity !== undefined) found.push([path, identity]);
      return 'past';
    },
    unreadable: (path) => {
      const isOwn = takesBack
        ? takeBack(full(path))
        : lstatSync(full(path), { throwIfNoEntry: false })?.uid === process.geteuid?.();
      if (isOwn && !takesBack) unseen.push(path);
      return isOwn && takesBack;
    },
    limit: LIMITS.workspaceEntries * (takesBack ? 2 : 1),
  });
  return {
    files: new Map(found.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    unseen: isAll ? unseen : [...unseen, '.'],
  };
}
