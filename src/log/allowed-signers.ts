import { decodePrimitive } from '../cesr/primitive.ts';
import { allowedSignersLine } from '../git/ssh-signature.ts';
import type { Contents } from './contents.ts';

/** A key that is or was current in an AID. */
export interface EverCurrentKey {
  readonly aid: string;
  readonly publicKey: string;
}

/** Every key that ever was current, of every AID of a log, each once; also of what was superseded later. */
export function everCurrentKeys(contents: Contents): readonly EverCurrentKey[] {
  return contents.aids.flatMap((aid) => {
    const keys = contents.kel(aid)?.everEstablished.flatMap(({ state }) => state.publicKeys) ?? [];
    return [...new Set(keys)].map((publicKey) => ({ aid, publicKey }));
  });
}

/**
 * The `allowed_signers` file (ssh-keygen(1), "ALLOWED SIGNERS") by which stock Git says Good to the commits of a log, the
 * principal being the AID; sorted. Without validity windows: a commit's date is its signer's claim, so that a window
 * would say nothing. A display aid: whether a key might sign where it did, only an audit tells, and a key that several
 * AIDs share is shown by Git as that of one of them.
 */
export function allowedSigners(contents: Contents): string {
  const lines = everCurrentKeys(contents).map(({ aid, publicKey }) =>
    allowedSignersLine(aid, decodePrimitive(publicKey).raw),
  );
  return lines.toSorted().join('');
}
