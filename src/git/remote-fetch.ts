/**
 * Reading one ref of a remote, with what is new of its history, without touching the repository that it is for.
 * @module
 */
import { join } from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { utf8 } from '../base/bytes.ts';
import { makeDirectory, statOf, writeNewFile } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { NETWORK_PROTOCOLS, NETWORK_SETTINGS } from './clone.ts';
import { directoryRef } from './fetch-directory.ts';
import { runGit } from './git-process.ts';
import { ObjectStore, type ReadableObjects } from './objects.ts';
import { fileRefs } from './refs.ts';
import type { RemotePlace } from './remote-address.ts';
import { watchedObjects } from './watched-objects.ts';
import { asUnreachable, incompleteRemote, isGitMissing, unreachable } from './remote-trouble.ts';

/** A ref of a remote. What its objects hold is foreign. Close it when done. */
export interface FetchedRef {
  /** `undefined` when the remote has no such ref. */
  readonly tip: string | undefined;
  /** Objects of its history: all that the repository that it is for does not hold. */
  readonly store: ReadableObjects;
  readonly close: () => void;
}

/** What is to be fetched. */
export interface Wanted {
  /** The full name of the ref there. */
  readonly ref: string;
  /** What the repository has of it; `undefined` for nothing. */
  readonly have: string | undefined;
  /** The directory of that repository's objects. */
  readonly objects: string;
  /** A directory for what is fetched, on the same disk. */
  readonly into: string;
}

const HAVE = 'refs/heads/have';
const GOT = 'refs/heads/got';

/** A repository of our own that borrows the objects of another one, for stock git to work in. */
export function makeBorrowing(host: Host, dir: string, objects: string, have?: string): void {
  for (const part of ['objects/info', 'objects/pack', 'refs/heads'])
    makeDirectory(host, join(dir, part));
  const files: readonly (readonly [string, string])[] = [
    ['config', '[core]\n\trepositoryformatversion = 0\n\tbare = true\n'],
    ['objects/info/alternates', `${objects}\n`],
    ...(have === undefined ? [] : [[HAVE, `${have}\n`] as const]),
    ['HEAD', 'ref: refs/heads/none\n'],
  ];
  for (const [name, text] of files) writeNewFile(host, join(dir, name), utf8(text), 0o644);
}

/** Settings for stock git while it fetches, which win over those of the user. */
export const FETCH_CONFIG: readonly string[] = [
  ...NETWORK_PROTOCOLS,
  ...NETWORK_SETTINGS,
  'fetch.unpackLimit=1',
  'transfer.unpackLimit=1',
  'fetch.writeCommitGraph=false',
  'fetch.prune=false',
  'core.fsync=none',
  // Otherwise git would be started in the repository whose objects are borrowed, with its config, and tell all its refs.
  'core.alternateRefsCommand=:',
];

/** What git itself says, whatever the address is called and whatever the server has to say. */
const REJECTED_SHALLOW =
  /^(?:warning|fatal): (?:rejected \S+ because shallow roots|source repository is shallow)/m;
const NO_SUCH_REF = /^fatal: couldn't find remote ref /m;

async function fetchWithGit(host: Host, url: string, wanted: Wanted): Promise<string | undefined> {
  const gitDir = join(wanted.into, 'fetch.git');
  makeBorrowing(host, gitDir, wanted.objects, wanted.have);
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-gc'];
  const { exitCode, stderr } = await runGit(
    [...args, '--no-recurse-submodules', '--refmap=', '--', url, `+${wanted.ref}:${GOT}`],
    {
      gitDir,
      asUser: true,
      config: FETCH_CONFIG,
      // The first time, a server may count for long before it sends anything.
      watch: watchedObjects(
        host,
        join(gitDir, 'objects'),
        wanted.have === undefined ? undefined : LIMITS.remoteSilence,
      ),
    },
  );
  if (REJECTED_SHALLOW.test(stderr) || statOf(host, join(gitDir, 'shallow')) !== undefined)
    throw incompleteRemote(url, 'shallow', 'it is a shallow clone');
  if (exitCode === 0) return fileRefs(host, { gitDir, commonDir: gitDir }).read(GOT);
  if (NO_SUCH_REF.test(stderr)) return undefined;
  throw unreachable(url, stderr);
}

async function fetchUrl(host: Host, url: string, wanted: Wanted): Promise<FetchedRef> {
  let tip: string | undefined;
  try {
    tip = await fetchWithGit(host, url, wanted);
  } catch (error) {
    if (!isGitMissing(error) || !/^https?:/.test(url)) throw asUnreachable(url, error);
    const { fetchPortably } = await import('./portable-remote.ts');
    tip = await fetchPortably(host, url, wanted);
  }
  const gitDir = join(wanted.into, 'fetch.git');
  const store = new ObjectStore(host, { commonDir: gitDir });
  return { tip, store, close: () => store.close() };
}

/**
 * Fetches a ref of a remote: from a directory by own code, over a network with stock git, or without a git binary over
 * http(s) with isomorphic-git.
 * @throws GitkelError `environment`, reason `remote-unreachable`; `refused`, reason `remote-shallow` and its like.
 */
export async function fetchRef(
  host: Host,
  place: RemotePlace,
  wanted: Wanted,
): Promise<FetchedRef> {
  switch (place.kind) {
    case 'directory':
      return directoryRef(host, place.dir, wanted.ref);
    case 'url':
      return fetchUrl(host, place.url, wanted);
  }
}
