import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { parsePolicy, POLICY_PATH, type RepositoryPolicy } from '../gate/repository-policy.ts';
import { findRepository } from '../git/repository.ts';
import { shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { inputFile, parsedFile } from './input.ts';

/**
 * The policy in a file that a person names.
 * @throws GitkelError `not-found`; `malformed`.
 */
export function policyNamed(host: Host, file: string): RepositoryPolicy {
  const bytes = inputFile(host, file, LIMITS.policyBytes);
  return parsedFile(file, 'policy', () => parsePolicy(host.crypto, bytes));
}

/** Reads the policy that a person names, or that of the repository around the working directory. */
export function policyFromFile(host: Host, file: string | undefined): RepositoryPolicy {
  if (file !== undefined) return policyNamed(host, file);
  const found = findRepository(host, process.cwd());
  if (found === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot find a policy: no Git repository at or above ${quoted(process.cwd(), 200)}`,
      { hint: 'Name the file of a policy.' },
    );
  }
  const own = path.join(found, ...POLICY_PATH.split('/'));
  if (statOf(host, own) === undefined)
    throw new GitkelError('not-found', `Cannot find the policy ${shownPath(own)}`, {
      reason: 'policy-missing',
      hint: 'Write one with `gitkel policy init`, or name the file of one.',
    });
  return policyNamed(host, own);
}
