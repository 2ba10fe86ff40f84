import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { emptyTree, type GrowingTree } from '../git/growing-tree.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { looseHeaders } from '../git/commit.ts';
import { splitCommit } from '../git/commit-headers.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { parseRecord } from './batch-record.ts';
import { type BatchFailure, checkBatch, type CheckedBatch } from './check-batch.ts';
import { Contents } from './contents.ts';
import { inOneGo } from '../base/steps.ts';
import { type StoredFile, TreeFiles } from './tree-files.ts';

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

interface Link {
  readonly oid: string;
  /** The bytes of the commit, while there is room for them: otherwise it is read again. */
  readonly bytes: Uint8Array | undefined;
}

interface Chain {
  /** Newest first. */
  readonly commits: Link[];
  /** The tree of the newest commit. */
  readonly tipTree: string;
}

interface ChainFailure {
  readonly commit: string;
  readonly position?: number;
  readonly reason: string;
  readonly detail: string;
}

function readCommit(store: ReadableObjects, oid: string): Uint8Array | ChainFailure {
  try {
    const object = store.read(oid, LIMITS.commitBytes);
    if (object === undefined) {
      return {
        commit: oid,
        reason: 'object-missing',
        detail: `the commit ${oid} is not in the repository`,
      };
    }
    if (object.type !== 'commit') {
      return {
        commit: oid,
        reason: 'object-type',
        detail: `${oid} is a ${object.type}, not a commit`,
      };
    }
    return object.bytes;
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
    return { commit: oid, reason: error.reason ?? error.code, detail: error.message };
  }
}

/** The number that a commit claims to have; nothing of it is verified. */
function claimedNumber(bytes: Uint8Array): number | undefined {
  const split = splitCommit(bytes);
  if ('ok' in split) return undefined;
  try {
    return parseRecord(split.message).number;
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return undefined;
  }
}

/** The failure of a commit, with the place that the commit after it claims for it. */
function beforeClaimed(
  failure: ChainFailure,
  after: Uint8Array | undefined,
  commits: number,
): ChainFailure {
  const claimed = after === undefined ? undefined : claimedNumber(after);
  const place = claimed === undefined || claimed === 0 ? {} : { position: claimed - 1 };
  return { ...failure, ...place, detail: `${failure.detail} (${commits} commits before the tip)` };
}

/** Walks from the tip to the root, or to `base`, by the parents that the commits' own bytes name. */
function chainTo(
  store: ReadableObjects,
  tip: string,
  base: string | undefined,
): Chain | ChainFailure {
  const commits: Link[] = [];
  let room = LIMITS.keptCommitBytes;
  let tipTree: string | undefined;
  let after: Uint8Array | undefined;
  for (let oid: string | undefined = tip; oid !== undefined && oid !== base;) {
    if (commits.length >= LIMITS.batches) {
      return {
        commit: oid,
        reason: 'too-many-batches',
        detail: `the log has more than ${LIMITS.batches} batches`,
      };
    }
    const bytes = readCommit(store, oid);
    if (!(bytes instanceof Uint8Array)) return beforeClaimed(bytes, after, commits.length);
    const { tree, parents } = looseHeaders(bytes);
    if (tree === undefined) {
      const failure = {
        commit: oid,
        reason: 'commit-headers',
        detail: 'the commit does not begin with its tree',
      };
      return beforeClaimed(failure, after, commits.length);
    }
    after = bytes;
    tipTree ??= tree;
    room -= bytes.length;
    commits.push({ oid, bytes: room >= 0 ? bytes : undefined });
    [oid] = parents;
    if (oid === undefined && base !== undefined) {
      return {
        commit: tip,
        reason: 'log-forked',
        detail: `the log no longer contains ${base}, which was verified before`,
      };
    }
  }
  return { commits, tipTree: tipTree ?? '' };
}

/** That of the commit, and one of what it brings, for nearly all batches. */
export const SIGNATURES_PER_BATCH = 2;

export interface ReplayOptions {
  /** Called after each batch that was checked. */
  readonly onBatch?: (batch: CheckedBatch, done: number, total: number) => void;
}

/**
 * What stands at a path: in the newest tree, which is read most and remembered, then in the batch's own. Only what is
 * wrong with the latter counts.
 */
function* copiesIn(
  files: TreeFiles,
  newest: string,
  commit: Uint8Array,
  path: string,
): Generator<StoredFile> {
  try {
    const file = files.find(newest, path, LIMITS.fileBytes);
    if (file !== undefined) yield file;
  } catch (error) {
    const isOwn = looseHeaders(commit).tree === newest;
    if (isOwn || !(error instanceof GitkelError) || error.code === 'environment') throw error;
  }
  const own = looseHeaders(commit).tree;
  const file =
    own === undefined || own === newest ? undefined : files.find(own, path, LIMITS.fileBytes);
  if (file !== undefined) yield file;
}

/**
 * Folds a log from `from` to `tip`, checking every batch in full. Continues in place: `from.contents` takes up the new
 * batches. Stops at the first batch that does not hold. Yields after each batch, so that other work can be done between.
 */
export function* replaying(
  crypto: Crypto,
  store: ReadableObjects,
  from: Replayed,
  tip: string,
  options: ReplayOptions = {},
): Generator<void, ReplayOutcome> {
  const { contents } = from;
  const chain = chainTo(store, tip, from.tip);
  if ('reason' in chain) return { ok: false, replayed: from, failure: chain };
  const files = new TreeFiles(store);
  let { tree, tip: parent } = from;
  const total = chain.commits.length;
  // What is taken from the list is free to be forgotten.
  for (let link = chain.commits.pop(); link !== undefined; link = chain.commits.pop()) {
    const { oid, bytes: kept } = link;
    const replayed = { contents, tree, tip: parent };
    const bytes = kept ?? readCommit(store, oid);
    if (!(bytes instanceof Uint8Array)) {
      return { ok: false, replayed, failure: { position: contents.batches, ...bytes } };
    }
    const copies = (path: string): Iterable<StoredFile> =>
      copiesIn(files, chain.tipTree, bytes, path);
    const checked = checkBatch({ crypto, contents, tree, parent, copies }, oid, bytes);
    if (!checked.ok) return { ok: false, replayed, failure: checked.failure };
    contents.apply(checked.batch.draft, checked.batch.mark);
    tree = checked.batch.tree;
    parent = oid;
    options.onBatch?.(checked.batch, total - chain.commits.length, total);
    yield;
  }
  return { ok: true, replayed: { contents, tree, tip: parent } };
}

/** {@link replaying} in one go. */
export function replay(...given: Parameters<typeof replaying>): ReplayOutcome {
  return inOneGo(replaying(...given));
}
