/**
 * What stock Git itself says of a repository that belongs to the user: the settings that count there, of the system and the
 * user too, and the directory in which it looks for hooks.
 * @module
 */
import { isAbsolute, join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { runGit } from './git-process.ts';
import type { Repository } from './repository.ts';

/** Settings by their names, as `git config --list` spells them: section and key in lower case. */
export type GitSettings = ReadonlyMap<string, string>;

async function ask(repository: Repository, args: readonly string[]): Promise<string> {
  const { gitDir, workTree } = repository;
  const { exitCode, stdout, stderr } = await runGit(args, {
    gitDir,
    workingDirectory: workTree ?? gitDir,
    asUser: true,
  });
  const text = fromUtf8(stdout);
  if (exitCode === 0 && text !== undefined) return text;
  throw new GitkelError(
    'environment',
    `Cannot ask git about this repository: ${stderr.trim() === '' ? `it ended with ${exitCode}` : stderr.trim()}`,
    { reason: 'git-failed' },
  );
}

/**
 * Every setting that counts in a repository; of several values the last one.
 * @throws GitkelError `environment`: `git-missing`, `git-failed`.
 */
export async function gitSettings(repository: Repository): Promise<GitSettings> {
  const text = await ask(repository, ['config', '--list', '--null', '--includes']);
  const entries = text.split('\0').flatMap((entry): readonly (readonly [string, string])[] => {
    const end = entry.indexOf('\n');
    if (entry === '') return [];
    return [end < 0 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)]];
  });
  return new Map(entries);
}

/**
 * The directory in which Git looks for the hooks of a repository (git-config(1), `core.hooksPath`).
 * @throws GitkelError `environment`: `git-missing`, `git-failed`.
 */
export async function effectiveHooks(repository: Repository): Promise<string> {
  const path = (await ask(repository, ['rev-parse', '--git-path', 'hooks'])).replace(/\n$/, '');
  return isAbsolute(path) ? path : join(repository.workTree ?? repository.gitDir, path);
}
