import { sameBytes } from '../base/bytes.ts';
import { quoted } from '../base/errors.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { KeyState } from '../keri/state.ts';
import { carriesWeight } from '../keri/threshold.ts';
import type { Committer } from './batch-record.ts';
import type { Contents, Draft } from './contents.ts';
import type { Genesis } from './genesis.ts';

/** The key state of an AID after a batch was folded. */
function stateAfter(contents: Contents, draft: Draft, aid: string): KeyState | undefined {
  return draft.kels.get(aid)?.state ?? contents.kel(aid)?.state;
}

/** The Git identity of a committer, as author and committer headers carry it before the date. */
export function gitIdentity(aid: string): { readonly name: string; readonly email: string } {
  return { name: aid, email: `${aid}@gitkel` };
}

/** Whether the policy that is in force for the next batch lets an AID commit it. */
function admits(contents: Contents, genesis: Genesis | undefined, aid: string): boolean {
  if (genesis === undefined) return false;
  const { admission, writers } = contents.records.policy(genesis);
  return admission === 'open' || genesis.founder === aid || writers.includes(aid);
}

/** Whether the key at an index may commit for a key state: it is there, and carries weight. */
function keyMayCommit(state: KeyState, keyIndex: number): boolean {
  return (
    keyIndex < state.publicKeys.length &&
    carriesWeight(state.threshold, keyIndex, state.publicKeys.length)
  );
}

/**
 * Why this committer may not commit the batch, or `undefined` when it may. `publicKey` is the raw key that signed the
 * commit. The key state that counts is the one after the batch is folded. A committer orders, it authorises nothing.
 */
export function committerProblem(
  contents: Contents,
  draft: Draft,
  committer: Committer,
  publicKey: Uint8Array,
): readonly [reason: string, detail: string] | undefined {
  const { aid, establishment, keyIndex } = committer;
  const state = stateAfter(contents, draft, aid);
  if (state === undefined)
    return ['committer-unknown', `the committer ${quoted(aid)} is no AID of this log`];
  if (state.lastEstablishment.sn !== establishment) {
    return [
      'committer-key-state',
      `the committer names event ${establishment} of ${aid}, its keys come from event ${state.lastEstablishment.sn}`,
    ];
  }
  const key = state.publicKeys[keyIndex];
  if (key === undefined || !keyMayCommit(state, keyIndex)) {
    return ['committer-key', `${aid} has no key with weight at index ${keyIndex}`];
  }
  if (!sameBytes(decodePrimitive(key).raw, publicKey)) {
    return ['committer-key', `the commit is signed by another key than key ${keyIndex} of ${aid}`];
  }
  if (!admits(contents, draft.genesis ?? contents.genesis, aid)) {
    return ['committer-not-admitted', `the log is closed and ${aid} is not one of its writers`];
  }
  return undefined;
}

/**
 * Which of the given AIDs' keys could commit the batch, in the order of preference: the AIDs of the batch, then `more`.
 */
export function possibleCommitters(
  contents: Contents,
  draft: Draft,
  more: readonly string[],
): readonly { readonly committer: Committer; readonly publicKey: string }[] {
  const genesis = draft.genesis ?? contents.genesis;
  return [...new Set([...draft.kels.keys(), ...more])].flatMap((aid) => {
    const state = stateAfter(contents, draft, aid);
    if (state === undefined || !admits(contents, genesis, aid)) return [];
    return state.publicKeys.flatMap((publicKey, keyIndex) =>
      keyMayCommit(state, keyIndex)
        ? [{ committer: { aid, establishment: state.lastEstablishment.sn, keyIndex }, publicKey }]
        : [],
    );
  });
}
