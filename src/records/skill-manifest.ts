/**
 * The canonical manifest of a skill's files. Its SAID is the identity of the skill: what a release seals, and what every
 * audit and every lock names.
 * @module
 */
import { compareBytes, concat, fromHex, fromUtf8, sameBytes, toHex, utf8 } from '../base/bytes.ts';
import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { encodeStandardBase64 } from '../base/standard-base64.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { digestText } from '../cesr/digest.ts';
import { dummy } from '../cesr/said.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { pathFormProblem } from './skill-path.ts';

const VERSION = 'gitkel-skill/1';
const TYPE = 'skill-manifest';

/** Digests by which a manifest may be named: BLAKE3-256, or SHA2-256 where nothing else is to be had. */
export type ManifestCode = 'E' | 'I';

/** A file of a skill with its bytes. */
export interface FileContent {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Whether its owner may execute it. */
  readonly executable: boolean;
}

/** One file of a skill, by its content. */
export interface ManifestFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of the bytes, lower-case hexadecimal. */
  readonly sha256: string;
  /** Whether its owner may execute it. */
  readonly executable: boolean;
}

export interface SkillManifest {
  /** Digest of the manifest in CESR text. */
  readonly said: string;
  /** What the skill calls itself in its `SKILL.md`. */
  readonly name: string;
  /** Sorted by the UTF-8 bytes of their paths. */
  readonly files: readonly ManifestFile[];
  /** The digest of names and contents that Go's `dirhash` calls `h1:`, to be checked with other tools. */
  readonly h1: string;
}

/** Digest of the lines that `sha256sum` prints for the files, in the order of their paths (Go, `dirhash.Hash1`). */
function hashOfLines(crypto: Crypto, files: readonly ManifestFile[]): string {
  const lines = concat(...files.map(({ path, sha256 }) => utf8(`${sha256}  ${path}\n`)));
  return `h1:${encodeStandardBase64(crypto.digest('sha2-256', lines))}`;
}

function fileJson({ path, size, sha256, executable }: ManifestFile): Json {
  return { p: path, s: size, h: sha256, ...(executable ? { x: 1 } : {}) };
}

/** A manifest as JSON, its fields in the order in which they are written. */
export function manifestJson({ said, name, files, h1 }: SkillManifest): {
  readonly [key: string]: Json;
} {
  return { v: VERSION, d: said, t: TYPE, n: name, f: files.map(fileJson), h1 };
}

/** The bytes of a manifest: fields in a fixed order, no white space, RFC 8785 spelling of each value. */
function bytesOf(manifest: SkillManifest): Uint8Array {
  return utf8(JSON.stringify(manifestJson(manifest)));
}

/** The bytes whose digest is the SAID, the SAID in them. */
export function encodeManifest(manifest: SkillManifest): Uint8Array {
  return bytesOf(manifest);
}

function withSaid(
  crypto: Crypto,
  code: ManifestCode,
  content: Omit<SkillManifest, 'said'>,
): SkillManifest {
  const said = digestText(crypto, bytesOf({ ...content, said: dummy(code) }), code);
  return { ...content, said };
}

/** The manifest of a skill. The files are sorted and keep the rules, as `skillFiles` gives them. */
export function buildManifest(
  crypto: Crypto,
  name: string,
  files: readonly FileContent[],
  code: ManifestCode = 'E',
): SkillManifest {
  const listed = files.map(({ path, bytes, executable }) => ({
    path,
    size: bytes.length,
    sha256: toHex(crypto.digest('sha2-256', bytes)),
    executable,
  }));
  return withSaid(crypto, code, { name, files: listed, h1: hashOfLines(crypto, listed) });
}

/** The SAID of the same files by the other digest that may name a manifest. */
export function otherSaid(crypto: Crypto, { said, ...content }: SkillManifest): string {
  return withSaid(crypto, said.startsWith('I') ? 'E' : 'I', content).said;
}

function unreadable(reason: string, why: string): Error {
  return malformed(reason, `Cannot read the manifest of a skill: ${why}`);
}

function parseFile(value: Json): ManifestFile {
  const what = 'the manifest of a skill';
  const fields = fieldsOf(value, what, ['p', 's', 'h'], ['x']);
  const [path, sha256] = [fields.text('p'), fields.text('h')];
  const wrong = pathFormProblem(path);
  if (wrong !== undefined)
    throw unreadable(wrong.reason, `the path ${quoted(path, 200)} cannot be used: ${wrong.detail}`);
  if (fromHex(sha256)?.length !== 32)
    throw unreadable('manifest-digest', `${quoted(sha256)} is no SHA-256`);
  if (fields.has('x') && fields.integer('x') !== 1)
    throw unreadable('manifest-form', '"x" is 1 or left away');
  return { path, size: fields.integer('s'), sha256, executable: fields.has('x') };
}

function checkOrder(files: readonly ManifestFile[]): void {
  for (const [index, { path }] of files.entries()) {
    const before = files[index - 1];
    if (before !== undefined && compareBytes(utf8(before.path), utf8(path)) >= 0)
      throw unreadable('manifest-order', `${quoted(path, 200)} is out of order`);
  }
}

/** Why a text cannot be the name of a skill, for installers; publishers have narrower rules. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.length > LIMITS.skillNameCharacters)
    return `it has more than ${LIMITS.skillNameCharacters} characters`;
  return /[\p{Cc}\p{Cs}]/u.test(name) ? 'it holds characters that are no text' : undefined;
}

/**
 * Reads a manifest from its JSON, whatever the order of its fields: everything is computed again, SAID and `h1` too.
 * @throws GitkelError `malformed`.
 */
export function readManifest(crypto: Crypto, value: Json): SkillManifest {
  const what = 'the manifest of a skill';
  const fields = fieldsOf(value, what, ['v', 'd', 't', 'n', 'f', 'h1']);
  if (fields.text('v') !== VERSION || fields.text('t') !== TYPE)
    throw unreadable('manifest-version', `it is no ${TYPE} of ${VERSION}`);
  const [name, said] = [fields.text('n'), fields.text('d')];
  const wrong = nameProblem(name);
  if (wrong !== undefined) throw unreadable('skill-name', `the name ${quoted(name)}: ${wrong}`);
  const list = fields.list('f');
  if (list.length > LIMITS.skillFiles)
    throw unreadable('too-many-files', `it has more than ${LIMITS.skillFiles} files`);
  const files = list.map(parseFile);
  checkOrder(files);
  const code = said.startsWith('I') ? 'I' : 'E';
  const manifest = withSaid(crypto, code, { name, files, h1: hashOfLines(crypto, files) });
  if (manifest.said !== said)
    throw unreadable('manifest-said', `its digest is not its SAID ${quoted(said)}`);
  if (fields.text('h1') !== manifest.h1)
    throw unreadable('manifest-form', `its h1 is not ${quoted(manifest.h1)}`);
  return manifest;
}

/**
 * Reads the bytes of a manifest in their one form.
 * @throws GitkelError `malformed`.
 */
export function parseManifest(crypto: Crypto, bytes: Uint8Array): SkillManifest {
  const what = 'the manifest of a skill';
  const manifest = readManifest(crypto, parseStrictJson(bytes, LIMITS.skillManifestBytes, what));
  if (!sameBytes(encodeManifest(manifest), bytes))
    throw unreadable(
      'manifest-form',
      `it is not in its one form: ${quoted(fromUtf8(bytes.subarray(0, 40)) ?? '')}`,
    );
  return manifest;
}

/** SHA-256 of the bytes of a manifest, in hexadecimal: the digest by which in-toto statements name it. */
export function manifestSha256(crypto: Crypto, manifest: SkillManifest): string {
  return toHex(crypto.digest('sha2-256', encodeManifest(manifest)));
}

/** How a file differs from what a manifest says. */
export interface FileDifference {
  readonly path: string;
  /**
   * `executable-gained` is as bad as another content. `executable-lost` takes nothing away from anybody's safety: archives
   * and some systems do not keep the permission.
   */
  readonly kind: 'missing' | 'added' | 'changed' | 'executable-gained' | 'executable-lost';
}

/** What differs between the files of a manifest and those that were found, sorted by path as manifests are. */
export function compareFiles(
  expected: readonly ManifestFile[],
  found: readonly ManifestFile[],
): readonly FileDifference[] {
  const byPath = new Map(found.map((file) => [file.path, file]));
  const differences: FileDifference[] = [];
  for (const { path, sha256, executable } of expected) {
    const other = byPath.get(path);
    byPath.delete(path);
    if (other === undefined) differences.push({ path, kind: 'missing' });
    else if (other.sha256 !== sha256) differences.push({ path, kind: 'changed' });
    else if (other.executable !== executable)
      differences.push({ path, kind: executable ? 'executable-lost' : 'executable-gained' });
  }
  for (const path of byPath.keys()) differences.push({ path, kind: 'added' });
  return differences
    .map((difference) => ({ difference, key: utf8(difference.path) }))
    .toSorted((a, b) => compareBytes(a.key, b.key))
    .map(({ difference }) => difference);
}
