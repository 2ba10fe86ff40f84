/**
 * The log that decides about skills: a copy on this machine, or one that is fetched for this once.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { isCloneUrl } from '../git/clone.ts';
import { remoteAddress } from '../git/remote-address.ts';
import type { Freshness } from '../log/freshness.ts';
import type { Log } from '../log/log.ts';
import { openLog } from '../log/open-log.ts';
import { type SkillLog, skillLog } from '../skills/skill-log.ts';
import { freshnessHere } from './freshness.ts';
import { recallOpen } from './memory.ts';
import { fetchedCopy } from './remote-copy.ts';
import type { Session } from './session.ts';

/** A verified log, as verdicts on skills read it. */
export interface DecidingLog extends SkillLog {
  /** How fresh it is. @param maxAge seconds */
  readonly freshness: (maxAge?: number) => Freshness;
}

function deciding(session: Session, log: Log): DecidingLog {
  return {
    ...skillLog(log),
    freshness: (maxAge) => freshnessHere(session.home, log, maxAge),
  };
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
      const freshness: Freshness = { state: 'fresh', since: at, upstream: address };
      return await use({ ...skillLog(log), freshness: () => freshness });
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
  return use(deciding(session, log));
}

/** The same, without a log where none is named and none is found. */
export async function withDecidingLogIfAny<T>(
  session: Session,
  named: { readonly log?: string | undefined; readonly branch?: string | undefined },
  use: (log: DecidingLog | undefined) => Promise<T>,
): Promise<T> {
  if (named.log !== undefined) return withDecidingLog(session, named, use);
  const log = await session.logIfAny();
  return use(log === undefined ? undefined : deciding(session, log));
}
