import { GitkelError } from '../base/errors.ts';
import { shownAddress } from './remote-address.ts';

/** The error for a remote that did not answer. */
export function unreachable(url: string, why: string): GitkelError {
  const said = why
    .replaceAll(/\/\/[^/@\s]*@/g, '//')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');
  return new GitkelError('environment', `Cannot reach ${shownAddress(url)}: ${said.slice(-400)}`, {
    reason: 'remote-unreachable',
    hint: 'Check the address, the network and your access; what waits stays as it is.',
  });
}

/** Whether an error says that there is no git binary. */
export function isGitMissing(error: unknown): boolean {
  return error instanceof GitkelError && error.reason === 'git-missing';
}

/** Whether an error says that a git was stopped that took too long, or got too much. */
export function isGitStopped(error: unknown): error is GitkelError {
  return error instanceof GitkelError && error.reason === 'git-stopped';
}

/** A git that was stopped while it talked to a remote, as what it comes to: a remote that did not answer. */
export function asUnreachable(url: string, error: unknown): unknown {
  return isGitStopped(error) ? unreachable(url, error.message) : error;
}

/** Whether an error says that a remote did not answer: then one can go on without it. */
export function isUnreachable(error: unknown): error is GitkelError {
  return error instanceof GitkelError && error.reason === 'remote-unreachable';
}

/** The error for a remote that cannot serve a whole history. */
export function incompleteRemote(url: string, reason: string, detail: string): GitkelError {
  return new GitkelError('refused', `Cannot take a log from ${shownAddress(url)}: ${detail}`, {
    reason: `remote-${reason}`,
    hint: 'Take it from a complete repository, with objects of its own.',
  });
}
