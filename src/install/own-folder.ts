import { GitkelError } from '../base/errors.ts';
import { makeDirectory, shownPath, statOf } from '../host/files.ts';
import type { SkillsFolder } from './skills-folder.ts';

/**
 * Makes a directory of gitkel's own in a folder of skills, for nobody else to read. A link would lead elsewhere what is
 * moved there: skills that are moved aside perhaps to where an agent looks.
 * @throws GitkelError `environment`, reason `work-folder`.
 */
export function makeOwnFolder({ host, dir }: SkillsFolder, path: string): void {
  const found = statOf(host, path);
  if (found !== undefined && !found.isDirectory()) {
    throw new GitkelError(
      'environment',
      `Cannot change the skills in ${shownPath(dir)}: ${shownPath(path)} is no directory`,
      { reason: 'work-folder', hint: 'Move it away: gitkel makes its own.' },
    );
  }
  makeDirectory(host, dir, 0o755);
  makeDirectory(host, path, 0o700);
}
