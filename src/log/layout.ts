/**
 * Every path in a log's tree and every ref name, and nowhere else.
 * @module
 */
import { toHex, utf8 } from '../base/bytes.ts';
import { malformed, quoted } from '../base/errors.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { isRecordType, type RecordType } from '../records/record-type.ts';

/** The first file of every log. */
export const GENESIS_PATH = 'gitkel.json';

/** Branches in which a log is looked for. */
export const LOG_BRANCH = 'main';
export const SIDE_BRANCH = 'gitkel';

/** Types of key events and of credential status events, as file names spell them. */
const EVENT_FILE_TYPES = ['icp', 'rot', 'ixn', 'dip', 'drt'] as const;
const STATUS_FILE_TYPES = ['vcp', 'vrt', 'iss', 'rev', 'bis', 'brv'] as const;

export type EventFileType = (typeof EVENT_FILE_TYPES)[number];
export type StatusFileType = (typeof STATUS_FILE_TYPES)[number];

export type LogPath =
  | { readonly kind: 'genesis' }
  | {
      readonly kind: 'event';
      readonly aid: string;
      readonly ordinal: number;
      readonly type: EventFileType;
      readonly said: string;
    }
  /** Proof of an event that came later than the event: `digest` is that of the file's bytes. */
  | {
      readonly kind: 'proof';
      readonly aid: string;
      readonly ordinal: number;
      readonly digest: string;
    }
  | {
      readonly kind: 'status';
      readonly registry: string;
      readonly ordinal: number;
      readonly type: StatusFileType;
      readonly said: string;
    }
  | { readonly kind: 'credential'; readonly said: string }
  | { readonly kind: 'record'; readonly type: RecordType; readonly said: string }
  | { readonly kind: 'evidence'; readonly said: string };

const ORDINAL_DIGITS = 8;
const LARGEST_ORDINAL = 0xff_ff_ff_ff;

/**
 * `<h>/<h>/<h>`, the first three hex digits of the BLAKE3-256 of an identifier's text (the identifiers' own letters are
 * partly constant): 16 entries per level, 4,096 directories of AIDs.
 */
function fanOut(crypto: Crypto, identifier: string): string {
  const [first = 0, second = 0] = crypto.digest('blake3-256', utf8(identifier));
  const digits = [first >> 4, first & 15, second >> 4];
  return digits.map((digit) => digit.toString(16)).join('/');
}

/** The directory of all files of an AID's events, or of a registry's. */
function ownDirectory(crypto: Crypto, top: 'kel' | 'tel', identifier: string): string {
  return `${top}/${fanOut(crypto, identifier)}/${identifier}`;
}

/** Evidence lies among the records. It is none: it has no issuer, and nobody seals it. */
const EVIDENCE = 'evidence';

/** The path of a record: `records/<type>/<h>/<h>/<h>/<SAID>.json`. */
export function recordPath(crypto: Crypto, type: RecordType, said: string): string {
  return recordsPath(crypto, type, said);
}

function recordsPath(crypto: Crypto, type: RecordType | typeof EVIDENCE, said: string): string {
  return `records/${type}/${fanOut(crypto, said)}/${said}.json`;
}

/** The path of evidence of duplicity. */
export function evidencePath(crypto: Crypto, said: string): string {
  return recordsPath(crypto, EVIDENCE, said);
}

/**
 * The directories between an AID and the file of an ordinal: files come in groups of 64; the group's number is written
 * in base 64, two hex digits a digit, under a letter that tells how many digits there are (`a` none, `b` one, …).
 */
function groupDirectories(ordinal: number): string {
  let group = Math.floor(ordinal / FILES_PER_GROUP);
  const digits: string[] = [];
  while (group > 0) {
    digits.unshift((group % 64).toString(16).padStart(2, '0'));
    group = Math.floor(group / 64);
  }
  return [String.fromCharCode(0x61 + digits.length), ...digits].join('/');
}

/** The directory and the beginning of the name of the `ordinal`-th file (from 0) of an AID, or of a registry. */
function numberedPath(
  crypto: Crypto,
  top: 'kel' | 'tel',
  identifier: string,
  ordinal: number,
): string {
  if (ordinal > LARGEST_ORDINAL)
    throw malformed('ordinal', `Cannot name file ${ordinal} of ${identifier}: too many`);
  const number = ordinal.toString(16).padStart(ORDINAL_DIGITS, '0');
  return `${groupPath(crypto, top, identifier, ordinal)}/${number}`;
}

/** The directory in which the `ordinal`-th file of an AID lies, or of a registry, together with its 63 neighbours. */
export function groupPath(
  crypto: Crypto,
  top: 'kel' | 'tel',
  identifier: string,
  ordinal: number,
): string {
  return `${ownDirectory(crypto, top, identifier)}/${groupDirectories(ordinal)}`;
}

/** How many files lie in one such directory at most. */
export const FILES_PER_GROUP = 64;

/** The path of the event that is the `ordinal`-th file (from 0) of its AID in this log. */
export function eventPath(
  crypto: Crypto,
  aid: string,
  ordinal: number,
  type: EventFileType,
  said: string,
): string {
  return `${numberedPath(crypto, 'kel', aid, ordinal)}-${type}-${said}.cesr`;
}

/** The path of a late proof that is the `ordinal`-th file (from 0) of its AID: it is named by the digest of its bytes. */
export function proofPath(crypto: Crypto, aid: string, ordinal: number, digest: string): string {
  return `${numberedPath(crypto, 'kel', aid, ordinal)}-rct-${digest}.cesr`;
}

/** The path of the credential status event that is the `ordinal`-th file (from 0) of its registry in this log. */
export function statusPath(
  crypto: Crypto,
  registry: string,
  ordinal: number,
  type: StatusFileType,
  said: string,
): string {
  return `${numberedPath(crypto, 'tel', registry, ordinal)}-${type}-${said}.cesr`;
}

/** The path of a credential's body: `acdc/<h>/<h>/<h>/<SAID>.json`. */
export function credentialPath(crypto: Crypto, said: string): string {
  return `acdc/${fanOut(crypto, said)}/${said}.json`;
}

const NUMBERED_FILE =
  /^(kel|tel)\/[0-9a-f/]{6}([A-Za-z0-9_-]+)\/[a-f](?:\/[0-9a-f]{2})*\/([0-9a-f]{8})-([a-z]{3})-([A-Za-z0-9_-]+)\.cesr$/;

function isEventFileType(text: string): text is EventFileType {
  return EVENT_FILE_TYPES.some((type) => type === text);
}

function isStatusFileType(text: string): text is StatusFileType {
  return STATUS_FILE_TYPES.some((type) => type === text);
}

function parseNumberedPath(crypto: Crypto, path: string): LogPath | undefined {
  const [, top, owner, number, type, said] = NUMBERED_FILE.exec(path) ?? [];
  if (owner === undefined || number === undefined || type === undefined || said === undefined)
    return undefined;
  const ordinal = Number.parseInt(number, 16);
  if (top === 'tel') {
    if (!isStatusFileType(type)) return undefined;
    const status = { kind: 'status', registry: owner, ordinal, type, said } as const;
    return statusPath(crypto, owner, ordinal, type, said) === path ? status : undefined;
  }
  if (type === 'rct') {
    const proof = { kind: 'proof', aid: owner, ordinal, digest: said } as const;
    return proofPath(crypto, owner, ordinal, said) === path ? proof : undefined;
  }
  if (!isEventFileType(type)) return undefined;
  const event = { kind: 'event', aid: owner, ordinal, type, said } as const;
  return eventPath(crypto, owner, ordinal, type, said) === path ? event : undefined;
}

const CREDENTIAL_FILE = /^acdc\/[0-9a-f/]{6}([A-Za-z0-9_-]+)\.json$/;

function parseCredentialPath(crypto: Crypto, path: string): LogPath | undefined {
  const [, said] = CREDENTIAL_FILE.exec(path) ?? [];
  if (said === undefined || credentialPath(crypto, said) !== path) return undefined;
  return { kind: 'credential', said };
}

const RECORD_FILE = /^records\/([a-z-]+)\/[0-9a-f/]{6}([A-Za-z0-9_-]+)\.json$/;

function parseRecordPath(crypto: Crypto, path: string): LogPath | undefined {
  const [, type, said] = RECORD_FILE.exec(path) ?? [];
  if (type === undefined || said === undefined) return undefined;
  if (type === EVIDENCE)
    return evidencePath(crypto, said) === path ? { kind: 'evidence', said } : undefined;
  if (!isRecordType(type)) return undefined;
  return recordPath(crypto, type, said) === path ? { kind: 'record', type, said } : undefined;
}

/** Reads a path of the grammar; `undefined` for every other path. The path must be the one that would be written. */
export function parsePath(crypto: Crypto, path: string): LogPath | undefined {
  if (path === GENESIS_PATH) return { kind: 'genesis' };
  if (path.startsWith('records/')) return parseRecordPath(crypto, path);
  if (path.startsWith('acdc/')) return parseCredentialPath(crypto, path);
  return parseNumberedPath(crypto, path);
}

/** In place of a ref's name: the commit that HEAD names without a branch. A log is read there, never written. */
export const DETACHED_HEAD = 'HEAD';

/** The ref of a branch. */
export function branchRef(branch: string): string {
  return `refs/heads/${branch}`;
}

/** The remote-tracking ref of a branch, of `origin` unless told. */
export function remoteBranchRef(branch: string, remote = 'origin'): string {
  return `refs/remotes/${remote}/${branch}`;
}

/** The branch that a ref is of, here or at `origin`; what stands at a detached HEAD goes by the usual name of a log's. */
export function branchOf(ref: string): string {
  if (ref === DETACHED_HEAD) return LOG_BRANCH;
  return ref.replace(/^refs\/(?:heads|remotes\/origin)\//, '');
}

/** The section of the git config and its keys: the log's branch, the admission of one without a batch, whether to sync. */
export const CONFIG_SECTION = 'gitkel';
export const CONFIG_BRANCH = 'branch';
export const CONFIG_ADMISSION = 'admission';
export const CONFIG_FSYNC = 'fsync';

/** Refs that are gitkel's own, in every repository. */
export const RESERVED_REFS = 'refs/gitkel/';

/** Refs under which staged batches lie, and announcements of places; hex, since file systems fold case. */
export const BATCH_REFS = 'refs/gitkel/batch/';
export const PLACE_REFS = 'refs/gitkel/place/';

/** The 32 bytes of a key or a digest in hex, as refs name it. */
export function refHex(primitive: string): string {
  const { code, raw } = decodePrimitive(primitive);
  if (raw.length !== 32)
    throw malformed(
      'batch-ref',
      `Cannot name ${quoted(primitive)} in a ref: code ${code} has not 32 bytes`,
    );
  return toHex(raw);
}

/** Where all refs of one staged batch are. */
export function batchRefs(batch: string): string {
  return `${BATCH_REFS}${refHex(batch)}/`;
}

/** The ref of a staged batch itself. */
export function requestRef(batch: string): string {
  return `${batchRefs(batch)}request`;
}

/** The ref of one contribution: who signed, and the digest of what was contributed. */
export function contributionRef(batch: string, signer: string, digest: string): string {
  return `${batchRefs(batch)}${refHex(signer)}-${refHex(digest)}`;
}

/** File names inside the commits of those refs. */
export const REQUEST_FILE = 'request.json';
export const CONTRIBUTION_FILE = 'contribution.json';

/** What a ref under {@link BATCH_REFS} names; all in hex. */
export type BatchRef =
  | { readonly kind: 'request'; readonly batch: string }
  | {
      readonly kind: 'contribution';
      readonly batch: string;
      readonly signer: string;
      readonly digest: string;
    };

const BATCH_REF = /^([0-9a-f]{64})\/(?:request|([0-9a-f]{64})-([0-9a-f]{64}))$/;

/** Reads the name of a ref; `undefined` for one that gitkel does not make: anybody can push such a thing. */
export function parseBatchRef(ref: string): BatchRef | undefined {
  const [, batch, signer, digest] =
    (ref.startsWith(BATCH_REFS) ? BATCH_REF.exec(ref.slice(BATCH_REFS.length)) : null) ?? [];
  if (batch === undefined) return undefined;
  return signer === undefined || digest === undefined
    ? { kind: 'request', batch }
    : { kind: 'contribution', batch, signer, digest };
}
