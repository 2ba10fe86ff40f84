import { GitkelError } from '../base/errors.ts';
import { encodeAttachments } from '../cesr/attachments.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { Signer } from '../keys/signer.ts';
import {
  eventFile,
  finishCommit,
  markOf,
  planCommit,
  type SignedBatchCommit,
} from '../log/append.ts';
import { possibleCommitters } from '../log/committer.ts';
import type { BatchMark, Draft } from '../log/contents.ts';
import { fold, pathOfEvent } from '../log/fold.ts';
import type { AddedFile } from '../log/folding.ts';
import { GENESIS_PATH, recordPath } from '../log/layout.ts';
import type { LogView } from '../log/log.ts';
import type { Replayed } from '../log/replay.ts';
import { encodeRecordFile } from '../records/record-file.ts';
import { attachmentsOf, type Collected, recordSignaturesOf } from './collected.ts';
import { sealedBy } from './planned.ts';
import { statusOf } from './status.ts';

/** Finds a signer for a public key that may commit, or `undefined` when this home does not hold it. */
export type FindSigner = (publicKey: string) => Promise<Signer | undefined>;

/** A batch as the commit that it would be, signed and not written. */
export interface PreparedCommit {
  readonly status: 'prepared';
  readonly commit: SignedBatchCommit;
  readonly position: number;
  readonly draft: Draft;
  readonly mark: BatchMark;
  readonly tree: Replayed['tree'];
}

export type Preparation =
  | PreparedCommit
  | { readonly status: 'incomplete'; readonly missing: readonly string[] }
  | {
      readonly status: 'conflict';
      readonly reason: string;
      readonly detail: string;
      readonly taken: readonly never[];
    }
  | { readonly status: 'moved' };

export interface CommitterChoice {
  readonly findSigner: FindSigner;
  /** Further AIDs whose keys may sign the commit. */
  readonly committers: readonly string[];
  /** Whether the log is still where it was; otherwise what was folded on it is stale. */
  readonly isCurrent: () => boolean;
}

/** The files of the records that an event seals; they stand right after it. */
function recordFilesOf(log: LogView, collected: Collected, event: KeyEvent): readonly AddedFile[] {
  return sealedBy(collected.batch.records, event).map((record) => ({
    path: recordPath(log.host.crypto, record.body.type, record.said),
    bytes: encodeRecordFile({ record, signatures: recordSignaturesOf(collected, record.said) }),
  }));
}

function filesOf(log: LogView, collected: Collected): readonly AddedFile[] {
  const { batch } = collected;
  const counts = new Map<string, number>();
  const files = collected.planned.flatMap((planned): readonly AddedFile[] => {
    const { event } = planned;
    const before = counts.get(event.aid) ?? log.contents.kel(event.aid)?.files ?? 0;
    counts.set(event.aid, before + 1);
    const path = pathOfEvent(log.host.crypto, event, before);
    const bytes = eventFile(event.bytes, encodeAttachments(attachmentsOf(collected, planned)));
    return [{ path, bytes }, ...recordFilesOf(log, collected, event)];
  });
  return batch.genesis === undefined
    ? files
    : [{ path: GENESIS_PATH, bytes: batch.genesis.bytes }, ...files];
}

/** Where else something can be committed that no key at hand may commit. */
export function committerHint({ contents: { genesis, records } }: LogView): string {
  return genesis === undefined || records.policy(genesis).admission === 'open'
    ? 'Commit where a key of the batch, or of another AID of this log, is at home.'
    : 'The log is closed: commit where a key of its founder or of a writer is at home (gitkel log policy show).';
}

/**
 * Signs the commit that files would be which were folded on what the log holds to `draft`, with the first key at hand
 * that may; `undefined` when none is. Writes nothing.
 */
export async function signFolded(
  log: LogView,
  files: readonly AddedFile[],
  draft: Draft,
  { findSigner, committers, isCurrent }: CommitterChoice,
): Promise<PreparedCommit | { readonly status: 'moved' } | undefined> {
  const { crypto } = log.host;
  const { replayed } = log;
  for (const { committer, publicKey } of possibleCommitters(log.contents, draft, committers)) {
    const signer = await findSigner(publicKey);
    if (signer === undefined) continue;
    // While a person or a device was waited for, somebody else may have refreshed this very log.
    if (!isCurrent()) return { status: 'moved' };
    const position = log.contents.batches;
    const seconds = log.host.now();
    const unsigned = planCommit(crypto, { replayed, files, draft, committer, publicKey, seconds });
    const commit = finishCommit(crypto, unsigned, await signer.sign(unsigned.signedData));
    const mark = markOf(crypto, unsigned, commit.oid);
    return { status: 'prepared', commit, position, draft, mark, tree: unsigned.tree };
  }
  return undefined;
}

/**
 * Folds a batch on what the log holds and signs the commit that it would be. Writes nothing.
 * @throws GitkelError `refused` when no key at hand may commit.
 */
export async function prepareCommit(
  log: LogView,
  collected: Collected,
  choice: CommitterChoice,
): Promise<Preparation> {
  const { crypto } = log.host;
  const { missing } = statusOf(crypto, collected);
  if (missing.length > 0) return { status: 'incomplete', missing };
  const files = filesOf(log, collected);
  const folded = fold(crypto, log.contents, files);
  if (!folded.ok) {
    return folded.decision?.outcome === 'escrow'
      ? { status: 'incomplete', missing: [folded.detail] }
      : { status: 'conflict', reason: folded.reason, detail: folded.detail, taken: [] };
  }
  const prepared = await signFolded(log, files, folded.draft, choice);
  if (prepared !== undefined) return prepared;
  throw new GitkelError(
    'refused',
    `Cannot commit batch ${collected.batch.id}: this home holds no current key of an AID that may commit it`,
    { reason: 'no-committer', hint: committerHint(log) },
  );
}
