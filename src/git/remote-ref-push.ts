/**
 * Creating and deleting many refs of a remote, each by compare-and-swap.
 * @module
 */
import { join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
import { onDisk } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { NETWORK_PROTOCOLS } from './clone.ts';
import { runGit } from './git-process.ts';
import { orPortably } from './or-portably.ts';
import { makePrivateGitDir } from './private-git-dir.ts';
import type { RemotePlace } from './remote-address.ts';
import { makeBorrowing } from './remote-fetch.ts';
import { remoteLines, saysMoved } from './remote-push.ts';
import { unreachable } from './remote-trouble.ts';

/** Refs of which one command of git is told at once. */
const AT_ONCE = 128;

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

/** What git says where all refs could not move together, or the server cannot do that: git-push(1), `--atomic`. */
const NOT_TOGETHER = /atomic|updates aborted by hook/i;

/** Pushes refs, all of them together or each by itself; `undefined` where they cannot move together. */
async function pushAs(
  how: 'together' | 'alone',
  url: string,
  pushes: readonly RefPush[],
  gitDir: string,
  protocols: readonly string[],
): Promise<readonly RefPushed[] | undefined> {
  const flags = ['--porcelain', '--no-verify', '--no-signed', '--no-follow-tags', '--no-thin'];
  const leases = pushes.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`);
  const specs = pushes.map(({ ref, next }) => `${next ?? ''}:${ref}`);
  if (how === 'together') flags.push('--atomic');
  const { stdout, stderr } = await runGit(
    ['push', ...flags, '--recurse-submodules=no', ...leases, '--', url, ...specs],
    { gitDir, asUser: true, config: [...protocols, 'push.pushOption=', 'core.fsync=none'] },
  );
  const told = fromUtf8(stdout) ?? '';
  const isRefused = told.split('\n').some((line) => line.startsWith('!'));
  const found = outcomes(pushes, told, stderr);
  if (how === 'together' && (found === undefined || isRefused) && NOT_TOGETHER.test(told + stderr))
    return undefined;
  if (found === undefined) throw unreachable(url, stderr);
  return found;
}

/**
 * Pushes refs in one transaction of the server, where it can do that: its hooks run once then, not once for each. Where one
 * of them cannot move, the others still do.
 */
async function pushSome(
  url: string,
  pushes: readonly RefPush[],
  gitDir: string,
  protocols: readonly string[],
): Promise<readonly RefPushed[]> {
  const together =
    pushes.length > 1 ? await pushAs('together', url, pushes, gitDir, protocols) : undefined;
  const done = together ?? (await pushAs('alone', url, pushes, gitDir, protocols));
  if (done === undefined) throw new Error('what is pushed alone does not move together');
  return done;
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
