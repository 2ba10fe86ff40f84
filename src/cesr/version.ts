/**
 * Version strings: the protocol, its version, the serialisation and the size of a message, at its start (CESR
 * specification, "Version string field").
 * @module
 */
import { malformed, quoted, type GitkelError } from '../base/errors.ts';
import { asciiText, decodeBase64Number, encodeBase64Number } from './base64.ts';

const PROTOCOLS = ['KERI', 'ACDC'] as const;
const KINDS = ['JSON', 'CBOR', 'MGPK', 'CESR'] as const;

type Protocol = (typeof PROTOCOLS)[number];
type SerializationKind = (typeof KINDS)[number];

interface VersionNumber {
  readonly major: number;
  readonly minor: number;
}

export interface Version {
  readonly protocol: Protocol;
  readonly version: VersionNumber;
  /** Version of the CESR tables; stated only by the longer form of version 2. */
  readonly genus: VersionNumber | undefined;
  readonly kind: SerializationKind;
  /** Bytes of the whole message. */
  readonly size: number;
}

/** `KERI10JSON00012b_`: version in hexadecimal, size in six digits of it. */
const FIRST = /^([A-Z]{4})([0-9a-f])([0-9a-f])([A-Z]{4})([0-9a-f]{6})_$/;
/** `KERICAAJSONAAEr.` and `KERICAACAAJSONAAEr.`: versions and size in Base64. */
const SECOND = /^([A-Z]{4})([\w-]{3})([\w-]{3})?([A-Z]{4})([\w-]{4})\.$/;

/** Characters of the forms. */
const SIZES = { first: 17, second: 16, secondWithGenus: 19 } as const;

/** Bytes before the version string of a message: `{"v":"` in JSON, less in the other serialisations. */
const MAX_OFFSET = 8;

function unreadable(text: string, why: string): GitkelError {
  return malformed('version-string', `Cannot read the version string ${quoted(text)}: ${why}`);
}

function base64Version(text: string): VersionNumber {
  return { major: decodeBase64Number(text, 0, 1) ?? 0, minor: decodeBase64Number(text, 1, 2) ?? 0 };
}

function base64Text({ major, minor }: VersionNumber): string {
  return encodeBase64Number(major, 1) + encodeBase64Number(minor, 2);
}

function checked(
  text: string,
  protocol: string,
  kind: string,
  rest: Omit<Version, 'protocol' | 'kind'>,
): Version {
  const knownProtocol = PROTOCOLS.find((each) => each === protocol);
  if (knownProtocol === undefined) throw unreadable(text, `the protocol ${protocol} is not known`);
  const knownKind = KINDS.find((each) => each === kind);
  if (knownKind === undefined) throw unreadable(text, `the serialisation ${kind} is not known`);
  return { protocol: knownProtocol, kind: knownKind, ...rest };
}

/**
 * Parses a text that is one version string and nothing else, of version 1 or 2.
 * @throws GitkelError `malformed` for anything else: also for version 2 in the form of version 1, and the reverse.
 */
export function parseVersion(text: string): Version {
  const first = FIRST.exec(text);
  if (first !== null) {
    const [, protocol = '', major = '', minor = '', kind = '', size = ''] = first;
    if (major !== '1') throw unreadable(text, `version ${major} is not written in this form`);
    if (kind === 'CESR') throw unreadable(text, 'version 1 has no such serialisation');
    const version = { major: 1, minor: Number.parseInt(minor, 16) };
    return checked(text, protocol, kind, {
      version,
      genus: undefined,
      size: Number.parseInt(size, 16),
    });
  }
  const second = SECOND.exec(text);
  if (second === null)
    throw unreadable(text, 'it has neither the form of version 1 nor that of version 2');
  const [, protocol = '', number = '', genus, kind = '', size = ''] = second;
  const version = base64Version(number);
  if (version.major !== 2)
    throw unreadable(text, `version ${version.major} is not written in this form`);
  return checked(text, protocol, kind, {
    version,
    genus: genus === undefined ? undefined : base64Version(genus),
    size: decodeBase64Number(size, 0, 4) ?? 0,
  });
}

/** The version string, in the form that its major version has; with the genus where it is stated. */
export function formatVersion({ protocol, version, genus, kind, size }: Version): string {
  if (version.major === 1) {
    if (version.minor > 15 || size > 0xffffff)
      throw new Error('this does not fit into a version string');
    const hex = size.toString(16).padStart(6, '0');
    return `${protocol}1${version.minor.toString(16)}${kind}${hex}_`;
  }
  const tables = genus === undefined ? '' : base64Text(genus);
  return `${protocol}${base64Text(version)}${tables}${kind}${encodeBase64Number(size, 4)}.`;
}

/**
 * Finds the version string at the start of a message; `start` and `end` say at which bytes it stands.
 * @throws GitkelError `malformed` when there is none.
 */
export function sniffVersion(
  bytes: Uint8Array,
  offset: number,
): { readonly version: Version; readonly start: number; readonly end: number } {
  const head = asciiText(
    bytes,
    offset,
    Math.min(bytes.length, offset + MAX_OFFSET + SIZES.secondWithGenus),
  );
  for (let at = 0; at <= MAX_OFFSET; at++) {
    for (const size of Object.values(SIZES)) {
      const text = head.slice(at, at + size);
      if (FIRST.test(text) || SECOND.test(text)) {
        return { version: parseVersion(text), start: offset + at, end: offset + at + size };
      }
    }
  }
  throw malformed(
    'version-string',
    `Cannot find a version string in ${quoted(head)} at byte ${offset}`,
  );
}
