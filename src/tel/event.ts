/**
 * Transaction events of credentials as values: registries, and what is issued and revoked in them (KERI: "Public
 * Transaction Event Logs"; ACDC specification, "Issuance and revocation"). The bytes stay the truth.
 * @module
 */
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type Body, bodyLabels, bodyText, messageType, readBody } from '../keri/body.ts';
import { statedSize } from '../keri/message.ts';
import { isPrefix } from '../keri/primitive-text.ts';
import {
  backerList,
  countOf,
  dateTimeField,
  digestField,
  need,
  type RegistrySeal,
  registrySealOf,
  snOf,
  textList,
} from './field.ts';

interface TelHead {
  /** The event as its digest is taken: exact bytes, UTF-8. */
  readonly bytes: Uint8Array;
  readonly said: string;
  /** Sequence number among the events of the registry, or of the credential. */
  readonly sn: number;
}

/** `vcp`: a registry is set up. Its identifier is the event's SAID. */
export interface RegistryInception extends TelHead {
  readonly type: 'vcp';
  readonly registry: string;
  /** The identifier whose key event log anchors everything in the registry. */
  readonly issuer: string;
  readonly traits: readonly string[];
  /** How many distinct backers have to sign, and who they are: Ed25519 keys in CESR text. */
  readonly backerThreshold: number;
  readonly backers: readonly string[];
}

/** `vrt`: a registry changes its backers. */
export interface RegistryRotation extends TelHead {
  readonly type: 'vrt';
  readonly registry: string;
  readonly prior: string;
  readonly backerThreshold: number;
  readonly backerCuts: readonly string[];
  readonly backerAdds: readonly string[];
}

interface CredentialHead extends TelHead {
  /** The SAID of the credential. */
  readonly credential: string;
  /** When, as the issuer claims: RFC 3339 with six digits of a second. */
  readonly dateTime: string;
}

/** `iss`: a credential is issued in a registry without backers. */
export interface Issuance extends CredentialHead {
  readonly type: 'iss';
  readonly registry: string;
}

/** `rev`: it is revoked. */
export interface Revocation extends CredentialHead {
  readonly type: 'rev';
  readonly registry: string;
  readonly prior: string;
}

/** `bis`: a credential is issued in a registry with backers: those after the event of the registry that it seals. */
export interface BackedIssuance extends CredentialHead {
  readonly type: 'bis';
  readonly registry: string;
  readonly registrySeal: RegistrySeal;
}

/** `brv`: it is revoked. */
export interface BackedRevocation extends CredentialHead {
  readonly type: 'brv';
  readonly registry: string;
  readonly prior: string;
  readonly registrySeal: RegistrySeal;
}

export type RegistryEvent = RegistryInception | RegistryRotation;
export type CredentialEvent = Issuance | Revocation | BackedIssuance | BackedRevocation;
export type TelEvent = RegistryEvent | CredentialEvent;

/** An event, or the rule by which it is refused. */
export type ParsedTelEvent = { readonly ok: true; readonly event: TelEvent } | TelRejection;

/** An event of a registry that is refused: by which rule, and a sentence about it. */
export interface TelRejection {
  readonly ok: false;
  readonly reason: string;
  readonly detail: string;
}

export function telRejection(reason: string, detail: string): TelRejection {
  return { ok: false, reason, detail };
}

const LABELS = {
  vcp: bodyLabels('v t d i ii s c bt b n'),
  vrt: bodyLabels('v t d i p s bt br ba'),
  iss: bodyLabels('v t d i s ri dt'),
  rev: bodyLabels('v t d i s ri p dt'),
  bis: bodyLabels('v t d i ii s ra dt'),
  brv: bodyLabels('v t d i s p ra dt'),
} as const;

type TelType = keyof typeof LABELS;

/** Whether a message of this type is an event of a registry. */
export function isTelType(type: string): type is TelType {
  return Object.hasOwn(LABELS, type);
}

function credentialHead(body: Body, type: CredentialEvent['type'], sn: number): CredentialHead {
  const { bytes, said } = body;
  return {
    bytes,
    said,
    sn: snOf(body, type, sn),
    credential: digestField(body, 'i', 'credential'),
    dateTime: dateTimeField(body, 'dt'),
  };
}

function inceptionOf(crypto: Crypto, body: Body): RegistryInception {
  const { bytes, said } = body;
  const issuer = bodyText(body, 'ii');
  const traits = need(textList(body, 'c'), 'traits', 'the traits are not a list of text');
  const backers = need(
    backerList(crypto, body, 'b'),
    'backers',
    'the backers are not a list of different Ed25519 keys that cannot rotate',
  );
  const threshold = need(countOf(body), 'backer-threshold', 'the field "bt" is no number');
  need(bodyText(body, 'n'), 'nonce', 'the field "n" is no text');
  if (traits.includes('NB') && backers.length > 0)
    throw malformed('backers', 'a registry without backers (NB) lists some');
  checkThreshold(threshold, backers.length);
  return {
    type: 'vcp',
    bytes,
    said,
    sn: snOf(body, 'vcp', 0),
    registry: said,
    issuer: need(
      issuer !== undefined && isPrefix(issuer) ? issuer : undefined,
      'issuer',
      'the issuer is no identifier',
    ),
    traits,
    backerThreshold: threshold,
    backers,
  };
}

function checkThreshold(threshold: number, backers: number): void {
  const suits = backers === 0 ? threshold === 0 : threshold >= 1 && threshold <= backers;
  if (!suits)
    throw malformed(
      'backer-threshold',
      `a threshold of ${threshold} does not suit ${backers} backers`,
    );
}

function rotationOf(crypto: Crypto, body: Body): RegistryRotation {
  const { bytes, said } = body;
  const detail = 'the backers to change are not lists of different Ed25519 keys that cannot rotate';
  return {
    type: 'vrt',
    bytes,
    said,
    sn: snOf(body, 'vrt', undefined),
    registry: digestField(body, 'i', 'registry'),
    prior: digestField(body, 'p', 'prior'),
    backerThreshold: need(countOf(body), 'backer-threshold', 'the field "bt" is no number'),
    backerCuts: need(backerList(crypto, body, 'br'), 'backers', detail),
    backerAdds: need(backerList(crypto, body, 'ba'), 'backers', detail),
  };
}

function backedOf(body: Body, type: 'bis' | 'brv'): BackedIssuance | BackedRevocation {
  const registrySeal = registrySealOf(body);
  const { registry } = registrySeal;
  if (type === 'brv') {
    const prior = digestField(body, 'p', 'prior');
    return { type, ...credentialHead(body, type, 1), registry, prior, registrySeal };
  }
  if (bodyText(body, 'ii') !== registry)
    throw malformed('registry', 'the fields "ii" and "ra" name different registries');
  return { type, ...credentialHead(body, type, 0), registry, registrySeal };
}

function eventOf(crypto: Crypto, type: TelType, body: Body): TelEvent {
  switch (type) {
    case 'vcp':
      return inceptionOf(crypto, body);
    case 'vrt':
      return rotationOf(crypto, body);
    case 'iss':
      return {
        type,
        ...credentialHead(body, type, 0),
        registry: digestField(body, 'ri', 'registry'),
      };
    case 'rev':
      return {
        type,
        ...credentialHead(body, type, 1),
        registry: digestField(body, 'ri', 'registry'),
        prior: digestField(body, 'p', 'prior'),
      };
    case 'bis':
    case 'brv':
      return backedOf(body, type);
  }
}

/**
 * Reads one event of a registry: exact size, canonical JSON, exact fields, SAID, and every rule that it can be judged by
 * alone. Whether it is anchored, and what it follows on, is for `decideTel`. Never throws for what bytes hold.
 */
export function parseTelEvent(crypto: Crypto, bytes: Uint8Array): ParsedTelEvent {
  const { length } = bytes;
  if (length > LIMITS.eventBytes)
    return telRejection(
      'too-large',
      `the event has ${length} bytes, the limit is ${LIMITS.eventBytes}`,
    );
  const size = statedSize(bytes);
  if (size === undefined)
    return telRejection('version-string', 'the event is not of KERI 1.0 in JSON');
  if (size !== length)
    return telRejection('size', `the event states ${size} bytes and has ${length}`);
  const type = messageType(bytes);
  if (type === undefined || !isTelType(type))
    return telRejection(
      'unsupported-ilk',
      `an event of type ${quoted(type)} is none of a registry`,
    );
  const body = readBody(crypto, bytes, LABELS[type], type === 'vcp' ? ['d', 'i'] : ['d']);
  if (!body.ok) return body;
  try {
    return { ok: true, event: eventOf(crypto, type, body) };
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return telRejection(error.reason ?? error.code, error.message);
  }
}
