import { basename, dirname, isAbsolute, join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { namesIn, readFileBounded, statOf } from '../host/files.ts';
import type { FileStats, Host } from '../host/host.ts';
import { configTruth, configValue } from './config.ts';
import { readHead, type Repository } from './repository.ts';

/** Whether a repository has no work tree of its own; where its config does not say so, its name does. */
export function isBare({ commonDir, config }: Repository): boolean {
  return configTruth(configValue(config, 'core', 'bare')) ?? basename(commonDir) !== '.git';
}

/** The main work tree; `undefined` when the repository is bare. */
function mainWorkTree(repository: Repository): string | undefined {
  const { commonDir, config } = repository;
  if (isBare(repository)) return undefined;
  const named = configValue(config, 'core', 'worktree');
  if (named === undefined) return dirname(commonDir);
  return isAbsolute(named) ? named : join(commonDir, named);
}

/** The directory of a linked work tree, from the file by which the repository remembers it. */
function linkedWorkTree(host: Host, gitDir: string): string {
  const bytes = readFileBounded(host, join(gitDir, 'gitdir'), LIMITS.refBytes);
  const path = bytes === undefined ? undefined : fromUtf8(bytes)?.trimEnd();
  if (path === undefined || path === '') return gitDir;
  return dirname(isAbsolute(path) ? path : join(gitDir, path));
}

/**
 * Where a branch is checked out: the main work tree or a linked one whose HEAD names it. Moving the branch would make
 * the files there look changed.
 * @param ref full name, e.g. `refs/heads/main`
 */
export function checkedOutAt(host: Host, repository: Repository, ref: string): string | undefined {
  const { commonDir } = repository;
  const isAt = (gitDir: string): boolean => {
    const head = readHead(host, gitDir);
    return head?.kind === 'branch' && head.ref === ref;
  };
  const main = mainWorkTree(repository);
  if (main !== undefined && isAt(commonDir)) return main;
  const linked = namesIn(host, join(commonDir, 'worktrees'))
    .map((name) => join(commonDir, 'worktrees', name))
    .find(isAt);
  return linked === undefined ? undefined : linkedWorkTree(host, linked);
}

/** A file as it should be in a working tree: regular and not executable. */
export interface ExpectedFile {
  /** From the top of the working tree, with `/`. */
  readonly path: string;
  readonly size: number;
  /** Whether bytes of that size are the right ones. */
  readonly matches: (bytes: Uint8Array) => boolean;
}

/** What is wrong with one path of a working tree. */
export interface WorkTreeFinding {
  readonly path: string;
  readonly kind: 'missing' | 'different' | 'extra' | 'not-a-file' | 'symlink' | 'executable';
}

function fileProblem(
  host: Host,
  path: string,
  expected: ExpectedFile,
): WorkTreeFinding['kind'] | undefined {
  const stats = statOf(host, path);
  if (stats === undefined) return 'missing';
  if (stats.isSymbolicLink()) return 'symlink';
  if (!stats.isFile()) return 'not-a-file';
  if (stats.size !== expected.size) return 'different';
  try {
    const bytes = readFileBounded(host, path, expected.size, { links: 'refuse' });
    if (bytes?.length !== expected.size || !expected.matches(bytes)) return 'different';
  } catch (error) {
    // It grew or was exchanged since it was looked at.
    if (!(error instanceof GitkelError) || error.code !== 'malformed') throw error;
    return 'different';
  }
  return (stats.mode & 0o111) === 0 ? undefined : 'executable';
}

interface Found {
  readonly path: string;
  readonly stats: FileStats;
}

function tooMany(dir: string): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot compare the working tree ${dir}: too many files, or too deep`,
    {
      reason: 'work-tree-size',
    },
  );
}

/** Everything in a working tree that is no directory, `.git` at the top left out. */
function* filesBelow(host: Host, dir: string): Generator<Found> {
  const open: string[] = [''];
  let entries = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const name of namesIn(host, join(dir, at))) {
      const path = at === '' ? name : `${at}/${name}`;
      if (path === '.git') continue;
      if (++entries > LIMITS.workTreeEntries || path.split('/').length > LIMITS.workTreeDepth)
        throw tooMany(dir);
      const stats = statOf(host, join(dir, path));
      if (stats === undefined) continue;
      if (stats.isDirectory()) open.push(path);
      else yield { path, stats };
    }
  }
}

/**
 * Compares a working tree with the files that should be in it, byte for byte and without any filter of Git's. Files that
 * should not be there are found too, whatever `.gitignore` says.
 * @returns at most `LIMITS.workTreeFindings` findings, sorted by path; as many as that mean that there may be more
 * @throws GitkelError `refused`, reason `work-tree-size`; `environment`.
 */
export function compareWorkTree(
  host: Host,
  dir: string,
  files: Iterable<ExpectedFile>,
): readonly WorkTreeFinding[] {
  const findings: WorkTreeFinding[] = [];
  const expectedPaths = new Set<string>();
  for (const expected of files) {
    expectedPaths.add(expected.path);
    if (findings.length >= LIMITS.workTreeFindings) continue;
    const kind = fileProblem(host, join(dir, expected.path), expected);
    if (kind !== undefined) findings.push({ path: expected.path, kind });
  }
  for (const { path } of filesBelow(host, dir)) {
    if (findings.length >= LIMITS.workTreeFindings) break;
    if (!expectedPaths.has(path)) findings.push({ path, kind: 'extra' });
  }
  return findings.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
