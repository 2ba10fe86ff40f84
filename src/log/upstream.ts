import { configValue, type Config } from '../git/config.ts';
import type { RefStore } from '../git/refs.ts';
import type { Repository } from '../git/repository.ts';
import { isBare } from '../git/worktree.ts';
import { branchRef } from './layout.ts';

const HEADS = 'refs/heads/';
const REMOTES = 'refs/remotes/';

/** Where a log is published, and taken from. */
export interface Upstream {
  /** The remote as the repository's config names it. */
  readonly remote: string;
  /** Its address as the config states it, which may hold a password; `undefined` where it states none. */
  readonly url: string | undefined;
  /** The ref of the log there. */
  readonly ref: string;
}

/** A log of which only the place matters. */
export interface LogPlace {
  readonly repository: Repository;
  /** The ref of the log, or `HEAD` where that is detached. */
  readonly ref: string;
  readonly refs: Pick<RefStore, 'list'>;
}

/** The remotes that have an address. */
function remotesIn(config: Config): readonly string[] {
  return config.flatMap(({ section, key, subsection }) =>
    section === 'remote' && key === 'url' && subsection !== undefined ? [subsection] : [],
  );
}

/** Whether a remote-tracking ref is of that branch: a remote's name is one part of it, unless the config says otherwise. */
function tracks(ref: string, branch: string, remotes: readonly string[]): boolean {
  const path = ref.slice(REMOTES.length);
  return (
    path.replace(/^[^/]*\//, '') === branch ||
    remotes.some((remote) => path === `${remote}/${branch}`)
  );
}

function remoteOfTracking(path: string, remotes: readonly string[]): string {
  return remotes.find((remote) => path.startsWith(`${remote}/`)) ?? path.split('/')[0] ?? '';
}

/**
 * The remote of a branch: the one that its settings name, one that had it when it was last asked, or any remote of a bare
 * repository, as `git clone --bare` and `git clone --mirror` leave it without other traces.
 */
function remoteOfBranch({ repository, refs }: LogPlace, branch: string): string | undefined {
  const { config } = repository;
  const remotes = remotesIn(config);
  const named = configValue(config, 'branch', 'remote', branch);
  if (named !== undefined) return named;
  const tracking = [...refs.list(REMOTES).keys()].find((ref) => tracks(ref, branch, remotes));
  if (tracking !== undefined) return remoteOfTracking(tracking.slice(REMOTES.length), remotes);
  return isBare(repository) ? remotes[0] : undefined;
}

/** The upstream of a log; `undefined` for a log that is its own source. */
export function upstreamOf(log: LogPlace): Upstream | undefined {
  const { config } = log.repository;
  const urlOf = (remote: string): string | undefined =>
    configValue(config, 'remote', 'url', remote);
  if (log.ref.startsWith(REMOTES)) {
    const path = log.ref.slice(REMOTES.length);
    const remote = remoteOfTracking(path, remotesIn(config));
    return { remote, url: urlOf(remote), ref: branchRef(path.slice(remote.length + 1)) };
  }
  if (!log.ref.startsWith(HEADS)) {
    const [remote] = remotesIn(config);
    return remote === undefined ? undefined : { remote, url: urlOf(remote), ref: log.ref };
  }
  const branch = log.ref.slice(HEADS.length);
  const remote = remoteOfBranch(log, branch);
  if (remote === undefined) return undefined;
  const merge = configValue(config, 'branch', 'merge', branch);
  return {
    remote,
    url: urlOf(remote),
    ref: merge?.startsWith(HEADS) === true ? merge : log.ref,
  };
}
