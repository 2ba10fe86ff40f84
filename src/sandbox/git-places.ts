/**
 * Where in a workspace Git has what it runs, beside a directory `.git`: repositories that lie elsewhere, and hooks.
 * @module
 */
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LIMITS } from '../base/limits.ts';

function smallText(path: string): string {
  try {
    const stats = lstatSync(path);
    return stats.isFile() && stats.size <= LIMITS.configBytes ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}

/** The path below a root of what another path leads to, if it is there. */
function below(root: string, path: string): readonly string[] {
  try {
    const real = realpathSync(path);
    return real.startsWith(`${root}/`) ? [real.slice(root.length + 1)] : [];
  } catch {
    return [];
  }
}

/**
 * What a `.git` in a workspace leads to in that workspace: the repository, where it is a file (gitrepository-layout(5)), and the
 * directory of `core.hooksPath`.
 * @param path of `.git`, below the workspace
 */
export function gitPlaces(root: string, path: string): readonly string[] {
  const git = join(root, path);
  const [, named] = /^gitdir: (.+)$/m.exec(smallText(git)) ?? [];
  const repository = named === undefined ? git : resolve(dirname(git), named.trim());
  const config = smallText(join(repository, 'config'));
  const hooks = Array.from(config.matchAll(/^\s*hookspath\s*=\s*"?([^"#;\n]+)/gim), ([, value]) =>
    resolve(dirname(git), (value ?? '').trim()),
  );
  return [...(named === undefined ? [] : [repository]), ...hooks].flatMap((place) =>
    below(root, place),
  );
}
