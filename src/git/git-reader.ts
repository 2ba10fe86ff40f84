import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { CatFile } from './cat-file.ts';
import type { GitOptions } from './git-process.ts';
import type { HookObjects } from './hook-objects.ts';
import { isClaimed } from './object-claims.ts';
import { type ObjectReader, readChecked } from './object-reader.ts';
import { makePrivateGitDir } from './private-git-dir.ts';
import type { Repository } from './repository.ts';

/** Files by which git would read objects from elsewhere. */
const ALTERNATES = ['info/alternates', 'info/http-alternates'];

/**
 * Reads through `git cat-file --batch`, which runs in a repository of our own and gets nothing but the objects of the other
 * one. The host must be one whose paths git sees, too.
 * @throws GitkelError `environment`, reason `alternates`, for a repository whose objects are elsewhere.
 */
export function gitReader(host: Host, repository: Pick<Repository, 'commonDir'>): ObjectReader {
  const objects = join(repository.commonDir, 'objects');
  const alternates = ALTERNATES.find((name) => statOf(host, join(objects, name)) !== undefined);
  if (alternates !== undefined) {
    throw new GitkelError(
      'environment',
      `Cannot read ${shownPath(objects)} through git: its objects are elsewhere, too`,
      { reason: 'alternates', hint: 'Run `git repack -a -d` there, then remove that file.' },
    );
  }
  return readerOf(host, [objects], { objectDirectory: objects });
}

/**
 * Reads what a hook may read, through one `git cat-file --batch`: the objects of a push that is in quarantine, and those of
 * the repository, also where these are elsewhere (alternates).
 */
export function hookReader(host: Host, objects: HookObjects): ObjectReader {
  const { own, quarantine } = objects;
  const directories = quarantine === undefined ? [own] : [quarantine, own];
  return readerOf(host, directories, { hookObjects: objects });
}

function readerOf(host: Host, directories: readonly string[], options: GitOptions): ObjectReader {
  const own = makePrivateGitDir();
  const catFile = new CatFile(host, { gitDir: own.path, ...options });
  const claimed = (oid: string): boolean =>
    directories.some((directory) => isClaimed(host, directory, oid));
  const where = directories.join(' or ');
  return {
    read: async (oid, limit = LIMITS.objectBytes) =>
      readChecked(host, where, catFile, claimed, [oid, limit]),
    has: async (oid) => claimed(oid),
    close: async () => {
      await catFile.close();
      own.remove();
    },
  };
}
