import { GitkelError } from '../base/errors.ts';
import { runGit } from './git-process.ts';

/** The first two parts of a version. */
export type Version = readonly [major: number, minor: number];

/** The first version that a text tells; `undefined` when it tells none. */
export function versionIn(text: string): Version | undefined {
  const [, major, minor] = /(\d{1,6})\.(\d{1,6})/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

export function isAtLeast([major, minor]: Version, [wantedMajor, wantedMinor]: Version): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * What `git --version` prints.
 * @throws GitkelError `environment`, also when there is no git.
 */
export async function gitVersionText(): Promise<string> {
  const { stdout } = await runGit(['--version'], { timeoutMs: 10_000 });
  return new TextDecoder().decode(stdout);
}

/**
 * Makes sure that the git of this machine is new enough.
 * @param why what an older one lacks
 * @throws GitkelError `environment`, reason `git-old` or `git-missing`.
 */
export async function requireGit(wanted: Version, why: string): Promise<void> {
  const printed = await gitVersionText();
  const found = versionIn(printed);
  if (found !== undefined && isAtLeast(found, wanted)) return;
  throw new GitkelError(
    'environment',
    `Cannot use ${printed.trim()}: it is older than ${wanted.join('.')}, and ${why}`,
    { reason: 'git-old', hint: 'Install a newer git.' },
  );
}
