/**
 * Keys by the names that people gave them.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import type { Home } from './home.ts';
import { nearNames, requireName } from './key-name.ts';
import { type Lineage, readLineage, readLineages } from './lineage.ts';

/** The lock under which lineages, and key files that are there already, are changed. */
export const LINEAGES_LOCK = 'lineages';

/** The name that is taken already, in whatever case: some file systems do not tell them apart. */
export function nameAlike(home: Home, name: string): string | undefined {
  const lower = name.toLowerCase();
  return readLineages(home).find((lineage) => lineage.name.toLowerCase() === lower)?.name;
}

/** @throws GitkelError `usage`, reason `name-taken`, for a name that a key of this home has. */
export function requireFreeName(home: Home, name: string): void {
  const taken = nameAlike(home, name);
  if (taken !== undefined) throw nameTaken(name, taken);
}

export function nameTaken(name: string, taken: string): GitkelError {
  return new GitkelError(
    'usage',
    `Cannot make the key ${quoted(name)}: the name ${quoted(taken)} is taken`,
    {
      reason: 'name-taken',
      hint: 'Choose another name; `gitkel key list` shows those that are taken.',
    },
  );
}

/**
 * The keys of a name.
 * @throws GitkelError `usage` for no name, `not-found` for an unknown one, naming near ones.
 */
export function requireLineage(home: Home, name: string): Lineage {
  requireName(name);
  const lineage = readLineage(home, name);
  if (lineage !== undefined) return lineage;
  const near = nearNames(
    name,
    readLineages(home).map((other) => other.name),
  );
  throw new GitkelError(
    'not-found',
    `Cannot find a key named ${quoted(name)} in ${quoted(home.dir)}`,
    {
      reason: 'key',
      hint:
        near.length > 0
          ? `did you mean ${near.map((one) => quoted(one)).join(', ')}?`
          : 'list the keys with gitkel key list',
    },
  );
}

/**
 * Where a key stands in a lineage; its current place unless a key is named.
 * @throws GitkelError `not-found`.
 */
export function placeOf(lineage: Lineage, publicKey: string | undefined): number {
  if (publicKey === undefined) return lineage.current;
  const place = lineage.keys.findIndex((key) => key.publicKey === publicKey);
  if (place >= 0) return place;
  throw new GitkelError(
    'not-found',
    `Cannot find the key ${quoted(publicKey)} under ${quoted(lineage.name)}`,
    { reason: 'key' },
  );
}
