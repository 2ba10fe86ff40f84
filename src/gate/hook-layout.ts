/**
 * Where a repository with the server hooks keeps what belongs to them: below `gitkel` in its Git directory.
 * @module
 */
import { join } from 'node:path';

const FOLDER = 'gitkel';

/** What the hooks run by, see `HookConfig`. */
export function hookConfigPath(commonDir: string): string {
  return join(commonDir, FOLDER, 'hook.json');
}

/** The policy that is in force while the default branch has none. */
export function installedPolicyPath(commonDir: string): string {
  return join(commonDir, FOLDER, 'policy.yaml');
}

/** The home in which the hooks remember what they verified. It holds no key but the one that authenticates that. */
export function hookHomePath(commonDir: string): string {
  return join(commonDir, FOLDER, 'home');
}

/** What `pre-receive` approved, a file for each Git process that is at it. */
export function approvalsPath(commonDir: string): string {
  return join(commonDir, FOLDER, 'approved');
}

/** The policy of a skills repository, in the tree of its default branch. */
export const POLICY_PATH = '.gitkel/policy.yaml';
