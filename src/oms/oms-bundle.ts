/**
 * The file in which OpenSSF Model Signing keeps a signature: a sigstore bundle with a DSSE envelope in it (OMS specification,
 * section 4; sigstore protobuf specifications, `sigstore_bundle.proto`).
 * @module
 */
import type { Json } from '../base/bounded-json.ts';
import { type GitkelError, malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { decodeStandardBase64 } from '../base/standard-base64.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { PAYLOAD_TYPE } from '../records/dsse.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { type OmsStatement, parseOmsStatement } from './oms-statement.ts';

/** With what a signature is to be verified. Only chains of certificates lead to a root. */
export type OmsMaterial =
  | { readonly kind: 'chain'; readonly chain: readonly Certificate[] }
  | { readonly kind: 'key' }
  | { readonly kind: 'keyless' };

export interface OmsBundle {
  readonly material: OmsMaterial;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly statement: OmsStatement;
}

const WHAT = 'an OMS signature';
const MEDIA_TYPE =
  /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.3\+json|\+json;version=0\.[123])$/;

function unlike(why: string): GitkelError {
  return malformed('oms-form', `Cannot read ${WHAT}: ${why}`);
}

function bytesOf(text: string): Uint8Array {
  const bytes = decodeStandardBase64(text);
  if (bytes === undefined) throw unlike(`${quoted(text)} is not standard base64`);
  return bytes;
}

function certificateOf(crypto: Crypto, value: Json): Certificate {
  return parseCertificate(crypto, bytesOf(fieldsOf(value, WHAT, ['rawBytes']).text('rawBytes')));
}

/** Fields of entries of a transparency log and of timestamps (`sigstore_rekor.proto`, `sigstore_bundle.proto`). */
const LOG_FIELDS = [
  'logIndex',
  'logId',
  'keyId',
  'kindVersion',
  'kind',
  'version',
  'integratedTime',
  'inclusionPromise',
  'signedEntryTimestamp',
  'inclusionProof',
  'rootHash',
  'treeSize',
  'hashes',
  'checkpoint',
  'envelope',
  'canonicalizedBody',
  'rfc3161Timestamps',
  'signedTimestamp',
];

/** Checks that an entry has no fields but those; what they hold is not verified by anybody here. */
function checkLogFields(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value) checkLogFields(each);
    return;
  }
  fieldsOf(value, WHAT, [], LOG_FIELDS);
  for (const each of Object.values(value)) checkLogFields(each);
}

const MATERIAL = [
  'x509CertificateChain',
  'certificate',
  'publicKey',
  'tlogEntries',
  'timestampVerificationData',
];

/** What names a public key: an algorithm, or hexadecimal or base64 of what a key or its digest may take. */
const KEY_FIELD = /^[A-Za-z0-9+/=_:-]{0,2048}$/;

function parseMaterial(crypto: Crypto, value: Json): OmsMaterial {
  const fields = fieldsOf(value, WHAT, [], MATERIAL);
  const ways = ['x509CertificateChain', 'certificate', 'publicKey'].filter((key) =>
    fields.has(key),
  );
  if (ways.length !== 1) throw unlike(`it names ${ways.length} ways to verify it, not one`);
  const entries = fields.has('tlogEntries') ? fields.list('tlogEntries') : [];
  for (const each of entries) checkLogFields(each);
  if (fields.has('timestampVerificationData'))
    checkLogFields(fields.json('timestampVerificationData'));
  if (fields.has('publicKey')) {
    const key = fieldsOf(fields.json('publicKey'), WHAT, [], ['hint', 'rawBytes', 'keyDetails']);
    for (const name of ['hint', 'rawBytes', 'keyDetails'])
      if (!KEY_FIELD.test(key.optionalText(name) ?? ''))
        throw unlike(`its public key has no ${name} of that form`);
    return { kind: 'key' };
  }
  if (fields.has('certificate')) {
    const leaf = certificateOf(crypto, fields.json('certificate'));
    return entries.length > 0 ? { kind: 'keyless' } : { kind: 'chain', chain: [leaf] };
  }
  const list = fieldsOf(fields.json('x509CertificateChain'), WHAT, ['certificates']).list(
    'certificates',
  );
  if (list.length === 0 || list.length > LIMITS.certificateChain)
    throw unlike(`it has ${list.length} certificates, 1 to ${LIMITS.certificateChain} are allowed`);
  return { kind: 'chain', chain: list.map((each) => certificateOf(crypto, each)) };
}

/** One by RSA with 8192 bits. */
const SIGNATURE_BYTES = 1024;

/** The one signature of an envelope. Its key id says nothing here (OMS specification, section 4.1). */
function parseSignature(list: readonly Json[]): Uint8Array {
  const [only, ...more] = list;
  if (only === undefined || more.length > 0)
    throw unlike(`it has ${list.length} signatures, not one`);
  const fields = fieldsOf(only, WHAT, ['sig'], ['keyid']);
  if (fields.json('keyid') !== null) fields.optionalText('keyid');
  const signature = bytesOf(fields.text('sig'));
  if (signature.length <= SIGNATURE_BYTES) return signature;
  throw unlike(`its signature has ${signature.length} bytes`);
}

/**
 * Reads such a file strictly: every field is known, every certificate is one, every path is one that a skill may have.
 * Nothing is verified.
 * @throws GitkelError `malformed`; reason `oms-method` for what is not supported.
 */
export function parseOmsBundle(crypto: Crypto, bytes: Uint8Array): OmsBundle {
  const value = parseStrictJson(bytes, LIMITS.skillSidecarBytes, WHAT);
  const bundle = fieldsOf(value, WHAT, ['mediaType', 'verificationMaterial', 'dsseEnvelope']);
  if (!MEDIA_TYPE.test(bundle.text('mediaType')))
    throw unlike(`it is of the type ${quoted(bundle.text('mediaType'))}`);
  const material = parseMaterial(crypto, bundle.json('verificationMaterial'));
  const envelope = fieldsOf(bundle.json('dsseEnvelope'), WHAT, [
    'payload',
    'payloadType',
    'signatures',
  ]);
  if (envelope.text('payloadType') !== PAYLOAD_TYPE)
    throw unlike(`its payload is of the type ${quoted(envelope.text('payloadType'))}`);
  const payload = bytesOf(envelope.text('payload'));
  const signature = parseSignature(envelope.list('signatures'));
  return { material, payload, signature, statement: parseOmsStatement(crypto, payload) };
}
