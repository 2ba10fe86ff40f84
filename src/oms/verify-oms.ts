/**
 * Verifies a signature by OpenSSF Model Signing over the files of a skill: the signature, the chain to a root that the
 * caller pinned, and the files, both ways. It needs no network, and no part of it is optional.
 * @module
 */
import { type KeyObject, verify } from 'node:crypto';
import { toHex, utf8 } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { PAYLOAD_TYPE, preAuthenticationEncoding } from '../records/dsse.ts';
import type { ManifestFile } from '../records/skill-manifest.ts';
import type { Certificate } from './certificate.ts';
import { isSoundKey, judgeChain } from './certificate-chain.ts';
import { type OmsBundle, parseOmsBundle } from './oms-bundle.ts';
import type { OmsProblem, OmsReason } from './oms-problem.ts';
import type { OmsStatement } from './oms-statement.ts';

/** A root that somebody decided to trust for signatures of others. */
export interface OmsRoot {
  /** SHA-256 of its DER, lower-case hexadecimal. This pins it. */
  readonly sha256: string;
  /** The certificate, for signatures that do not bring it along. */
  readonly certificate?: Certificate | undefined;
}

/** What a foreign signature comes to. A bad one is never one that is absent. */
export type OmsVerdict =
  /** There is no such signature. */
  | { readonly outcome: 'absent' }
  | {
      readonly outcome: 'verified';
      /** SHA-256 of the DER of the pinned root. */
      readonly root: string;
      /** Whom the signer's certificate names; of any characters. */
      readonly signer: string;
      /** SHA-256 of the file with the signature, lower-case hexadecimal. */
      readonly digest: string;
      /** Seconds since 1970 up to which the signer's certificate is valid. */
      readonly validUntil: number;
    }
  /** There is one, and it does not hold: everything that is wrong with it, the gravest first. Never none. */
  | { readonly outcome: 'bad'; readonly problems: readonly [OmsProblem, ...OmsProblem[]] };

/** What is to be verified. */
export interface OmsSubject {
  /** The bytes of `skill.oms.sig`; undefined where there is no such file. */
  readonly bundle: Uint8Array | undefined;
  /** All files of the skill. */
  readonly files: readonly ManifestFile[];
}

/** Hashes by the curve of the key; any curve was used with SHA-256, too. */
const CURVE_HASHES: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['sha256'],
  secp384r1: ['sha384', 'sha256'],
  secp521r1: ['sha512', 'sha256'],
};

const ESCAPES: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\\': '\\\\',
};

/** Bytes as Python prints them. */
function pythonBytes(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const shown = text.replaceAll(/[^\u0020-\u007e]|[\\']/g, (char) => {
    if (char === "'") return mark === "'" ? "\\'" : char;
    return ESCAPES[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `b${mark}${shown}${mark}`;
}

/** What version 0.2 of the reference implementation signed: not what DSSE says, but the payload as Python prints it. */
function oldEncoding(payload: Uint8Array): Uint8Array {
  return utf8(
    `DSSEV1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} ${pythonBytes(payload)}`,
  );
}

function holdsFor(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  if (!isSoundKey(key)) return false;
  const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
  const hashes = key.asymmetricKeyType === 'ed25519' ? [null] : (CURVE_HASHES[curve] ?? []);
  try {
    return hashes.some((hash) => verify(hash, message, key, signature));
  } catch {
    // What OpenSSL cannot even begin to verify.
    return false;
  }
}

function checkSignature(leaf: Certificate, bundle: OmsBundle): OmsProblem | undefined {
  const { payload, signature, statement } = bundle;
  const key = leaf.publicKey;
  const encodings = [preAuthenticationEncoding, ...(statement.isOld ? [oldEncoding] : [])];
  if (encodings.some((encode) => holdsFor(key, encode(payload), signature))) return undefined;
  const detail = `the signature is none by the key of ${quoted(leaf.subjectText, 200)}`;
  return { reason: 'oms-signature', detail };
}

function checkDigest({ stated, computed }: OmsStatement): OmsProblem | undefined {
  if (stated === undefined || stated === computed) return undefined;
  const detail = `it gives ${stated} as the digest of all files, and its list has ${computed}`;
  return { reason: 'oms-digest', detail };
}

function fileProblem(
  reason: OmsReason,
  paths: readonly string[],
  words: string,
): readonly OmsProblem[] {
  const [first, ...more] = paths;
  if (first === undefined) return [];
  const others = more.length > 0 ? `, and ${more.length} more` : '';
  return [{ reason, detail: `${quoted(first, 200)} ${words}${others}` }];
}

/** Holds the list that was signed against the files, both ways. */
function checkFiles(
  { files: signed }: OmsStatement,
  files: readonly ManifestFile[],
): readonly OmsProblem[] {
  const found = new Map(files.map(({ path, sha256 }) => [path, sha256]));
  const listed = [...signed.keys()];
  const changed = listed.filter((path) => found.has(path) && found.get(path) !== signed.get(path));
  const missing = listed.filter((path) => !found.has(path));
  const added = [...found.keys()].filter((path) => !signed.has(path));
  return [
    ...fileProblem('oms-file-changed', changed, 'is not the file that was signed'),
    ...fileProblem('oms-file-added', added, 'was not signed'),
    ...fileProblem('oms-file-missing', missing, 'was signed, and is not there'),
  ];
}

function bad(first: OmsProblem, ...more: readonly OmsProblem[]): OmsVerdict {
  return { outcome: 'bad', problems: [first, ...more] };
}

/** Parses a bundle; what cannot be read is a problem, not an error. */
function readBundle(crypto: Crypto, bytes: Uint8Array): OmsBundle | OmsProblem {
  try {
    return parseOmsBundle(crypto, bytes);
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return {
      reason: error.reason === 'oms-method' ? 'oms-method' : 'oms-form',
      detail: error.message,
    };
  }
}

const MATERIALS = {
  key: 'it is to be verified with a public key that nobody vouches for: only certificates are taken',
  keyless: 'it is to be verified with a transparency log of sigstore, which needs the network',
} as const;

/**
 * Verifies. An expired certificate is no good one, since nothing proves when it was used.
 * @param now seconds since 1970
 */
export function verifyOms(
  crypto: Crypto,
  { bundle: bytes, files }: OmsSubject,
  roots: readonly OmsRoot[],
  now: number,
): OmsVerdict {
  if (bytes === undefined) return { outcome: 'absent' };
  const bundle = readBundle(crypto, bytes);
  if ('reason' in bundle) return bad(bundle);
  const { material, statement } = bundle;
  if (material.kind !== 'chain')
    return bad({ reason: 'oms-material', detail: MATERIALS[material.kind] });
  const [leaf] = material.chain;
  if (leaf === undefined) throw new Error('a chain has a leaf');
  const certificates = roots.flatMap(({ certificate }) => certificate ?? []);
  const pinned = new Set(roots.map(({ sha256 }) => sha256));
  const chain = judgeChain(material.chain, pinned, certificates, now);
  const problems = [
    checkSignature(leaf, bundle) ?? [],
    chain.ok ? [] : chain.problem,
    checkDigest(statement) ?? [],
    ...checkFiles(statement, files),
  ].flat();
  const [first, ...more] = problems;
  if (first !== undefined) return bad(first, ...more);
  if (!chain.ok) throw new Error('a chain that leads nowhere is a problem');
  return {
    outcome: 'verified',
    root: chain.root.sha256,
    signer: leaf.subjectText,
    digest: toHex(crypto.digest('sha2-256', bytes)),
    validUntil: leaf.notAfter,
  };
}
