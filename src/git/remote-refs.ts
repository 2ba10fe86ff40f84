/**
 * Many refs of a remote at once: listing them, and fetching what some of them reach. None of it touches the refs of the
 * repository that it is for.
 * @module
 */
import { join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { namesIn, removeIfPresent } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { NETWORK_PROTOCOLS, NETWORK_SETTINGS } from './clone.ts';
import { openedDirectory } from './fetch-directory.ts';
import { runGit } from './git-process.ts';
import { orPortably } from './or-portably.ts';
import { isObjectId } from './object.ts';
import { ObjectStore, type ReadableObjects } from './objects.ts';
import { makePrivateGitDir } from './private-git-dir.ts';
import { isRefName } from './ref-name.ts';
import { fileRefs } from './refs.ts';
import type { RemotePlace } from './remote-address.ts';
import { FETCH_CONFIG, makeBorrowing } from './remote-fetch.ts';
import { watchedObjects } from './watched-objects.ts';
import { isGitStopped, unreachable } from './remote-trouble.ts';

/** Refs of which one command of git is told at once. */
const AT_ONCE = 128;

/** What is asked of a remote. */
export interface RefListing {
  /** With what the names of the refs begin. */
  readonly prefixes: readonly string[];
  /** How long a remote over a network may take, in milliseconds, where that is not the usual ten minutes. */
  readonly timeoutMs?: number | undefined;
  /** Which refs come before all others where there are more than the bounds allow. */
  readonly isFirst?: (ref: string) => boolean;
}

/** Refs of a remote, by name, and what each is at. */
export interface ListedRefs {
  readonly refs: ReadonlyMap<string, string>;
  /** How many there are beyond the bounds. */
  readonly left: number;
}

/** The same in the same order, but from anywhere on: of too many not always the same come first. */
export function fromAnywhere<T>(host: Host, items: readonly T[]): readonly T[] {
  const [high = 0, low = 0] = host.random(2);
  const first = Math.floor(((256 * high + low) * items.length) / 65_536);
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Refs that a remote told, as far as they are such, and no more of them than `LIMITS.contributionRefs`. */
function bounded(
  host: Host,
  listed: readonly (readonly [ref: string, oid: string])[],
  isFirst: (ref: string) => boolean = () => false,
): ListedRefs {
  const refs = listed.filter(([ref, oid]) => isObjectId(oid) && isRefName(ref));
  if (refs.length <= LIMITS.contributionRefs) return { refs: new Map(refs), left: 0 };
  const others = refs.filter(([ref]) => !isFirst(ref));
  const some = [...refs.filter(([ref]) => isFirst(ref)), ...fromAnywhere(host, others)].slice(
    0,
    LIMITS.contributionRefs,
  );
  return { refs: new Map(some), left: refs.length - some.length };
}

/** Refs of a remote that match patterns of git-ls-remote(1). */
async function listMatching(
  url: string,
  patterns: readonly string[],
  timeoutMs: number | undefined,
): Promise<readonly (readonly [string, string])[]> {
  const own = makePrivateGitDir();
  try {
    const { exitCode, stdout, stderr } = await runGit(
      ['ls-remote', '--quiet', '--refs', '--', url, ...patterns],
      {
        gitDir: own.path,
        asUser: true,
        config: [...NETWORK_PROTOCOLS, ...NETWORK_SETTINGS],
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      },
    );
    if (exitCode !== 0) throw unreachable(url, stderr);
    const lines = (fromUtf8(stdout) ?? '').split('\n').filter((line) => line !== '');
    return lines.map((line) => {
      const [oid = '', ref = ''] = line.split('\t');
      return [ref, oid];
    });
  } finally {
    own.remove();
  }
}

async function listUrl(
  url: string,
  { prefixes, timeoutMs }: RefListing,
): Promise<readonly (readonly [string, string])[]> {
  const listed = await orPortably(
    url,
    async () =>
      listMatching(
        url,
        prefixes.map((prefix) => `${prefix}*`),
        timeoutMs,
      ),
    async ({ listPortably }) => listPortably(url, timeoutMs),
  );
  // A pattern of git also matches below other names: refs/x/refs/heads/y.
  return listed.filter(([ref]) => prefixes.some((prefix) => ref.startsWith(prefix)));
}

/**
 * The refs of a remote whose names begin with some prefixes, and what each is at; of more than `LIMITS.contributionRefs`
 * those that are to be first, and of the others not always the same.
 * @throws GitkelError `environment`, reasons `remote-unreachable` and, for an address of another network protocol than
 * http(s), `git-missing`.
 */
export async function listRemoteRefs(
  host: Host,
  place: RemotePlace,
  listing: RefListing,
): Promise<ListedRefs> {
  if (place.kind === 'url')
    return bounded(host, await listUrl(place.url, listing), listing.isFirst);
  const refs = fileRefs(host, openedDirectory(host, place.dir));
  const listed = listing.prefixes.flatMap((prefix) => [...refs.list(prefix)]);
  return bounded(host, listed, listing.isFirst);
}

/** Objects of a remote. What they hold is foreign. Close it when done. */
export interface FetchedObjects {
  readonly store: ReadableObjects;
  /** Refs that are gone by now, or that the remote could not hand over within the bounds. */
  readonly missing: ReadonlySet<string>;
  readonly close: () => void;
}

/** Fetches that may fail because of some ref before what is left is not asked for any more. */
const FAILURES = 32;

/** Fetches some refs with one command of git; says whether that went well. */
async function isFetched(
  host: Host,
  url: string,
  group: readonly string[],
  gitDir: string,
): Promise<boolean> {
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--refmap='];
  const specs = group.map((ref, index) => `+${ref}:refs/heads/got/${index}`);
  const objects = join(gitDir, 'objects');
  const { remoteSilence, mailboxFetchBytes } = LIMITS;
  try {
    const { exitCode } = await runGit(
      ['fetch', ...flags, '--no-recurse-submodules', '--', url, ...specs],
      {
        gitDir,
        asUser: true,
        config: FETCH_CONFIG,
        watch: watchedObjects(host, objects, remoteSilence, mailboxFetchBytes),
      },
    );
    return exitCode === 0;
  } catch (error) {
    if (isGitStopped(error)) return false;
    throw error;
  }
}

/** Removes what a fetch that was stopped had begun to write: it would count for those that follow. */
function removeUnfinished(host: Host, gitDir: string): void {
  const packs = join(gitDir, 'objects/pack');
  for (const name of namesIn(host, packs))
    if (name.startsWith('tmp_')) removeIfPresent(host, join(packs, name));
}

/**
 * Fetches refs in groups. Where that fails although the remote answers, those that are gone by now are left out, and of the
 * others each is fetched by itself: what one of them is must not keep anybody from the rest.
 * @returns those that could not be had
 */
async function fetchWithGit(
  host: Host,
  url: string,
  refs: readonly string[],
  objects: string,
  gitDir: string,
): Promise<ReadonlySet<string>> {
  makeBorrowing(host, gitDir, objects);
  const missing = new Set<string>();
  const groups: (readonly string[])[] = [];
  for (let at = 0; at < refs.length; at += AT_ONCE) groups.push(refs.slice(at, at + AT_ONCE));
  let failures = 0;
  for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
    if (group.length === 0) continue;
    if (failures === FAILURES) {
      for (const ref of group) missing.add(ref);
      continue;
    }
    if (await isFetched(host, url, group, gitDir)) continue;
    failures++;
    removeUnfinished(host, gitDir);
    // A remote that does not answer now is the reason itself.
    const there = await stillThere(url, group);
    for (const ref of group) if (!there.includes(ref)) missing.add(ref);
    const [only, ...others] = there;
    if (there.length < group.length) groups.unshift(there);
    else if (others.length > 0) groups.unshift(...there.map((ref) => [ref]));
    else if (only !== undefined) missing.add(only);
  }
  return missing;
}

/** Those of some refs that a remote has. */
async function stillThere(url: string, refs: readonly string[]): Promise<readonly string[]> {
  const listed = new Set((await listMatching(url, refs, undefined)).map(([ref]) => ref));
  return refs.filter((ref) => listed.has(ref));
}

async function fetchUrl(
  host: Host,
  url: string,
  refs: readonly string[],
  objects: string,
): Promise<FetchedObjects> {
  const own = makePrivateGitDir();
  // Each in a directory of its own.
  let gitDir = join(own.path, 'fetch.git');
  let missing: ReadonlySet<string>;
  try {
    missing = await orPortably(
      url,
      async () => fetchWithGit(host, url, refs, objects, gitDir),
      async ({ fetchRefsPortably }) => {
        gitDir = join(own.path, 'portable.git');
        return fetchRefsPortably(url, refs, gitDir);
      },
    );
  } catch (error) {
    own.remove();
    throw error;
  }
  const store = new ObjectStore(host, { commonDir: gitDir });
  return {
    store,
    missing,
    close: () => {
      store.close();
      own.remove();
    },
  };
}

/**
 * Fetches what some refs of a remote reach, of a directory without copying anything.
 * @param objects the directory of the objects that need not be fetched
 * @throws GitkelError `environment`, reason `remote-unreachable`.
 */
export async function fetchRefs(
  host: Host,
  place: RemotePlace,
  refs: readonly string[],
  objects: string,
): Promise<FetchedObjects> {
  if (place.kind === 'url') return fetchUrl(host, place.url, refs, objects);
  const store = new ObjectStore(host, openedDirectory(host, place.dir));
  return { store, missing: new Set(), close: () => store.close() };
}
