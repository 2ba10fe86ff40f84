/**
 * Where a run works, and as whom.
 * @module
 */
import { chownSync, mkdtempSync, realpathSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { shownPath } from '../host/files.ts';
import type { RunUser } from './sandbox-plan.ts';

const NOBODY: RunUser = { uid: 65_534, gid: 65_534 };

/**
 * As whom it runs where this process is root: the owner of the workspace. Root itself would own what is mounted, and could
 * change devices and leave programs that others run as root.
 * @throws GitkelError `refused`, reason `workspace-of-root`.
 */
export function runUser(workspace: string | undefined, isWritten: boolean): RunUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (workspace === undefined) return NOBODY;
  const { uid, gid } = statSync(workspace);
  if (uid !== 0) return { uid, gid };
  if (!isWritten) return NOBODY;
  throw new GitkelError(
    'refused',
    `Cannot let a skill write in ${shownPath(workspace)}: it belongs to root, and nothing runs as root`,
    {
      reason: 'workspace-of-root',
      hint: 'Give the directory to another user (chown), run this as an ordinary user, or leave --workspace away.',
    },
  );
}

function realHome(): string {
  try {
    return realpathSync(homedir());
  } catch {
    return homedir();
  }
}

/**
 * The directory that somebody named, by its real path.
 * @throws GitkelError `not-found`; `refused`, reason `workspace-too-wide`.
 */
export function existingWorkspace(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    const real = realpathSync(path);
    if (!`${realHome()}/`.startsWith(real === '/' ? '/' : `${real}/`)) return real;
    throw new GitkelError(
      'refused',
      `Cannot give ${shownPath(path)} to a skill: your home directory is in it, with your keys`,
      { reason: 'workspace-too-wide', hint: 'Name the directory of one piece of work.' },
    );
  }
  throw new GitkelError('not-found', `Cannot find the workspace ${shownPath(path)}`, {
    reason: 'workspace',
    hint: 'Name a directory that exists, or leave --workspace away: then a new one is made.',
  });
}

/** A new one, of whom the run is. */
export function newWorkspace(user: RunUser | undefined): string {
  const made = mkdtempSync(join(realpathSync(tmpdir()), 'gitkel-workspace-'));
  if (user !== undefined) chownSync(made, user.uid, user.gid);
  return made;
}
