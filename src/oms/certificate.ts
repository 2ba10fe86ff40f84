/**
 * X.509 certificates (RFC 5280), as far as a chain of them is judged. OpenSSL reads each one, too, and verifies its signature:
 * Node.js does not tell what it found of validity, basic constraints, key usage and critical extensions, which are read here.
 * @module
 */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { sameBytes, toHex } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import {
  badDer,
  bitsOf,
  booleanOf,
  type DerValue,
  expectTag,
  oidOf,
  partsOf,
  readDer,
  smallIntegerOf,
  TAG,
  timeOf,
} from './der.ts';

/** A certificate, as far as paths are judged by it. */
export interface Certificate {
  /** SHA-256 of the DER, lower-case hexadecimal: by this a root is pinned. */
  readonly sha256: string;
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  /** The subject as text, in the order of its parts; of any characters. */
  readonly subjectText: string;
  /** Seconds since 1970; both are within. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Object identifier of the algorithm that it is signed with, the hexadecimal of its DER content. */
  readonly algorithm: string;
  readonly isAuthority: boolean;
  /** How many authorities may stand between it and a signer; any number where undefined. */
  readonly pathLength: number | undefined;
  /** Undefined where it does not limit what its key is for. */
  readonly keyUsage: { readonly signs: boolean; readonly certifies: boolean } | undefined;
  /** Object identifiers; undefined where it does not limit that. */
  readonly extendedUsage: readonly string[] | undefined;
  /** Object identifiers of what limits its use in ways that are not known here. */
  readonly unknownLimits: readonly string[];
  readonly publicKey: KeyObject;
  readonly openssl: X509Certificate;
}

const OID = {
  keyUsage: '551d0f',
  basicConstraints: '551d13',
  nameConstraints: '551d1e',
  extendedKeyUsage: '551d25',
} as const;

const VERSION_3 = 2;
const EXTENSIONS = 64;

interface Extension {
  readonly oid: string;
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

function parseExtension(value: DerValue): Extension {
  const [id, second, third, ...more] = partsOf(expectTag(value, TAG.sequence), 3);
  const isStated = third !== undefined;
  if (second === undefined || more.length > 0) throw badDer('an extension is none');
  const isCritical = isStated && booleanOf(second);
  return {
    oid: oidOf(id),
    isCritical,
    value: expectTag(isStated ? third : second, TAG.octetString).content,
  };
}

function parseExtensions(tagged: DerValue | undefined): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>();
  if (tagged === undefined) return found;
  for (const part of partsOf(readDer(tagged.content, TAG.sequence), EXTENSIONS)) {
    const extension = parseExtension(part);
    if (found.has(extension.oid)) throw badDer('an extension stands in it twice');
    found.set(extension.oid, extension);
  }
  return found;
}

type Basic = Pick<Certificate, 'isAuthority' | 'pathLength'>;

function basicConstraints(extension: Extension | undefined): Basic {
  if (extension === undefined) return { isAuthority: false, pathLength: undefined };
  const parts = partsOf(readDer(extension.value, TAG.sequence), 2);
  const [first] = parts;
  const isAuthority = first?.tag === TAG.boolean && booleanOf(first);
  const rest = first?.tag === TAG.boolean ? parts.slice(1) : parts;
  const [length, ...more] = rest;
  if (more.length > 0) throw badDer('its basic constraints are none');
  return { isAuthority, pathLength: length === undefined ? undefined : smallIntegerOf(length) };
}

function keyUsage(extension: Extension | undefined): Certificate['keyUsage'] {
  if (extension === undefined) return undefined;
  const [first = 0] = bitsOf(readDer(extension.value, TAG.bitString));
  return { signs: (first & 0x80) !== 0, certifies: (first & 0x04) !== 0 };
}

function extendedUsage(extension: Extension | undefined): readonly string[] | undefined {
  if (extension === undefined) return undefined;
  return partsOf(readDer(extension.value, TAG.sequence), EXTENSIONS).map(oidOf);
}

const KNOWN = new Set<string>([OID.keyUsage, OID.basicConstraints, OID.extendedKeyUsage]);

/** What stands in the signed part, without what only OpenSSL looks at. */
function parseBody(body: DerValue, outerAlgorithm: DerValue) {
  const [version, serial, algorithm, issuer, validity, subject, key, ...rest] = partsOf(body, 10);
  if (version?.tag !== 0xa0 || smallIntegerOf(readDer(version.content, TAG.integer)) !== VERSION_3)
    throw badDer('it is not of version 3');
  expectTag(serial, TAG.integer);
  if (!sameBytes(expectTag(algorithm, TAG.sequence).whole, outerAlgorithm.whole))
    throw badDer('it names two algorithms for its signature');
  const [tagged, ...more] = rest;
  if (more.length > 0 || (tagged !== undefined && tagged.tag !== 0xa3))
    throw badDer('it has parts that nobody uses');
  const [notBefore, notAfter, ...times] = partsOf(expectTag(validity, TAG.sequence), 2);
  if (times.length > 0) throw badDer('its validity is none');
  expectTag(key, TAG.sequence);
  return {
    issuer: expectTag(issuer, TAG.sequence).whole,
    subject: expectTag(subject, TAG.sequence).whole,
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    extensions: parseExtensions(tagged),
  };
}

interface ByOpenssl {
  readonly openssl: X509Certificate;
  readonly subjectText: string;
  readonly publicKey: KeyObject;
}

/** OpenSSL reads some parts only when they are asked for, so all that are needed are. */
function readByOpenssl(der: Uint8Array): ByOpenssl {
  try {
    const openssl = new X509Certificate(der);
    const { subject, publicKey } = openssl;
    return { openssl, subjectText: subject.split('\n').join(', '), publicKey };
  } catch {
    throw badDer('OpenSSL cannot read it');
  }
}

/**
 * Reads one certificate from its DER. Nothing is verified.
 * @throws GitkelError `malformed`, reason `certificate`.
 */
export function parseCertificate(crypto: Crypto, der: Uint8Array): Certificate {
  if (der.length > LIMITS.certificateBytes)
    throw badDer(`it has ${der.length} bytes, the limit is ${LIMITS.certificateBytes}`);
  const [body, algorithm, signature, ...more] = partsOf(readDer(der, TAG.sequence), 3);
  if (more.length > 0 || signature === undefined) throw badDer('it has not three parts');
  expectTag(signature, TAG.bitString);
  const outer = expectTag(algorithm, TAG.sequence);
  const { extensions, ...fields } = parseBody(expectTag(body, TAG.sequence), outer);
  return {
    ...fields,
    ...basicConstraints(extensions.get(OID.basicConstraints)),
    sha256: toHex(crypto.digest('sha2-256', der)),
    algorithm: oidOf(partsOf(outer, 2)[0]),
    keyUsage: keyUsage(extensions.get(OID.keyUsage)),
    extendedUsage: extendedUsage(extensions.get(OID.extendedKeyUsage)),
    unknownLimits: [...extensions.values()]
      .filter(
        ({ oid, isCritical }) => oid === OID.nameConstraints || (isCritical && !KNOWN.has(oid)),
      )
      .map(({ oid }) => oid),
    ...readByOpenssl(der),
  };
}

/** Whether a certificate is issued under the name and with the key of another, which is for that. */
export function isIssuedBy(issued: Certificate, authority: Certificate): boolean {
  if (!sameBytes(issued.issuer, authority.subject)) return false;
  try {
    const isNamed = issued.openssl.checkIssued(authority.openssl);
    return isNamed && issued.openssl.verify(authority.publicKey);
  } catch {
    // What OpenSSL cannot even begin to verify.
    return false;
  }
}

/** The DER of a certificate. */
export function derOf({ openssl }: Certificate): Uint8Array {
  return new Uint8Array(openssl.raw);
}
