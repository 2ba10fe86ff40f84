import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onDisk } from '../host/files.ts';

/** A repository of our own for one run of stock git, whose objects are elsewhere. Remove it when done. */
export interface PrivateGitDir {
  readonly path: string;
  readonly remove: () => void;
}

const CONFIG = '[core]\n\trepositoryformatversion = 0\n\tbare = true\n';

/**
 * Makes a directory that git takes for a repository, with a config of ours and nothing else of its own: what a repository's
 * config names cannot be started then.
 * @param shared by name, what is to be seen in it as it lies elsewhere, also when it comes into being only later
 * @throws GitkelError `environment`.
 */
export function makePrivateGitDir(shared: Readonly<Record<string, string>> = {}): PrivateGitDir {
  return onDisk('Cannot make a directory to run git in', () => {
    const path = mkdtempSync(join(tmpdir(), 'gitkel-git-'));
    const remove = (): void => rmSync(path, { recursive: true, force: true });
    try {
      writeFileSync(join(path, 'config'), CONFIG);
      mkdirSync(join(path, 'objects'));
      const links = Object.entries(shared);
      for (const [name, target] of links) symlinkSync(target, join(path, name));
      if (!Object.hasOwn(shared, 'refs')) mkdirSync(join(path, 'refs'));
      if (!Object.hasOwn(shared, 'HEAD'))
        writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/none\n');
    } catch (error) {
      remove();
      throw error;
    }
    return { path, remove };
  });
}
