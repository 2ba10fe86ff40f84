/**
 * Which repositories can be read and written here: SHA-1 objects, refs in files, no extension that changes what the
 * files mean (gitrepository-layout, "Repository format versions").
 * @module
 */
import { dirname, isAbsolute, join } from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { readFileBounded, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type Config, configIncludes, parseConfig } from './config.ts';

/** Extensions under which everything that is read or written here keeps its meaning, and their allowed values. */
const EXTENSIONS: { readonly [key: string]: RegExp } = {
  noop: /^/,
  'noop-v1': /^/,
  preciousobjects: /^/,
  partialclone: /^/,
  worktreeconfig: /^/,
  relativeworktrees: /^/,
  objectformat: /^sha1$/i,
  refstorage: /^files$/i,
};

/** The error for a repository that is recognised and not supported. */
export function unsupported(path: string, what: string, hint?: string): GitkelError {
  return new GitkelError('environment', `Cannot use the repository ${shownPath(path)}: ${what}`, {
    reason: 'repository-format',
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * Checks what a configuration says about the format.
 * @throws GitkelError `environment`, reason `repository-format`.
 */
export function assertFormat(path: string, config: Config): void {
  for (const { section, key, value = 'true' } of config) {
    if (section === 'core' && key === 'repositoryformatversion' && !/^[01]$/.test(value)) {
      throw unsupported(path, `its format version is ${quoted(value)}, supported are 0 and 1`);
    }
    if (section !== 'extensions') continue;
    const allowed = Object.hasOwn(EXTENSIONS, key) ? EXTENSIONS[key] : undefined;
    if (allowed?.test(value) !== true) {
      throw unsupported(
        path,
        `it has the extension ${quoted(`${key} = ${value}`)}`,
        'Use a repository with SHA-1 objects and refs in files, as `git init` makes it.',
      );
    }
  }
}

/** Whether a configuration says anything about the format. */
function concernsFormat(config: Config): boolean {
  return config.some(
    ({ section, key }) =>
      section === 'extensions' || (section === 'core' && key === 'repositoryformatversion'),
  );
}

/**
 * Checks that no included file says anything about the format, since Git versions differ in whether they listen to it.
 * @throws GitkelError `environment`, reason `repository-format`.
 */
export function assertIncludesHarmless(host: Host, path: string, config: Config, depth = 0): void {
  for (const include of configIncludes(config)) {
    // Paths below a home or an installation cannot be told from here.
    if (include.startsWith('~') || include.startsWith('%(')) continue;
    const file = isAbsolute(include) ? include : join(dirname(path), include);
    const bytes = readFileBounded(host, file, LIMITS.configBytes);
    if (bytes === undefined) continue;
    const included = parseConfig(bytes);
    if (concernsFormat(included) || depth >= LIMITS.configIncludes) {
      throw unsupported(
        path,
        `it includes ${quoted(include)}, which speaks about the repository format`,
      );
    }
    assertIncludesHarmless(host, file, included, depth + 1);
  }
}
