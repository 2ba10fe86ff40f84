import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { parsePolicy, POLICY_PATH, type RepositoryPolicy } from '../gate/repository-policy.ts';
import { findRepository } from '../git/repository.ts';
import type { Host } from '../host/host.ts';
import { inputFile } from './input.ts';

/** Reads the policy that a person names, or that of the repository around the working directory. */
export function policyFromFile(host: Host, file: string | undefined): RepositoryPolicy {
  if (file !== undefined)
    return parsePolicy(host.crypto, inputFile(host, file, LIMITS.policyBytes));
  const found = findRepository(host, process.cwd());
  if (found === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot find a policy: no Git repository at or above ${quoted(process.cwd(), 200)}`,
      { hint: 'Name a file with --policy.' },
    );
  }
  return parsePolicy(
    host.crypto,
    inputFile(host, path.join(found, ...POLICY_PATH.split('/')), LIMITS.policyBytes),
  );
}
