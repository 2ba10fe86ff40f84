import type { KeyPair } from '../batch/rotation-plan.ts';
import type { KeyState } from '../keri/state.ts';
import { type KeyEntry, listKeys, nextKey, pendingRotation } from '../keys/keystore.ts';
import { makeKeys, type NewKeyFlags } from './new-keys.ts';
import type { Session } from './session.ts';

interface OwnNextKey {
  readonly entry: KeyEntry;
  /** Public key of the one that it follows under its name. */
  readonly prior: string | undefined;
}

/** A key may be the next one under one name and the first of another, where it was made: it follows in the former. */
function ownNextKeys(session: Session, state: KeyState): readonly OwnNextKey[] {
  return listKeys(session.home).flatMap((entry, i, all) => {
    const before = all[i - 1];
    const follows = before?.name === entry.name && state.nextDigests.includes(entry.digest);
    return follows ? [{ entry, prior: before.publicKey }] : [];
  });
}

/**
 * The rotation cards of this home's own keys for an identity, but for the next keys that are listed as spoken for.
 * Makes the following next key where there is none yet.
 */
export async function ownRotations(
  session: Session,
  state: KeyState,
  isSpokenFor: (place: number) => boolean,
  flags: NewKeyFlags,
): Promise<readonly KeyPair[]> {
  const { home } = session;
  const pairs: KeyPair[] = [];
  for (const { entry, prior } of ownNextKeys(session, state)) {
    const place = state.nextDigests.indexOf(entry.digest);
    if (isSpokenFor(place)) continue;
    const card =
      pendingRotation(home, entry.name, prior) ??
      (await makeKeys(session, entry.name, flags, (options) =>
        nextKey(home, entry.name, {
          ...options,
          ...(prior === undefined ? {} : { replaces: prior }),
        }),
      ));
    pairs.push({ publicKey: card.publicKey, nextDigest: card.nextDigest });
  }
  return pairs;
}

/** The next keys of this home that an identity's rotation would reveal, without making anything. */
export function ownRevealed(session: Session, state: KeyState): readonly string[] {
  return ownNextKeys(session, state).flatMap(({ entry: { publicKey } }) =>
    publicKey === undefined ? [] : [publicKey],
  );
}
