import path from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { findRepository, openRepository, type Repository } from '../git/repository.ts';
import { shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import type { HookPrograms } from '../gate/hook-install.ts';

/** The programs of this installation. @param root the directory of the package */
export function hookPrograms(root: string): HookPrograms {
  return { node: process.execPath, directory: path.join(root, 'dist', 'hooks') };
}

/** The repository of the code here: what `GIT_DIR` names, or the one around the working directory. */
export function clientRepository(host: Host): Repository {
  const named = process.env['GIT_DIR'];
  const here = process.cwd();
  const dir =
    named !== undefined && named !== '' ? path.resolve(named) : findRepository(host, here);
  if (dir === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot find a Git repository at or above ${shownPath(here)}`,
      {
        reason: 'no-repository',
        hint: 'Go to the repository, or name a server with --server DIR.',
      },
    );
  }
  return openRepository(host, dir, { hostile: false });
}

/** A repository that is pushed to. */
export function serverRepository(host: Host, dir: string): Repository {
  return openRepository(host, path.resolve(dir), { hostile: false });
}
