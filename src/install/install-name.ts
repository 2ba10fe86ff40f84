import { utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { pathProblem, foldedPath, namesGit } from '../records/skill-path.ts';
import { isOwnName } from './install-layout.ts';

/** Why no directory of that name can hold a skill here; `undefined` when one can. */
export function installNameProblem(name: string): string | undefined {
  if (name.includes('/')) return 'it holds a slash';
  const wrong = pathProblem(name);
  if (wrong !== undefined) return wrong.detail.replace(/^a part of it /, 'it ');
  if (name.startsWith('.') || namesGit(name))
    return 'it begins with a dot, or names a directory of Git';
  if (utf8(name).length > LIMITS.installedNameBytes)
    return `it has more than ${LIMITS.installedNameBytes} bytes`;
  return isOwnName(foldedPath(name)) ? 'gitkel has a file of that name' : undefined;
}

/** Whether two names are one directory on some system. */
export function sameInstallName(a: string, b: string): boolean {
  return foldedPath(a) === foldedPath(b);
}
