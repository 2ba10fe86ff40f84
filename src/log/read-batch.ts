import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import { parseCommit, type SignedCommit } from '../git/commit.ts';
import { type BatchRecord, parseRecord } from './batch-record.ts';
import type { BatchMark } from './contents.ts';
import type { AddedFile } from './folding.ts';
import type { Log } from './log.ts';
import { TreeFiles } from './tree-files.ts';

/** A batch of a log as it was committed. */
export interface CommittedBatch {
  readonly position: number;
  readonly mark: BatchMark;
  readonly record: BatchRecord;
  /** The first line of its message. */
  readonly subject: string;
  /** What it added, in the order in which it was folded; each is what the record states. */
  readonly files: readonly AddedFile[];
}

function changed(position: number, reason: string, detail: string): GitkelError {
  return new GitkelError('refused', `Cannot read batch ${position}: ${detail}`, {
    reason,
    hint: 'The repository changed since it was verified. Run `gitkel audit`.',
  });
}

function readCommit(
  log: Log,
  position: number,
  { commit, payloadDigest }: BatchMark,
): SignedCommit {
  const object = log.store.read(commit, LIMITS.commitBytes);
  if (object?.type !== 'commit')
    throw changed(position, 'object-missing', `the commit ${commit} is not there`);
  const parsed = parseCommit(object.bytes);
  if (!parsed.ok) throw changed(position, parsed.reason, parsed.detail);
  // The id is no identity: what was verified is the payload.
  if (digestText(log.host.crypto, parsed.commit.payload) === payloadDigest) return parsed.commit;
  throw changed(position, 'prior-digest', `the commit ${commit} is not the one that was verified`);
}

/**
 * Reads batches of a verified log back, newest or oldest or any: each file is held against the digest that its record
 * states, and each record against what was verified.
 * @throws GitkelError `not-found` for a position beyond the log; `refused` for what is no longer what was verified.
 */
export function batchReader(log: Log): (position: number) => CommittedBatch {
  const { crypto } = log.host;
  const trees = new TreeFiles(log.store);
  const last = log.contents.batches - 1;
  const { lastBatch } = log.contents;
  const tip = lastBatch === undefined ? undefined : readCommit(log, last, lastBatch).tree;
  return (position) => {
    const mark = log.contents.batchAt(position);
    if (mark === undefined || tip === undefined) {
      throw new GitkelError(
        'not-found',
        `Cannot find batch ${position}: the log ${last < 0 ? 'has none yet' : `ends at batch ${last}`}`,
      );
    }
    const { message } = readCommit(log, position, mark);
    const record = parseRecord(message);
    const files = record.files.map(({ path, size, digest }) => {
      const bytes = trees.read(tip, path, LIMITS.fileBytes);
      if (bytes?.length !== size || digestText(crypto, bytes) !== digest) {
        throw changed(position, 'file-digest', `the file ${path} is not what its record states`);
      }
      return { path, bytes };
    });
    return { position, mark, record, subject: message.slice(0, message.indexOf('\n')), files };
  };
}
