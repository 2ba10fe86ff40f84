/**
 * Remotes over http(s) without a git binary, through isomorphic-git. Loaded when needed: loading alone takes longer than
 * most commands.
 * @module
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import * as git from 'isomorphic-git';
import { GitkelError } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import { boundedHttp } from './bounded-http.ts';
import { isObjectId } from './object.ts';
import type { Wanted } from './remote-fetch.ts';
import { type PushOutcome, type Pushing, pushRefused, saysMoved } from './remote-push.ts';
import { incompleteRemote, unreachable } from './remote-trouble.ts';

const NEXT = 'refs/heads/next';

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

/** Fetches a ref into `fetch.git` in the directory of what is wanted; gives its value, `undefined` when there is none. */
export async function fetchPortably(
  host: Host,
  url: string,
  wanted: Wanted,
): Promise<string | undefined> {
  const gitdir = join(wanted.into, 'fetch.git');
  fs.rmSync(gitdir, { recursive: true, force: true });
  await git.init({ fs, gitdir, bare: true, defaultBranch: 'none' });
  await writeHave(host, gitdir, wanted);
  const remote = 'origin';
  await git.setConfig({ fs, gitdir, path: `remote.${remote}.url`, value: url });
  const fetch = '+refs/heads/*:refs/remotes/origin/*';
  await git.setConfig({ fs, gitdir, path: `remote.${remote}.fetch`, value: fetch });
  try {
    const { fetchHead } = await git.fetch({
      fs,
      http: boundedHttp(),
      gitdir,
      remote,
      ref: 'have',
      remoteRef: wanted.ref,
      singleBranch: true,
      tags: false,
    });
    if (fs.existsSync(join(gitdir, 'shallow')))
      throw incompleteRemote(url, 'shallow', 'it is a shallow clone');
    return fetchHead !== null && isObjectId(fetchHead) ? fetchHead : undefined;
  } catch (error) {
    if (error instanceof GitkelError) throw error;
    if (codeOf(error) === 'NotFoundError') return undefined;
    throw unreachable(url, wordsOf(error));
  }
}

/** What an error of a push comes to. */
function pushFailure(url: string, error: unknown, said: string): PushOutcome {
  const code = codeOf(error);
  if (code === 'UserCanceledError' || code === 'PushRejectedError') return 'moved';
  if (code !== 'GitPushError') throw unreachable(url, wordsOf(error));
  const why = wordsOf(error);
  if (saysMoved(`${why}\n${said}`)) return 'moved';
  throw pushRefused(url, said === '' ? why : `${why}\n${said}`);
}

/** Publishes a commit; `gitDir` is a path where a repository can be made. */
export async function pushPortably(
  url: string,
  { ref, expected, next, objects }: Pushing,
  gitDir: string,
): Promise<PushOutcome> {
  makeLinked(gitDir, objects, { [NEXT]: next });
  const said: string[] = [];
  const zero = '0'.repeat(40);
  let isThere = false;
  try {
    await git.push({
      fs,
      http: boundedHttp(),
      gitdir: gitDir,
      url,
      ref: NEXT,
      remoteRef: ref,
      // The server compares with the value that it told first, which has to be the expected one.
      onPrePush: ({ remoteRef }) => {
        isThere = remoteRef.oid === next;
        return remoteRef.oid === (expected ?? zero);
      },
      onMessage: (line) => {
        if (said.length < 100) said.push(line.trim());
      },
    });
    return 'taken';
  } catch (error) {
    return isThere ? 'taken' : pushFailure(url, error, said.join('\n'));
  }
}
