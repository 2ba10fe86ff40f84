/**
 * The keys of one name in the order in which they follow each other, and which of them is current. Public data only:
 * the home can tell the digest of a next key that is kept elsewhere.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { namesIn } from '../host/files.ts';
import type { Home } from './home.ts';
import { readDocument, writeDocument } from './home-document.ts';
import { homeFolder, lineagePath, nameOfLineageFile } from './home-layout.ts';
import { requirePublicKey } from './key-text.ts';

const FORMAT = 'gitkel-lineage/1';

export interface LineageKey {
  readonly publicKey: string;
  /** Absolute path of the directory outside of the home that its file was put into, if any. */
  readonly directory: string | undefined;
}

export interface Lineage {
  readonly name: string;
  readonly keys: readonly LineageKey[];
  /** Which of `keys` is current: those before it are older, those after it are next. */
  readonly current: number;
}

export function readLineage(home: Home, name: string): Lineage | undefined {
  const what = `the keys of ${quoted(name)}`;
  const value = readDocument(home.host, lineagePath(home.dir, name), what);
  if (value === undefined) return undefined;
  const fields = fieldsOf(value, what, ['current', 'format', 'keys', 'name']);
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
  };
  if (lineage.name !== name || lineage.current >= lineage.keys.length) {
    throw malformed('lineage', `Cannot read ${what}: the file does not fit together`);
  }
  return lineage;
}

function parseKey(value: Json, what: string): LineageKey {
  const fields = fieldsOf(value, what, ['publicKey'], ['directory']);
  const publicKey = fields.text('publicKey');
  requirePublicKey(publicKey, what);
  return { publicKey, directory: fields.optionalText('directory') };
}

/** Replaces what is known of a name; the caller holds the lock. */
export function writeLineage(home: Home, { name, keys, current }: Lineage): void {
  const list = keys.map(({ publicKey, directory }) =>
    directory === undefined ? { publicKey } : { directory, publicKey },
  );
  writeDocument(home.host, lineagePath(home.dir, name), {
    current,
    format: FORMAT,
    keys: list,
    name,
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
