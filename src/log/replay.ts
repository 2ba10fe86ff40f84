import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { emptyTree, type GrowingTree } from '../git/growing-tree.ts';
import type { ObjectStore } from '../git/objects.ts';
import { looseHeaders } from '../git/commit.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type BatchFailure, checkBatch, type CheckedBatch } from './check-batch.ts';
import { Contents } from './contents.ts';
import { TreeFiles } from './tree-files.ts';

/** A log that was folded up to a commit: what it holds and the tree that its records make. */
export interface Replayed {
  readonly contents: Contents;
  readonly tree: GrowingTree;
  /** The last commit that was folded; `undefined` for an unborn branch. */
  readonly tip: string | undefined;
}

export function nothingReplayed(): Replayed {
  return { contents: new Contents(), tree: emptyTree, tip: undefined };
}

export type ReplayOutcome =
  | { readonly ok: true; readonly replayed: Replayed }
  /** `replayed` holds what was good before the failure. */
  | { readonly ok: false; readonly replayed: Replayed; readonly failure: BatchFailure };

interface Chain {
  /** Commit ids, oldest first. */
  readonly commits: readonly string[];
  /** The tree of the newest commit. */
  readonly tipTree: string;
}

interface ChainFailure {
  readonly commit: string;
  readonly reason: string;
  readonly detail: string;
}

function readCommit(store: ObjectStore, oid: string): Uint8Array | ChainFailure {
  try {
    const object = store.read(oid, LIMITS.commitBytes);
    if (object === undefined) {
      return { commit: oid, reason: 'object-missing', detail: `the commit ${oid} is not in the repository` };
    }
    if (object.type !== 'commit') {
      return { commit: oid, reason: 'object-type', detail: `${oid} is a ${object.type}, not a commit` };
    }
    return object.bytes;
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
    return { commit: oid, reason: error.reason ?? error.code, detail: error.message };
  }
}

/** Walks from the tip to the root, or to `base`, by the parents that the commits' own bytes name. */
function chainTo(store: ObjectStore, tip: string, base: string | undefined): Chain | ChainFailure {
  const commits: string[] = [];
  let tipTree = '';
  for (let oid: string | undefined = tip; oid !== undefined && oid !== base; ) {
    if (commits.length >= LIMITS.batches) {
      return { commit: oid, reason: 'too-many-batches', detail: `the log has more than ${LIMITS.batches} batches` };
    }
    const bytes = readCommit(store, oid);
    if (!(bytes instanceof Uint8Array)) {
      const detail = `${bytes.detail} (${commits.length} commits before the tip)`;
      return { ...bytes, detail };
    }
    const headers = looseHeaders(bytes);
    if (commits.length === 0) tipTree = headers.tree ?? '';
    commits.push(oid);
    oid = headers.parents[0];
    if (oid === undefined && base !== undefined) {
      return { commit: tip, reason: 'log-forked', detail: `the log no longer contains ${base}, which was verified before` };
    }
  }
  return { commits: commits.toReversed(), tipTree };
}

export interface ReplayOptions {
  /** Called after each batch that was checked. */
  readonly onBatch?: (batch: CheckedBatch, done: number, total: number) => void;
}

/**
 * Folds a log from `from` to `tip`, checking every batch in full. Continues in place: `from.contents` takes up the new
 * batches. Stops at the first batch that does not hold.
 */
export function replay(
  crypto: Crypto,
  store: ObjectStore,
  from: Replayed,
  tip: string,
  options: ReplayOptions = {},
): ReplayOutcome {
  const { contents } = from;
  const chain = chainTo(store, tip, from.tip);
  if ('reason' in chain) return { ok: false, replayed: from, failure: { position: contents.batches, ...chain } };
  const files = new TreeFiles(store);
  let { tree, tip: parent } = from;
  const first = contents.batches;
  for (const oid of chain.commits) {
    const replayed = { contents, tree, tip: parent };
    const bytes = readCommit(store, oid);
    if (!(bytes instanceof Uint8Array)) {
      return { ok: false, replayed, failure: { position: contents.batches, ...bytes } };
    }
    const own = looseHeaders(bytes).tree ?? '';
    const readFile = (path: string): Uint8Array | undefined =>
      files.read(chain.tipTree, path, LIMITS.fileBytes) ?? files.read(own, path, LIMITS.fileBytes);
    const checked = checkBatch({ crypto, contents, tree, parent, readFile }, oid, bytes);
    if (!checked.ok) return { ok: false, replayed, failure: checked.failure };
    contents.apply(checked.batch.draft, checked.batch.mark);
    tree = checked.batch.tree;
    parent = oid;
    options.onBatch?.(checked.batch, contents.batches - first, chain.commits.length);
  }
  return { ok: true, replayed: { contents, tree, tip: parent } };
}
