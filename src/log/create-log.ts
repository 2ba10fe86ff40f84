import { configValue } from '../git/config.ts';
import { addSettings, settingsText } from '../git/config-write.ts';
import {
  findRepository,
  type InitOptions,
  initRepository,
  isUnfinished,
  openRepository,
  type Repository,
} from '../git/repository.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { isRefName } from '../git/ref-name.ts';
import { fileRefs } from '../git/refs.ts';
import { namesIn, shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import type { Admission } from './genesis.ts';
import {
  branchRef,
  CONFIG_ADMISSION,
  CONFIG_BRANCH,
  CONFIG_FSYNC,
  CONFIG_SECTION,
  LOG_BRANCH,
  SIDE_BRANCH,
} from './layout.ts';

export interface NewLog {
  readonly gitDir: string;
  readonly branch: string;
}

export interface NewLogOptions {
  readonly branch?: string | undefined;
  readonly admission: Admission;
  /** Whether writing to the log waits for the disk; true unless told. */
  readonly fsync?: boolean;
}

function repositoryIn(host: Host, dir: string): Repository | undefined {
  try {
    return openRepository(host, dir, { hostile: false });
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** Refuses a place for a new repository where it would stand among other files, or inside of another repository. */
function requireFree(host: Host, dir: string, init: InitOptions): void {
  const top = statOf(host, dir) === undefined ? undefined : findRepository(host, dir);
  if (top !== undefined) {
    throw new GitkelError(
      'usage',
      `Cannot make a log in ${shownPath(dir)}: it is inside of the repository ${shownPath(top)}`,
      {
        reason: 'inside-repository',
        hint: `For a log in that repository: gitkel init ${shownPath(top)}; for one of its own, name a directory that is not there yet.`,
      },
    );
  }
  if (namesIn(host, dir).length > 0 && !isUnfinished(host, dir, init)) {
    throw new GitkelError(
      'usage',
      `Cannot make a log in ${shownPath(dir)}: the directory is not empty, and no repository`,
      {
        reason: 'not-empty',
        hint: 'Name a directory that is empty or not there yet; or make a repository of it first: git init',
      },
    );
  }
}

/**
 * Prepares a log without writing a commit: a bare repository of its own, or an orphan branch of a repository that is
 * there. The branch and the admission are noted in the repository's config until the founder's inception states them.
 * @throws GitkelError `refused` when that branch exists already; `usage` for a directory with other files in it, or below
 * the top of a repository.
 */
export function createLog(host: Host, dir: string, options: NewLogOptions): NewLog {
  const present = repositoryIn(host, dir);
  const branch = options.branch ?? (present === undefined ? LOG_BRANCH : SIDE_BRANCH);
  if (!isRefName(branchRef(branch))) {
    throw new GitkelError(
      'usage',
      `Cannot make a log on the branch ${quoted(branch)}: that is no name of a branch`,
      { reason: 'ref-name' },
    );
  }
  const section = CONFIG_SECTION;
  const closed = { section, key: CONFIG_ADMISSION, value: 'closed' };
  const settings = [
    { section, key: CONFIG_BRANCH, value: branch },
    ...(options.admission === 'closed' ? [closed] : []),
    ...(options.fsync === false ? [{ section, key: CONFIG_FSYNC, value: 'false' }] : []),
  ];
  if (present === undefined) {
    const init = { bare: true, branch, settings: settingsText(settings) } as const;
    requireFree(host, dir, init);
    return { gitDir: initRepository(host, dir, init).gitDir, branch };
  }
  const repository = present;
  const tip = fileRefs(host, repository).read(branchRef(branch));
  if (
    tip !== undefined ||
    configValue(repository.config, CONFIG_SECTION, CONFIG_BRANCH) !== undefined
  ) {
    throw new GitkelError('refused', `Cannot make a log in ${quoted(dir)}: it has one already`, {
      reason: 'log-exists',
      hint: 'Use another directory, or another branch with --branch.',
    });
  }
  addSettings(host, repository, settings);
  return { gitDir: repository.gitDir, branch };
}
