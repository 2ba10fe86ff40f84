/**
 * Keys whose secrets are in other programs: how they get a name here, and how one follows another.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { matchesDigest } from '../cesr/digest.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type KeyCard, keyCard, type RotationCard } from './card.ts';
import { requireCommand } from './command-signer.ts';
import { LINEAGES_LOCK, nameAlike, nameTaken, requireLineage } from './find-lineage.ts';
import type { ExternalKey, Held } from './held.ts';
import type { Home } from './home.ts';
import { withHomeLock } from './home-lock.ts';
import { requireName } from './key-name.ts';
import { nextDigestOf, requireNextDigest, requirePublicKey } from './key-text.ts';
import { madeRotation, showKey } from './keystore.ts';
import { digestAt, type Lineage, type LineageKey, readLineage, writeLineage } from './lineage.ts';
import { requireRotating } from './witness-key.ts';

/** A key and the program that signs with it. */
export interface NamedKey {
  /** CESR text `D…`. */
  readonly publicKey: string;
  readonly external: ExternalKey;
}

/** What is known of a key that lives elsewhere and is not to be revealed yet. */
export type PromisedKey =
  | {
      readonly publicKey: string;
      /** What will sign with it, where that is known already. */
      readonly external?: ExternalKey | undefined;
    }
  /** The digest of its public key's text, BLAKE3-256 in CESR (`E…`). */
  | { readonly digest: string };

/**
 * Gives a name to a key of another program. For a name that has this key already, sets which program signs with it.
 * @param next the key that it will be rotated to; not for a name that has the key already
 * @throws GitkelError `usage` for a name that is taken, a wrong command, or no next key; `malformed` for what is no
 * sound key or digest.
 */
export async function addExternalKey(
  home: Home,
  name: string,
  { publicKey, external }: NamedKey,
  next: PromisedKey | undefined,
): Promise<KeyCard> {
  requireName(name);
  requireSound(home.host.crypto, publicKey);
  if (external.kind === 'command') requireCommand(external);
  if (next !== undefined) requirePromise(home.host.crypto, next, [publicKey]);
  return withHomeLock(home, LINEAGES_LOCK, () => {
    const before = readLineage(home, name);
    if (before !== undefined && before.keys.some((key) => key.publicKey === publicKey)) {
      return setProgram(home, before, { publicKey, external }, next);
    }
    const alike = nameAlike(home, name);
    if (alike !== undefined) throw nameTaken(name, alike);
    if (next === undefined) throw noNextKey(name);
    const lineage: Lineage = { name, keys: [{ publicKey, held: external }], current: 0 };
    writeLineage(home, followedBy(lineage, next));
    return keyCard(name, publicKey, promisedDigest(home.host.crypto, next));
  });
}

/**
 * The rotation card of a name whose next key, or the one after it, is not in a key file of this home.
 * @param revealed the next key and what signs with it; not needed where its public key is known here
 * @param next the key that follows it
 * @throws GitkelError `refused`, reason `not-committed`, for another key than the one that was committed to, reason
 * `card-made` when a card was made that says something else; `usage` when the next key is not known; as
 * `addExternalKey`.
 */
export async function revealKey(
  home: Home,
  name: string,
  revealed: NamedKey | undefined,
  next: PromisedKey,
): Promise<RotationCard> {
  const { crypto } = home.host;
  if (revealed !== undefined) {
    const { publicKey, external } = revealed;
    requireSound(crypto, publicKey);
    if (external.kind === 'command') requireCommand(external);
  }
  return withHomeLock(home, LINEAGES_LOCK, () => {
    const before = requireLineage(home, name);
    requireRotating(before, 'rotate the key');
    const known = knownNext(crypto, before, revealed);
    const made = madeRotation(home, known, known.current);
    if (made !== undefined && made.nextDigest !== promisedDigest(crypto, next))
      throw alreadyMade(made);
    const own = known.keys.map((key) => key.publicKey);
    if (made === undefined) requirePromise(crypto, next, own);
    const lineage = made === undefined ? followedBy(known, next) : known;
    writeLineage(home, lineage);
    const card = madeRotation(home, lineage, lineage.current);
    if (card === undefined) throw new Error('a next key and its digest make a rotation card');
    return card;
  });
}

/** The lineage with the public key of its next key in it. */
function knownNext(crypto: Crypto, lineage: Lineage, revealed: NamedKey | undefined): Lineage {
  const place = lineage.current + 1;
  const there = lineage.keys[place];
  if (revealed === undefined) {
    if (there !== undefined) return lineage;
    throw new GitkelError(
      'usage',
      `Cannot make the rotation card of ${quoted(lineage.name)}: its next key is known by its digest only`,
      {
        reason: 'next-unknown',
        hint: 'say what signs with it: --ssh-agent FINGERPRINT, or --command CMD',
      },
    );
  }
  const { publicKey, external } = revealed;
  const committed = digestAt(crypto, lineage, place);
  if (committed === undefined || !matchesDigest(crypto, utf8(publicKey), committed))
    throw notCommitted(lineage, publicKey, committed);
  // A key file signs without any program; it stays what it is.
  const held: Held = there?.held.kind === 'file' ? there.held : external;
  const inserted: LineageKey = { publicKey, held };
  return {
    ...lineage,
    keys: there === undefined ? [...lineage.keys, inserted] : lineage.keys.with(place, inserted),
    nextDigest: there === undefined ? undefined : lineage.nextDigest,
  };
}

/** The lineage with one more key at its end, of which only this is known. */
function followedBy(lineage: Lineage, next: PromisedKey): Lineage {
  if ('digest' in next) return { ...lineage, nextDigest: next.digest };
  const { publicKey, external: held = { kind: 'elsewhere' } } = next;
  return { ...lineage, keys: [...lineage.keys, { publicKey, held }] };
}

function setProgram(
  home: Home,
  lineage: Lineage,
  { publicKey, external }: NamedKey,
  next: PromisedKey | undefined,
): KeyCard {
  const { name } = lineage;
  if (next !== undefined) {
    throw new GitkelError(
      'usage',
      `Cannot set the next key of ${quoted(name)}: the name has this key and its next one already`,
      { reason: 'name-taken', hint: 'leave out --next-card and --next-digest' },
    );
  }
  const keys = lineage.keys.map((key): LineageKey => {
    if (key.publicKey !== publicKey) return key;
    if (key.held.kind !== 'file') return { publicKey, held: external };
    throw new GitkelError(
      'usage',
      `Cannot set what signs with ${quoted(publicKey)}: it is in a key file`,
      { reason: 'key-file' },
    );
  });
  writeLineage(home, { ...lineage, keys });
  return showKey(home, name);
}

function promisedDigest(crypto: Crypto, next: PromisedKey): string {
  return 'digest' in next ? next.digest : nextDigestOf(crypto, next.publicKey);
}

/** A next key that is in the list already would be no secret any more. */
function requirePromise(crypto: Crypto, next: PromisedKey, known: readonly string[]): void {
  if ('digest' in next) requireNextDigest(next.digest, 'the digest of the next key');
  else requireSound(crypto, next.publicKey);
  const digest = promisedDigest(crypto, next);
  if (!known.some((publicKey) => nextDigestOf(crypto, publicKey) === digest)) return;
  throw new GitkelError('usage', 'Cannot commit to the next key: it is in use already', {
    reason: 'next-in-use',
    hint: 'a next key must be one that has signed nothing yet',
  });
}

function requireSound(crypto: Crypto, publicKey: string): void {
  requirePublicKey(publicKey, 'the public key');
  if (crypto.isPublicKey(decodePrimitive(publicKey).raw)) return;
  throw malformed('public-key', `Cannot use the public key ${quoted(publicKey)}: it is not sound`);
}

function noNextKey(name: string): GitkelError {
  return new GitkelError('usage', `Cannot add the key ${quoted(name)} without a next key`, {
    reason: 'no-next-key',
    hint: 'say which key it will be rotated to: --next-card FILE, --next-ssh-agent FINGERPRINT, --next-public-key KEY or --next-digest DIGEST',
  });
}

function notCommitted(
  { name }: Lineage,
  publicKey: string,
  committed: string | undefined,
): GitkelError {
  const next = committed === undefined ? 'nothing' : `the digest ${committed}`;
  return new GitkelError(
    'refused',
    `Cannot reveal ${quoted(publicKey)} as the next key of ${quoted(name)}: ${next} was committed to`,
    { reason: 'not-committed', hint: 'only the key that was promised can follow' },
  );
}

function alreadyMade(card: RotationCard): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot make another rotation card: the one that reveals ${quoted(card.publicKey)} commits to ${quoted(card.nextDigest)}`,
    {
      reason: 'card-made',
      hint: 'it stays the same until the rotation is seen in a log; give --log for that',
    },
  );
}
