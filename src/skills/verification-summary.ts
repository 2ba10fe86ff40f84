/**
 * Verification summaries in a form that others read: in-toto Statements v1 with the predicate of SLSA's Verification
 * Summary Attestation v1.
 * @module
 */
import { canonicalBytes, type Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { LIMITS } from '../base/limits.ts';
import { inTotoPayload, onlySubject, readInToto, sha256Field } from '../records/in-toto.ts';
import type { RecordHead } from '../records/record-head.ts';

/** Something that counted: a record of the log, a policy. */
export interface SummarySource {
  readonly uri: string;
  /** SHA-256, lower-case hexadecimal. */
  readonly sha256: string;
}

/** What was found of one skill, when, and by what. */
export interface VerificationSummary {
  /** The name of the skill, and the SHA-256 of its manifest. */
  readonly name: string;
  readonly manifestSha256: string;
  /** The SAID of the manifest. */
  readonly manifest: string;
  /** Who verified it, and where that is sealed; absent where nobody signs. */
  readonly place: RecordHead | undefined;
  /** As `2026-11-21T09:00:00Z`. */
  readonly timeVerified: string;
  readonly policy: SummarySource;
  /** The records of the log that counted. */
  readonly inputs: readonly SummarySource[];
  readonly result: 'PASSED' | 'FAILED';
  /** What holds, in words of ours: `GITKEL_VERIFIED`, `GITKEL_CRITERION_...`; `FAILED` alone where it failed. */
  readonly levels: readonly string[];
}

const PREDICATE_TYPE = 'https://slsa.dev/verification_summary/v1';
const SLSA_VERSION = '1.0';
const WHAT = 'a verification summary';
const PREDICATE_KEYS = [
  'verifier',
  'timeVerified',
  'resourceUri',
  'policy',
  'inputAttestations',
  'verificationResult',
  'verifiedLevels',
  'slsaVersion',
];
/** A verifier that nobody answers for. */
const NOBODY = 'urn:gitkel:verifier';

function sourceJson({ uri, sha256 }: SummarySource): Json {
  return { uri, digest: { sha256 } };
}

/** What others call an identity. */
function verifierUri(aid: string): string {
  return `urn:gitkel:aid:${aid}`;
}

/** The statement's bytes: canonical JSON, the payload of the DSSE envelope where it is signed. */
export function summaryPayload(summary: VerificationSummary): Uint8Array {
  const { name, manifestSha256, manifest, place, timeVerified } = summary;
  return inTotoPayload({
    predicateType: PREDICATE_TYPE,
    subjects: [{ name, sha256: manifestSha256 }],
    predicate: {
      verifier: { id: place === undefined ? NOBODY : verifierUri(place.issuer) },
      timeVerified,
      resourceUri: `urn:gitkel:manifest:${manifest}`,
      policy: sourceJson(summary.policy),
      inputAttestations: summary.inputs.map(sourceJson),
      verificationResult: summary.result,
      verifiedLevels: summary.levels,
      slsaVersion: SLSA_VERSION,
      ...(place === undefined
        ? {}
        : { gitkel: { issuer: place.issuer, log: place.logId, sn: place.sn } }),
    },
  });
}

function readSource(value: Json, what: string): SummarySource {
  const fields = fieldsOf(value, what, ['uri', 'digest']);
  const digest = fieldsOf(fields.json('digest'), `the digest of ${what}`, ['sha256']);
  return { uri: fields.text('uri'), sha256: sha256Field(digest, 'sha256') };
}

function readPlace(fields: Fields): RecordHead | undefined {
  const id = fieldsOf(fields.json('verifier'), `the verifier of ${WHAT}`, ['id']).text('id');
  if (!fields.has('gitkel')) {
    if (id === NOBODY) return undefined;
    throw malformed(
      'verifier',
      `Cannot read ${WHAT}: it does not say where ${quoted(id)} sealed it`,
    );
  }
  const place = fieldsOf(fields.json('gitkel'), `the place of ${WHAT}`, ['issuer', 'log', 'sn']);
  const issuer = place.text('issuer');
  if (id !== verifierUri(issuer))
    throw malformed('verifier', `Cannot read ${WHAT}: ${quoted(id)} is not ${quoted(issuer)}`);
  return { issuer, logId: place.text('log'), sn: place.integer('sn') };
}

function readResult(fields: Fields): VerificationSummary['result'] {
  const result = fields.text('verificationResult');
  if (result === 'PASSED' || result === 'FAILED') return result;
  throw malformed('result', `Cannot read ${WHAT}: ${quoted(result)} is no result`);
}

/**
 * Reads a summary of ours: exactly what {@link summaryPayload} writes.
 * @throws GitkelError `malformed`.
 */
export function parseSummary(payload: Uint8Array): VerificationSummary {
  const value = parseStrictJson(payload, LIMITS.summaryBytes, WHAT);
  const { subjects, predicate } = readInToto(value, PREDICATE_TYPE, WHAT);
  const { name, sha256 } = onlySubject(subjects, WHAT);
  const fields = fieldsOf(predicate, WHAT, PREDICATE_KEYS, ['gitkel']);
  const [, manifest = ''] = /^urn:gitkel:manifest:(.*)$/.exec(fields.text('resourceUri')) ?? [];
  const summary: VerificationSummary = {
    name,
    manifestSha256: sha256,
    manifest,
    place: readPlace(fields),
    timeVerified: fields.text('timeVerified'),
    policy: readSource(fields.json('policy'), `the policy of ${WHAT}`),
    inputs: fields.list('inputAttestations').map((one) => readSource(one, `an input of ${WHAT}`)),
    result: readResult(fields),
    levels: fields.texts('verifiedLevels'),
  };
  const again = summaryPayload(summary);
  if (again.length === payload.length && again.every((byte, at) => byte === payload[at]))
    return summary;
  throw malformed('not-canonical', `Cannot read ${WHAT}: its bytes are not in their one form`);
}

/** What a record of the log is called among the inputs. */
export function recordUri(said: string): string {
  return `urn:gitkel:record:${said}`;
}

/** The policy that is nothing but a list of who may release. */
export function publishersPolicy(allowed: readonly string[]): {
  readonly uri: string;
  readonly bytes: Uint8Array;
} {
  return {
    uri: 'urn:gitkel:policy:publishers',
    bytes: canonicalBytes({ publishers: [...new Set(allowed)].toSorted() }),
  };
}
