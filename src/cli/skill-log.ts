/**
 * The log that decides about skills: a copy on this machine, or one that is fetched for this once.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { isCloneUrl } from '../git/clone.ts';
import { remoteAddress } from '../git/remote-address.ts';
import { formatTime } from '../batch/time.ts';
import type { Freshness } from '../log/freshness.ts';
import type { Log } from '../log/log.ts';
import { openLog } from '../log/open-log.ts';
import { type SkillLog, skillLog } from '../skills/skill-log.ts';
import type { Staleness } from '../skills/skill-verdict.ts';
import { freshnessHere } from './freshness.ts';
import { recallOpen } from './memory.ts';
import { fetchedCopy } from './remote-copy.ts';
import type { Session } from './session.ts';

/** A verified log, as verdicts on skills read it. */
export interface DecidingLog extends SkillLog {
  readonly freshness: Freshness;
}

function deciding(log: Log, freshness: Freshness): DecidingLog {
  return { ...skillLog(log), freshness };
}

async function fetched<T>(
  session: Session,
  url: string,
  branch: string | undefined,
  use: (log: DecidingLog) => Promise<T>,
): Promise<T> {
  return fetchedCopy(session.host, url, async (dir) => {
    const at = session.host.now();
    const log = openLog(session.host, dir, { branch, memory: session.memory });
    try {
      const [alarm] = recallOpen(session.home, log).alarms;
      if (alarm !== undefined) {
        throw new GitkelError('refused', `Cannot use this log: ${alarm.detail}`, {
          reason: alarm.reason,
          hint: 'Compare it with the copy that you verified before.',
        });
      }
      await session.remember(log.contents);
      const address = remoteAddress({ kind: 'url', url });
      await session.rememberAsked(log.contents, address, at);
      return await use(deciding(log, { state: 'fresh', since: at, upstream: address }));
    } finally {
      log.store.close();
    }
  });
}

/**
 * Opens the log that decides, verifies it, and gives it to `use`.
 * @param named what `--log` says: a directory or an address; else the log is found from the working directory
 * @throws GitkelError as `Session.log`; `environment`, reason `clone-failed`.
 */
export async function withDecidingLog<T>(
  session: Session,
  named: { readonly log?: string | undefined; readonly branch?: string | undefined },
  use: (log: DecidingLog) => Promise<T>,
): Promise<T> {
  if (named.log !== undefined && isCloneUrl(named.log))
    return fetched(session, named.log, named.branch, use);
  const log = await session.log();
  return use(deciding(log, freshnessHere(session.home, log)));
}

/** The same, without a log where none is named and none is found. */
export async function withDecidingLogIfAny<T>(
  session: Session,
  named: { readonly log?: string | undefined; readonly branch?: string | undefined },
  use: (log: DecidingLog | undefined) => Promise<T>,
): Promise<T> {
  if (named.log !== undefined) return withDecidingLog(session, named, use);
  const log = await session.logIfAny();
  return use(log === undefined ? undefined : deciding(log, freshnessHere(session.home, log)));
}

/** Why a log of that age decides nothing; `undefined` when it may, as it always does where no age is asked for. */
export function stalenessOf(
  { state, since }: Freshness,
  maxAge: number | undefined,
  now: number,
): Staleness | undefined {
  if (maxAge === undefined || (state !== 'unknown' && since === undefined)) return undefined;
  if (since === undefined) {
    return {
      reason: 'log-freshness-unknown',
      detail: 'nobody here has asked the upstream of this copy of the log',
    };
  }
  if (now - since <= maxAge) return undefined;
  return {
    reason: 'log-stale',
    detail: `the upstream of this copy of the log was last asked ${formatTime(since)}, longer than ${maxAge} s ago`,
  };
}
