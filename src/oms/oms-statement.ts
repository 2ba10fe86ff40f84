/**
 * What a signature by OpenSSF Model Signing says: the files of a directory and their digests (OMS specification, section 5;
 * for its predecessor, `Digests/v0.1`, section 11).
 * @module
 */
import { concat, fromHex, toHex } from '../base/bytes.ts';
import type { Json } from '../base/bounded-json.ts';
import { type GitkelError, malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { pathFormProblem } from '../records/skill-path.ts';

const STATEMENT = 'https://in-toto.io/Statement/v1';
const PREDICATE = 'https://model_signing/signature/v1.0';
const OLD_PREDICATE = 'https://model_signing/Digests/v0.1';
const WHAT = 'what an OMS signature says';

export interface OmsStatement {
  /** Whether it is of the predecessor, which was signed in another encoding, too. */
  readonly isOld: boolean;
  /** SHA-256 of each file by its path, lower-case hexadecimal. */
  readonly files: ReadonlyMap<string, string>;
  /** What it gives as the digest of all files: the SHA-256 of their digests, one after the other. None in the old form. */
  readonly stated: string | undefined;
  /** That digest, computed from the list. */
  readonly computed: string;
}

function unlike(why: string): GitkelError {
  return malformed('oms-form', `Cannot read ${WHAT}: ${why}`);
}

function unsupported(why: string): GitkelError {
  return malformed('oms-method', `Cannot verify ${WHAT}: ${why}`);
}

function digestField(fields: Fields, key: string): string {
  const text = fields.text(key);
  if (fromHex(text)?.length === 32) return text;
  throw unlike(`${quoted(text)} is no SHA-256`);
}

/** The digest of a subject. */
function subjectDigest(value: Json): string {
  return digestField(fieldsOf(value, WHAT, ['sha256']), 'sha256');
}

function bounded(list: readonly Json[]): readonly Json[] {
  if (list.length > 0 && list.length <= LIMITS.skillFiles) return list;
  throw unlike(`it names ${list.length} files, 1 to ${LIMITS.skillFiles} are allowed`);
}

/** The list of files, each once, under paths that a skill may have. */
function fileMap(entries: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [path, sha256] of entries) {
    const wrong = pathFormProblem(path);
    if (wrong !== undefined) throw unlike(`the path ${quoted(path, 200)}: ${wrong.detail}`);
    if (files.has(path)) throw unlike(`${quoted(path, 200)} stands in it twice`);
    files.set(path, sha256);
  }
  return files;
}

function requireSha256(algorithm: string): void {
  if (algorithm !== 'sha256')
    throw unsupported(`its digests are ${quoted(algorithm)}, not "sha256"`);
}

/** Refuses text that says nothing and has room for more than a name. */
function requireShort(text: string): void {
  if (text.length > LIMITS.skillNameCharacters)
    throw unlike(`${quoted(text)} has more than ${LIMITS.skillNameCharacters} characters`);
}

function checkSerialization(value: Json): void {
  const fields = fieldsOf(
    value,
    WHAT,
    ['method', 'hash_type', 'allow_symlinks'],
    ['ignore_paths', 'shard_size'],
  );
  const method = fields.text('method');
  if (method !== 'files') throw unsupported(`its method is ${quoted(method)}, not "files"`);
  requireSha256(fields.text('hash_type'));
  if (fields.json('allow_symlinks') !== false)
    throw unsupported('it follows symbolic links, which no skill may hold');
  // Read, and honoured for nothing: what the files of a skill are, the rules for digests say.
  const ignored = fields.has('ignore_paths') ? fields.texts('ignore_paths') : [];
  if (ignored.length > LIMITS.omsIgnoredPaths)
    throw unlike(`it ignores more than ${LIMITS.omsIgnoredPaths} paths`);
  for (const path of ignored) requireShort(path);
}

function parseResource(value: Json): readonly [string, string] {
  const fields = fieldsOf(value, WHAT, ['name', 'digest', 'algorithm']);
  requireSha256(fields.text('algorithm'));
  return [fields.text('name'), digestField(fields, 'digest')];
}

function parsePredicate(
  subjects: readonly Json[],
  value: Json,
): Pick<OmsStatement, 'files' | 'stated'> {
  const predicate = fieldsOf(value, WHAT, ['resources', 'serialization']);
  checkSerialization(predicate.json('serialization'));
  const files = fileMap(bounded(predicate.list('resources')).map(parseResource));
  const [only, ...more] = subjects;
  if (only === undefined || more.length > 0)
    throw unlike(`it has ${subjects.length} subjects, not one`);
  const subject = fieldsOf(only, WHAT, ['name', 'digest']);
  // The name is that of a directory of the signer, and says nothing (section 6.5).
  requireShort(subject.text('name'));
  return { files, stated: subjectDigest(subject.json('digest')) };
}

function parseOldSubject(value: Json): readonly [string, string] {
  const fields = fieldsOf(value, WHAT, ['name', 'digest'], ['annotations']);
  if (fields.has('annotations')) {
    const actual = fieldsOf(fields.json('annotations'), WHAT, [], ['actual_hash_algorithm']);
    const algorithm = actual.optionalText('actual_hash_algorithm') ?? 'file-sha256';
    if (algorithm !== 'file-sha256')
      throw unsupported(`its digests are ${quoted(algorithm)}, not "file-sha256"`);
  }
  return [fields.text('name'), subjectDigest(fields.json('digest'))];
}

function parseOld(
  subjects: readonly Json[],
  predicate: Json,
): Pick<OmsStatement, 'files' | 'stated'> {
  requireShort(fieldsOf(predicate, WHAT, [], ['unused']).optionalText('unused') ?? '');
  return { files: fileMap(bounded(subjects).map(parseOldSubject)), stated: undefined };
}

/**
 * Reads the payload of a signature. Fields that the specification does not have are refused, since a file that is left out
 * of a skill's digest must have no place for more.
 * @throws GitkelError `malformed`: `oms-method` for what is not supported, `oms-form` and those of fields for the rest.
 */
export function parseOmsStatement(crypto: Crypto, payload: Uint8Array): OmsStatement {
  const value = parseStrictJson(payload, LIMITS.skillSidecarBytes, WHAT);
  const fields = fieldsOf(value, WHAT, ['_type', 'subject', 'predicateType', 'predicate']);
  const [type, predicateType] = [fields.text('_type'), fields.text('predicateType')];
  if (type !== STATEMENT) throw unlike(`it is of the type ${quoted(type)}`);
  const isOld = predicateType === OLD_PREDICATE;
  if (!isOld && predicateType !== PREDICATE)
    throw unlike(`its predicate is of the type ${quoted(predicateType)}`);
  const parse = isOld ? parseOld : parsePredicate;
  const { files, stated } = parse(fields.list('subject'), fields.json('predicate'));
  const raw = [...files.values()].map((sha256) => fromHex(sha256) ?? new Uint8Array());
  return { isOld, files, stated, computed: toHex(crypto.digest('sha2-256', concat(...raw))) };
}
