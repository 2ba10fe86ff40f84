import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
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
import { nameProblem } from './skill-manifest.ts';

/** What is revoked. */
export type RevokeTarget =
  /** One release, by the SAID of its record. */
  | { readonly kind: 'release'; readonly said: string }
  /** Files, by the SAID of their manifest, whenever they are released. */
  | { readonly kind: 'manifest'; readonly said: string }
  /** Every release of a name by a publisher that stands in the log before the revocation. */
  | { readonly kind: 'name'; readonly publisher: string; readonly name: string }
  /** A statement, audit, vouch, import or exemption of the revoking one, by the SAID of its record: it is taken back. */
  | { readonly kind: 'statement'; readonly said: string };

/** A target that is a skill: what is revoked so concerns whoever uses it. */
export type SkillTarget = Exclude<RevokeTarget, { readonly kind: 'statement' }>;

/** Why something is revoked: a closed list. */
export const REVOKE_REASONS = {
  malicious: 'it does harm on purpose',
  compromised: 'keys, accounts or machines that made it were in the hands of others',
  vulnerable: 'it can be made to do harm',
  defective: 'it does not do what it says',
  mistaken: 'it was released by mistake, or with wrong files',
  withdrawn: 'its publisher stands behind it no longer',
  superseded: 'a later release takes its place',
} as const;

export type RevokeReason = keyof typeof REVOKE_REASONS;

/** The same reasons where somebody takes back what they stated. */
const RETRACT_REASONS: Readonly<Record<RevokeReason, string>> = {
  malicious: 'it was stated to do harm',
  compromised: 'keys, accounts or machines by which it was stated were in the hands of others',
  vulnerable: 'what it is about can be made to do harm',
  defective: 'what it says is not so',
  mistaken: 'it was stated by mistake, or about the wrong files',
  withdrawn: 'its issuer stands behind it no longer',
  superseded: 'a later statement takes its place',
};

/** Why a target is revoked, in words that fit it. */
export function revokeReasonWords(
  { kind }: Pick<RevokeTarget, 'kind'>,
  reason: RevokeReason,
): string {
  return (kind === 'statement' ? RETRACT_REASONS : REVOKE_REASONS)[reason];
}

/** The issuer says that a skill must not be used any more, or takes back what it said. */
export interface Revoke {
  readonly type: 'revoke';
  readonly target: RevokeTarget;
  /** The manifest that is meant; for a name, that of its newest release; for a statement, its first subject. */
  readonly subject: Subject;
  readonly reason: RevokeReason;
  /** Text for others, perhaps empty. */
  readonly note: string;
  /** The SAID of a release or a manifest that takes its place. */
  readonly replacement: string | undefined;
  /** The controller in whose name a device issues it, if any. */
  readonly controller: string | undefined;
}

const PREDICATE_TYPE = 'urn:gitkel:revoke:1';

export function isRevokeReason(text: string): text is RevokeReason {
  return Object.hasOwn(REVOKE_REASONS, text);
}

/** The payload of the revocation's DSSE envelope. */
export function revokePayload(head: RecordHead, revoke: Revoke): Uint8Array {
  const { target, subject, reason, note, replacement, controller } = revoke;
  return inTotoPayload({
    predicateType: PREDICATE_TYPE,
    subjects: [subject],
    predicate: {
      ...placeJson(head, 'revoke', controller),
      note,
      reason,
      ...(replacement === undefined ? {} : { replacement }),
      target: { ...target },
    },
  });
}

function unreadableTarget(why: string): Error {
  return malformed('revoke-target', `Cannot read the target of a revocation: ${why}`);
}

/** A statement about files may call them as it likes; a skill has a name. */
function checkSubjectName({ name }: Subject): void {
  const wrong = nameProblem(name);
  if (wrong !== undefined) throw unreadableTarget(`the name of its subject: ${wrong}`);
}

function readTarget(value: Json, subject: Subject): RevokeTarget {
  const what = 'the target of a revocation';
  const fields = fieldsOf(value, what, ['kind'], ['name', 'publisher', 'said']);
  const kind = fields.text('kind');
  if (kind !== 'statement') checkSubjectName(subject);
  if (kind === 'release' || kind === 'manifest' || kind === 'statement')
    return { kind, said: saidField(fieldsOf(value, what, ['kind', 'said']), 'said') };
  if (kind !== 'name') throw unreadableTarget(`it is of the unknown kind ${quoted(kind)}`);
  const named = fieldsOf(value, what, ['kind', 'name', 'publisher']);
  const name = named.text('name');
  if (name === subject.name) return { kind, publisher: named.text('publisher'), name };
  throw unreadableTarget(`the name ${quoted(name)} is not its subject's`);
}

function readReason(fields: Fields): RevokeReason {
  const reason = fields.text('reason');
  if (isRevokeReason(reason)) return reason;
  throw malformed(
    'revoke-reason',
    `Cannot read a revocation: its reason ${quoted(reason)} is unknown`,
  );
}

/**
 * Text that goes with a revocation.
 * @throws GitkelError `malformed`, reason `revocation-reason`.
 */
export function revokeNote(note: string): string {
  if (note.length <= LIMITS.reasonCharacters) return note;
  throw malformed(
    'revoke-note',
    `Cannot use this note of a revocation: it has ${note.length} characters, the limit is ${LIMITS.reasonCharacters}`,
  );
}

/**
 * Reads a parsed payload back.
 * @throws GitkelError `malformed`.
 */
export function parseRevoke(value: Json): { readonly head: RecordHead; readonly body: Revoke } {
  const what = 'a revocation';
  const { subjects, predicate } = readInToto(value, PREDICATE_TYPE, what);
  const subject = onlySubject(subjects, what);
  const keys = [...PLACE_KEYS, 'note', 'reason', 'target'];
  const fields = fieldsOf(predicate, what, keys, ['controller', 'replacement']);
  const body: Revoke = {
    type: 'revoke',
    target: readTarget(fields.json('target'), subject),
    subject,
    reason: readReason(fields),
    note: revokeNote(fields.text('note')),
    replacement: fields.has('replacement') ? saidField(fields, 'replacement') : undefined,
    controller: readController(fields),
  };
  return { head: readPlace(fields, 'revoke'), body };
}
