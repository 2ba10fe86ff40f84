import { fileRefs } from '../git/refs.ts';
import { openRepository } from '../git/repository.ts';
import type { Host } from '../host/host.ts';
import { setUpstream } from './copy-log.ts';
import { createLog } from './create-log.ts';
import { LOG_BRANCH } from './layout.ts';
import { MAILBOX_PREFIXES } from './mailbox-names.ts';

/** Whether a repository has no branch yet, but those that staged batches may lie on: a log can still be founded in it. */
export function isUnfounded(host: Host, dir: string): boolean {
  const repository = openRepository(host, dir, { hostile: true });
  const branches = fileRefs(host, repository).list('refs/heads/');
  return [...branches.keys()].every((ref) =>
    MAILBOX_PREFIXES.some((prefix) => ref.startsWith(prefix)),
  );
}

/**
 * Makes a log without a batch whose upstream is a repository where it has not been founded yet, so that whoever is to sign
 * its first batch can pull that.
 * @param target where it is to be: a directory that is not there yet, or a bare repository without a branch
 * @returns the name of its branch
 * @throws GitkelError as `createLog`.
 */
export function awaitFounding(
  host: Host,
  source: string,
  target: string,
  branch = LOG_BRANCH,
): string {
  createLog(host, target, { branch, admission: 'open' });
  setUpstream(host, target, branch, source);
  return branch;
}
