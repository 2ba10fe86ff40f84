import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { parseCommit, type SignedCommit } from '../git/commit.ts';
import { type GrowingTree, treeId, withFile } from '../git/growing-tree.ts';
import { objectId } from '../git/object.ts';
import { sshSignedData } from '../git/ssh-signature.ts';
import {
  type BatchRecord,
  type FileEntry,
  parseRecord,
  recordMessage,
  subjectOf,
} from './batch-record.ts';
import { committerProblem, gitIdentity } from './committer.ts';
import type { BatchMark, Contents, Draft } from './contents.ts';
import { fold } from './fold.ts';
import type { AddedFile } from './folding.ts';

/** Why a commit is no valid batch at its place. */
export interface BatchFailure {
  /** The number that the batch would have; of a commit that cannot be read, what the commit after it claims, if any. */
  readonly position?: number;
  readonly commit: string;
  readonly path?: string;
  /** Stable name of the rule. */
  readonly reason: string;
  readonly detail: string;
}

/** A batch that was checked in full, and what it leads to. */
export interface CheckedBatch {
  readonly draft: Draft;
  readonly tree: GrowingTree;
  readonly record: BatchRecord;
  readonly mark: BatchMark;
}

/** What a batch is checked against. */
export interface BatchContext {
  readonly crypto: Crypto;
  readonly contents: Contents;
  /** The tree after the batch before. */
  readonly tree: GrowingTree;
  /** The commit of the batch before. */
  readonly parent: string | undefined;
  /**
   * What stands at the path of a file that the batch claims to add, in one tree after the other: the first that is what
   * the record states is taken. They are checked here.
   */
  readonly copies: (path: string) => Iterable<Uint8Array>;
}

/** Thrown inside a check only; {@link checkBatch} turns it into a value. */
class Failed extends Error {
  readonly reason: string;
  readonly path: string | undefined;

  constructor(reason: string, detail: string, path?: string) {
    super(detail);
    this.reason = reason;
    this.path = path;
  }
}

function parseSigned(context: BatchContext, bytes: Uint8Array): SignedCommit {
  if (bytes.length > LIMITS.commitBytes)
    throw new Failed('commit-size', `the commit has ${bytes.length} bytes`);
  const parsed = parseCommit(bytes);
  if (!parsed.ok) throw new Failed(parsed.reason, parsed.detail);
  const { commit } = parsed;
  if (commit.parent !== context.parent) {
    throw new Failed(
      'parent',
      `the parent is ${commit.parent ?? 'none'}, not ${context.parent ?? 'none'}`,
    );
  }
  const signed = sshSignedData(context.crypto, commit.payload);
  if (!context.crypto.verify(commit.publicKey, signed, commit.signature)) {
    throw new Failed('commit-signature', 'the signature of the commit does not hold');
  }
  return commit;
}

function checkRecord(context: BatchContext, record: BatchRecord): void {
  const { contents } = context;
  if (record.number !== contents.batches) {
    throw new Failed(
      'batch-number',
      `the record says number ${record.number}, the place is ${contents.batches}`,
    );
  }
  const logId = contents.genesis?.logId;
  if (logId !== undefined && record.logId !== logId) {
    throw new Failed(
      'log-id',
      `the record names the log ${quoted(record.logId)}, this one is ${logId}`,
    );
  }
  const prior = contents.lastBatch?.payloadDigest ?? record.logId;
  if (record.prior !== prior) {
    throw new Failed(
      'prior-digest',
      `the record continues ${quoted(record.prior)}, the batch before is ${prior}`,
    );
  }
}

function fileProblem(
  crypto: Crypto,
  { path, size, digest }: FileEntry,
  bytes: Uint8Array,
): Failed | undefined {
  if (bytes.length !== size)
    return new Failed('file-size', `the file has ${bytes.length} bytes, not ${size}`, path);
  return digestText(crypto, bytes) === digest
    ? undefined
    : new Failed(
        'file-digest',
        `the content is not what the record states (${quoted(digest)})`,
        path,
      );
}

/** The file as the record lists it, with the digest and size that it states. */
function readFile({ crypto, copies }: BatchContext, entry: FileEntry): AddedFile {
  const { path } = entry;
  let problem: Failed | undefined;
  try {
    for (const bytes of copies(path)) {
      const found = fileProblem(crypto, entry, bytes);
      if (found === undefined) return { path, bytes };
      problem = found;
    }
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
    problem = new Failed(error.reason ?? error.code, error.message, path);
  }
  throw problem ?? new Failed('file-missing', 'the file is not in the repository', path);
}

function grow(context: BatchContext, files: readonly AddedFile[]): GrowingTree {
  let { tree } = context;
  for (const { path, bytes } of files)
    tree = withFile(tree, path, objectId(context.crypto, 'blob', bytes));
  return tree;
}

function check(context: BatchContext, oid: string, bytes: Uint8Array): CheckedBatch {
  const { crypto, contents } = context;
  const commit = parseSigned(context, bytes);
  const record = parseRecord(commit.message);
  checkRecord(context, record);
  const files = record.files.map((entry) => readFile(context, entry));
  const folded = fold(crypto, contents, files);
  if (!folded.ok) throw new Failed(folded.reason, folded.detail, folded.path);
  const { draft } = folded;
  if (draft.genesis !== undefined && record.logId !== draft.genesis.logId) {
    throw new Failed(
      'log-id',
      `the record names the log ${quoted(record.logId)}, gitkel.json is ${draft.genesis.logId}`,
    );
  }
  const message = recordMessage(
    subjectOf(draft.events, draft.genesis !== undefined, draft.records, draft),
    record,
  );
  if (message !== commit.message) {
    throw new Failed('record-message', 'the message is not the one that these files have');
  }
  const problem = committerProblem(contents, draft, record.committer, commit.publicKey);
  if (problem !== undefined) throw new Failed(...problem);
  const { name, email } = gitIdentity(record.committer.aid);
  if (commit.name !== name || commit.email !== email) {
    throw new Failed('commit-identity', `the author is ${commit.name}, the record names ${name}`);
  }
  const tree = grow(context, files);
  const computed = treeId(crypto, tree);
  if (computed !== commit.tree) {
    throw new Failed('tree', `the tree is ${commit.tree}, the records so far make ${computed}`);
  }
  const payloadDigest = digestText(crypto, commit.payload);
  return {
    draft,
    tree,
    record,
    mark: { commit: oid, payloadDigest, claimedSeconds: commit.seconds },
  };
}

/**
 * Checks one commit as the next batch: canonical form, signature, record, every file, every event, committer, and the
 * tree id, computed again. Trusts nothing but `contents` and `tree`, which earlier checks made.
 */
export function checkBatch(
  context: BatchContext,
  oid: string,
  bytes: Uint8Array,
):
  | { readonly ok: true; readonly batch: CheckedBatch }
  | { readonly ok: false; readonly failure: BatchFailure } {
  try {
    return { ok: true, batch: check(context, oid, bytes) };
  } catch (error) {
    const position = context.contents.batches;
    if (error instanceof Failed) {
      const { reason, path, message: detail } = error;
      return {
        ok: false,
        failure: { position, commit: oid, reason, detail, ...(path === undefined ? {} : { path }) },
      };
    }
    if (!(error instanceof GitkelError) || (error.code !== 'malformed' && error.code !== 'refused'))
      throw error;
    return {
      ok: false,
      failure: { position, commit: oid, reason: error.reason ?? error.code, detail: error.message },
    };
  }
}
