/**
 * Making a backup of the keys of a name, and putting one into a home.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { encodeBackup, type Backup, type BackupKey, openBackup } from './backup-file.ts';
import { LINEAGES_LOCK, nameAlike, requireLineage } from './find-lineage.ts';
import type { Unlock } from './find-signer.ts';
import type { Held } from './held.ts';
import type { Home } from './home.ts';
import { homeFolder } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import {
  type KeyFile,
  keyLabel,
  protectionOf,
  readKeyFile,
  sealKey,
  unsealKey,
  writeKeyFile,
} from './key-file.ts';
import { requireName } from './key-name.ts';
import { keyElsewhere, locateKey, prepareDirectory } from './key-places.ts';
import type { NewKeyOptions } from './keystore.ts';
import {
  digestAt,
  directoryOf,
  type Lineage,
  type LineageKey,
  readLineage,
  writeLineage,
} from './lineage.ts';

export interface BackupOptions {
  /** Protects the backup; there is none without. */
  readonly passphrase: string;
  /** Base-2 logarithm of scrypt's N, 1 to 20; 18 unless told. */
  readonly workFactor?: number | undefined;
  /** Leaves out the secrets of the current key and of older ones: who holds it can rotate, and sign nothing else. */
  readonly nextOnly?: boolean | undefined;
}

export interface MadeBackup {
  readonly bytes: Uint8Array;
  /** Public keys of the secrets in it. */
  readonly holds: readonly string[];
}

/**
 * A backup of the key files of a name. Keys whose secrets are in other programs are named in it, no more.
 * @throws GitkelError `not-found` for an unknown name, or, reason `key-elsewhere`, for a key file that is not there;
 * `refused`, reason `passphrase` for a wrong one, reason `no-key-files` when there is nothing to back up.
 */
export async function backUpKeys(
  home: Home,
  name: string,
  unlock: Unlock,
  { passphrase, workFactor, nextOnly = false }: BackupOptions,
): Promise<MadeBackup> {
  const protection = protectionOf({ passphrase, workFactor });
  const { keys, current, nextDigest, isWitness } = requireLineage(home, name);
  const directories = keys.map(directoryOf);
  const backedUp: BackupKey[] = [];
  for (const [i, key] of keys.entries()) {
    const isLeftOut = nextOnly && i <= current;
    const seed = isLeftOut ? undefined : await seedOf(home, key, directories, unlock);
    backedUp.push({ publicKey: key.publicKey, seed });
  }
  const holds = backedUp.filter(({ seed }) => seed !== undefined);
  if (holds.length === 0) {
    throw new GitkelError(
      'refused',
      `Cannot back up ${quoted(name)}: ${nextOnly ? 'its next key' : 'none of its keys'} is in a key file here`,
      { reason: 'no-key-files', hint: 'keys in other programs are backed up with these' },
    );
  }
  const backup: Backup = { name, keys: backedUp, current, nextDigest, isWitness };
  return {
    bytes: await encodeBackup(backup, passphrase, protection.workFactor),
    holds: holds.map(({ publicKey }) => publicKey),
  };
}

async function seedOf(
  home: Home,
  key: LineageKey,
  directories: readonly (string | undefined)[],
  unlock: Unlock,
): Promise<Uint8Array | undefined> {
  const { publicKey, held } = key;
  const directory = locateKey(home, publicKey, directories);
  const file = directory && readKeyFile(home.host, directory, publicKey);
  if (file) return unsealKey(home.host.crypto, file, async () => unlock(keyLabel(file)));
  if (held.kind === 'file') throw keyElsewhere(home, publicKey, directoryOf(key));
  return undefined;
}

export interface RestoreOptions extends Omit<NewKeyOptions, 'passphrase'> {
  /** In place of the name in the backup. */
  readonly name?: string | undefined;
  /** Protects the restored keys; the backup's passphrase unless told, `plain` by the caller's explicit choice. */
  readonly protection?: { readonly passphrase: string } | 'plain' | undefined;
}

export interface Restored {
  readonly name: string;
  /** Public keys whose files were written. */
  readonly written: readonly string[];
  /** Public keys whose files were here already; they stay as they are. */
  readonly kept: readonly string[];
  /** Public keys that this home knows now, without their secrets. */
  readonly without: readonly string[];
}

/**
 * Puts a backup into a home, also one that has the name already, if with the same keys: then it adds what is missing.
 * No file is ever replaced; a restore that was cut off is ended by the same call. What the former home had signed is
 * not in a backup: that no place is signed twice is for the owner to see to.
 * @param passphrase asked for the backup's passphrase
 * @throws GitkelError `refused`, reason `passphrase`; reason `other-keys` when the name stands for other keys here;
 * `usage` for no name; `malformed` for no backup; `environment` when files cannot be written or kept private.
 */
export async function restoreKeys(
  home: Home,
  bytes: Uint8Array,
  passphrase: () => Promise<string>,
  options: RestoreOptions = {},
): Promise<Restored> {
  let used = '';
  const backup = await openBackup(home.host.crypto, bytes, async () => (used = await passphrase()));
  const name = options.name ?? backup.name;
  requireName(name);
  const { nextDirectory, workFactor } = options;
  if (nextDirectory !== undefined) prepareDirectory(home, nextDirectory);
  const own = options.protection ?? { passphrase: used };
  const protection = protectionOf({
    passphrase: own === 'plain' ? undefined : own.passphrase,
    workFactor,
  });
  const found = merged(home, name, backup, nextDirectory);
  const missing = backup.keys.filter((key) => key.seed !== undefined && !isHere(home, found, key));
  const files: KeyFile[] = [];
  for (const { seed } of missing)
    if (seed !== undefined) files.push(await sealKey(home.host.crypto, name, seed, protection));
  return withHomeLock(home, LINEAGES_LOCK, () => {
    const lineage = merged(home, name, backup, nextDirectory);
    const written = files.filter((file) => !isHere(home, lineage, file));
    for (const file of written) {
      const place = lineage.keys.findIndex(({ publicKey }) => publicKey === file.publicKey);
      const next = nextDirectory ?? homeFolder(home.dir, 'next');
      const directory = place <= lineage.current ? homeFolder(home.dir, 'keys') : next;
      writeKeyFile(home.host, directory, file);
    }
    writeLineage(home, lineage);
    return told(lineage, backup, new Set(written.map(({ publicKey }) => publicKey)));
  });
}

function told(lineage: Lineage, backup: Backup, written: ReadonlySet<string>): Restored {
  const held = backup.keys.filter(({ seed }) => seed !== undefined).map((key) => key.publicKey);
  const elsewhere = lineage.keys.filter((key) => key.held.kind === 'elsewhere');
  return {
    name: lineage.name,
    written: held.filter((publicKey) => written.has(publicKey)),
    kept: held.filter((publicKey) => !written.has(publicKey)),
    without: elsewhere.map(({ publicKey }) => publicKey),
  };
}

function isHere(
  home: Home,
  lineage: Lineage,
  { publicKey }: { readonly publicKey: string },
): boolean {
  return locateKey(home, publicKey, lineage.keys.map(directoryOf)) !== undefined;
}

/** What the home knows of the name, and what the backup adds to it. */
function merged(
  home: Home,
  name: string,
  backup: Backup,
  nextDirectory: string | undefined,
): Lineage {
  const before = readLineage(home, name);
  const alike = before === undefined ? nameAlike(home, name) : undefined;
  if (alike !== undefined) throw otherKeys(name, alike);
  const inBackup: Lineage = {
    name,
    current: backup.current,
    nextDigest: backup.nextDigest,
    isWitness: backup.isWitness,
    keys: backup.keys.map(({ publicKey, seed }, i): LineageKey => {
      const directory = i > backup.current ? nextDirectory : undefined;
      const held: Held = seed === undefined ? { kind: 'elsewhere' } : { kind: 'file', directory };
      return { publicKey, held };
    }),
  };
  if (before === undefined) return inBackup;
  const longer = before.keys.length >= inBackup.keys.length ? before : inBackup;
  if (!follow(home, before, inBackup)) throw otherKeys(name, name);
  return {
    name,
    current: Math.max(before.current, backup.current),
    isWitness: before.isWitness,
    nextDigest:
      longer.nextDigest ??
      (before.keys.length === inBackup.keys.length ? inBackup.nextDigest : undefined),
    keys: longer.keys.map((key, i) => {
      const here = before.keys[i];
      return here !== undefined && here.held.kind !== 'elsewhere'
        ? here
        : (inBackup.keys[i] ?? key);
    }),
  };
}

/** Whether two lineages say the same of every place of which both say something. */
function follow({ host }: Home, a: Lineage, b: Lineage): boolean {
  if ((a.isWitness ?? false) !== (b.isWitness ?? false)) return false;
  const length = Math.max(a.keys.length, b.keys.length) + 1;
  return Array.from({ length }, (_, i) => i).every((i) => {
    const [one, other] = [digestAt(host.crypto, a, i), digestAt(host.crypto, b, i)];
    return one === undefined || other === undefined || one === other;
  });
}

function otherKeys(name: string, there: string): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot restore the keys of ${quoted(name)}: ${quoted(there)} stands for other keys in this home`,
    {
      reason: 'other-keys',
      hint: 'nothing was changed; restore them under another name with --as NAME',
    },
  );
}
