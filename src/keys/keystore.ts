/**
 * The keys of a home: made in pairs, a current key and the pre-rotated next one, each in a file of its own.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import { removeIfPresent } from '../host/files.ts';
import { type KeyCard, type RotationCard, keyCard, rotationCard } from './card.ts';
import type { Home } from './home.ts';
import { homeFolder, keyFilePath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import {
  LINEAGES_LOCK,
  nameAlike,
  nameTaken,
  placeOf,
  requireFreeName,
  requireLineage,
} from './find-lineage.ts';
import type { Held } from './held.ts';
import { locateKey, moveToKeys, prepareDirectory, requireDirectory } from './key-places.ts';
import { type Protection, protectionOf, sealKey, writeKeyFile } from './key-file.ts';
import { requireName } from './key-name.ts';
import { nextDigestOf, nonTransferableText } from './key-text.ts';
import {
  digestAt,
  directoryOf,
  type Lineage,
  type LineageKey,
  readLineages,
  writeLineage,
} from './lineage.ts';
import { requireRotating } from './witness-key.ts';

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
  /** CESR text `D…`, of a witness `B…`; `undefined` for a key of which no more than its digest is known here. */
  readonly publicKey: string | undefined;
  /** The digest by which events commit to it before it is revealed. */
  readonly digest: string;
  readonly label: 'older' | 'current' | 'next' | 'following' | 'witness';
  /** How this home gets at its secret. */
  readonly kind: Held['kind'];
  /** Path of the file that holds it, `undefined` when none is there now. */
  readonly path: string | undefined;
  /** The directory outside of the home where it was put, if any. */
  readonly directory: string | undefined;
  /** The command that signs with it, if one does. */
  readonly command?: readonly string[] | undefined;
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
  requireFreeName(home, name);
  const protection = protectionOf(options);
  const directory = options.nextDirectory;
  if (directory !== undefined) prepareDirectory(home, directory);
  const places = [homeFolder(home.dir, 'keys'), directory ?? homeFolder(home.dir, 'next')] as const;
  const next = await makeKey(home, name, protection, places[1]);
  const current = await makeKey(home, name, protection, places[0]);
  const taken = await withHomeLock(home, LINEAGES_LOCK, () => {
    const other = nameAlike(home, name);
    if (other !== undefined) return other;
    const keys: readonly LineageKey[] = [
      { publicKey: current, held: { kind: 'file', directory: undefined } },
      { publicKey: next, held: { kind: 'file', directory } },
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
 * @throws GitkelError `not-found` for an unknown name; `refused`, reason `next-elsewhere`, where the next key or the
 * following one is not kept in key files (`revealKey` makes that card); as `createKey` where a key has to be made.
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

/**
 * The card that `nextKey` would return without making a key (so without a passphrase), if there is one.
 * @throws GitkelError `not-found` for an unknown name; `refused`, reason `next-elsewhere`.
 */
export function pendingRotation(
  home: Home,
  name: string,
  replaces?: string,
): RotationCard | undefined {
  const lineage = requireLineage(home, name);
  requireRotating(lineage, 'rotate the key');
  const card = madeRotation(home, lineage, placeOf(lineage, replaces));
  if (card === undefined) requireOwnFiles(lineage);
  return card;
}

/** The rotation card of the key that follows the one at a place, where both it and the digest after it are known. */
export function madeRotation(
  { host }: Home,
  lineage: Lineage,
  from: number,
): RotationCard | undefined {
  const [prior, revealed] = lineage.keys.slice(from, from + 2);
  const following = digestAt(host.crypto, lineage, from + 2);
  if (prior === undefined || revealed === undefined || following === undefined) return undefined;
  const keys = { priorPublicKey: prior.publicKey, publicKey: revealed.publicKey };
  return rotationCard(lineage.name, keys, following);
}

/** A key file can follow key files only: of any other key its owner says what follows. */
function requireOwnFiles({ name, keys, nextDigest }: Lineage): void {
  if (nextDigest === undefined && keys.at(-1)?.held.kind === 'file') return;
  throw new GitkelError(
    'refused',
    `Cannot make the rotation card of ${quoted(name)}: its next key is not in a key file of this home`,
    {
      reason: 'next-elsewhere',
      hint: `say which key follows it, and what signs with it if that is not known here: gitkel key next ${name} [--ssh-agent FINGERPRINT|--command CMD] --next-card FILE|--next-ssh-agent FINGERPRINT|--next-public-key KEY|--next-digest DIGEST`,
    },
  );
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
  return readLineages(home).flatMap((lineage) => {
    const { name, keys, current, nextDigest, isWitness = false } = lineage;
    const entries = keys.map((key, i): KeyEntry => {
      const { publicKey, held } = key;
      const directory = directoryOf(key);
      const found = locateKey(home, publicKey, [directory]);
      return {
        name,
        publicKey: isWitness ? nonTransferableText(decodePrimitive(publicKey).raw) : publicKey,
        digest: nextDigestOf(home.host.crypto, publicKey),
        label: isWitness ? 'witness' : labelOf(i - current),
        kind: held.kind,
        path: found && keyFilePath(found, publicKey),
        directory,
        ...(held.kind === 'command' ? { command: held.command } : {}),
      };
    });
    if (nextDigest === undefined) return entries;
    const label = labelOf(keys.length - current);
    const known = { name, publicKey: undefined, digest: nextDigest, label } as const;
    return [...entries, { ...known, kind: 'elsewhere', path: undefined, directory: undefined }];
  });
}

/**
 * The card of a name: its current key and the digest of its next key.
 * @throws GitkelError `not-found` for an unknown name (naming near ones), or for a key that has no next key.
 */
export function showKey(home: Home, name: string): KeyCard {
  const lineage = requireLineage(home, name);
  requireRotating(lineage, 'make a card of');
  const key = lineage.keys[lineage.current];
  const next = digestAt(home.host.crypto, lineage, lineage.current + 1);
  if (key !== undefined && next !== undefined) return keyCard(name, key.publicKey, next);
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

async function addNextKey(home: Home, name: string, options: NextKeyOptions): Promise<void> {
  const protection = protectionOf(options);
  const before = requireLineage(home, name);
  const last = before.keys.at(-1);
  const elsewhere = options.nextDirectory ?? (last && directoryOf(last));
  if (options.nextDirectory !== undefined) prepareDirectory(home, options.nextDirectory);
  else if (elsewhere !== undefined) requireDirectory(home, elsewhere);
  const directory = elsewhere ?? homeFolder(home.dir, 'next');
  const publicKey = await makeKey(home, name, protection, directory);
  const added = await withHomeLock(home, LINEAGES_LOCK, () => {
    const lineage = requireLineage(home, name);
    if (lineage.keys.length !== before.keys.length || lineage.nextDigest !== undefined)
      return false;
    writeLineage(home, {
      ...lineage,
      keys: [...lineage.keys, { publicKey, held: { kind: 'file', directory: elsewhere } }],
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
