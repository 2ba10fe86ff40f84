import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onDisk } from '../host/files.ts';
import { makeScratch, type Scratch } from '../host/scratch.ts';

/** A repository of our own for stock git, without refs; the objects are elsewhere. Remove it when done. */
export type PrivateGitDir = Scratch;

const FILES = {
  config: '[core]\n\trepositoryformatversion = 0\n\tbare = true\n',
  HEAD: 'ref: refs/heads/none\n',
};

/**
 * Makes a directory that git takes for a repository. Its config is ours, so that nothing that another one names can be
 * started.
 * @throws GitkelError `environment`.
 */
export function makePrivateGitDir(): PrivateGitDir {
  return onDisk('Cannot make a directory to run git in', () => {
    const { path, remove } = makeScratch(tmpdir(), 'gitkel-git');
    try {
      for (const [name, text] of Object.entries(FILES)) writeFileSync(join(path, name), text);
      for (const name of ['objects', 'refs']) mkdirSync(join(path, name));
    } catch (error) {
      remove();
      throw error;
    }
    return { path, remove };
  });
}
