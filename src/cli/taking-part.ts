import type { Home } from '../keys/home.ts';
import { listNames } from '../keys/names.ts';
import { signedAt } from '../keys/signed-memory.ts';

/**
 * Whether this home takes part in an identity: it signed one of these events of it, or has given it a name (with a
 * threshold, a member need not sign anything). Of other identities, whoever controls them could list a key of this home
 * that was revealed elsewhere, and so make it count as current here.
 * @param sns sequence numbers of events of the identity
 */
export function takesPart(home: Home, aid: string, sns: readonly number[]): boolean {
  return listNames(home).some((named) => named.aid === aid) || sns.some((sn) => signedAt(home, aid, sn).length > 0);
}
