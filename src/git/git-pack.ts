import { join } from 'node:path';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { shownPath } from '../host/files.ts';
import { configValue } from './config.ts';
import { runGit } from './git-process.ts';
import { makePrivateGitDir } from './private-git-dir.ts';
import type { Repository } from './repository.ts';

const SIX_HOURS = 21_600_000;
const PACK = ['pack-objects', '--revs', '--delta-base-offset', '--no-reuse-object', '--non-empty'];

/**
 * Has stock git pack all that some objects reach, deflated and with deltas anew, beside the packs that are there; loose
 * objects that are in packs then are removed. Git works in a repository of our own: of the other one it gets the objects, and
 * what to pack.
 * @param staying packs, without endings, that are left as they are: what lies in them is not packed once more
 * @returns the name of the pack, without its ending; `undefined` when there is nothing to pack
 * @throws GitkelError `environment`: `git-missing`, `git-failed`, `git-stopped`.
 */
export async function packReached(
  { commonDir, config }: Repository,
  roots: ReadonlySet<string>,
  staying: readonly string[],
): Promise<string | undefined> {
  const objects = join(commonDir, 'objects');
  // Who else may read the objects is the one thing that the repository's config decides here.
  const sharing = configValue(config, 'core', 'sharedrepository');
  const own = makePrivateGitDir();
  const run = async (args: readonly string[], input = ''): Promise<string> => {
    const { exitCode, stdout, stderr } = await runGit(args, {
      gitDir: own.path,
      objectDirectory: objects,
      input: utf8(input),
      timeoutMs: SIX_HOURS,
      config: sharing === undefined ? [] : [`core.sharedRepository=${sharing}`],
    });
    if (exitCode === 0) return fromUtf8(stdout)?.trim() ?? '';
    throw new GitkelError(
      'environment',
      `Cannot compact ${shownPath(commonDir)}: git ${args[0] ?? ''} ended with ${exitCode}: ${stderr.trim().slice(-400)}`,
      { reason: 'git-failed', hint: 'Nothing is lost. `git fsck` tells what is wrong.' },
    );
  };
  try {
    const kept = staying.map((stem) => `--keep-pack=${stem}.pack`);
    const args = [...PACK, ...kept, '-q', join(objects, 'pack/pack')];
    const id = await run(args, [...roots].map((oid) => `${oid}\n`).join(''));
    if (id !== '' && !/^[0-9a-f]{40}$/.test(id)) throw new Error(`git names a pack ${id}`);
    await run(['prune-packed', '-q']);
    return id === '' ? undefined : `pack-${id}`;
  } finally {
    own.remove();
  }
}
