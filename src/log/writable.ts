import { GitkelError } from '../base/errors.ts';
import { checkedOutAt } from '../git/worktree.ts';
import { DETACHED_HEAD } from './layout.ts';
import type { Log } from './log.ts';
import { upstreamOf } from './upstream.ts';

/**
 * Refuses to write where that would go wrong: to a remote-tracking ref or a detached HEAD, to a branch that a working
 * tree has checked out, or to a log that has an upstream (publishing to remotes is not part of this version).
 * @throws GitkelError `environment`.
 */
export function requireWritable(log: Log): void {
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
  const upstream = upstreamOf(log);
  if (upstream !== undefined) {
    throw new GitkelError(
      'environment',
      `Cannot commit: the log has an upstream (${upstream.remote}), and this version does not publish`,
      {
        reason: 'upstream',
        hint: 'Commit in the repository that it was cloned from. To make this copy a log of its own: git remote remove NAME',
      },
    );
  }
}
