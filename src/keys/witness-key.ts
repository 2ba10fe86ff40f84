/**
 * Keys of witnesses: each is an identifier of its own that never rotates (KERI specification, "Witness"), and signs
 * receipts of others' events and nothing else.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import { removeIfPresent } from '../host/files.ts';
import { LINEAGES_LOCK, nameAlike, nameTaken, requireLineage } from './find-lineage.ts';
import type { Home } from './home.ts';
import { homeFolder, keyFilePath } from './home-layout.ts';
import { withHomeLock } from './home-lock.ts';
import { protectionOf, sealKey, writeKeyFile } from './key-file.ts';
import { requireName } from './key-name.ts';
import { nonTransferableText } from './key-text.ts';
import type { NewKeyOptions } from './keystore.ts';
import { type Lineage, readLineages, writeLineage } from './lineage.ts';

/** A witness of this home. */
export interface WitnessKey {
  readonly name: string;
  /** Its public key and identifier, CESR text `B…`. */
  readonly aid: string;
}

/**
 * Makes the key of a witness under a new name. It has no next key: a witness is replaced, never rotated.
 * @throws GitkelError `usage` for a name that is taken (reason `name-taken`) or no name, or an empty passphrase;
 * `environment` when the file cannot be written or kept private.
 */
export async function createWitnessKey(
  home: Home,
  name: string,
  options: Omit<NewKeyOptions, 'nextDirectory'>,
): Promise<WitnessKey> {
  requireName(name);
  const alike = nameAlike(home, name);
  if (alike !== undefined) throw nameTaken(name, alike);
  const { host } = home;
  const file = await sealKey(host.crypto, name, host.random(32), protectionOf(options));
  const folder = homeFolder(home.dir, 'keys');
  writeKeyFile(host, folder, file);
  const taken = await withHomeLock(home, LINEAGES_LOCK, () => {
    const other = nameAlike(home, name);
    if (other !== undefined) return other;
    const keys = [
      { publicKey: file.publicKey, held: { kind: 'file', directory: undefined } },
    ] as const;
    writeLineage(home, { name, keys, current: 0, isWitness: true });
    return undefined;
  });
  if (taken === undefined) return { name, aid: witnessText(file.publicKey) };
  removeIfPresent(host, keyFilePath(folder, file.publicKey));
  throw nameTaken(name, taken);
}

function witnessText(publicKey: string): string {
  return nonTransferableText(decodePrimitive(publicKey).raw);
}

function witnessOf({ name, keys: [key], isWitness = false }: Lineage): WitnessKey | undefined {
  return isWitness && key !== undefined ? { name, aid: witnessText(key.publicKey) } : undefined;
}

/** The witnesses of this home, by name. */
export function listWitnesses(home: Home): readonly WitnessKey[] {
  return readLineages(home).flatMap((lineage) => witnessOf(lineage) ?? []);
}

/**
 * The witness of a name; `undefined` when the name is that of a key that rotates.
 * @throws GitkelError `not-found` for an unknown name.
 */
export function showWitness(home: Home, name: string): WitnessKey | undefined {
  return witnessOf(requireLineage(home, name));
}

/** @throws GitkelError `refused`, reason `witness-key`, for the name of a witness. */
export function requireRotating({ name, isWitness = false }: Lineage, action: string): void {
  if (!isWitness) return;
  throw new GitkelError('refused', `Cannot ${action} ${quoted(name)}: it is the key of a witness`, {
    reason: 'witness-key',
    hint: 'A witness never rotates and controls nothing; make another key with gitkel key new NAME.',
  });
}
