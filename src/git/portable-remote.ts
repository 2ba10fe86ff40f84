/**
 * Remotes over http(s) without a git binary, through isomorphic-git. Loaded when needed: loading alone takes longer than
 * most commands. Whoever needs isomorphic-git loads this module, not that one: what is loaded late of a CommonJS package
 * has no named exports once commands are bundled.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import * as git from 'isomorphic-git';
import { utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { writeFileDurably } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { boundedHttp, type BoundedHttp, type HttpBounds } from './bounded-http.ts';
import { isObjectId } from './object.ts';
import { isRefName } from './ref-name.ts';
import type { Wanted } from './remote-fetch.ts';
import { type PushOutcome, type Pushing, pushRefused, saysMoved } from './remote-push.ts';
import type { RefPush, RefPushed } from './remote-ref-push.ts';
import { incompleteRemote, unreachable } from './remote-trouble.ts';
import { initRepository } from './repository.ts';

const NEXT = 'refs/heads/next';
const REMOTE = 'origin';

/** Talks to a remote, and ends what is still open of that, whatever came of it. */
async function talking<T>(
  talk: (http: BoundedHttp) => Promise<T>,
  bounds?: HttpBounds,
): Promise<T> {
  const http = boundedHttp(bounds);
  try {
    return await talk(http);
  } finally {
    http.close();
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** A repository of our own whose objects are those of another one, read through a link: isomorphic-git knows no alternates. */
function makeLinked(gitDir: string, objects: string, refs: Readonly<Record<string, string>>): void {
  fs.mkdirSync(join(gitDir, 'refs/heads'), { recursive: true });
  fs.symlinkSync(objects, join(gitDir, 'objects'), 'junction');
  fs.writeFileSync(
    join(gitDir, 'config'),
    '[core]\n\trepositoryformatversion = 0\n\tbare = true\n',
  );
  for (const [name, oid] of Object.entries(refs)) fs.writeFileSync(join(gitDir, name), `${oid}\n`);
  fs.writeFileSync(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n');
}

/** A repository of our own that has a remote. */
async function makeAsking(gitdir: string, url: string): Promise<void> {
  await git.init({ fs, gitdir, bare: true, defaultBranch: 'none' });
  await git.setConfig({ fs, gitdir, path: `remote.${REMOTE}.url`, value: url });
  const fetch = `+refs/heads/*:refs/remotes/${REMOTE}/*`;
  await git.setConfig({ fs, gitdir, path: `remote.${REMOTE}.fetch`, value: fetch });
}

/** Puts the commit that the repository has where isomorphic-git looks for what it need not ask for. */
async function writeHave(host: Host, gitDir: string, { have, objects }: Wanted): Promise<void> {
  if (have === undefined) return;
  const { ObjectStore } = await import('./objects.ts');
  const store = new ObjectStore(host, { commonDir: gitDir }, objects);
  try {
    const object = store.read(have);
    if (object === undefined) return;
    await git.writeObject({
      fs,
      gitdir: gitDir,
      type: object.type,
      object: object.bytes,
      format: 'content',
    });
    fs.writeFileSync(join(gitDir, 'refs/heads/have'), `${have}\n`);
  } finally {
    store.close();
  }
}

/** Clones the branches of a remote into a bare repository that is made at `target`. */
export async function clonePortably(host: Host, url: string, target: string): Promise<void> {
  initRepository(host, target, { bare: true, branch: 'main' });
  const at = { fs, gitdir: target };
  await git.setConfig({ ...at, path: 'remote.origin.url', value: url });
  await git.setConfig({
    ...at,
    path: 'remote.origin.fetch',
    value: '+refs/heads/*:refs/heads/*',
  });
  const fetched = await talking(async (http) =>
    git.fetch({ ...at, http, remote: REMOTE, tags: false }),
  );
  const branch = fetched.defaultBranch ?? '';
  // They were for this one fetch: the branches of a copy are not to be overwritten by a later one.
  for (const key of ['url', 'fetch'])
    await git.setConfig({ ...at, path: `remote.origin.${key}`, value: undefined });
  if (isRefName(branch))
    writeFileDurably(host, join(target, 'HEAD'), utf8(`ref: ${branch}\n`), 0o644);
}

/** Fetches a ref into `fetch.git` in the directory of what is wanted; gives its value, `undefined` when there is none. */
export async function fetchPortably(
  host: Host,
  url: string,
  wanted: Wanted,
): Promise<string | undefined> {
  const gitdir = join(wanted.into, 'fetch.git');
  fs.rmSync(gitdir, { recursive: true, force: true });
  await makeAsking(gitdir, url);
  await writeHave(host, gitdir, wanted);
  try {
    const { fetchHead } = await talking(async (http) =>
      git.fetch({
        fs,
        http,
        gitdir,
        remote: REMOTE,
        ref: 'have',
        remoteRef: wanted.ref,
        singleBranch: true,
        tags: false,
      }),
    );
    if (fs.existsSync(join(gitdir, 'shallow')))
      throw incompleteRemote(url, 'shallow', 'it is a shallow clone');
    return fetchHead !== null && isObjectId(fetchHead) ? fetchHead : undefined;
  } catch (error) {
    if (error instanceof GitkelError) throw error;
    if (codeOf(error) === 'NotFoundError') return undefined;
    throw unreachable(url, wordsOf(error));
  }
}

/**
 * What the server made of a push that threw, with what it said: `moved` when the ref is at something else than expected.
 * @throws GitkelError `environment`, reason `remote-unreachable`, where the server said nothing of it.
 */
function pushFailure(
  url: string,
  error: unknown,
  said: string,
): 'moved' | { readonly why: string } {
  const code = codeOf(error);
  if (code === 'UserCanceledError' || code === 'PushRejectedError') return 'moved';
  if (code !== 'GitPushError') throw unreachable(url, wordsOf(error));
  const why = said === '' ? wordsOf(error) : `${wordsOf(error)}\n${said}`;
  return saysMoved(why) ? 'moved' : { why };
}

/** Moves one ref of a remote from exactly what is expected there; `local` is the name under which the commit is here. */
async function pushOne(
  url: string,
  gitdir: string,
  local: string,
  { ref, expected, next }: RefPush,
): Promise<PushOutcome | { readonly why: string }> {
  const said: string[] = [];
  const zero = '0'.repeat(40);
  let isThere = false;
  try {
    await talking(async (http) =>
      git.push({
        fs,
        http,
        gitdir,
        url,
        ref: local,
        remoteRef: ref,
        delete: next === undefined,
        // It refuses what does not follow on the old value; that is for who gives the expected one.
        force: true,
        // The server compares with the value that it told first, which has to be the expected one.
        onPrePush: ({ remoteRef }) => {
          isThere = remoteRef.oid === (next ?? zero);
          return !isThere && remoteRef.oid === (expected ?? zero);
        },
        onMessage: (line) => {
          if (said.length < 100) said.push(line.trim());
        },
      }),
    );
    return 'taken';
  } catch (error) {
    return isThere ? 'taken' : pushFailure(url, error, said.join('\n'));
  }
}

/** Publishes a commit; `gitDir` is a path where a repository can be made. */
export async function pushPortably(
  url: string,
  { ref, expected, next, objects }: Pushing,
  gitDir: string,
): Promise<PushOutcome> {
  makeLinked(gitDir, objects, { [NEXT]: next });
  const outcome = await pushOne(url, gitDir, NEXT, { ref, expected, next });
  if (typeof outcome === 'object') throw pushRefused(url, outcome.why);
  return outcome;
}

/** The bounds of one short request. */
function briefly(ms: number): HttpBounds {
  return { bytes: LIMITS.gitOutputBytes, silence: ms, whole: ms };
}

/** The refs of a remote, and what each is at. */
export async function listPortably(
  url: string,
  timeoutMs?: number,
): Promise<readonly (readonly [string, string])[]> {
  try {
    const refs = await talking(
      async (http) => git.listServerRefs({ http, url, protocolVersion: 1 }),
      timeoutMs === undefined ? undefined : briefly(timeoutMs),
    );
    return refs.map(({ ref, oid }) => [ref, oid]);
  } catch (error) {
    throw unreachable(url, wordsOf(error));
  }
}

/** How many bytes a repository holds in packs. */
function packedBytes(gitdir: string): number {
  const packs = join(gitdir, 'objects/pack');
  const names = fs.existsSync(packs) ? fs.readdirSync(packs) : [];
  return names.reduce((sum, name) => sum + fs.statSync(join(packs, name)).size, 0);
}

/** What one ref of a mailbox may take: it is held in memory, and is one file of that many bytes at most. */
const ONE_REF: HttpBounds = {
  bytes: LIMITS.gitOutputBytes,
  silence: LIMITS.remoteSilence,
  whole: 600_000,
};

/** Refs that may fail before those that are left are not asked for any more. */
const FAILURES = 32;

/**
 * Fetches what some refs of a remote reach, one by one, into a repository that is made at `gitDir`: each is told to have no
 * history that is here already. What one of them is, keeps nobody from the rest.
 * @returns those that are gone by now, or that could not be had within the bounds
 * @throws GitkelError `environment`, reason `remote-unreachable`.
 */
export async function fetchRefsPortably(
  url: string,
  refs: readonly string[],
  gitdir: string,
): Promise<ReadonlySet<string>> {
  await makeAsking(gitdir, url);
  const missing = new Set<string>();
  let failures = 0;
  for (const remoteRef of refs) {
    if (failures >= FAILURES || packedBytes(gitdir) > LIMITS.mailboxFetchBytes) {
      missing.add(remoteRef);
      continue;
    }
    try {
      await talking(
        async (http) =>
          git.fetch({
            fs,
            http,
            gitdir,
            remote: REMOTE,
            ref: 'none',
            remoteRef,
            singleBranch: true,
            tags: false,
          }),
        ONE_REF,
      );
    } catch (error) {
      missing.add(remoteRef);
      if (codeOf(error) === 'NotFoundError') continue;
      failures++;
      // A remote that does not answer now is the reason itself.
      await listPortably(url);
    }
  }
  return missing;
}

/** Creates and deletes refs of a remote in their order; `gitDir` is a path where a repository can be made. */
export async function pushRefsPortably(
  url: string,
  pushes: readonly RefPush[],
  objects: string,
  gitDir: string,
): Promise<readonly RefPushed[]> {
  const named = pushes.map((push, at) => ({ push, local: `refs/heads/next-${at}` }));
  // What is deleted needs a name here, too.
  const refs = named.map(({ push, local }) => [local, push.next ?? push.expected ?? ''] as const);
  makeLinked(gitDir, objects, Object.fromEntries(refs));
  const done: RefPushed[] = [];
  for (const { push, local } of named) {
    const outcome = await pushOne(url, gitDir, local, push);
    const { ref } = push;
    done.push(
      typeof outcome === 'object'
        ? { ref, status: 'refused', detail: outcome.why }
        : { ref, status: outcome },
    );
  }
  return done;
}
