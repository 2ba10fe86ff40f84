import { GitkelError } from '../base/errors.ts';
import { checkedOutAt } from '../git/worktree.ts';
import { DETACHED_HEAD } from './layout.ts';
import type { Log } from './log.ts';
import { addressOf } from './freshness.ts';
import { type LogPlace, upstreamOf } from './upstream.ts';

/**
 * Refuses to move the branch of a log where that would go wrong: of a remote-tracking ref, a detached HEAD, or a branch that
 * a working tree has checked out.
 * @throws GitkelError `environment`.
 */
export function requireMovable(log: Pick<Log, 'host' | 'repository' | 'ref'>): void {
  const { host, repository, ref } = log;
  if (ref === DETACHED_HEAD) {
    throw new GitkelError('environment', 'Cannot commit: HEAD names a commit and no branch', {
      reason: 'detached-head',
      hint: 'Name the branch of the log with --branch, or check one out elsewhere: gitkel clone makes a copy to work with.',
    });
  }
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  if (branch === undefined) {
    throw new GitkelError('environment', `Cannot commit: ${ref} is a copy of a remote's branch`, {
      reason: 'read-only-ref',
      hint: `Commit in the repository that it was fetched from. To make this copy a log of its own: git branch gitkel ${ref}, then git remote remove NAME`,
    });
  }
  const workTree = checkedOutAt(host, repository, ref);
  if (workTree !== undefined) {
    throw new GitkelError(
      'environment',
      `Cannot commit: the branch ${branch} is checked out in ${workTree}`,
      {
        reason: 'checked-out',
        hint: `Write to a bare copy: gitkel clone URL DIR; or leave the branch there (git switch --detach) and name it: --branch ${branch}`,
      },
    );
  }
}

/** Whether a log names an upstream that cannot be asked: nothing can be committed then. */
export function lacksAddress(log: LogPlace): boolean {
  const upstream = upstreamOf(log);
  return upstream !== undefined && addressOf(log, upstream) === undefined;
}

/**
 * Refuses to write where that would go wrong: as {@link requireMovable}, and to a log that has an upstream and was opened
 * without what publishes there.
 * @throws GitkelError `environment`.
 */
export function requireWritable(log: Log): void {
  requireMovable(log);
  const upstream = log.publishes ? undefined : upstreamOf(log);
  if (upstream !== undefined) {
    throw new GitkelError(
      'environment',
      `Cannot commit: the log has an upstream (${upstream.remote}), and nothing can be published there`,
      {
        reason: 'upstream',
        hint: `Give it an address that can be reached: git remote set-url ${upstream.remote} URL. To make this copy a log of its own: git remote remove ${upstream.remote}`,
      },
    );
  }
}
