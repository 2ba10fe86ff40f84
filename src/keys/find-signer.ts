/**
 * Finding the key that a signature is wanted from, by its public key alone: labels are for people.
 * @module
 */
import { checkedSigner } from './checked-signature.ts';
import { commandSigner } from './command-signer.ts';
import type { Home } from './home.ts';
import { type KeyFile, keyLabel, readKeyFile, unsealKey } from './key-file.ts';
import { transferableText } from './key-text.ts';
import type { ExternalKey } from './held.ts';
import { keyElsewhere, locateKey } from './key-places.ts';
import { directoryOf, type LineageKey, readLineages } from './lineage.ts';
import type { Signer } from './signer.ts';
import { seedSigner } from './software-signer.ts';
import { agentSigner } from './ssh-agent.ts';

/** Asks for the passphrase of a key; `label` names it in words for the prompt. */
export type Unlock = (label: string) => Promise<string>;

/** Seeds that were unlocked, for as long as the program holds on to the home; they stand nowhere else. */
const unlocked = new WeakMap<Home, Map<string, Promise<Uint8Array>>>();

/**
 * Whether this home can sign with a key: a file of it is in the home, or the home knows where it was put, or which
 * program signs with it.
 * @param publicKey CESR text, `D…` or `B…`
 * @throws GitkelError `malformed` for anything but an Ed25519 public key.
 */
export function hasKey(home: Home, publicKey: string): boolean {
  const key = transferableText(publicKey);
  if (isForeignForm(home, publicKey)) return false;
  const { external, isOwnFile, directories } = placesOf(home, key);
  return external !== undefined || isOwnFile || locateKey(home, key, directories) !== undefined;
}

/** Whether a text names the key of a witness as one that rotates: it is no such key, and controls nothing. */
function isForeignForm(home: Home, publicKey: string): boolean {
  return (
    publicKey === transferableText(publicKey) &&
    readLineages(home).some(
      ({ isWitness = false, keys }) => isWitness && keys[0]?.publicKey === publicKey,
    )
  );
}

/**
 * The signer of a public key, over all keys of the home: current, next and older ones, wherever they are kept.
 * `undefined` when this home has no such key.
 * @param publicKey CESR text, `D…` or `B…`; the signer bears it as it was asked for
 * @param unlock asked at most once for a key that it unlocks; a wrong passphrase is not remembered
 * A signer outside of this process (ssh-agent, command) verifies what it was given, and rejects as those say.
 * @throws GitkelError `refused`, reason `passphrase`; `not-found`, reason `key-elsewhere`, when the key is one of this
 * home but the directory that it was put into is not there; `malformed` when its file is damaged.
 */
export async function findSigner(
  home: Home,
  publicKey: string,
  unlock: Unlock,
): Promise<Signer | undefined> {
  const key = transferableText(publicKey);
  if (isForeignForm(home, publicKey)) return undefined;
  const { crypto } = home.host;
  const seed = await seedOf(home, key, unlock);
  if (seed !== undefined) return seedSigner(crypto, seed, publicKey.startsWith('B') ? 'B' : 'D');
  const { external } = placesOf(home, key);
  return external && checkedSigner(crypto, externalSigner(home, publicKey, external));
}

/** The signer of a key whose secret is in another program; what it gives is not verified yet. */
function externalSigner(home: Home, publicKey: string, external: ExternalKey): Signer {
  switch (external.kind) {
    case 'ssh-agent':
      return agentSigner(home.host, publicKey);
    case 'command':
      return commandSigner(home, publicKey, external);
  }
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
  const seed = unsealKey(home.host.crypto, file, async () => unlock(keyLabel(file)));
  seeds.set(publicKey, seed);
  try {
    return await seed;
  } catch (error) {
    seeds.delete(publicKey);
    throw error;
  }
}

function findFile(home: Home, publicKey: string): KeyFile | undefined {
  const { external, isOwnFile, putInto, directories } = placesOf(home, publicKey);
  const directory = locateKey(home, publicKey, directories);
  if (directory !== undefined) return readKeyFile(home.host, directory, publicKey);
  if (!isOwnFile || external !== undefined) return undefined;
  throw keyElsewhere(home, publicKey, putInto);
}

interface Places {
  /** The program that signs with the key, under one of its names. */
  readonly external: ExternalKey | undefined;
  /** Whether a name of this home keeps the key in a file. */
  readonly isOwnFile: boolean;
  /** The directory outside of the home that the file was put into. */
  readonly putInto: string | undefined;
  /** All directories outside of the home that hold keys of it. */
  readonly directories: readonly (string | undefined)[];
}

/** One key may stand under several names: as the current key of one, and as the next of another. */
function placesOf(home: Home, publicKey: string): Places {
  const keys = readLineages(home).flatMap((lineage) => lineage.keys);
  const own = keys.filter((key) => key.publicKey === publicKey);
  const inFile = own.find(({ held }) => held.kind === 'file');
  return {
    external: own.map(externalOf).find((external) => external !== undefined),
    isOwnFile: inFile !== undefined,
    putInto: inFile && directoryOf(inFile),
    directories: [...new Set(keys.map(directoryOf))],
  };
}

function externalOf({ held }: LineageKey): ExternalKey | undefined {
  return held.kind === 'ssh-agent' || held.kind === 'command' ? held : undefined;
}
