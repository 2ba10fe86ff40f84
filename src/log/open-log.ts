import { GitkelError } from '../base/errors.ts';
import { hazards } from '../git/hazards.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import type { Host } from '../host/host.ts';
import { findLogRef } from './find-log.ts';
import { Log } from './log.ts';
import type { ReplayOptions } from './replay.ts';
import type { VerifiedMemory } from './verified-memory.ts';

/**
 * Opens the log of a repository and verifies all of it, or what came after that which this machine verified before.
 * @param dir absolute path of the repository
 * @throws GitkelError `not-found` when there is no log, `refused` for a batch that does not hold, `environment` for a
 * repository of another format.
 */
export function openLog(
  host: Host,
  dir: string,
  options: ReplayOptions & {
    readonly branch?: string | undefined;
    readonly memory?: VerifiedMemory | undefined;
  } = {},
): Log {
  const repository = openRepository(host, dir, { hostile: false });
  const { ref } = findLogRef(host, repository, options.branch);
  const log = new Log(host, repository, ref, options.memory);
  try {
    log.refresh(options);
  } catch (error) {
    log.store.close();
    throw incomplete(host, repository, error) ?? error;
  }
  return log;
}

/** What is missing in a repository that says itself that it is not whole, is that; `undefined` for any other trouble. */
function incomplete(host: Host, repository: Repository, error: unknown): GitkelError | undefined {
  if (!(error instanceof GitkelError)) return undefined;
  if (error.reason !== 'object-missing' && error.reason !== 'file-missing') return undefined;
  const hazard = hazards(host, repository).find(
    ({ reason }) => reason === 'shallow' || reason === 'promisor' || reason === 'grafts',
  );
  if (hazard === undefined) return undefined;
  const { reason, detail } = hazard;
  return new GitkelError(
    'refused',
    `Cannot use this log: the repository does not hold all of its history (${reason}: ${detail})`,
    { reason, hint: 'Make a complete copy: gitkel clone URL DIR', cause: error },
  );
}
