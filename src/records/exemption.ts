import type { Json } from '../base/canonical-json.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import {
  inTotoPayload,
  onlySubject,
  PLACE_KEYS,
  placeJson,
  readController,
  readInToto,
  readPlace,
  saidField,
  type Subject,
} from './in-toto.ts';
import type { RecordHead } from './record-head.ts';
import { boundedText, checkSkillSubject, readTerm } from './skill-statement.ts';

/** The issuer lets exactly these files pass for a while although what is asked of skills is not met. */
export interface Exemption {
  readonly type: 'exemption';
  /** The SAID of the manifest of the files. */
  readonly manifest: string;
  /** The name of the skill, and the SHA-256 of the manifest's bytes. */
  readonly subject: Subject;
  readonly reason: string;
  /** Who sees to it that it is not needed any more: text of people, to be shown escaped. */
  readonly owner: string;
  /** Days as `2026-11-21`, in UTC: it holds from `issued` on, and no more on `expires`. */
  readonly issued: string;
  readonly expires: string;
  /** The controller in whose name a device issues it, if any. */
  readonly controller: string | undefined;
}

const PREDICATE_TYPE = 'urn:gitkel:exemption:1';
const WHAT = 'an exemption';

/** The payload of the exemption's DSSE envelope. */
export function exemptionPayload(head: RecordHead, exemption: Exemption): Uint8Array {
  const { manifest, subject, reason, owner, issued, expires, controller } = exemption;
  return inTotoPayload({
    predicateType: PREDICATE_TYPE,
    subjects: [subject],
    predicate: {
      ...placeJson(head, 'exemption', controller),
      expires,
      issued,
      manifest,
      owner,
      reason,
    },
  });
}

/**
 * Reads a parsed payload back.
 * @throws GitkelError `malformed`.
 */
export function parseExemption(value: Json): {
  readonly head: RecordHead;
  readonly body: Exemption;
} {
  const { subjects, predicate } = readInToto(value, PREDICATE_TYPE, WHAT);
  const keys = [...PLACE_KEYS, 'expires', 'issued', 'manifest', 'owner', 'reason'];
  const fields = fieldsOf(predicate, WHAT, keys, ['controller']);
  const { first, end } = readTerm(fields, ['issued', 'expires'], LIMITS.exemptionDays);
  const text = (key: string): string =>
    boundedText(`the ${key} of ${WHAT}`, fields.text(key), 1, LIMITS.reasonCharacters);
  const body: Exemption = {
    type: 'exemption',
    manifest: saidField(fields, 'manifest'),
    subject: checkSkillSubject(onlySubject(subjects, WHAT), WHAT),
    reason: text('reason'),
    owner: text('owner'),
    issued: first,
    expires: end,
    controller: readController(fields),
  };
  return { head: readPlace(fields, 'exemption'), body };
}
