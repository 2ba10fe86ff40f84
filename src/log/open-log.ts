import { openRepository } from '../git/repository.ts';
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
    throw error;
  }
  return log;
}
