import { expectationProblems, type ExpectedAid } from '../audit/expectations.ts';
import { GitkelError } from '../base/errors.ts';
import { type EventPoint, knownAid, pinAid } from '../keys/pins.ts';
import { type LogPin, pinLog } from '../keys/log-pins.ts';
import type { Log } from '../log/log.ts';
import { addressesOf } from '../log/freshness.ts';
import type { Session } from './session.ts';

/** Pins the log, as it is now, for its upstream and for its own directory. */
export async function pinThisLog(session: Session, log: Log): Promise<LogPin> {
  const { genesis, lastBatch, batches } = log.contents;
  if (genesis === undefined || lastBatch === undefined) {
    throw new GitkelError('not-found', 'Cannot pin the log: it has no batch yet', {
      reason: 'log-unborn',
    });
  }
  return pinLog(session.home, {
    logId: genesis.logId,
    position: batches - 1,
    payloadDigest: lastBatch.payloadDigest,
    addresses: addressesOf(log),
  });
}

function refused(detail: string, reason: string): GitkelError {
  return new GitkelError('refused', `Cannot pin: ${detail}`, {
    reason,
    hint: 'One of both is not what it seems: ask the controller by another way.',
  });
}

/** The event that is pinned: the one that is named, or the last establishment event that the log shows. */
function pointOf({ aid, at }: ExpectedAid, log: Log | undefined): EventPoint {
  if (at !== undefined) return { aid, ...at };
  const state = log?.contents.kel(aid)?.establishments.at(-1)?.state;
  if (state !== undefined) return { aid, sn: state.sn, said: state.said };
  throw new GitkelError('not-found', `Cannot pin ${aid}: no log here shows it`, {
    hint: 'Name its event, as you know it from elsewhere: AID@SN:SAID',
  });
}

/**
 * Pins an identifier at an event, which has to be the one that the log at hand and this home know there, if they know it.
 * @throws GitkelError `refused`, reason `expected-event` or `aid-conflict`; `not-found` for an event that nobody named.
 */
export function pinIdentity(
  session: Session,
  expected: ExpectedAid,
  log: Log | undefined,
): EventPoint {
  const point = pointOf(expected, log);
  const kel = log?.contents.kel(point.aid);
  if (log !== undefined && kel !== undefined && kel.state.sn >= point.sn) {
    const [problem] = expectationProblems(log.contents, undefined, [{ aid: point.aid, at: point }]);
    if (problem !== undefined) throw refused(problem.detail, problem.reason);
  }
  const seen = knownAid(session.home, point.aid)?.points.find(({ sn }) => sn === point.sn);
  if (
    seen !== undefined &&
    seen.said !== point.said &&
    kel?.isDisputed(seen.sn, seen.said) !== true
  )
    throw refused(
      `event ${point.sn} of ${point.aid} was ${seen.said} when this home saw it`,
      'aid-conflict',
    );
  pinAid(session.home, point);
  return point;
}
