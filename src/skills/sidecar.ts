/**
 * Files beside a skill that are about it and cannot be part of what they are about: statements, key event logs and
 * foreign signatures. They are told by their place, name and form; anything else under such a name is a file of the skill
 * like any other.
 * @module
 */
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { canonicalText } from '../base/canonical-json.ts';
import { GitkelError } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { readAttachments } from '../cesr/attachments.ts';
import { sniffVersion } from '../cesr/version.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { parseSignedEvent } from '../keri/signatures.ts';
import { parseOmsBundle } from '../oms/oms-bundle.ts';
import { parseEnvelope } from '../records/dsse.ts';

/** The name under which a signature by OpenSSF Model Signing stands. */
export const OMS_SIGNATURE = 'skill.oms.sig';

/** Names at a skill's root under which files about it may stand. */
export const SIDECARS = ['skill.prov.cesr', 'skill.prov.jsonl', OMS_SIGNATURE] as const;

type SidecarName = (typeof SIDECARS)[number];

/** Whether a path is one under which a sidecar stands. */
export function isSidecarName(path: string): path is SidecarName {
  return SIDECARS.some((name) => name === path);
}

/** One key event after the other, each with its controller's signatures, and nothing else. */
function checkEvents(crypto: Crypto, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    const { size } = sniffVersion(bytes, at).version;
    const messageEnd = at + size;
    const end = messageEnd < bytes.length ? readAttachments(bytes, messageEnd).end : messageEnd;
    const parsed = parseSignedEvent(crypto, bytes.subarray(at, end));
    if (!parsed.ok || parsed.signed.attachments.controllerSignatures.length === 0)
      throw new GitkelError('malformed', 'no signed key event');
    at = end;
  }
}

/** One canonical DSSE envelope with an in-toto statement in each line. */
function checkEnvelopes(bytes: Uint8Array): void {
  const text = fromUtf8(bytes) ?? '';
  if (!text.endsWith('\n')) throw new GitkelError('malformed', 'the last line is cut off');
  for (const line of text.slice(0, -1).split('\n')) {
    const value = parseStrictJson(utf8(line), LIMITS.skillSidecarBytes, 'an envelope');
    if (canonicalText(value) !== line) throw new GitkelError('malformed', 'not canonical');
    const { payload } = parseEnvelope(value);
    requireStatement(payload);
  }
}

function requireStatement(payload: Uint8Array): void {
  const value = parseStrictJson(payload, LIMITS.skillSidecarBytes, 'a statement');
  fieldsOf(value, 'a statement', ['_type', 'subject', 'predicateType', 'predicate']);
}

/** Whether bytes have the form that a sidecar of that name has. What they say is not verified here. */
export function isSidecar(crypto: Crypto, name: SidecarName, bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length > LIMITS.skillSidecarBytes) return false;
  try {
    if (name === 'skill.prov.cesr') checkEvents(crypto, bytes);
    else if (name === 'skill.prov.jsonl') checkEnvelopes(bytes);
    else parseOmsBundle(crypto, bytes);
    return true;
  } catch (error) {
    if (error instanceof GitkelError) return false;
    throw error;
  }
}
