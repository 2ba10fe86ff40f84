/**
 * Moving one ref of a remote by compare-and-swap: from exactly the value that is expected, and never by force.
 * @module
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import { NETWORK_PROTOCOLS } from './clone.ts';
import { runGit } from './git-process.ts';
import { makePrivateGitDir } from './private-git-dir.ts';
import { makeBorrowing } from './remote-fetch.ts';
import type { RemotePlace } from './remote-address.ts';
import { shownAddress } from './remote-address.ts';
import { unreachable } from './remote-trouble.ts';

/** What is to be published. */
export interface Pushing {
  /** The full name of the ref there. */
  readonly ref: string;
  /** What it has to be at; `undefined` for a ref that must not be there. */
  readonly expected: string | undefined;
  readonly next: string;
  /** The directory of the objects. */
  readonly objects: string;
}

/** `moved`: the ref is at something else than what was expected. */
export type PushOutcome = 'taken' | 'moved';

/** How a server says that a ref was not where it was expected: git-push(1), "stale info", and messages of receive-pack. */
const MOVED =
  /stale info|fetch first|non-fast-forward|failed to (?:update|lock|write) ref|cannot lock ref|incorrect old value|reference already exists|already exists|remote ref updated since/i;

/** The error for a push that the server does not take. */
export function pushRefused(url: string, why: string): GitkelError {
  const said = why
    .replaceAll(/[^\n\u0020-\u007e]/g, '?')
    .trim()
    .slice(-1_000);
  return new GitkelError('refused', `Cannot publish at ${shownAddress(url)}: ${said}`, {
    reason: 'push-refused',
    hint: 'The server does not take it: see what it says, or ask who runs it. The batch is still staged and complete.',
  });
}

/** Whether a server refused a ref because it stood elsewhere. */
export function saysMoved(summary: string): boolean {
  return MOVED.test(summary);
}

/** What the server said of the ref, of `git push --porcelain`: `<flag>\t<from>:<to>\t<summary> (<reason>)`. */
function refLine(stdout: string, ref: string): { flag: string; summary: string } | undefined {
  for (const line of stdout.split('\n')) {
    const [flag = '', names = '', summary = ''] = line.split('\t');
    if (names.endsWith(`:${ref}`)) return { flag, summary };
  }
  return undefined;
}

/** Lines that hooks of the server wrote for people. */
export function remoteLines(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('remote:'))
    .map((line) => line.slice('remote:'.length).trim())
    .filter((line) => line !== '')
    .join('\n');
}

async function pushWithGit(
  url: string,
  { ref, expected, next }: Pushing,
  gitDir: string,
  protocols: readonly string[],
): Promise<PushOutcome> {
  const flags = ['--porcelain', '--no-verify', '--no-signed', '--no-follow-tags', '--no-thin'];
  const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
  const { exitCode, stdout, stderr } = await runGit(
    ['push', ...flags, '--recurse-submodules=no', lease, '--', url, `${next}:${ref}`],
    { gitDir, asUser: true, config: [...protocols, 'push.pushOption=', 'core.fsync=none'] },
  );
  const line = refLine(fromUtf8(stdout) ?? '', ref);
  if (line === undefined) throw unreachable(url, stderr);
  // `=`: it is there already, by an earlier push whose answer was lost.
  if (exitCode === 0 || line.flag === '=') return 'taken';
  if (saysMoved(line.summary)) return 'moved';
  const said = remoteLines(stderr);
  throw pushRefused(url, said === '' ? line.summary : `${line.summary}\n${said}`);
}

/**
 * Publishes a commit and what it reaches.
 * @throws GitkelError `environment`, reason `remote-unreachable`: it is not known then whether the server took it;
 * `refused`, reason `push-refused`, with what the server said.
 */
export async function pushRef(
  host: Host,
  place: RemotePlace,
  pushing: Pushing,
): Promise<PushOutcome> {
  const own = makePrivateGitDir();
  const gitDir = join(own.path, 'push.git');
  const url = place.kind === 'directory' ? place.dir : place.url;
  const protocols =
    place.kind === 'directory'
      ? ['protocol.allow=never', 'protocol.file.allow=always']
      : NETWORK_PROTOCOLS;
  try {
    makeBorrowing(host, gitDir, pushing.objects, pushing.expected);
    return await pushWithGit(url, pushing, gitDir, protocols);
  } catch (error) {
    const isMissing = error instanceof GitkelError && error.reason === 'git-missing';
    if (!isMissing || !/^https?:/.test(url)) throw error;
    rmSync(gitDir, { recursive: true, force: true });
    const { pushPortably } = await import('./portable-remote.ts');
    return await pushPortably(url, pushing, gitDir);
  } finally {
    own.remove();
  }
}
