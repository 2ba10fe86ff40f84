/**
 * Records: statements that stand beside the KELs of a log, each sealed by its issuer.
 * @module
 */
import { canonicalBytes, type Json, parseCanonical } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import { dummy } from '../cesr/said.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type Audit, auditPayload, parseAudit } from './audit.ts';
import { type DeviceLink, deviceLinkJson, parseDeviceLink } from './device-link.ts';
import { type DeviceRevoke, deviceRevokeJson, parseDeviceRevoke } from './device-revoke.ts';
import { preAuthenticationEncoding } from './dsse.ts';
import { type Exemption, exemptionPayload, parseExemption } from './exemption.ts';
import { type Lift, liftJson, parseLift } from './lift.ts';
import { type LogPolicy, logPolicyJson, parseLogPolicy } from './log-policy.ts';
import type { RecordHead } from './record-head.ts';
import {
  type InTotoType,
  isInTotoType,
  isRecordType,
  onSuperseded,
  type RecordType,
} from './record-type.ts';
import { parseRelease, type Release, releasePayload } from './release.ts';
import {
  parseRepositoryPolicy,
  type RepositoryPolicy,
  repositoryPolicyPayload,
} from './repository-policy.ts';
import { parseRevoke, type Revoke, revokePayload } from './revoke.ts';
import { importPayload, parseImport, type SkillImport } from './skill-import.ts';
import { parseRunRecord, type RunRecord, runRecordPayload } from './run-record.ts';
import { parseStatement, type Statement, statementPayload } from './statement.ts';
import { parseVouch, type Vouch, vouchPayload } from './vouch.ts';

/** What an in-toto statement says, by its type. */
type InTotoBody =
  | Statement
  | Release
  | Revoke
  | RepositoryPolicy
  | Audit
  | Vouch
  | SkillImport
  | Exemption
  | RunRecord;
/** What a record of our own form says. */
type OwnBody = DeviceLink | DeviceRevoke | LogPolicy | Lift;

/** What a record says, by its type. */
export type RecordBody = OwnBody | InTotoBody;

/** A record without its signatures: bytes fixed. */
export interface UnsignedRecord extends RecordHead {
  readonly said: string;
  readonly body: RecordBody;
  /** What the SAID is the digest of: canonical JSON with the SAID in `d`, or the payload of an in-toto statement. */
  readonly bytes: Uint8Array;
}

function isInToto(body: RecordBody): body is InTotoBody {
  return isInTotoType(body.type);
}

function payloadOf(head: RecordHead, body: InTotoBody): Uint8Array {
  switch (body.type) {
    case 'statement':
      return statementPayload(head, body);
    case 'release':
      return releasePayload(head, body);
    case 'revoke':
      return revokePayload(head, body);
    case 'repository-policy':
      return repositoryPolicyPayload(head, body);
    case 'audit':
      return auditPayload(head, body);
    case 'vouch':
      return vouchPayload(head, body);
    case 'import':
      return importPayload(head, body);
    case 'exemption':
      return exemptionPayload(head, body);
    case 'run-record':
      return runRecordPayload(head, body);
  }
}

function parsePayload(
  crypto: Crypto,
  type: InTotoType,
  value: Json,
): { readonly head: RecordHead; readonly body: InTotoBody } {
  switch (type) {
    case 'statement':
      return parseStatement(value);
    case 'release':
      return parseRelease(crypto, value);
    case 'revoke':
      return parseRevoke(value);
    case 'repository-policy':
      return parseRepositoryPolicy(value);
    case 'audit':
      return parseAudit(value);
    case 'vouch':
      return parseVouch(crypto, value);
    case 'import':
      return parseImport(value);
    case 'exemption':
      return parseExemption(value);
    case 'run-record':
      return parseRunRecord(value);
  }
}

function bodyJson(body: OwnBody): { readonly [key: string]: Json } {
  switch (body.type) {
    case 'device-link':
      return deviceLinkJson(body);
    case 'device-revoke':
      return deviceRevokeJson(body);
    case 'log-policy':
      return logPolicyJson(body);
    case 'lift':
      return liftJson(body);
  }
}

const HEAD = ['d', 'issuer', 'log', 'sn', 'type'];

function documentOf(said: string, head: RecordHead, body: OwnBody): Json {
  return {
    ...bodyJson(body),
    d: said,
    issuer: head.issuer,
    log: head.logId,
    sn: head.sn,
    type: body.type,
  };
}

/** Fixes the bytes and the SAID of a record. */
export function buildRecord(
  crypto: Crypto,
  { issuer, sn, logId }: RecordHead,
  body: RecordBody,
): UnsignedRecord {
  const head = { issuer, sn, logId };
  if (isInToto(body)) {
    const bytes = payloadOf(head, body);
    return { ...head, said: digestText(crypto, bytes), body, bytes };
  }
  const said = digestText(crypto, canonicalBytes(documentOf(dummy('E'), head, body)));
  return { ...head, said, body, bytes: canonicalBytes(documentOf(said, head, body)) };
}

function parseOwnBody(type: string, value: Json): OwnBody {
  if (!isRecordType(type) || isInTotoType(type)) {
    throw malformed(
      'record-type',
      `Cannot read a record: its type ${quoted(type)} is unknown here`,
    );
  }
  switch (type) {
    case 'device-link':
      return parseDeviceLink(value, HEAD);
    case 'device-revoke':
      return parseDeviceRevoke(value, HEAD);
    case 'log-policy':
      return parseLogPolicy(value, HEAD);
    case 'lift':
      return parseLift(value, HEAD);
  }
}

function parseOwn(crypto: Crypto, value: Json): UnsignedRecord {
  const keys =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  const fields = fieldsOf(value, 'a record', HEAD, keys);
  const body = parseOwnBody(fields.text('type'), value);
  const head = {
    issuer: fields.text('issuer'),
    sn: fields.integer('sn'),
    logId: fields.text('log'),
  };
  const record = buildRecord(crypto, head, body);
  if (record.said === fields.text('d')) return record;
  throw malformed(
    'record-said',
    `Cannot read a record: its digest is not its SAID ${quoted(fields.text('d'))}`,
  );
}

/**
 * Reads the unsigned bytes of a record of a type: canonical JSON, exact fields, SAID computed again.
 * @throws GitkelError `malformed`.
 */
export function parseRecord(crypto: Crypto, type: RecordType, bytes: Uint8Array): UnsignedRecord {
  const value = parseCanonical(bytes, LIMITS.fileBytes, 'a record');
  if (isInTotoType(type)) {
    const { head, body } = parsePayload(crypto, type, value);
    return buildRecord(crypto, head, body);
  }
  const record = parseOwn(crypto, value);
  if (record.body.type === type) return record;
  throw malformed(
    'record-type',
    `Cannot read a record: it is a ${record.body.type}, a ${type} was expected`,
  );
}

/** Whose signatures a record carries beside the seal: nobody's, the issuer's, or those of a device that accepts it. */
export function signerOf({ body, issuer }: UnsignedRecord): string | undefined {
  switch (body.type) {
    case 'device-link':
      return body.device;
    case 'statement':
    case 'release':
    case 'revoke':
    case 'repository-policy':
    case 'audit':
    case 'vouch':
    case 'import':
    case 'exemption':
    case 'run-record':
      return issuer;
    case 'device-revoke':
    case 'log-policy':
    case 'lift':
      return undefined;
  }
}

/** The bytes that those signatures are over. */
export function signedBytes({ body, bytes }: UnsignedRecord): Uint8Array {
  return isInTotoType(body.type) ? preAuthenticationEncoding(bytes) : bytes;
}

/**
 * Whether a record stays in force when the event that seals it is superseded, until a `lift` names it: what takes trust
 * away. Every other record counts as absent then.
 * @param givesTrust whether a revocation takes back what speaks against somebody or something
 */
export function staysInForce(body: RecordBody, givesTrust = false): boolean {
  const fate = onSuperseded(body.type);
  if (fate !== 'as-said') return fate === 'stays';
  return body.type === 'audit' ? body.result === 'fail' : !givesTrust;
}
