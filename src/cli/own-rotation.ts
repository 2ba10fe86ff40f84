import type { KeyPair } from '../batch/rotation-plan.ts';
import { nextDigest } from '../keri/build.ts';
import type { KeyState } from '../keri/state.ts';
import { type KeyEntry, listKeys, nextKey, pendingRotation } from '../keys/keystore.ts';
import { newKeyOptions, type NewKeyFlags } from './new-keys.ts';
import type { Session } from './session.ts';

function ownNextKeys(session: Session, state: KeyState): readonly KeyEntry[] {
  return listKeys(session.home).filter(({ publicKey }) =>
    state.nextDigests.includes(nextDigest(session.host.crypto, publicKey)),
  );
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
  const { home, host } = session;
  const pairs: KeyPair[] = [];
  for (const entry of ownNextKeys(session, state)) {
    const place = state.nextDigests.indexOf(nextDigest(host.crypto, entry.publicKey));
    if (isSpokenFor(place)) continue;
    const replaces = listKeys(home).filter(({ name }) => name === entry.name);
    const prior =
      replaces[replaces.findIndex(({ publicKey }) => publicKey === entry.publicKey) - 1]?.publicKey;
    const card =
      pendingRotation(home, entry.name, prior) ??
      (await nextKey(home, entry.name, {
        ...(await newKeyOptions(session, entry.name, flags)),
        ...(prior === undefined ? {} : { replaces: prior }),
      }));
    pairs.push({ publicKey: card.publicKey, nextDigest: card.nextDigest });
  }
  return pairs;
}

/** The next keys of this home that an identity's rotation would reveal, without making anything. */
export function ownRevealed(session: Session, state: KeyState): readonly string[] {
  return ownNextKeys(session, state).map(({ publicKey }) => publicKey);
}
