import { concat, utf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { commitPayload, signedCommit } from '../git/commit.ts';
import { type GrowingTree, newTrees, treeId, withFile } from '../git/growing-tree.ts';
import { type GitObject, objectId } from '../git/object.ts';
import { armor, sshSignedData } from '../git/ssh-signature.ts';
import { type Committer, filesProblem, recordMessage, subjectOf } from './batch-record.ts';
import { committerProblem, gitIdentity } from './committer.ts';
import type { BatchMark, Draft } from './contents.ts';
import type { AddedFile } from './folding.ts';
import type { Replayed } from './replay.ts';

/** A batch on the tip that it extends, complete but for the committer's signature. */
export interface UnsignedCommit {
  readonly payload: Uint8Array;
  /** What the committer's key signs: the SSH signature data of the payload. */
  readonly signedData: Uint8Array;
  readonly publicKey: string;
  readonly parent: string | undefined;
  /** Blobs and trees that the commit adds. */
  readonly objects: readonly GitObject[];
  /** The tree of the commit. */
  readonly tree: GrowingTree;
  readonly seconds: number;
}

/** A signed batch, or several of which each follows on the one before, ready to be written. */
export interface SignedBatchCommit {
  /** The last commit. */
  readonly oid: string;
  /** What the first commit extends. */
  readonly parent: string | undefined;
  readonly objects: readonly GitObject[];
}

/** What a commit is planned from: files that were folded on `replayed` to `draft`. */
export interface CommitPlan {
  readonly replayed: Replayed;
  readonly files: readonly AddedFile[];
  readonly draft: Draft;
  readonly committer: Committer;
  readonly publicKey: string;
  /** The date of the commit, seconds since 1970. */
  readonly seconds: number;
}

/**
 * Computes the commit of a folded batch: message, tree, payload. Pure.
 * @throws GitkelError `refused` when the committer may not commit it, or when it is larger than a batch may be.
 */
export function planCommit(crypto: Crypto, plan: CommitPlan): UnsignedCommit {
  const { replayed, files, draft, committer, publicKey, seconds } = plan;
  const { contents } = replayed;
  const raw = decodePrimitive(publicKey).raw;
  const problem = committerProblem(contents, draft, committer, raw);
  if (problem !== undefined)
    throw new GitkelError('refused', `Cannot commit: ${problem[1]}`, { reason: problem[0] });
  const entries = files.map(({ path, bytes }) => ({
    digest: digestText(crypto, bytes),
    size: bytes.length,
    path,
  }));
  const tooMuch = filesProblem(entries);
  if (tooMuch !== undefined)
    throw new GitkelError('refused', `Cannot commit: ${tooMuch[1]}`, { reason: tooMuch[0] });
  const logId = (draft.genesis ?? contents.genesis)?.logId ?? '';
  const message = recordMessage(
    subjectOf(draft.events, draft.genesis !== undefined, draft.records, draft),
    {
      number: contents.batches,
      logId,
      prior: contents.lastBatch?.payloadDigest ?? logId,
      committer,
      files: entries,
    },
  );
  let tree = replayed.tree;
  for (const { path, bytes } of files) tree = withFile(tree, path, objectId(crypto, 'blob', bytes));
  const payload = commitPayload({
    tree: treeId(crypto, tree),
    parent: replayed.tip,
    ...gitIdentity(committer.aid),
    seconds,
    message,
  });
  const blobs = files.map(({ bytes }): GitObject => ({ type: 'blob', bytes }));
  const trees = newTrees(crypto, tree, replayed.tree);
  if (trees.some(({ bytes }) => bytes.length > LIMITS.treeBytes)) {
    throw new GitkelError(
      'refused',
      'Cannot commit: a directory would be larger than can be read again',
      { reason: 'tree-size' },
    );
  }
  return {
    payload,
    signedData: sshSignedData(crypto, payload),
    publicKey,
    parent: replayed.tip,
    objects: [...blobs, ...trees],
    tree,
    seconds,
  };
}

/**
 * Joins the committer's signature to the commit.
 * @throws GitkelError `refused` when the signature does not hold.
 */
export function finishCommit(
  crypto: Crypto,
  unsigned: UnsignedCommit,
  signature: Uint8Array,
): SignedBatchCommit {
  const { raw } = decodePrimitive(unsigned.publicKey);
  if (!crypto.verify(raw, unsigned.signedData, signature)) {
    throw new GitkelError(
      'refused',
      `Cannot commit: the signer of ${unsigned.publicKey} returned a wrong signature`,
      { reason: 'bad-signature' },
    );
  }
  const commit: GitObject = {
    type: 'commit',
    bytes: signedCommit(unsigned.payload, armor(raw, signature)),
  };
  return {
    oid: objectId(crypto, 'commit', commit.bytes),
    parent: unsigned.parent,
    objects: [...unsigned.objects, commit],
  };
}

/** How the batch of a commit is remembered once it is in the log. */
export function markOf(
  crypto: Crypto,
  { payload, seconds }: UnsignedCommit,
  commit: string,
): BatchMark {
  return { commit, payloadDigest: digestText(crypto, payload), claimedSeconds: seconds };
}

/** Commits of which each extends the one before, to be written at once. */
export function joined(commits: readonly SignedBatchCommit[]): SignedBatchCommit {
  const [first, last] = [commits[0], commits.at(-1)];
  if (first === undefined || last === undefined) throw new Error('nothing to be joined');
  return {
    oid: last.oid,
    parent: first.parent,
    objects: commits.flatMap(({ objects }) => objects),
  };
}

/** The file of an event: its exact wire bytes, then its attachments. */
export function eventFile(eventBytes: Uint8Array, attachments: string): Uint8Array {
  return concat(eventBytes, utf8(attachments));
}
