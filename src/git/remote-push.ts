/**
 * Moving one ref of a remote by compare-and-swap: from exactly the value that is expected, and never by force.
 * @module
 */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import { NETWORK_PROTOCOLS, NETWORK_SETTINGS } from './clone.ts';
import { runGit } from './git-process.ts';
import { makeQuarantine } from './quarantine.ts';
import { makeBorrowing } from './remote-fetch.ts';
import type { RemotePlace } from './remote-address.ts';
import { shownAddress } from './remote-address.ts';
import { asUnreachable, isGitMissing, unreachable } from './remote-trouble.ts';

/** What is to be published. */
export interface Pushing {
  /** The full name of the ref there. */
  readonly ref: string;
  /** What it has to be at; `undefined` for a ref that must not be there. */
  readonly expected: string | undefined;
  readonly next: string;
  /** The directory of the objects. */
  readonly objects: string;
  /** Told what the server said where the ref is taken to have moved. */
  readonly onMoved?: (said: string) => void;
}

/** `moved`: the ref is at something else than what was expected. */
export type PushOutcome = 'taken' | 'moved';

/** How a server says that a ref was not where it was expected: git-push(1), "stale info", and messages of receive-pack. */
const MOVED =
  /stale info|fetch first|non-fast-forward|failed to (?:update|lock|write) ref|cannot lock ref|incorrect old value|reference already exists|already exists|remote ref updated since/i;

/** How git says that the server did not tell whether it took a ref: git-push(1), "remote failure". */
const NO_REPORT = /^\[remote failure\]/;

/** What a server said, as a message may quote it. */
function printable(said: string): string {
  return said
    .replaceAll(/[^\n\u0020-\u007e]/g, '?')
    .trim()
    .slice(-1_000);
}

/** The error for a push that the server does not take although its ref stands where it is expected. */
export function pushStuck(address: string, said: string): GitkelError {
  return new GitkelError(
    'environment',
    `Cannot publish at ${shownAddress(address)}: it takes nothing, though nothing is new there: ${printable(said)}`,
    {
      reason: 'remote-locked',
      hint: 'A lock may have been left behind there, or it cannot write: ask who runs it. The batch is still staged and complete.',
    },
  );
}

/** The error for a push that the server does not take. */
export function pushRefused(url: string, why: string): GitkelError {
  const said = printable(why);
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
  { ref, expected, next, onMoved }: Pushing,
  gitDir: string,
  protocols: readonly string[],
): Promise<PushOutcome> {
  const flags = ['--porcelain', '--no-verify', '--no-signed', '--no-follow-tags', '--no-thin'];
  const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
  const { exitCode, stdout, stderr } = await runGit(
    ['push', ...flags, '--recurse-submodules=no', lease, '--', url, `${next}:${ref}`],
    {
      gitDir,
      asUser: true,
      config: [...protocols, ...NETWORK_SETTINGS, 'push.pushOption=', 'core.fsync=none'],
    },
  );
  const line = refLine(fromUtf8(stdout) ?? '', ref);
  if (line === undefined || NO_REPORT.test(line.summary)) throw unreachable(url, stderr);
  // `=`: it is there already, by an earlier push whose answer was lost.
  if (exitCode === 0 || line.flag === '=') return 'taken';
  const remote = remoteLines(stderr);
  const said = remote === '' ? line.summary : `${line.summary}\n${remote}`;
  if (!saysMoved(line.summary)) throw pushRefused(url, said);
  onMoved?.(said);
  return 'moved';
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
  // There, what a process leaves that is killed is removed by the next one.
  const quarantine = makeQuarantine(host, { commonDir: dirname(pushing.objects) });
  const gitDir = join(quarantine.dir, 'push.git');
  const url = place.kind === 'directory' ? place.dir : place.url;
  const protocols =
    place.kind === 'directory'
      ? ['protocol.allow=never', 'protocol.file.allow=always']
      : NETWORK_PROTOCOLS;
  try {
    makeBorrowing(host, gitDir, pushing.objects, pushing.expected);
    return await pushWithGit(url, pushing, gitDir, protocols);
  } catch (error) {
    if (!isGitMissing(error) || !/^https?:/.test(url)) throw asUnreachable(url, error);
    rmSync(gitDir, { recursive: true, force: true });
    const { pushPortably } = await import('./portable-remote.ts');
    return await pushPortably(url, pushing, gitDir);
  } finally {
    quarantine.remove();
  }
}
