import path from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isObjectId } from '../git/object.ts';
import { ObjectStore } from '../git/objects.ts';
import { isRefName } from '../git/ref-name.ts';
import { readRef } from '../git/ref-files.ts';
import { findRepository, openRepository, type Repository } from '../git/repository.ts';
import { shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type ReleaseSource, releaseSource } from '../records/release.ts';
import { archiveEntries } from '../skills/archive-entries.ts';
import { directoryEntries } from '../skills/directory-entries.ts';
import { gitEntries, peeledCommit } from '../skills/git-entries.ts';
import type { SkillEntry } from '../skills/skill-entry.ts';
import { inputFile, isFileAt, parsedFile } from './input.ts';
import { Progress } from './progress.ts';

/** What a person may name as a skill. */
export const SKILL_SOURCE =
  'The directory of the skill, or an archive (.zip, .skill, .tgz, .tar.gz).';

/** The argument and the flags by which commands are told where a skill is. */
export const skillArgs = {
  source: Args.string({ required: true, description: SKILL_SOURCE }),
};

export const skillFlags = {
  commit: Flags.string({
    helpValue: 'COMMIT',
    summary: 'As of this commit, by id, branch or tag: the bytes that Git stores.',
  }),
};

/** Where a skill is. */
export interface SkillPlace {
  readonly source: string;
  readonly commit?: string | undefined;
}

/** The full names that a short one may stand for, in Git's order (gitrevisions(7)). */
function fullNames(name: string): readonly string[] {
  return [name, `refs/tags/${name}`, `refs/heads/${name}`, `refs/remotes/${name}`].filter(
    (full) => full.startsWith('refs/') && isRefName(full),
  );
}

/**
 * The id that a name of a commit stands for: an id, a branch, a tag or `HEAD`. One that stands for two is refused: whoever
 * may push tags would have theirs taken for a branch.
 * @throws GitkelError `not-found`, reason `commit`; `usage`, reason `commit-ambiguous`.
 */
export function commitId(host: Host, repository: Repository, name: string): string {
  if (isObjectId(name)) return name;
  const files = { host, gitDir: repository.gitDir, commonDir: repository.commonDir };
  const { head } = repository;
  if (name === 'HEAD' && head.kind === 'detached') return head.oid;
  const names = name === 'HEAD' && head.kind === 'branch' ? [head.ref] : fullNames(name);
  const found = names.flatMap((full) => {
    const oid = readRef(files, full);
    return oid === undefined ? [] : [{ full, oid }];
  });
  const [first, ...others] = found;
  const other = others.find(({ oid }) => oid !== first?.oid);
  if (first !== undefined && other !== undefined) {
    throw new GitkelError(
      'usage',
      `Cannot tell which commit ${quoted(name)} is: ${first.full} and ${other.full} are two`,
      { reason: 'commit-ambiguous', hint: 'Write the name in full, or the id of the commit.' },
    );
  }
  if (first !== undefined) return first.oid;
  throw new GitkelError('not-found', `Cannot find the commit ${quoted(name)}`, {
    reason: 'commit',
    hint: 'Name it by its full id, a branch, a tag, or HEAD.',
  });
}

/** The repository at or above a directory, and the path of the directory in it. */
function repositoryAbove(
  host: Host,
  source: string,
): { readonly repository: Repository; readonly below: string } {
  const dir = path.resolve(source);
  const found = findRepository(host, dir);
  if (found === undefined)
    throw new GitkelError(
      'not-found',
      `Cannot find a Git repository at or above ${shownPath(dir)}`,
    );
  const repository = openRepository(host, found, { hostile: true });
  return { repository, below: path.relative(found, dir).split(path.sep).join('/') };
}

function* entriesOfCommit(host: Host, source: string, commit: string): Generator<SkillEntry> {
  const { repository, below } = repositoryAbove(host, source);
  const store = new ObjectStore(host, repository);
  try {
    yield* gitEntries(store, commitId(host, repository, commit), below);
  } finally {
    store.close();
  }
}

/** A URL with a password, or with anything before the host where a forge takes a token there. */
const SECRET = /^(?:https?:\/\/[^/@]*@|[a-z][a-z0-9+.-]*:\/\/[^/@:]*:[^/@]*@)/i;

/**
 * Refuses a URL that holds what only its user may know: everybody could read it in a log for ever.
 * @throws GitkelError `usage`, reason `release-source`.
 */
export function requireNoSecret(url: string): void {
  if (SECRET.test(url)) {
    throw new GitkelError(
      'usage',
      'Cannot name this source: its URL holds a password or a token, which everybody could read in the log for ever',
      { reason: 'release-source', hint: 'Give the URL that others clone from, without it.' },
    );
  }
}

/**
 * Where a skill at a commit comes from, as a release says it.
 * @param url what others call the repository
 * @throws GitkelError as {@link skillEntries}, `malformed` for a URL that no release may hold.
 */
export function sourceOf(
  host: Host,
  { source, commit }: { readonly source: string; readonly commit: string },
  url: string,
): ReleaseSource {
  requireNoSecret(url);
  const { repository, below } = repositoryAbove(host, source);
  const store = new ObjectStore(host, repository);
  try {
    const peeled = peeledCommit(store, commitId(host, repository, commit));
    return releaseSource({ repository: url, commit: peeled.commit, path: below });
  } finally {
    store.close();
  }
}

/**
 * What is found at a place. An archive is never unpacked onto the disk, and no program is started.
 * @throws GitkelError `not-found`, `malformed`, `refused` for damaged objects, `environment`.
 */
export function skillEntries(host: Host, { source, commit }: SkillPlace): Iterable<SkillEntry> {
  if (commit !== undefined) return entriesOfCommit(host, source, commit);
  const full = path.resolve(source);
  if (!isFileAt(host, full)) return directoryEntries(host, full);
  const bytes = inputFile(host, source, LIMITS.skillArchiveBytes);
  return parsedFile(source, 'archive', () => archiveEntries(bytes));
}

/** Entries of which each file, found or read, is shown as progress. */
function* watched(entries: Iterable<SkillEntry>, progress: Progress): Generator<SkillEntry> {
  let found = 0;
  let done = 0;
  for (const entry of entries) {
    if (entry.kind === 'file') progress.count(++found);
    yield {
      ...entry,
      read: () => {
        progress.update(++done, found);
        return entry.read();
      },
    };
  }
}

/**
 * Reads what lies at a place; how far it is, is shown.
 * @throws GitkelError as {@link skillEntries}.
 */
export function readSkill<T>(
  host: Host,
  place: SkillPlace,
  read: (entries: Iterable<SkillEntry>) => T,
): T {
  const progress = new Progress('reading file');
  try {
    return read(watched(skillEntries(host, place), progress));
  } finally {
    progress.end();
  }
}

/** The name of the directory that a skill is in; `undefined` for an archive, which may be called anything. */
export function directoryNameOf(host: Host, { source, commit }: SkillPlace): string | undefined {
  const full = path.resolve(source);
  const isFile = commit === undefined && isFileAt(host, full);
  return isFile ? undefined : path.basename(full);
}
