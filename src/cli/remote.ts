/**
 * The upstream of a log, with what this home knows of it.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { isUnreachable } from '../git/remote-trouble.ts';
import { askedRemotes } from '../keys/asked.ts';
import type { Home } from '../keys/home.ts';
import type { Contents } from '../log/contents.ts';
import type { Log } from '../log/log.ts';
import { requireWritable } from '../log/writable.ts';
import {
  pull,
  type PullOptions,
  type PullOutcome,
  pullProblem,
  type RemoteAlarm,
} from '../sync/pull.ts';
import { publishAll, publisher } from '../sync/publish.ts';
import { type Remote, remoteOf } from '../sync/remote.ts';
import { ownTip } from '../sync/tip.ts';
import { misplacedAlarms, recallNow } from './memory.ts';
import { Progress, waitedFor } from './progress.ts';
import type { Session } from './session.ts';

/** Whether this home knows that a remote had the log. */
function wasThere(home: Home, { genesis }: Contents, { address }: Remote): boolean {
  const asked = genesis === undefined ? [] : askedRemotes(home, genesis.logId);
  return asked.some((one) => one.address === address);
}

function pullOptions(home: Home, log: Log, remote: Remote): PullOptions {
  return {
    wasThere: wasThere(home, log.contents, remote),
    check: (contents) => alarmsAt(home, contents, remote),
  };
}

/** What does not fit to what this home knows in a log that a remote has. */
function alarmsAt(
  home: Home,
  contents: Contents,
  { address }: Remote,
): readonly Pick<RemoteAlarm, 'reason' | 'detail'>[] {
  const known = recallNow(home, contents).alarms.map(({ reason, detail }) =>
    reason === 'log-rolled-back'
      ? {
          reason: 'remote-rolled-back',
          detail: `the log at ${quoted(address, 512)} went back: ${detail}`,
        }
      : { reason, detail },
  );
  return [...misplacedAlarms(home, contents, [address]), ...known];
}

/** Of a copy that is behind what this home has seen of the log, a remote that has no more is not current. */
function unlessBehind(
  session: Session,
  log: Log,
  remote: Remote,
  outcome: PullOutcome,
): PullOutcome {
  if (!session.isBehind || (outcome.status !== 'current' && outcome.status !== 'unpublished'))
    return outcome;
  const [alarm] = alarmsAt(session.home, log.contents, remote);
  const ours = ownTip(log.contents);
  return alarm === undefined
    ? outcome
    : { status: 'alarm', alarm: { ...alarm, ours, theirs: ours } };
}

/**
 * Makes a log publish what is committed, if it has an upstream that can be asked. An address that cannot be asked is for
 * those to complain about who write.
 * @param onTaken told when the upstream, by its address, has taken something; seconds since 1970 when it was asked
 */
export function connect(
  home: Home,
  log: Log,
  onTaken: (at: number, address: string) => void,
): void {
  let remote: Remote | undefined;
  try {
    remote = remoteOf(log);
  } catch (error) {
    if (error instanceof GitkelError && error.reason === 'remote-url') return;
    throw error;
  }
  if (remote === undefined) return;
  const { address } = remote;
  const publish = publisher(log, remote, {
    ...pullOptions(home, log, remote),
    onTaken: (at) => onTaken(at, address),
  });
  log.publishWith(async (commit) => waitedFor('publishing', publish(commit)));
}

/** The upstream of a log; it must have one. */
export function requireRemote(log: Log, what: string): Remote {
  const remote = remoteOf(log);
  if (remote !== undefined) return remote;
  throw new GitkelError('usage', `Cannot ${what}: the log has no upstream`, {
    reason: 'no-upstream',
    hint: 'It is its own source. To give it one: git remote add origin URL, and git config branch.BRANCH.remote origin',
  });
}

/**
 * Pulls from the upstream of a log, and remembers what it brought and that it was asked.
 * @throws GitkelError `refused` for an alarm or a batch that does not hold; `environment`, reason `remote-unreachable`.
 */
export async function pullHere(session: Session, log: Log, remote: Remote): Promise<PullOutcome> {
  const at = session.host.now();
  const progress = new Progress('verifying batch');
  const pulling = pull(log, remote, {
    ...pullOptions(session.home, log, remote),
    onBatch: (done, total) => progress.update(done, total),
  }).finally(() => progress.end());
  const outcome = await waitedFor('pulling', pulling);
  const problem = pullProblem(unlessBehind(session, log, remote, outcome));
  if (problem !== undefined) throw problem;
  session.requireCaughtUp(log);
  if (outcome.status === 'pulled') await session.remember(log.contents);
  if (outcome.status !== 'unpublished')
    await session.rememberAsked(log.contents, remote.address, at);
  return outcome;
}

/**
 * Publishes all that a log holds at an upstream that has no such branch.
 * @returns how many batches that were
 * @throws GitkelError `conflict` when the branch has come there meanwhile; what `pushRef` throws.
 */
export async function publishHere(session: Session, log: Log, remote: Remote): Promise<number> {
  const at = session.host.now();
  const { batches } = log.contents;
  if (batches === 0) return 0;
  if (!(await waitedFor('publishing', publishAll(log, remote)))) {
    throw new GitkelError('conflict', `Cannot publish at ${remote.address}: it has a log by now`, {
      reason: 'remote-moved',
      hint: 'Try again: gitkel sync',
    });
  }
  await session.rememberAsked(log.contents, remote.address, at);
  return batches;
}

/**
 * Makes ready to write to a log: what its upstream has is taken over first, so that nothing is built on what is gone. Where
 * the upstream does not answer, one can stage and sign all the same.
 * @throws GitkelError `environment` where nothing can be written; what {@link pullHere} throws.
 */
export async function readyToWrite(session: Session, log: Log): Promise<void> {
  requireWritable(log);
  const remote = log.publishes ? remoteOf(log) : undefined;
  if (remote === undefined) return;
  try {
    await pullHere(session, log, remote);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    session.warn(`${error.message}; going on with what was pulled last`);
  }
}
