import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { parseCommit } from '../git/commit.ts';
import { firstParents } from '../git/copy-history.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { claimedLogId } from '../log/claimed-log-id.ts';
import type { Contents } from '../log/contents.ts';
import { GitkelError } from '../base/errors.ts';

/** The last batch of a log somewhere. */
export interface Tip {
  /** Its number, by how many commits lie before it. */
  readonly position: number;
  readonly commit: string;
  /** The digest of its signed payload, CESR text; `undefined` for a commit that is no batch. */
  readonly payloadDigest: string | undefined;
}

/** The last batch of what a log holds. */
export function ownTip({ batches, lastBatch }: Contents): Tip | undefined {
  return lastBatch === undefined
    ? undefined
    : {
        position: batches - 1,
        commit: lastBatch.commit,
        payloadDigest: lastBatch.payloadDigest,
      };
}

/** A tip in words: where it stands, and what it is. */
export function tipWords({ position, payloadDigest, commit }: Tip): string {
  return `batch ${position} (payload ${payloadDigest ?? 'none: it is no batch'}, commit ${commit})`;
}

/** How what a remote has relates to what a log holds. Nothing of what it has was verified. */
export type Relation =
  | { readonly kind: 'same' }
  /** Commits that follow on the log, the oldest first. */
  | { readonly kind: 'ahead'; readonly commits: readonly string[] }
  | { readonly kind: 'rolled-back'; readonly theirs: Tip }
  /** `common` is the number of the last batch that both have; `undefined` when they have none in common. */
  | { readonly kind: 'forked'; readonly theirs: Tip; readonly common: number | undefined }
  | { readonly kind: 'other-log'; readonly theirs: Tip; readonly logId: string | undefined };

function tipAt(crypto: Crypto, store: ReadableObjects, commit: string, position: number): Tip {
  const object = store.read(commit, LIMITS.commitBytes);
  const parsed = object?.type === 'commit' ? parseCommit(object.bytes) : undefined;
  return {
    position,
    commit,
    payloadDigest: parsed?.ok === true ? digestText(crypto, parsed.commit.payload) : undefined,
  };
}

function logIdAt(crypto: Crypto, store: ReadableObjects, commit: string): string | undefined {
  try {
    return claimedLogId(crypto, store, commit);
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/**
 * Finds out how a history relates to what a log holds, by walking it back.
 * @param store reads both histories
 * @throws GitkelError `refused`, reason `object-missing`, for a history that is not whole.
 */
export function relationTo(
  crypto: Crypto,
  contents: Contents,
  store: ReadableObjects,
  tip: string,
): Relation {
  const last = contents.lastBatch?.commit;
  if (tip === last) return { kind: 'same' };
  const chain: string[] = [];
  for (const commit of firstParents(store, tip)) {
    if (commit === last) return { kind: 'ahead', commits: chain.toReversed() };
    chain.push(commit);
  }
  const theirs = tipAt(crypto, store, tip, chain.length - 1);
  if (last === undefined) {
    // Whatever claims to be a log is verified; what claims nothing is somebody's other branch.
    return theirs.payloadDigest === undefined && logIdAt(crypto, store, tip) === undefined
      ? { kind: 'other-log', theirs, logId: undefined }
      : { kind: 'ahead', commits: chain.toReversed() };
  }
  const at = chain.findIndex(
    (commit, index) => contents.batchAt(chain.length - 1 - index)?.commit === commit,
  );
  if (at === 0) return { kind: 'rolled-back', theirs };
  if (at > 0) return { kind: 'forked', theirs, common: chain.length - 1 - at };
  const logId = logIdAt(crypto, store, tip);
  return logId === contents.genesis?.logId
    ? { kind: 'forked', theirs, common: undefined }
    : { kind: 'other-log', theirs, logId };
}
