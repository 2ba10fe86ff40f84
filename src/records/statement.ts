import { fromHex } from '../base/bytes.ts';
import { canonicalBytes, type Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';

/** What a statement is about: a name and digests of its content (in-toto ResourceDescriptor). */
export interface Subject {
  readonly name: string;
  /** SHA-256 of the content, lower-case hexadecimal. */
  readonly sha256: string;
}

/** The issuer vouches for files: an in-toto Statement v1, whose place in the log its predicate names. */
export interface Statement {
  readonly type: 'statement';
  readonly subjects: readonly Subject[];
  /** The controller in whose name a device issues it, if any. */
  readonly controller: string | undefined;
}

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATE_TYPE = 'urn:gitkel:statement:1';

/** Where a statement stands: fields of its predicate. */
export interface StatementPlace {
  readonly issuer: string;
  readonly sn: number;
  readonly logId: string;
}

/** The payload of the statement's DSSE envelope: canonical JSON, which any in-toto parser reads. */
export function statementPayload(
  place: StatementPlace,
  { subjects, controller }: Statement,
): Uint8Array {
  return canonicalBytes({
    _type: STATEMENT_TYPE,
    predicate: {
      issuer: place.issuer,
      log: place.logId,
      sn: place.sn,
      type: 'statement',
      ...(controller === undefined ? {} : { controller }),
    },
    predicateType: PREDICATE_TYPE,
    subject: subjects.map(({ name, sha256 }) => ({ digest: { sha256 }, name })),
  });
}

function parseSubject(value: Json): Subject {
  const fields = fieldsOf(value, 'the subject of a statement', ['digest', 'name']);
  const sha256 = fieldsOf(fields.json('digest'), 'the digest of a subject', ['sha256']).text(
    'sha256',
  );
  if (fromHex(sha256)?.length !== 32)
    throw malformed('subject-digest', `Cannot read a statement: ${quoted(sha256)} is no SHA-256`);
  return { name: fields.text('name'), sha256 };
}

function requireConstant(fields: Fields, key: string, value: string): void {
  if (fields.text(key) === value) return;
  throw malformed(
    'statement-type',
    `Cannot read a statement: its ${key} is ${quoted(fields.text(key))}, not "${value}"`,
  );
}

/**
 * Reads a parsed payload back.
 * @throws GitkelError `malformed`.
 */
export function parseStatement(value: Json): {
  readonly place: StatementPlace;
  readonly statement: Statement;
} {
  const what = 'a statement';
  const fields = fieldsOf(value, what, ['_type', 'predicate', 'predicateType', 'subject']);
  requireConstant(fields, '_type', STATEMENT_TYPE);
  requireConstant(fields, 'predicateType', PREDICATE_TYPE);
  const predicate = fieldsOf(
    fields.json('predicate'),
    what,
    ['issuer', 'log', 'sn', 'type'],
    ['controller'],
  );
  requireConstant(predicate, 'type', 'statement');
  const subjects = fields.list('subject').map(parseSubject);
  if (subjects.length === 0 || subjects.length > LIMITS.subjectsPerStatement) {
    throw malformed(
      'subjects',
      `Cannot read a statement: it has ${subjects.length} subjects, 1 to ${LIMITS.subjectsPerStatement} are allowed`,
    );
  }
  return {
    place: {
      issuer: predicate.text('issuer'),
      sn: predicate.integer('sn'),
      logId: predicate.text('log'),
    },
    statement: { type: 'statement', subjects, controller: predicate.optionalText('controller') },
  };
}
