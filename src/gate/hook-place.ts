/**
 * What a hook is given when Git starts it, and where it finds itself by that.
 * @module
 */
import { isAbsolute, join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { type HookObjects, hookObjects, isSameDirectory } from '../git/hook-objects.ts';
import { type Head, openRepository, readHead, type Repository } from '../git/repository.ts';
import { shownPath, statOf } from '../host/files.ts';
import type { Host, Processes } from '../host/host.ts';
import { type HookConfig, readHookConfig } from './hook-config.ts';

/** One run of a hook: everything that it knows of the outside. */
export interface HookRun {
  readonly host: Host;
  readonly environment: NodeJS.ProcessEnv;
  /** The working directory. */
  readonly directory: string;
  /** What Git wrote to the standard input. */
  readonly input: Uint8Array;
  /** The processes of this machine as the Git that runs the hook sees them. */
  readonly caller: Processes;
}

/** What a hook answers: whether Git goes on, and lines for whoever pushes, plain text. */
export interface HookAnswer {
  readonly isAllowed: boolean;
  readonly lines: readonly string[];
}

/** Where the hooks of a repository run, and what they read there. */
export interface HookPlace {
  readonly host: Host;
  readonly caller: Processes;
  /** The repository whose hook runs. */
  readonly repository: Repository;
  /** The HEAD that names the branch whose policy governs: never that of a linked work tree. */
  readonly head: Head;
  readonly config: HookConfig;
  readonly objects: HookObjects;
}

/**
 * Finds the repository of a hook, its configuration and its objects.
 * @throws GitkelError when anything of it is not as Git and the installation leave it.
 */
export function hookPlace({ host, caller, environment, directory }: HookRun): HookPlace {
  const path = gitDirectory(host, environment['GIT_DIR'], directory);
  const repository = openRepository(host, path.replace(/(?<=.)\/+$/, ''), { hostile: false });
  const { commonDir } = repository;
  const config = readHookConfig(host, commonDir);
  const isOwn = config.logDir === undefined || isOwnLog(host, commonDir, config.logDir);
  return {
    host,
    caller,
    repository,
    head: mainHead(host, repository),
    config: isOwn ? { ...config, logDir: undefined } : config,
    objects: hookObjects(host, commonDir, environment, directory),
  };
}

/** Where Git runs the hook: `GIT_DIR`, which it leaves out at the top of a work tree that holds its `.git`. */
function gitDirectory(host: Host, named: string | undefined, directory: string): string {
  if (named !== undefined && named !== '')
    return isAbsolute(named) ? named : join(directory, named);
  const path = join(directory, '.git');
  if (statOf(host, path)?.isDirectory() === true) return path;
  throw new GitkelError(
    'environment',
    'Cannot find the repository of this hook: GIT_DIR is not set',
    {
      reason: 'no-git-dir',
      hint: 'Let Git start the hook.',
    },
  );
}

/**
 * HEAD of the repository itself. Each linked work tree has another one: whoever pushes to the path of such a work tree
 * would choose by that which policy is in force.
 */
export function mainHead(host: Host, { gitDir, commonDir, head }: Repository): Head {
  if (gitDir === commonDir) return head;
  const found = readHead(host, commonDir);
  if (found !== undefined) return found;
  throw new GitkelError('environment', `Cannot read ${shownPath(commonDir)}: HEAD is missing`, {
    reason: 'repository-format',
  });
}

/** Whether the log is in the very repository whose hook runs, although it is named by a path. */
function isOwnLog(host: Host, commonDir: string, logDir: string): boolean {
  return isSameDirectory(
    host,
    openRepository(host, logDir, { hostile: false }).commonDir,
    commonDir,
  );
}

/** The repository that holds the log by which a repository is judged. */
export function logRepository({ host, repository, config }: HookPlace): Repository {
  return config.logDir === undefined
    ? repository
    : openRepository(host, config.logDir, { hostile: false });
}

/** The branch whose policy governs: the one that HEAD names. */
export function defaultBranch({ head }: HookPlace): string {
  if (head.kind === 'branch') return head.ref;
  throw new GitkelError(
    'environment',
    'Cannot tell which policy is in force: HEAD of the repository names no branch',
    { reason: 'head-detached', hint: 'Run `git symbolic-ref HEAD refs/heads/<branch>` in it.' },
  );
}
