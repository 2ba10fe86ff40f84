/**
 * Finding the key that a signature is wanted from, by its public key alone: labels are for people.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import type { Home } from './home.ts';
import { type KeyFile, readKeyFile, unsealKey } from './key-file.ts';
import { transferableText } from './key-text.ts';
import { locateKey } from './key-places.ts';
import { readLineages } from './lineage.ts';
import type { Signer } from './signer.ts';
import { seedSigner } from './software-signer.ts';

/** Asks for the passphrase of a key; `label` names it in words for the prompt. */
export type Unlock = (label: string) => Promise<string>;

/** Seeds that were unlocked, for as long as the program holds on to the home; they stand nowhere else. */
const unlocked = new WeakMap<Home, Map<string, Promise<Uint8Array>>>();

/**
 * Whether a key is one of this home's: a file of it is in the home, or the home knows where it was put.
 * @param publicKey CESR text, `D…` or `B…`
 * @throws GitkelError `malformed` for anything but an Ed25519 public key.
 */
export function hasKey(home: Home, publicKey: string): boolean {
  const key = transferableText(publicKey);
  const { known, directories } = placesOf(home, key);
  return known || locateKey(home, key, directories) !== undefined;
}

/**
 * The signer of a public key, over all keys of the home: current, next and older ones, wherever they are kept.
 * `undefined` when this home has no such key.
 * @param publicKey CESR text, `D…` or `B…`; the signer bears it as it was asked for
 * @param unlock asked at most once for a key that it unlocks; a wrong passphrase is not remembered
 * @throws GitkelError `refused`, reason `passphrase`; `not-found`, reason `key-elsewhere`, when the key is one of this
 * home but the directory that it was put into is not there; `malformed` when its file is damaged.
 */
export async function findSigner(
  home: Home,
  publicKey: string,
  unlock: Unlock,
): Promise<Signer | undefined> {
  const key = transferableText(publicKey);
  const seed = await seedOf(home, key, unlock);
  return seed && seedSigner(home.host.crypto, seed, publicKey.startsWith('B') ? 'B' : 'D');
}

async function seedOf(
  home: Home,
  publicKey: string,
  unlock: Unlock,
): Promise<Uint8Array | undefined> {
  const seeds = unlocked.get(home) ?? new Map<string, Promise<Uint8Array>>();
  unlocked.set(home, seeds);
  const open = seeds.get(publicKey);
  if (open !== undefined) return open;
  const file = findFile(home, publicKey);
  if (file === undefined) return undefined;
  const label = `${file.name} (${publicKey.slice(0, 12)}...)`;
  const seed = unsealKey(home.host.crypto, file, () => unlock(label));
  seeds.set(publicKey, seed);
  try {
    return await seed;
  } catch (error) {
    seeds.delete(publicKey);
    throw error;
  }
}

function findFile(home: Home, publicKey: string): KeyFile | undefined {
  const { known, putInto, directories } = placesOf(home, publicKey);
  const directory = locateKey(home, publicKey, directories);
  if (directory !== undefined) return readKeyFile(home.host, directory, publicKey);
  if (!known) return undefined;
  const where = quoted(putInto ?? home.dir);
  throw new GitkelError(
    'not-found',
    `Cannot find the file of your key ${quoted(publicKey)}: it was put into ${where}`,
    {
      reason: 'key-elsewhere',
      hint: 'make that directory available (is the medium mounted?) or copy the file into keys/ of the home',
    },
  );
}

interface Places {
  /** Whether a name of this home holds the key. */
  readonly known: boolean;
  /** The directory outside of the home that it was put into. */
  readonly putInto: string | undefined;
  /** All directories outside of the home that hold keys of it. */
  readonly directories: readonly (string | undefined)[];
}

function placesOf(home: Home, publicKey: string): Places {
  const keys = readLineages(home).flatMap((lineage) => lineage.keys);
  const own = keys.find((key) => key.publicKey === publicKey);
  const directories = [...new Set(keys.map(({ directory }) => directory))];
  return { known: own !== undefined, putInto: own?.directory, directories };
}
