/**
 * Whether a signed summary is what it says: signed by its verifier's keys as they were, and sealed in its KEL.
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { digestText } from '../cesr/digest.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import { parseSignedEvent } from '../keri/signatures.ts';
import { isSatisfied } from '../keri/threshold.ts';
import { isDuplicitous } from '../log/marks.ts';
import type { Log } from '../log/log.ts';
import { encodeEnvelope, parseEnvelope, preAuthenticationEncoding } from '../records/dsse.ts';
import { parseSummary, type VerificationSummary } from './verification-summary.ts';

/** A summary with the place at which it entered the log. */
export interface SealedSummary {
  readonly summary: VerificationSummary;
  readonly aid: string;
  readonly sn: number;
  /** The batch number of the event that seals it. */
  readonly position: number;
}

function refused(reason: string, message: string, hint: string): GitkelError {
  return new GitkelError('refused', `Cannot believe this summary: ${message}`, { reason, hint });
}

/** Whether the trunk's event holds exactly the seal of the digest. */
function seals(log: Log, aid: string, sn: number, said: string): boolean {
  const bytes = log.readEvent(aid, sn);
  const parsed = bytes === undefined ? undefined : parseSignedEvent(log.host.crypto, bytes);
  if (parsed?.ok !== true) return false;
  const wanted = JSON.stringify({ d: said });
  return parsed.signed.event.seals.some((seal) => JSON.stringify(seal) === wanted);
}

/**
 * Verifies a signed summary by a log.
 * @param bytes a DSSE envelope, with or without a line feed behind it
 * @throws GitkelError `malformed` for what is none of ours; `refused`: `summary-unsigned`, `other-log`, `issuer-unknown`,
 * `issuer-duplicitous`, `not-sealed`, `bad-signature`, `threshold`.
 */
export function checkSummary(log: Log, bytes: Uint8Array): SealedSummary {
  const what = 'a signed summary';
  const value = parseStrictJson(bytes, LIMITS.summaryBytes, what);
  const { payload, signatures } = parseEnvelope(value);
  const summary = parseSummary(payload);
  const { place } = summary;
  if (place === undefined)
    throw refused(
      'summary-unsigned',
      'it names nobody who answers for it',
      'Ask for a signed one.',
    );
  const { issuer, sn, logId } = place;
  const written = fromUtf8(encodeEnvelope(payload, issuer, signatures));
  if (fromUtf8(bytes)?.replace(/\n$/, '') !== written)
    throw malformed('not-canonical', `Cannot read ${what}: its bytes are not in their one form`);
  const { contents, host } = log;
  if (contents.genesis?.logId !== logId)
    throw refused('other-log', `it is sealed in the log ${logId}`, 'Name a copy of that log.');
  const kel = contents.kel(issuer);
  if (kel === undefined)
    throw refused('issuer-unknown', `this log has no ${issuer}`, 'Bring the log up to date.');
  if (isDuplicitous(contents, issuer))
    throw refused(
      'issuer-duplicitous',
      `${issuer} is proved to have signed two events for one place`,
      'Ask another verifier.',
    );
  const [state, position] = [kel.stateAt(sn), kel.positionAt(sn)];
  if (
    state === undefined ||
    position === undefined ||
    !seals(log, issuer, sn, digestText(host.crypto, payload))
  )
    throw refused(
      'not-sealed',
      `no event ${sn} of ${issuer} seals it`,
      'Bring the log up to date; what a recovery took back counts no more.',
    );
  const message = preAuthenticationEncoding(payload);
  for (const { index, raw } of signatures) {
    const key = state.publicKeys[index];
    if (key === undefined || !host.crypto.verify(decodePrimitive(key).raw, message, raw))
      throw refused(
        'bad-signature',
        `the signature of key ${index} of ${quoted(issuer)} does not hold`,
        'Somebody changed it: ask the verifier for it.',
      );
  }
  const indices = signatures.map(({ index }) => index);
  if (!isSatisfied(state.threshold, indices))
    throw refused('threshold', `too few keys of ${issuer} signed it`, 'Ask the verifier for it.');
  return { summary, aid: issuer, sn, position };
}
