/**
 * Records that are in-toto Statements v1 (in-toto Attestation Framework, "Statement"): canonical JSON that any in-toto
 * parser reads. Where they stand in the log, their predicate says.
 * @module
 */
import { fromHex } from '../base/bytes.ts';
import { canonicalBytes, type Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { isDigest } from '../keri/primitive-text.ts';
import type { RecordHead } from './record-head.ts';
import type { RecordType } from './record-type.ts';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/** What a statement is about: a name and the digest of its content (in-toto ResourceDescriptor). */
export interface Subject {
  readonly name: string;
  /** SHA-256 of the content, lower-case hexadecimal. */
  readonly sha256: string;
}

/** What a payload says beside its constant type. */
export interface InTotoContent {
  readonly predicateType: string;
  readonly subjects: readonly Subject[];
  readonly predicate: Json;
}

/** The payload of a DSSE envelope. */
export function inTotoPayload({ predicateType, subjects, predicate }: InTotoContent): Uint8Array {
  return canonicalBytes({
    _type: STATEMENT_TYPE,
    predicate,
    predicateType,
    subject: subjects.map(({ name, sha256 }) => ({ digest: { sha256 }, name })),
  });
}

function requireConstant(fields: Fields, key: string, value: string): void {
  if (fields.text(key) === value) return;
  throw malformed(
    'statement-type',
    `Cannot read ${fields.what}: its ${key} is ${quoted(fields.text(key))}, not "${value}"`,
  );
}

/**
 * A SHA-256 among the fields of a document.
 * @throws GitkelError `malformed`, reason `subject-digest`.
 */
export function sha256Field(fields: Fields, key: string): string {
  const sha256 = fields.text(key);
  if (fromHex(sha256)?.length === 32) return sha256;
  throw malformed('subject-digest', `Cannot read ${fields.what}: ${quoted(sha256)} is no SHA-256`);
}

/**
 * A SAID among the fields of a document.
 * @throws GitkelError `malformed`, reason `said`.
 */
export function saidField(fields: Fields, key: string): string {
  const said = fields.text(key);
  if (isDigest(said)) return said;
  throw malformed('said', `Cannot read ${fields.what}: its ${key} ${quoted(said)} is no SAID`);
}

function parseSubject(value: Json, what: string): Subject {
  const fields = fieldsOf(value, `the subject of ${what}`, ['digest', 'name']);
  const digest = fieldsOf(fields.json('digest'), `the digest of a subject of ${what}`, ['sha256']);
  return { name: fields.text('name'), sha256: sha256Field(digest, 'sha256') };
}

/**
 * Reads a payload whose predicate is of a type.
 * @param what the document, as a message calls it
 * @throws GitkelError `malformed`.
 */
export function readInToto(
  value: Json,
  predicateType: string,
  what: string,
): Omit<InTotoContent, 'predicateType'> {
  const fields = fieldsOf(value, what, ['_type', 'predicate', 'predicateType', 'subject']);
  requireConstant(fields, '_type', STATEMENT_TYPE);
  requireConstant(fields, 'predicateType', predicateType);
  const subjects = fields.list('subject').map((subject) => parseSubject(subject, what));
  if (subjects.length === 0 || subjects.length > LIMITS.subjectsPerStatement) {
    throw malformed(
      'subjects',
      `Cannot read ${what}: it has ${subjects.length} subjects, 1 to ${LIMITS.subjectsPerStatement} are allowed`,
    );
  }
  return { subjects, predicate: fields.json('predicate') };
}

/**
 * The only subject of a document that has one.
 * @throws GitkelError `malformed`, reason `subjects`.
 */
export function onlySubject(subjects: readonly Subject[], what: string): Subject {
  const [subject, ...more] = subjects;
  if (subject !== undefined && more.length === 0) return subject;
  throw malformed('subjects', `Cannot read ${what}: it has ${subjects.length} subjects, not one`);
}

/** The keys by which a predicate names its place in the log; beside them `controller` may stand. */
export const PLACE_KEYS: readonly string[] = ['issuer', 'log', 'sn', 'type'];

/** Those keys with their values. */
export function placeJson(
  { issuer, logId, sn }: RecordHead,
  type: RecordType,
  controller?: string,
): { readonly [key: string]: Json } {
  return { issuer, log: logId, sn, type, ...(controller === undefined ? {} : { controller }) };
}

/**
 * The controller for whom a device issues a record, if any.
 * @throws GitkelError `malformed`, reason `controller`, where the issuer names itself: that is said by naming nobody.
 */
export function readController(fields: Fields): string | undefined {
  const controller = fields.optionalText('controller');
  if (controller === undefined || controller !== fields.text('issuer')) return controller;
  throw malformed(
    'controller',
    `Cannot read ${fields.what}: its issuer ${quoted(controller)} is no device of itself`,
  );
}

/**
 * Reads the place of a record of a type from its predicate.
 * @throws GitkelError `malformed`.
 */
export function readPlace(fields: Fields, type: RecordType): RecordHead {
  requireConstant(fields, 'type', type);
  return { issuer: fields.text('issuer'), sn: fields.integer('sn'), logId: fields.text('log') };
}
