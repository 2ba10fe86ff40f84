import { type ExpectedAid, parseExpectedAid } from '../audit/expectations.ts';
import type { Session } from './session.ts';

/**
 * What `--expect` says: `AID`, `AID@SN:SAID`, or the same with a name of this home.
 * @throws GitkelError `usage`, or `not-found` for an unknown name.
 */
export function expectedAid(session: Session, text: string): ExpectedAid {
  const at = text.indexOf('@');
  const who = at < 0 ? text : text.slice(0, at);
  return parseExpectedAid(session.aid(who) + text.slice(who.length));
}
