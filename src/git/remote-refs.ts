/**
 * Many refs of a remote at once: listing them, fetching some of them, and creating or deleting them one by one. None of
 * it touches the refs of the repository that it is for.
 * @module
 */
import { join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
import { malformed } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { onDisk } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { NETWORK_PROTOCOLS } from './clone.ts';
import { openedDirectory } from './fetch-directory.ts';
import { runGit } from './git-process.ts';
import { isObjectId } from './object.ts';
import { ObjectStore, type ReadableObjects } from './objects.ts';
import { makePrivateGitDir } from './private-git-dir.ts';
import { isRefName } from './ref-name.ts';
import { fileRefs } from './refs.ts';
import { type RemotePlace, shownAddress } from './remote-address.ts';
import { FETCH_CONFIG, makeBorrowing } from './remote-fetch.ts';
import { watchedObjects } from './watched-objects.ts';
import { remoteLines, saysMoved } from './remote-push.ts';
import { isGitMissing, unreachable } from './remote-trouble.ts';

/** Refs of which one command of git is told at once. */
const AT_ONCE = 128;

/** Refs that a remote told, as far as they are such. */
function bounded(
  url: string,
  listed: readonly (readonly [ref: string, oid: string])[],
): ReadonlyMap<string, string> {
  if (listed.length > LIMITS.contributionRefs) {
    throw malformed(
      'too-many-refs',
      `Cannot look through the staged batches at ${shownAddress(url)}: there are more than ${LIMITS.contributionRefs} refs`,
      { hint: 'Ask who runs it to clear away those of batches that are over.' },
    );
  }
  return new Map(listed.filter(([ref, oid]) => isObjectId(oid) && isRefName(ref)));
}

async function listWithGit(
  url: string,
  prefixes: readonly string[],
  timeoutMs: number | undefined,
): Promise<readonly (readonly [string, string])[]> {
  const own = makePrivateGitDir();
  try {
    const patterns = prefixes.map((prefix) => `${prefix}*`);
    const { exitCode, stdout, stderr } = await runGit(
      ['ls-remote', '--quiet', '--refs', '--', url, ...patterns],
      {
        gitDir: own.path,
        asUser: true,
        config: NETWORK_PROTOCOLS,
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

/** Does over http(s) with isomorphic-git what there is no git binary for. */
async function orPortably<T>(
  url: string,
  withGit: () => Promise<T>,
  portably: (remote: typeof import('./portable-remote.ts')) => Promise<T>,
): Promise<T> {
  try {
    return await withGit();
  } catch (error) {
    if (!isGitMissing(error) || !/^https?:/.test(url)) throw error;
    return portably(await import('./portable-remote.ts'));
  }
}

async function listUrl(
  url: string,
  prefixes: readonly string[],
  timeoutMs: number | undefined,
): Promise<ReadonlyMap<string, string>> {
  const listed = await orPortably(
    url,
    async () => listWithGit(url, prefixes, timeoutMs),
    async ({ listPortably }) => listPortably(url),
  );
  // A pattern of git also matches below other names: refs/x/refs/heads/y.
  return bounded(
    url,
    listed.filter(([ref]) => prefixes.some((prefix) => ref.startsWith(prefix))),
  );
}

/**
 * The refs of a remote whose names begin with one of these prefixes, and what each is at.
 * @param timeoutMs how long a remote over a network may take, where that is not the usual ten minutes
 * @throws GitkelError `environment`, reasons `remote-unreachable` and, for an address of another network protocol than
 * http(s), `git-missing`;
 * `malformed`, reason `too-many-refs`.
 */
export async function listRemoteRefs(
  host: Host,
  place: RemotePlace,
  prefixes: readonly string[],
  timeoutMs?: number,
): Promise<ReadonlyMap<string, string>> {
  if (place.kind === 'url') return listUrl(place.url, prefixes, timeoutMs);
  const refs = fileRefs(host, openedDirectory(host, place.dir));
  return bounded(
    place.dir,
    prefixes.flatMap((prefix) => [...refs.list(prefix)]),
  );
}

/** Objects of a remote. What they hold is foreign. Close it when done. */
export interface FetchedObjects {
  readonly store: ReadableObjects;
  readonly close: () => void;
}

async function fetchWithGit(
  host: Host,
  url: string,
  refs: readonly string[],
  objects: string,
  gitDir: string,
): Promise<void> {
  makeBorrowing(host, gitDir, objects);
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--refmap='];
  for (let at = 0; at < refs.length; at += AT_ONCE) {
    const specs = refs
      .slice(at, at + AT_ONCE)
      .map((ref, index) => `+${ref}:refs/heads/got/${at + index}`);
    const { exitCode, stderr } = await runGit(
      ['fetch', ...flags, '--no-recurse-submodules', '--', url, ...specs],
      {
        gitDir,
        asUser: true,
        config: FETCH_CONFIG,
        watch: watchedObjects(
          host,
          join(gitDir, 'objects'),
          LIMITS.remoteSilence,
          LIMITS.mailboxFetchBytes,
        ),
      },
    );
    if (exitCode !== 0) throw unreachable(url, stderr);
  }
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
  try {
    await orPortably(
      url,
      async () => fetchWithGit(host, url, refs, objects, gitDir),
      async ({ fetchRefsPortably }) => {
        gitDir = join(own.path, 'portable.git');
        await fetchRefsPortably(url, refs, gitDir);
      },
    );
  } catch (error) {
    own.remove();
    throw error;
  }
  const store = new ObjectStore(host, { commonDir: gitDir });
  return {
    store,
    close: () => {
      store.close();
      own.remove();
    },
  };
}

/**
 * Fetches what some refs of a remote reach, of a directory without copying anything.
 * @param objects the directory of the objects that need not be fetched
 * @throws GitkelError `environment`, reason `remote-unreachable`, also when one of the refs is gone by now.
 */
export async function fetchRefs(
  host: Host,
  place: RemotePlace,
  refs: readonly string[],
  objects: string,
): Promise<FetchedObjects> {
  if (place.kind === 'url') return fetchUrl(host, place.url, refs, objects);
  const store = new ObjectStore(host, openedDirectory(host, place.dir));
  return { store, close: () => store.close() };
}

/** One ref of a remote that is to be created, or deleted, from exactly the value that is expected. */
export interface RefPush {
  readonly ref: string;
  readonly expected: string | undefined;
  readonly next: string | undefined;
}

/** What became of it. `moved`: the ref is at something else than what was expected. */
export type RefPushed = { readonly ref: string } & (
  | { readonly status: 'taken' | 'moved' }
  | { readonly status: 'refused'; readonly detail: string }
);

function outcomes(
  pushes: readonly RefPush[],
  stdout: string,
  stderr: string,
): readonly RefPushed[] | undefined {
  const lines = stdout.split('\n').map((line) => line.split('\t'));
  const said = remoteLines(stderr);
  const found = pushes.flatMap(({ ref }): readonly RefPushed[] => {
    const line = lines.find(([, names = '']) => names.endsWith(`:${ref}`));
    if (line === undefined) return [];
    const [flag = '', , summary = ''] = line;
    if (flag !== '!') return [{ ref, status: 'taken' }];
    if (saysMoved(summary)) return [{ ref, status: 'moved' }];
    return [{ ref, status: 'refused', detail: said === '' ? summary : `${summary}\n${said}` }];
  });
  return found.length === pushes.length ? found : undefined;
}

async function pushSome(
  url: string,
  pushes: readonly RefPush[],
  gitDir: string,
  protocols: readonly string[],
): Promise<readonly RefPushed[]> {
  const flags = ['--porcelain', '--no-verify', '--no-signed', '--no-follow-tags', '--no-thin'];
  const leases = pushes.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`);
  const specs = pushes.map(({ ref, next }) => `${next ?? ''}:${ref}`);
  const { stdout, stderr } = await runGit(
    ['push', ...flags, '--recurse-submodules=no', ...leases, '--', url, ...specs],
    { gitDir, asUser: true, config: [...protocols, 'push.pushOption=', 'core.fsync=none'] },
  );
  const found = outcomes(pushes, fromUtf8(stdout) ?? '', stderr);
  if (found === undefined) throw unreachable(url, stderr);
  return found;
}

/**
 * Creates and deletes refs of a remote, each by compare-and-swap and independently of the others.
 * @param objects the directory of the objects that they reach
 * @throws GitkelError `environment`, reason `remote-unreachable`: it is not known then which ones the server took.
 */
export async function pushRefs(
  host: Host,
  place: RemotePlace,
  pushes: readonly RefPush[],
  objects: string,
): Promise<readonly RefPushed[]> {
  const own = makePrivateGitDir();
  const gitDir = join(own.path, 'push.git');
  const [url, protocols] =
    place.kind === 'directory'
      ? [place.dir, ['protocol.allow=never', 'protocol.file.allow=always']]
      : [place.url, NETWORK_PROTOCOLS];
  try {
    onDisk('Cannot make a directory to push from', () => makeBorrowing(host, gitDir, objects));
    return await orPortably(
      url,
      async () => {
        const done: RefPushed[] = [];
        for (let at = 0; at < pushes.length; at += AT_ONCE)
          done.push(...(await pushSome(url, pushes.slice(at, at + AT_ONCE), gitDir, protocols)));
        return done;
      },
      async ({ pushRefsPortably }) =>
        pushRefsPortably(url, pushes, objects, join(own.path, 'portable.git')),
    );
  } finally {
    own.remove();
  }
}
