import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf, type Fields } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import {
  inTotoPayload,
  onlySubject,
  PLACE_KEYS,
  placeJson,
  readController,
  readInToto,
  readPlace,
  saidField,
} from './in-toto.ts';
import type { RecordHead } from './record-head.ts';
import {
  manifestJson,
  manifestSha256,
  readManifest,
  type SkillManifest,
} from './skill-manifest.ts';
import { pathFormProblem } from './skill-path.ts';

/** Where the publisher says that a release was made from: a claim, which nothing here checks. */
export interface ReleaseSource {
  readonly repository: string;
  /** The id of a commit, SHA-1 or SHA-256, in hexadecimal. */
  readonly commit: string;
  /** The directory of the skill from the root of that commit; empty for the root. */
  readonly path: string;
}

/** A publisher says that these files are a version of its skill. */
export interface Release {
  readonly type: 'release';
  readonly manifest: SkillManifest;
  /** SHA-256 of the manifest's bytes, lower-case hexadecimal. */
  readonly sha256: string;
  readonly version: string;
  /** The SAID of the release of the same name by the same controller that came before. */
  readonly previous: string | undefined;
  /** The controller in whose name a device issues it, if any. */
  readonly controller: string | undefined;
  readonly source: ReleaseSource | undefined;
}

/** in-toto Attestation Framework, predicate "Release" 0.1. */
const PREDICATE_TYPE = 'https://in-toto.io/attestation/release/v0.1';
/** What the predicate holds that is ours; in-toto readers leave it aside. */
const EXTENSION = 'gitkel';

const VERSION = /^[0-9A-Za-z][0-9A-Za-z._+-]*$/;

/**
 * A version: letters, digits and `._+-`, at most 64, a letter or a digit first. Nothing says which of two is newer: that
 * their order in the log does.
 */
export function isReleaseVersion(text: string): boolean {
  return text.length <= LIMITS.nameCharacters && VERSION.test(text);
}

/** Percent-encoding as package URLs have it (PURL specification, "Character encoding"). */
function purlText(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The package URL of a version of a skill. */
export function purlOf(name: string, version: string): string {
  return `pkg:generic/${purlText(name)}@${purlText(version)}`;
}

/** The payload of the release's DSSE envelope. */
export function releasePayload(head: RecordHead, release: Release): Uint8Array {
  const { manifest, sha256, version, previous, controller, source } = release;
  const own = {
    ...placeJson(head, 'release', controller),
    manifest: manifestJson(manifest),
    version,
    ...(previous === undefined ? {} : { previous }),
    ...(source === undefined ? {} : { source: { ...source } }),
  };
  return inTotoPayload({
    predicateType: PREDICATE_TYPE,
    subjects: [{ name: manifest.name, sha256 }],
    predicate: { purl: purlOf(manifest.name, version), [EXTENSION]: own },
  });
}

function unreadable(reason: string, why: string): Error {
  return malformed(reason, `Cannot read a release: ${why}`);
}

/**
 * What a person or a document says about the source of a release.
 * @throws GitkelError `malformed`, reason `release-source`.
 */
export function releaseSource({ repository, commit, path }: ReleaseSource): ReleaseSource {
  const isText = /^[\x21-\x7e]+$/.test(repository);
  if (!isText || repository.length > LIMITS.sourceCharacters)
    throw unreadable('release-source', `${quoted(repository)} names no repository`);
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit))
    throw unreadable('release-source', `${quoted(commit)} is no full id of a commit`);
  if (path !== '' && pathFormProblem(path) !== undefined)
    throw unreadable('release-source', `the path ${quoted(path, 200)} cannot be used`);
  return { repository, commit, path };
}

function readSource(value: Json): ReleaseSource {
  const keys = ['commit', 'path', 'repository'];
  const fields = fieldsOf(value, 'the source of a release', keys);
  return releaseSource({
    repository: fields.text('repository'),
    commit: fields.text('commit'),
    path: fields.text('path'),
  });
}

function readOwn(crypto: Crypto, own: Fields): Release {
  const version = own.text('version');
  if (!isReleaseVersion(version))
    throw unreadable('release-version', `${quoted(version)} is no version`);
  const manifest = readManifest(crypto, own.json('manifest'));
  return {
    type: 'release',
    manifest,
    sha256: manifestSha256(crypto, manifest),
    version,
    previous: own.has('previous') ? saidField(own, 'previous') : undefined,
    controller: readController(own),
    source: own.has('source') ? readSource(own.json('source')) : undefined,
  };
}

/**
 * Reads a parsed payload back. What follows from the manifest is computed again: the package URL, the subject.
 * @throws GitkelError `malformed`.
 */
export function parseRelease(
  crypto: Crypto,
  value: Json,
): { readonly head: RecordHead; readonly body: Release } {
  const what = 'a release';
  const { subjects, predicate } = readInToto(value, PREDICATE_TYPE, what);
  const fields = fieldsOf(predicate, what, ['purl', EXTENSION]);
  const keys = [...PLACE_KEYS, 'manifest', 'version'];
  const own = fieldsOf(fields.json(EXTENSION), what, keys, ['controller', 'previous', 'source']);
  const head = readPlace(own, 'release');
  const body = readOwn(crypto, own);
  const { manifest, sha256, version } = body;
  const purl = purlOf(manifest.name, version);
  if (fields.text('purl') !== purl)
    throw unreadable('release-purl', `its purl is not ${quoted(purl, 1_000)}`);
  const subject = onlySubject(subjects, what);
  if (subject.name !== manifest.name || subject.sha256 !== sha256)
    throw unreadable('release-subject', 'its subject is not the manifest that it holds');
  return { head, body };
}
