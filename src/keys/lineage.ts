/**
 * The keys of one name in the order in which they follow each other, and which of them is current. Public data only:
 * the home can tell the digest of a next key that is kept elsewhere.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { namesIn } from '../host/files.ts';
import { type Held, HELD_FIELDS, heldFields, parseHeld } from './held.ts';
import type { Home } from './home.ts';
import { readDocument, writeDocument } from './home-document.ts';
import { homeFolder, lineagePath, nameOfLineageFile } from './home-layout.ts';
import { nextDigestOf, requirePublicKey, requireNextDigest } from './key-text.ts';

const FORMAT = 'gitkel-lineage/1';

export interface LineageKey {
  readonly publicKey: string;
  readonly held: Held;
}

export interface Lineage {
  readonly name: string;
  readonly keys: readonly LineageKey[];
  /** Which of `keys` is current: those before it are older, those after it are next. */
  readonly current: number;
  /** Digest of the key that follows the last of `keys`, where no more than that is known of it. */
  readonly nextDigest?: string | undefined;
  /** Whether its one key is that of a witness: it never rotates, and signs receipts and nothing else. */
  readonly isWitness?: boolean | undefined;
}

export function readLineage(home: Home, name: string): Lineage | undefined {
  const what = `the keys of ${quoted(name)}`;
  const value = readDocument(home.host, lineagePath(home.dir, name), what);
  if (value === undefined) return undefined;
  const fields = fieldsOf(
    value,
    what,
    ['current', 'format', 'keys', 'name'],
    ['nextDigest', 'witness'],
  );
  if (fields.text('format') !== FORMAT) {
    throw malformed(
      'format',
      `Cannot read ${what}: format ${quoted(fields.text('format'))} is unknown`,
    );
  }
  const lineage: Lineage = {
    name: fields.text('name'),
    keys: fields.list('keys').map((key) => parseKey(key, what)),
    current: fields.integer('current'),
    nextDigest: fields.optionalText('nextDigest'),
    ...witnessField(fields, what),
  };
  requireFitting(lineage, what);
  if (lineage.name === name) return lineage;
  throw malformed('lineage', `Cannot read ${what}: the file is that of ${quoted(lineage.name)}`);
}

/**
 * The field `witness` of a document: `true`, or not there.
 * @throws GitkelError `malformed`.
 */
export function witnessField(
  fields: Fields,
  what: string,
): { readonly isWitness?: true | undefined } {
  if (!fields.has('witness')) return {};
  if (fields.json('witness') === true) return { isWitness: true };
  throw malformed('field', `Cannot read ${what}: "witness" is true or not there`);
}

interface Sequence {
  readonly keys: readonly { readonly publicKey: string }[];
  readonly current: number;
  readonly nextDigest?: string | undefined;
  readonly isWitness?: boolean | undefined;
}

/** @throws GitkelError `malformed` where the parts of a lineage do not fit together. */
export function requireFitting(
  { keys, current, nextDigest, isWitness = false }: Sequence,
  what: string,
): void {
  if (nextDigest !== undefined) requireNextDigest(nextDigest, what);
  const isFinal = keys.length === 1 && nextDigest === undefined;
  const isWhole =
    current < keys.length && keys.length <= LIMITS.keysPerName && (!isWitness || isFinal);
  if (isWhole && new Set(keys.map(({ publicKey }) => publicKey)).size === keys.length) return;
  throw malformed('lineage', `Cannot read ${what}: its parts do not fit together`);
}

function parseKey(value: Json, what: string): LineageKey {
  const fields = fieldsOf(value, what, ['publicKey'], HELD_FIELDS);
  const publicKey = fields.text('publicKey');
  requirePublicKey(publicKey, what);
  return { publicKey, held: parseHeld(value, what, ['publicKey']) };
}

/** Replaces what is known of a name; the caller holds the lock. */
export function writeLineage(home: Home, lineage: Lineage): void {
  const { name, keys, current, nextDigest, isWitness = false } = lineage;
  writeDocument(home.host, lineagePath(home.dir, name), {
    current,
    format: FORMAT,
    keys: keys.map(({ publicKey, held }) => ({ publicKey, ...heldFields(held) })),
    name,
    ...(nextDigest === undefined ? {} : { nextDigest }),
    ...(isWitness ? { witness: true } : {}),
  });
}

/** Every name of the home with its keys, sorted by name. */
export function readLineages(home: Home): readonly Lineage[] {
  return namesIn(home.host, homeFolder(home.dir, 'lineages'))
    .map(nameOfLineageFile)
    .filter((name) => name !== undefined)
    .map((name) => readLineage(home, name))
    .filter((lineage) => lineage !== undefined);
}

/** The digest by which events commit to the key at a place of a lineage; `undefined` where nothing is known of it. */
export function digestAt(crypto: Crypto, lineage: Lineage, place: number): string | undefined {
  const key = lineage.keys[place];
  if (key !== undefined) return nextDigestOf(crypto, key.publicKey);
  return place === lineage.keys.length ? lineage.nextDigest : undefined;
}

/** The directory outside of the home that a key's file was put into, if any. */
export function directoryOf({ held }: LineageKey): string | undefined {
  return held.kind === 'file' ? held.directory : undefined;
}
