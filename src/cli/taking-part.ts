import type { Home } from '../keys/home.ts';
import { type KeyEntry, listKeys } from '../keys/keystore.ts';
import { listNames } from '../keys/names.ts';
import { signedAt } from '../keys/signed-memory.ts';
import type { Contents } from '../log/contents.ts';

function isAhead({ label }: KeyEntry): boolean {
  return label === 'next' || label === 'following';
}

/**
 * The AIDs of a log in which next keys of a name are current already, and of which nothing tells that this home takes
 * part in them: there, a rotation that revealed the key has taken place, or a stranger lists a revealed key as theirs.
 */
export function unclaimedRotations(
  home: Home,
  contents: Contents,
  name: string,
): readonly string[] {
  const next = new Set(
    listKeys(home)
      .filter((key) => key.name === name && isAhead(key))
      .map(({ publicKey }) => publicKey),
  );
  return contents.aids.filter((aid) => {
    const kel = contents.kel(aid);
    return (
      kel?.state.publicKeys.some((key) => next.has(key)) === true &&
      !takesPart(
        home,
        aid,
        kel.establishments.map(({ state }) => state.sn),
      )
    );
  });
}

/** Whether this home takes part in an identity, and has a key that is current in it. */
export function isOwn(home: Home, contents: Contents, aid: string): boolean {
  const kel = contents.kel(aid);
  const own = new Set(listKeys(home).map(({ publicKey }) => publicKey));
  return (
    kel?.state.publicKeys.some((key) => own.has(key)) === true &&
    takesPart(
      home,
      aid,
      kel.establishments.map(({ state }) => state.sn),
    )
  );
}

/**
 * Whether this home takes part in an identity: it signed one of these events of it, or has given it a name (with a
 * threshold, a member need not sign anything). Of other identities, whoever controls them could list a key of this home
 * that was revealed elsewhere, and so make it count as current here.
 * @param sns sequence numbers of events of the identity
 */
export function takesPart(home: Home, aid: string, sns: readonly number[]): boolean {
  return (
    listNames(home).some((named) => named.aid === aid) ||
    sns.some((sn) => signedAt(home, aid, sn).length > 0)
  );
}
