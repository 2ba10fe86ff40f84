import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { encodeAttachments } from '../cesr/attachments.ts';
import type { Signer } from '../keys/signer.ts';
import { eventFile, finishCommit, planCommit } from '../log/append.ts';
import { possibleCommitters } from '../log/committer.ts';
import { type AddedFile, fold, pathOfEvent } from '../log/fold.ts';
import type { KeyEvent } from '../keri/event.ts';
import { encodeRecordFile } from '../records/record-file.ts';
import { GENESIS_PATH, recordPath } from '../log/layout.ts';
import { sealedBy } from './planned.ts';
import type { Log } from '../log/log.ts';
import { attachmentsOf, type Collected, recordSignaturesOf } from './collected.ts';
import { loadCollected } from './load-collected.ts';
import { changedRead } from './read-set.ts';
import { statusOf } from './status.ts';
import type { StagedBatch } from './staged-batch.ts';

/** What took the place of an event of the batch. */
export interface TakenPlace {
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
  readonly position: number | undefined;
  readonly commit: string | undefined;
}

export type CommitOutcome =
  | { readonly status: 'committed'; readonly commit: string; readonly position: number }
  | { readonly status: 'incomplete'; readonly missing: readonly string[] }
  | {
      readonly status: 'conflict';
      readonly reason: string;
      readonly detail: string;
      readonly taken: readonly TakenPlace[];
    };

/** Finds a signer for a public key that may commit, or `undefined` when this home does not hold it. */
export type FindSigner = (publicKey: string) => Promise<Signer | undefined>;

/** The commit after which the log holds the whole batch, or `undefined` while it does not. */
export function placeInLog(
  log: Log,
  batch: StagedBatch,
): { readonly commit: string; readonly position: number } | undefined {
  if (batch.logId !== log.contents.genesis?.logId) return undefined;
  let position = 0;
  for (const { aid, sn, said } of batch.events) {
    const kel = log.contents.kel(aid);
    const at = kel?.saidAt(sn) === said ? kel.positionAt(sn) : undefined;
    if (at === undefined) return undefined;
    position = Math.max(position, at);
  }
  const commit = log.contents.batchAt(position)?.commit;
  return commit === undefined ? undefined : { commit, position };
}

/** Events of the log that stand where events of the batch would. */
function takenPlaces(log: Log, batch: StagedBatch): readonly TakenPlace[] {
  return batch.events.flatMap(({ aid, sn, said: own }) => {
    const kel = log.contents.kel(aid);
    const said = kel?.saidAt(sn);
    if (kel === undefined || said === undefined || said === own) return [];
    const position = kel.positionAt(sn);
    return [
      {
        aid,
        sn,
        said,
        position,
        commit: position === undefined ? undefined : log.contents.batchAt(position)?.commit,
      },
    ];
  });
}

/** Why the batch no longer fits what the log holds, as far as that is known without its signatures. */
export function staleness(
  log: Log,
  batch: StagedBatch,
): Extract<CommitOutcome, { status: 'conflict' }> | undefined {
  const taken = takenPlaces(log, batch);
  const conflict = (reason: string, detail: string) =>
    ({ status: 'conflict', reason, detail, taken }) as const;
  const logId = log.contents.genesis?.logId;
  if (logId === undefined ? batch.genesis === undefined : batch.logId !== logId) {
    return conflict(
      'other-log',
      `the batch is for the log ${quoted(batch.logId)}, this one is ${logId ?? 'unborn'}`,
    );
  }
  const [first] = taken;
  if (first !== undefined) {
    return conflict(
      'place-taken',
      `event ${first.sn} of ${first.aid} is ${first.said}, in batch ${first.position ?? '?'} (commit ${first.commit ?? '?'})`,
    );
  }
  const there = batch.events.find(({ aid, sn }) => log.contents.kel(aid)?.saidAt(sn) !== undefined);
  if (there !== undefined) {
    return conflict(
      'partly-committed',
      `event ${there.sn} of ${there.aid} is in the log already, in batch ${log.contents.kel(there.aid)?.positionAt(there.sn) ?? '?'}`,
    );
  }
  const changed = changedRead((aid) => log.contents.kel(aid), batch.reads);
  return changed === undefined ? undefined : conflict('read-set', changed);
}

/** The files of the records that an event seals; they stand right after it. */
function recordFilesOf(log: Log, collected: Collected, event: KeyEvent): readonly AddedFile[] {
  return sealedBy(collected.batch.records, event).map((record) => ({
    path: recordPath(log.host.crypto, record.body.type, record.said),
    bytes: encodeRecordFile({ record, signatures: recordSignaturesOf(collected, record.said) }),
  }));
}

function filesOf(log: Log, collected: Collected): readonly AddedFile[] {
  const { batch } = collected;
  const counts = new Map<string, number>();
  const files = batch.events.flatMap((event): readonly AddedFile[] => {
    const before = counts.get(event.aid) ?? log.contents.kel(event.aid)?.files ?? 0;
    counts.set(event.aid, before + 1);
    const path = pathOfEvent(log.host.crypto, event, before);
    const bytes = eventFile(event.bytes, encodeAttachments(attachmentsOf(collected, event.said)));
    return [{ path, bytes }, ...recordFilesOf(log, collected, event)];
  });
  return batch.genesis === undefined
    ? files
    : [{ path: GENESIS_PATH, bytes: batch.genesis.bytes }, ...files];
}

function committerHint({ contents: { genesis, records } }: Log): string {
  return genesis === undefined || records.policy(genesis).admission === 'open'
    ? 'Commit where a key of the batch, or of another AID of this log, is at home.'
    : 'The log is closed: commit where a key of its founder or of a writer is at home (gitkel log policy show).';
}

type Try = CommitOutcome | { readonly status: 'moved' };

async function tryCommit(
  log: Log,
  batch: StagedBatch,
  findSigner: FindSigner,
  committers: readonly string[],
): Promise<Try> {
  const { crypto } = log.host;
  const { replayed } = log;
  const stale = staleness(log, batch);
  if (stale !== undefined) return stale;
  const collected = loadCollected(log, batch);
  const { missing } = statusOf(crypto, collected);
  if (missing.length > 0) return { status: 'incomplete', missing };
  const files = filesOf(log, collected);
  const folded = fold(crypto, log.contents, files);
  if (!folded.ok) {
    return folded.decision?.outcome === 'escrow'
      ? { status: 'incomplete', missing: [folded.detail] }
      : { status: 'conflict', reason: folded.reason, detail: folded.detail, taken: [] };
  }
  const { draft } = folded;
  for (const { committer, publicKey } of possibleCommitters(log.contents, draft, committers)) {
    const signer = await findSigner(publicKey);
    if (signer === undefined) continue;
    // While a person or a device was waited for, somebody else may have refreshed this very log: what was folded is stale.
    if (log.replayed !== replayed) return { status: 'moved' };
    const position = log.contents.batches;
    const unsigned = planCommit(crypto, {
      replayed,
      files,
      draft,
      committer,
      publicKey,
      seconds: log.host.now(),
    });
    const commit = finishCommit(crypto, unsigned, await signer.sign(unsigned.signedData));
    return (await log.append(commit))
      ? { status: 'committed', commit: commit.oid, position }
      : { status: 'moved' };
  }
  throw new GitkelError(
    'refused',
    `Cannot commit batch ${batch.id}: this home holds no current key of an AID that may commit it`,
    { reason: 'no-committer', hint: committerHint(log) },
  );
}

/**
 * Commits a staged batch, with what was contributed to it, whole or not at all. Folds it on the log as it is now; when the log moves meanwhile and the batch
 * still stands, it is folded again on the new tip. `committers` are further AIDs whose keys may sign the commit.
 * Nothing is written unless the outcome is `committed`, and then it is durable.
 * @throws GitkelError `refused` when no key at hand may commit.
 */
export async function commitBatch(
  log: Log,
  batch: StagedBatch,
  findSigner: FindSigner,
  committers: readonly string[] = [],
): Promise<CommitOutcome> {
  for (let tries = 0; tries < LIMITS.commitTries; tries++) {
    log.refresh();
    const place = placeInLog(log, batch);
    if (place !== undefined) return { status: 'committed', ...place };
    const outcome = await tryCommit(log, batch, findSigner, committers);
    if (outcome.status !== 'moved') {
      if (outcome.status === 'committed') log.refresh();
      return outcome;
    }
  }
  throw new GitkelError(
    'environment',
    `Cannot commit batch ${batch.id}: the log moved ${LIMITS.commitTries} times meanwhile`,
    {
      reason: 'log-busy',
      hint: 'Try again; the batch is still staged and complete.',
    },
  );
}
