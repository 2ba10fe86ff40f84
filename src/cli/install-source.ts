/**
 * From what a person names to the files of a skill and a note of where they came from.
 * @module
 */
import path from 'node:path';
import { toHex } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { isCloneUrl } from '../git/clone.ts';
import { isObjectId } from '../git/object.ts';
import { ObjectStore } from '../git/objects.ts';
import { remoteAddress } from '../git/remote-address.ts';
import { findRepository, openRepository } from '../git/repository.ts';
import { shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import type { SkillSource } from '../install/skill-source.ts';
import { archiveEntries } from '../skills/archive-entries.ts';
import { directoryEntries } from '../skills/directory-entries.ts';
import { gitEntries, peeledCommit } from '../skills/git-entries.ts';
import type { SkillEntry } from '../skills/skill-entry.ts';
import { inputFile, isFileAt, parsedFile } from './input.ts';
import { fetchedCopy, localDirectory } from './remote-copy.ts';
import { commitId } from './skill-source.ts';

/** What a person names. */
export interface NamedSource {
  /** A directory, an archive, or the address of a repository. */
  readonly source: string;
  /** A commit by id, branch or tag; for an address, its `HEAD` unless told. */
  readonly commit?: string | undefined;
  /** The directory of the skill below the source. */
  readonly path?: string | undefined;
  /** Whether only what cannot be something else tomorrow is taken. */
  readonly strict: boolean;
}

/** A skill that was found, and not looked into. */
export interface FoundSource {
  readonly source: SkillSource;
  readonly entries: Iterable<SkillEntry>;
}

function mutable(what: string, hint: string): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot install from ${what}: it may be something else tomorrow`,
    {
      reason: 'source-mutable',
      hint,
    },
  );
}

/** A skill at a commit of a repository on this machine. */
async function inRepository<T>(
  host: Host,
  root: string,
  { commit = 'HEAD', strict }: NamedSource,
  { below, url }: { readonly below: string; readonly url: string },
  use: (found: FoundSource) => Promise<T>,
): Promise<T> {
  if (strict && !isObjectId(commit))
    throw mutable(`the branch or tag ${quoted(commit)}`, 'Name a commit by its full id: --commit.');
  const repository = openRepository(host, root, { hostile: true });
  const store = new ObjectStore(host, repository);
  try {
    const id = peeledCommit(store, commitId(host, repository, commit)).commit;
    const ref = isObjectId(commit) ? {} : { ref: commit };
    return await use({
      source: { type: 'git', url, commit: id, path: below, ...ref },
      entries: gitEntries(store, id, below),
    });
  } finally {
    store.close();
  }
}

/** A path with `/` from the top of a repository, without empty parts. */
function joined(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
}

function inArchive(host: Host, file: string, named: NamedSource): FoundSource {
  if (named.path !== undefined || named.commit !== undefined) {
    throw new GitkelError(
      'usage',
      `Cannot take --commit or --path for ${shownPath(file)}: it is a file`,
      {
        reason: 'source-archive',
        hint: 'An archive holds one skill.',
      },
    );
  }
  const bytes = inputFile(host, file, LIMITS.skillArchiveBytes);
  const sha256 = toHex(host.crypto.digest('sha2-256', bytes));
  const entries = parsedFile(file, 'archive', () => archiveEntries(bytes));
  return { source: { type: 'archive', path: file, sha256 }, entries };
}

/** The repository that a directory is in or is, and the way to the directory from its top. */
function repositoryOf(host: Host, dir: string): { readonly root: string; readonly below: string } {
  const root = findRepository(host, dir);
  if (root === undefined)
    throw new GitkelError(
      'not-found',
      `Cannot find a Git repository at or above ${shownPath(dir)}`,
    );
  return { root, below: path.relative(root, dir).split(path.sep).join('/') };
}

/**
 * Finds what a person names, and gives it to `use`; what was fetched is gone afterwards. No program of the source is
 * started, and nothing of it is read but by `use`.
 * @throws GitkelError `refused`, reason `source-mutable`, under `strict`; `usage`; `not-found`; `environment`.
 */
export async function withSource<T>(
  host: Host,
  named: NamedSource,
  use: (found: FoundSource) => Promise<T>,
): Promise<T> {
  const { source, commit, path: inner = '', strict } = named;
  if (isCloneUrl(source)) {
    const url = remoteAddress({ kind: 'url', url: source });
    if (strict && (commit === undefined || !isObjectId(commit)))
      throw mutable(`a branch of ${quoted(url, 200)}`, 'Name a commit by its full id: --commit.');
    return fetchedCopy(host, source, async (copy) =>
      inRepository(host, copy, named, { below: joined(inner), url }, use),
    );
  }
  const full = localDirectory(source) ?? path.resolve(source);
  if (isFileAt(host, full)) return use(inArchive(host, full, named));
  if (commit !== undefined) {
    const { root, below } = repositoryOf(host, full);
    return inRepository(host, root, named, { below: joined(below, inner), url: root }, use);
  }
  if (strict) {
    throw mutable(
      `the directory ${shownPath(full)}`,
      'Name a commit of its repository (--commit), or an archive.',
    );
  }
  const dir = path.join(full, inner);
  return use({ source: { type: 'directory', path: dir }, entries: directoryEntries(host, dir) });
}
