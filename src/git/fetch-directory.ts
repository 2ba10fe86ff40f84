import { GitkelError } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import { hazards } from './hazards.ts';
import { ObjectStore } from './objects.ts';
import { fileRefs } from './refs.ts';
import type { FetchedRef } from './remote-fetch.ts';
import { incompleteRemote, unreachable } from './remote-trouble.ts';
import { openRepository, type Repository } from './repository.ts';

/** What makes a repository unable to show all of its history. */
const INCOMPLETE: ReadonlySet<string> = new Set(['shallow', 'promisor', 'grafts', 'alternates']);

/**
 * Opens the repository of a remote in a directory of this machine.
 * @throws GitkelError `environment`, reason `remote-unreachable`, where there is none.
 */
export function openedDirectory(host: Host, dir: string): Repository {
  try {
    return openRepository(host, dir, { hostile: true });
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'not-found')
      throw unreachable(dir, 'there is no Git repository');
    throw error;
  }
}

/** Looks at a ref of a repository in a directory of this machine, by own code: no program is started there. */
export function directoryRef(host: Host, dir: string, ref: string): FetchedRef {
  const repository = openedDirectory(host, dir);
  const hazard = hazards(host, repository).find(({ reason }) => INCOMPLETE.has(reason));
  if (hazard !== undefined)
    throw incompleteRemote(dir, hazard.reason, `it is no complete repository (${hazard.detail})`);
  const store = new ObjectStore(host, repository);
  return { tip: fileRefs(host, repository).read(ref), store, close: () => store.close() };
}
