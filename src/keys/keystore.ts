/**
 * The keys of a home: made in pairs, a current key and the pre-rotated next one, each in a file of its own.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { removeIfPresent } from '../host/files.ts';
import { type KeyCard, type RotationCard, keyCard, rotationCard } from './card.ts';
import type { Home } from './home.ts';
import { homeFolder, keyFilePath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { locateKey, moveToKeys, prepareDirectory, requireDirectory } from './key-places.ts';
import { type Protection, sealKey, writeKeyFile } from './key-file.ts';
import { nearNames, requireName } from './key-name.ts';
import { nextDigestOf } from './key-text.ts';
import { type Lineage, readLineage, readLineages, writeLineage } from './lineage.ts';
import { DEFAULT_WORK_FACTOR, requireWorkFactor } from './seed-encryption.ts';

const LINEAGES_LOCK = 'lineages';

export interface NewKeyOptions {
  /** Protects the new keys; `undefined` keeps them plain, by the caller's explicit choice. */
  readonly passphrase: string | undefined;
  /** Absolute path of a directory that takes next keys instead of the home's own. */
  readonly nextDirectory?: string | undefined;
  /** Base-2 logarithm of scrypt's N, 1 to 20; 18 unless told. */
  readonly workFactor?: number | undefined;
}

export interface NextKeyOptions extends NewKeyOptions {
  /** The public key to rotate out, CESR text `D…`; the current one unless told. */
  readonly replaces?: string | undefined;
}

/** One key as `listKeys` tells of it. */
export interface KeyEntry {
  readonly name: string;
  readonly publicKey: string;
  readonly label: 'older' | 'current' | 'next' | 'following';
  /** Path of the file that holds it, `undefined` when none is there now. */
  readonly path: string | undefined;
  /** The directory outside of the home where it was put, if any. */
  readonly directory: string | undefined;
}

/**
 * Makes a current key and its next key under a new name.
 * @throws GitkelError `usage` for a name that is taken (reason `name-taken`) or no name, an empty passphrase or a
 * relative directory; `environment` when files cannot be written or kept private.
 */
export async function createKey(
  home: Home,
  name: string,
  options: NewKeyOptions,
): Promise<KeyCard> {
  requireName(name);
  const alike = nameAlike(home, name);
  if (alike !== undefined) throw nameTaken(name, alike);
  const protection = protectionOf(options);
  const directory = options.nextDirectory;
  if (directory !== undefined) prepareDirectory(home, directory);
  const places = [homeFolder(home.dir, 'keys'), directory ?? homeFolder(home.dir, 'next')] as const;
  const next = await makeKey(home, name, protection, places[1]);
  const current = await makeKey(home, name, protection, places[0]);
  const taken = await withHomeLock(home, LINEAGES_LOCK, () => {
    const other = nameAlike(home, name);
    if (other !== undefined) return other;
    const keys = [
      { publicKey: current, directory: undefined },
      { publicKey: next, directory },
    ];
    writeLineage(home, { name, keys, current: 0 });
    return undefined;
  });
  if (taken !== undefined) {
    removeIfPresent(home.host, keyFilePath(places[0], current));
    removeIfPresent(home.host, keyFilePath(places[1], next));
    throw nameTaken(name, taken);
  }
  return keyCard(name, current, nextDigestOf(home.host.crypto, next));
}

/**
 * The rotation card of a name: the next key, revealed, and the digest of the key that follows it, which is made when it
 * is not there yet. Until a rotation is seen (`adoptRotation`), every call returns the same card.
 * @throws GitkelError `not-found` for an unknown name; as `createKey` where a key has to be made.
 */
export async function nextKey(
  home: Home,
  name: string,
  options: NextKeyOptions,
): Promise<RotationCard> {
  let card = pendingRotation(home, name, options.replaces);
  while (card === undefined) {
    await addNextKey(home, name, options);
    card = pendingRotation(home, name, options.replaces);
  }
  return card;
}

/** The card that `nextKey` would return without making a key (so without a passphrase), if there is one. */
export function pendingRotation(
  home: Home,
  name: string,
  replaces?: string,
): RotationCard | undefined {
  const lineage = requireLineage(home, name);
  const from = replaces === undefined ? lineage.current : placeOf(lineage, replaces);
  const [prior, revealed, following] = lineage.keys.slice(from, from + 3);
  if (prior === undefined || revealed === undefined || following === undefined) return undefined;
  const keys = { priorPublicKey: prior.publicKey, publicKey: revealed.publicKey };
  return rotationCard(name, keys, nextDigestOf(home.host.crypto, following.publicKey));
}

/**
 * Labels keys as current that a verified log, or an export that this home checked, shows as current. A label never goes
 * back to an older key.
 * @param publicKeys CESR texts of the current keys of identifiers that this home takes part in: a stranger could put a
 * revealed key into an identifier of their own
 * @returns the names whose label moved, with the key that is current now
 */
export async function adoptRotation(
  home: Home,
  publicKeys: Iterable<string>,
): Promise<readonly { readonly name: string; readonly publicKey: string }[]> {
  const seen = new Set(publicKeys);
  const moved = (lineage: Lineage): number =>
    lineage.keys.findLastIndex((key) => seen.has(key.publicKey));
  if (!readLineages(home).some((lineage) => moved(lineage) > lineage.current)) return [];
  return withHomeLock(home, LINEAGES_LOCK, () => {
    const adopted: { readonly name: string; readonly publicKey: string }[] = [];
    for (const lineage of readLineages(home)) {
      const current = moved(lineage);
      if (current <= lineage.current) continue;
      for (const key of lineage.keys.slice(lineage.current + 1, current + 1)) moveToKeys(home, key);
      writeLineage(home, { ...lineage, current });
      adopted.push({ name: lineage.name, publicKey: lineage.keys[current]?.publicKey ?? '' });
    }
    return adopted;
  });
}

/** Every key that has a name in this home, by name and then in the order in which they follow each other. */
export function listKeys(home: Home): readonly KeyEntry[] {
  return readLineages(home).flatMap((lineage) =>
    lineage.keys.map(({ publicKey, directory }, i) => {
      const found = locateKey(home, publicKey, [directory]);
      return {
        name: lineage.name,
        publicKey,
        label: labelOf(i - lineage.current),
        path: found && keyFilePath(found, publicKey),
        directory,
      };
    }),
  );
}

/**
 * The card of a name: its current key and the digest of its next key.
 * @throws GitkelError `not-found` for an unknown name (naming near ones), or for a key that has no next key.
 */
export function showKey(home: Home, name: string): KeyCard {
  const { keys, current } = requireLineage(home, name);
  const [key, next] = keys.slice(current, current + 2);
  if (key !== undefined && next !== undefined) {
    return keyCard(name, key.publicKey, nextDigestOf(home.host.crypto, next.publicKey));
  }
  throw new GitkelError(
    'not-found',
    `Cannot make a card of ${quoted(name)}: its last key was revealed`,
    {
      reason: 'no-next-key',
      hint: `make one with gitkel key next ${name}`,
    },
  );
}

function labelOf(distance: number): KeyEntry['label'] {
  if (distance < 0) return 'older';
  if (distance === 0) return 'current';
  return distance === 1 ? 'next' : 'following';
}

function protectionOf({ passphrase, workFactor = DEFAULT_WORK_FACTOR }: NewKeyOptions): Protection {
  requireWorkFactor(workFactor);
  if (passphrase === '') {
    throw new GitkelError('usage', 'Cannot make a key: the passphrase is empty', {
      reason: 'passphrase',
      hint: 'give a passphrase, or say --no-passphrase to keep the key plain',
    });
  }
  return { passphrase, workFactor };
}

/** The name that is taken already, in whatever case: some file systems do not tell them apart. */
function nameAlike(home: Home, name: string): string | undefined {
  const lower = name.toLowerCase();
  return readLineages(home).find((lineage) => lineage.name.toLowerCase() === lower)?.name;
}

function nameTaken(name: string, taken: string): GitkelError {
  return new GitkelError(
    'usage',
    `Cannot make the key ${quoted(name)}: the name ${quoted(taken)} is taken`,
    { reason: 'name-taken', hint: 'choose another name' },
  );
}

function requireLineage(home: Home, name: string): Lineage {
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
          ? `did you mean ${near.map((other) => quoted(other)).join(', ')}?`
          : 'list the keys with gitkel key list',
    },
  );
}

function placeOf(lineage: Lineage, publicKey: string): number {
  const place = lineage.keys.findIndex((key) => key.publicKey === publicKey);
  if (place >= 0) return place;
  throw new GitkelError(
    'not-found',
    `Cannot find the key ${quoted(publicKey)} under ${quoted(lineage.name)}`,
    {
      reason: 'key',
    },
  );
}

async function addNextKey(home: Home, name: string, options: NextKeyOptions): Promise<void> {
  const protection = protectionOf(options);
  const before = requireLineage(home, name);
  const elsewhere = options.nextDirectory ?? before.keys.at(-1)?.directory;
  if (options.nextDirectory !== undefined) prepareDirectory(home, options.nextDirectory);
  else if (elsewhere !== undefined) requireDirectory(home, elsewhere);
  const directory = elsewhere ?? homeFolder(home.dir, 'next');
  const publicKey = await makeKey(home, name, protection, directory);
  const added = await withHomeLock(home, LINEAGES_LOCK, () => {
    const lineage = requireLineage(home, name);
    if (lineage.keys.length !== before.keys.length) return false;
    writeLineage(home, {
      ...lineage,
      keys: [...lineage.keys, { publicKey, directory: elsewhere }],
    });
    return true;
  });
  // Another process made the following key meanwhile: theirs is the one that counts.
  if (!added) removeIfPresent(home.host, keyFilePath(directory, publicKey));
}

async function makeKey(
  home: Home,
  name: string,
  protection: Protection,
  directory: string,
): Promise<string> {
  const { host } = home;
  const file = await sealKey(host.crypto, name, host.random(32), protection);
  writeKeyFile(host, directory, file);
  return file.publicKey;
}
