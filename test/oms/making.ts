/** Certificates and OMS signatures for tests, good ones and others, made with keys of the test's own. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { preAuthenticationEncoding } from '../../src/records/dsse.ts';

/** Noon of 21 November 2026. */
export const NOW = Date.UTC(2026, 10, 21, 12) / 1000;
const DAY = 86_400;

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : [0x82, Math.floor(length / 256), length % 256];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const oid = (content: string): Buffer => der(0x06, hex(content));
const YES = der(0x01, hex('ff'));

export const OIDS = {
  ecdsaSha256: '2a8648ce3d040302',
  ecdsaSha384: '2a8648ce3d040303',
  ecdsaSha1: '2a8648ce3d0401',
  ed25519: '2b6570',
  rsaSha256: '2a864886f70d01010b',
  codeSigning: '2b06010505070303',
  serverAuth: '2b06010505070301',
} as const;

const name = (text: string): Buffer =>
  sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));

const time = (seconds: number): Buffer =>
  der(
    0x18,
    Buffer.from(`${new Date(seconds * 1000).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`),
  );

export interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const p256 = (): Keys => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
export const p384 = (): Keys => generateKeyPairSync('ec', { namedCurve: 'secp384r1' });

/** What a certificate says where it is not what it should be. */
export interface CertificateLie {
  readonly name?: string;
  readonly issuerName?: string;
  readonly keys?: Keys;
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  readonly keyUsage?: number | undefined;
  readonly extendedUsage?: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly critical?: readonly string[];
  readonly algorithm?: readonly [oid: string, hash: string | null];
  readonly more?: readonly Buffer[];
}

export interface Issued {
  readonly der: Buffer;
  readonly keys: Keys;
  readonly name: string;
}

const extension = (id: string, isCritical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(isCritical ? [YES] : []), der(0x04, value));

function extensionsOf(lie: CertificateLie): Buffer {
  const { isAuthority = false, pathLength, extendedUsage, critical = [], more = [] } = lie;
  const usage = 'keyUsage' in lie ? lie.keyUsage : isAuthority ? 0x06 : 0x80;
  const basic = [
    ...(isAuthority ? [YES] : []),
    ...(pathLength === undefined ? [] : [der(0x02, Buffer.from([pathLength]))]),
  ];
  return sequence(
    extension('551d13', true, sequence(...basic)),
    ...(usage === undefined ? [] : [extension('551d0f', true, der(0x03, Buffer.from([0, usage])))]),
    ...(extendedUsage === undefined
      ? []
      : [extension('551d25', false, sequence(...extendedUsage.map(oid)))]),
    ...critical.map((id) => extension(id, true, der(0x05))),
    ...more,
  );
}

let serial = 1;

/** A certificate, issued by another or by itself. */
export function certificate(lie: CertificateLie = {}, issuer?: Issued): Issued {
  const keys = lie.keys ?? p256();
  const own = lie.name ?? 'Signer';
  const by = issuer?.keys ?? keys;
  const [algorithm, hash] = lie.algorithm ?? [OIDS.ecdsaSha256, 'sha256'];
  const { notBefore = NOW - 30 * DAY, notAfter = NOW + 30 * DAY } = lie;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([0x01, serial++ % 256])),
    sequence(oid(algorithm)),
    name(lie.issuerName ?? issuer?.name ?? own),
    sequence(time(notBefore), time(notAfter)),
    name(own),
    keys.publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, extensionsOf(lie)),
  );
  const signature = sign(hash, body, by.privateKey);
  const bits = der(0x03, Buffer.from([0]), signature);
  return { der: sequence(body, sequence(oid(algorithm)), bits), keys, name: own };
}

export const authority = (lie: CertificateLie = {}, issuer?: Issued): Issued =>
  certificate({ name: 'Root', isAuthority: true, ...lie }, issuer);

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

export const pem = ({ der: bytes }: Issued): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

export interface SignedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The digest of the digests, in the order in which they stand. */
export const rootOf = (digests: readonly string[]): string =>
  sha256(Buffer.concat(digests.map((digest) => hex(digest))));

/** A statement about files, as the reference implementation writes it. */
export function statementOf(files: readonly SignedFile[]) {
  const resources = files.map(({ path, bytes }) => ({
    digest: sha256(bytes),
    algorithm: 'sha256',
    name: path,
  }));
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'notes', digest: { sha256: rootOf(resources.map(({ digest }) => digest)) } }],
    predicateType: 'https://model_signing/signature/v1.0',
    predicate: {
      resources,
      serialization: {
        hash_type: 'sha256',
        ignore_paths: ['.gitignore', '.git', '.github', '.gitattributes'],
        allow_symlinks: false,
        method: 'files',
      },
    },
  };
}

/** A statement of version 0.2 of the reference implementation. */
export function oldStatementOf(files: readonly SignedFile[]) {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ path, bytes }) => ({
      name: path,
      digest: { sha256: sha256(bytes) },
      annotations: { actual_hash_algorithm: 'file-sha256' },
    })),
    predicateType: 'https://model_signing/Digests/v0.1',
    predicate: { unused: 'Unused, just passed due to API requirements' },
  };
}

export const dsse = (payload: Uint8Array): Uint8Array => preAuthenticationEncoding(payload);

/** The encoding that version 0.2 signed, for payloads without quotes, backslashes and control characters. */
export const oldEncoding = (payload: Uint8Array): Uint8Array =>
  Buffer.from(
    `DSSEV1 28 application/vnd.in-toto+json ${payload.length} b'${Buffer.from(payload).toString('latin1')}'`,
  );

export interface Signing {
  readonly by: Issued;
  /** What stands above the signer's certificate. */
  readonly chain: readonly Issued[];
  readonly hash?: string | null;
  readonly encode?: (payload: Uint8Array) => Uint8Array;
}

/** A bundle with a statement, signed. */
export function bundleOf(
  statement: unknown,
  { by, chain, hash = 'sha256', encode = dsse }: Signing,
) {
  const payload = Buffer.from(JSON.stringify(statement));
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      x509CertificateChain: {
        certificates: [by, ...chain].map(({ der: bytes }) => ({
          rawBytes: bytes.toString('base64'),
        })),
      },
      tlogEntries: [],
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: 'application/vnd.in-toto+json',
      signatures: [
        { sig: sign(hash, encode(payload), by.keys.privateKey).toString('base64'), keyid: '' },
      ],
    },
  };
}

export const bytesOf = (value: unknown): Uint8Array =>
  new Uint8Array(Buffer.from(JSON.stringify(value)));

/** A root, an authority below it, and a signer. */
export interface People {
  readonly root: Issued;
  readonly middle: Issued;
  readonly signer: Issued;
}

export function people(lie: CertificateLie = {}): People {
  const root = authority(lie);
  const middle = authority({ ...lie, name: 'Middle', pathLength: 0 }, root);
  return { root, middle, signer: certificate(lie, middle) };
}

/** In time whenever tests run. */
export const LASTING: CertificateLie = { notBefore: 0, notAfter: Date.UTC(2150, 0) / 1000 };
