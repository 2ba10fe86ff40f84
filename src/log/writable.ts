import { GitkelError } from '../base/errors.ts';
import { configValue } from '../git/config.ts';
import { checkedOutAt } from '../git/worktree.ts';
import type { Log } from './log.ts';

/**
 * Refuses to write where that would go wrong: to a remote-tracking ref, to a branch that a working tree has checked
 * out, or to a log that has an upstream (publishing to remotes is not part of this version).
 * @throws GitkelError `environment`.
 */
export function requireWritable(log: Log): void {
  const { host, repository, ref } = log;
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  if (branch === undefined) {
    throw new GitkelError('environment', `Cannot commit: ${ref} is a copy of a remote's branch`, {
      reason: 'read-only-ref',
      hint: `Make a local branch of it: git branch gitkel ${ref}`,
    });
  }
  const workTree = checkedOutAt(host, repository, ref);
  if (workTree !== undefined) {
    throw new GitkelError('environment', `Cannot commit: the branch ${branch} is checked out in ${workTree}`, {
      reason: 'checked-out',
      hint: 'Write to a bare copy: gitkel clone URL DIR; or check out another branch there: git switch --detach',
    });
  }
  const remote = configValue(repository.config, 'branch', 'remote', branch);
  if (remote !== undefined) {
    throw new GitkelError('environment', `Cannot commit: the log has an upstream (${remote}), and this version does not publish`, {
      reason: 'upstream',
      hint: `Commit in the repository that it was cloned from. To make this copy a log of its own: git config --unset branch.${branch}.remote`,
    });
  }
}
