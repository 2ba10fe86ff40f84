/**
 * Changing how the keys of a name are protected.
 * @module
 */
import { sameBytes } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { removeIfPresent, namesIn } from '../host/files.ts';
import { LINEAGES_LOCK, requireLineage } from './find-lineage.ts';
import type { Unlock } from './find-signer.ts';
import type { Home } from './home.ts';
import { homeFolder, isTemporary } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import {
  type KeyFile,
  keyFileBytes,
  keyLabel,
  type Protection,
  protectionOf,
  readKeyFile,
  replaceKeyFile,
  sealKey,
  unsealKey,
} from './key-file.ts';
import { keyElsewhere, placesOfKey } from './key-places.ts';
import { directoryOf, type Lineage } from './lineage.ts';

export interface PassphraseChange {
  /** Protects the keys from now on; `undefined` keeps them plain, by the caller's explicit choice. */
  readonly passphrase: string | undefined;
  /** Base-2 logarithm of scrypt's N, 1 to 20; 18 unless told. */
  readonly workFactor?: number | undefined;
}

/** One file of a key: people copy them, and each copy opens with the passphrase that it was made with. */
interface Copy {
  readonly directory: string;
  readonly file: KeyFile;
}

/**
 * Puts all key files of a name under another passphrase. Each is replaced at once, and only after all could be opened:
 * at every moment each key can be used with the old passphrase or the new one, and after a crash the same call ends
 * what was begun. On most disks the old bytes can be recovered for a while.
 * @param unlock asked for the old passphrase of each key; a key that the new passphrase opens already is not asked for twice
 * @returns the public keys whose files were replaced
 * @throws GitkelError `not-found` for an unknown name, or, reason `key-elsewhere`, for a key file that is not there;
 * `refused`, reason `passphrase` for a wrong one, reason `no-key-files` when there is nothing to protect; `conflict`,
 * reason `key-changed`, when another process changed them meanwhile.
 */
export async function changePassphrase(
  home: Home,
  name: string,
  unlock: Unlock,
  change: PassphraseChange,
): Promise<readonly string[]> {
  const protection = protectionOf(change);
  const copies = copiesOf(home, requireLineage(home, name));
  if (copies.length === 0) {
    throw new GitkelError(
      'refused',
      `Cannot change the passphrase of ${quoted(name)}: none of its keys is in a key file here`,
      { reason: 'no-key-files', hint: 'keys in other programs are protected by these' },
    );
  }
  const { crypto } = home.host;
  const changed: { readonly before: Copy; readonly after: KeyFile }[] = [];
  for (const before of copies) {
    const seed = await unseal(home, before.file, unlock, protection);
    changed.push({ before, after: await sealKey(crypto, before.file.name, seed, protection) });
  }
  await withHomeLock(home, LINEAGES_LOCK, () => {
    removeTemporaries(home);
    for (const { before } of changed) requireUnchanged(home, name, before);
    for (const { before, after } of changed) replaceKeyFile(home.host, before.directory, after);
  });
  return [...new Set(copies.map(({ file }) => file.publicKey))];
}

function copiesOf(home: Home, lineage: Lineage): readonly Copy[] {
  const directories = lineage.keys.map(directoryOf);
  return lineage.keys.flatMap((key): readonly Copy[] => {
    const { publicKey, held } = key;
    const places = placesOfKey(home, publicKey, directories);
    if (held.kind === 'file' && places.length === 0)
      throw keyElsewhere(home, publicKey, directoryOf(key));
    return places.flatMap((directory) => {
      const file = readKeyFile(home.host, directory, publicKey);
      return file === undefined ? [] : [{ directory, file }];
    });
  });
}

/** An earlier change that was cut off leaves some of the keys under the new passphrase already. */
async function unseal(
  { host }: Home,
  file: KeyFile,
  unlock: Unlock,
  { passphrase }: Protection,
): Promise<Uint8Array> {
  try {
    return await unsealKey(host.crypto, file, async () => unlock(keyLabel(file)));
  } catch (error) {
    const isWrong = error instanceof GitkelError && error.reason === 'passphrase';
    if (!isWrong || passphrase === undefined) throw error;
    try {
      return await unsealKey(host.crypto, file, async () => passphrase);
    } catch {
      throw error;
    }
  }
}

function requireUnchanged({ host }: Home, name: string, { directory, file }: Copy): void {
  const now = readKeyFile(host, directory, file.publicKey);
  if (now !== undefined && sameBytes(keyFileBytes(now), keyFileBytes(file))) return;
  throw new GitkelError(
    'conflict',
    `Cannot change the passphrase of ${quoted(name)}: its key files changed meanwhile`,
    { reason: 'key-changed', hint: 'nothing was replaced; try again' },
  );
}

/** What a change that was cut off may have left beside the key files of the home. */
function removeTemporaries({ host, dir }: Home): void {
  for (const folder of [homeFolder(dir, 'keys'), homeFolder(dir, 'next')]) {
    for (const name of namesIn(host, folder))
      if (isTemporary(name)) removeIfPresent(host, `${folder}/${name}`);
  }
}
