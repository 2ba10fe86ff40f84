import { dirname, join, resolve } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { effectiveHooks } from '../git/hooks-path.ts';
import type { Repository } from '../git/repository.ts';
import { inodeOf, shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type HookManager, managerLine, managerOfPath } from './hook-manager.ts';
import type { HookName } from './hook-name.ts';

/** The directory in which Git looks for the hooks of a repository. */
export interface HooksPlace {
  readonly directory: string;
  /** Whether it is the repository's own: not named by `core.hooksPath`, and no link to somewhere else. */
  readonly isOwn: boolean;
}

/** The directory of hooks that a repository has unless a setting names another. */
export function ownHooks({ commonDir }: Pick<Repository, 'commonDir'>): string {
  return join(commonDir, 'hooks');
}

function isSamePlace(host: Host, one: string, other: string): boolean {
  if (resolve(one) === resolve(other)) return true;
  const inodes = [one, other].map((path) => {
    const stats = statOf(host, path);
    return stats === undefined ? undefined : inodeOf(stats);
  });
  if (inodes[0] !== undefined) return inodes[0] === inodes[1];
  // Nothing is there yet: by way of a link, the directory above may be the same all the same.
  const above = [one, other].map((path) => statOf(host, dirname(path)));
  const [first, second] = above.map((stats) => (stats === undefined ? undefined : inodeOf(stats)));
  return first !== undefined && first === second && statOf(host, other) === undefined;
}

/** Whether the hooks in `directory` are those of this repository alone. */
export function hooksPlace(host: Host, repository: Repository, directory: string): HooksPlace {
  const own = ownHooks(repository);
  const isLink = statOf(host, own)?.isSymbolicLink() === true;
  return isSamePlace(host, directory, own)
    ? { directory: own, isOwn: !isLink }
    : { directory, isOwn: false };
}

/**
 * Asks Git where it looks for the hooks of a repository.
 * @throws GitkelError `environment`.
 */
export async function findHooksPlace(host: Host, repository: Repository): Promise<HooksPlace> {
  return hooksPlace(host, repository, await effectiveHooks(repository));
}

function advice(manager: HookManager | undefined, names: readonly HookName[]): string {
  const anyway = 'To have them there all the same: --into-hooks-path.';
  if (manager === undefined)
    return `Have what is there run \`gitkel hook run NAME "$@"\` for ${names.join(' and ')}. ${anyway}`;
  const lines = names.map((name) => managerLine(manager, name)).join('; ');
  return `${manager} manages the hooks here: ${lines}. ${anyway}`;
}

/** @throws GitkelError `refused`, reason `hooks-path`, when the hooks would not be those of this repository alone. */
export function requireOwnHooks(
  { directory, isOwn }: HooksPlace,
  names: readonly HookName[],
): void {
  if (isOwn) return;
  throw new GitkelError(
    'refused',
    `Cannot install hooks: git looks for them in ${shownPath(directory)} (core.hooksPath, or a link), which may serve other repositories or be written by another program`,
    { reason: 'hooks-path', hint: advice(managerOfPath(directory), names) },
  );
}
