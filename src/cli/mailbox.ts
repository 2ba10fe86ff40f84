/**
 * The staged batches of a remote, as commands pull and push them.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { batchIds } from '../batch/mailbox.ts';
import type { Log } from '../log/log.ts';
import { batchRefs, parseBatchRef, refHex, requestRef } from '../log/layout.ts';
import { filledAnnouncements } from '../sync/announce.ts';
import { type PulledBatch, type PulledBatches, pullBatches } from '../sync/batch-pull.ts';
import { listMailbox, type MailboxRef } from '../sync/listed-batches.ts';
import { deleteFilled, openBatches, pushBatches, unpushed, wasPushed } from '../sync/batch-push.ts';
import { namedRemote, type Remote } from '../sync/remote.ts';
import { hasLateProof } from './late-proof.ts';
import { harmless } from './output.ts';
import { waitedFor } from './progress.ts';
import { pullHere, requireRemote } from './remote.ts';
import type { Session } from './session.ts';

/** The remote that a person names, or the upstream of the log. */
export function mailboxRemote(log: Log, name: string | undefined, what: string): Remote {
  return name === undefined ? requireRemote(log, what) : namedRemote(log, name);
}

/** Notes in the journal what came from a remote, and what of it was refused. */
async function noteAll(session: Session, remote: Remote, pulled: PulledBatches): Promise<void> {
  const from = remote.address;
  const entries = pulled.batches.flatMap(({ batch, status, signers, bad }) => [
    ...(status === 'new' ? [{ action: 'add', batch, from, outcome: 'accepted' }] : []),
    ...signers.map((signer) => ({ action: 'add', batch, signer, from, outcome: 'accepted' })),
    ...bad.map(({ ref, reason }) => ({
      action: 'add',
      batch,
      from: `${from} ${ref}`,
      outcome: 'refused',
      reason,
    })),
  ]);
  const bad = pulled.bad.map(({ ref, reason }) => ({
    action: 'add',
    from: `${from} ${ref}`,
    outcome: 'refused',
    reason,
  }));
  if (entries.length + bad.length > 0) await session.note(...entries, ...bad);
}

/**
 * Takes over what the upstream has of the log, if that is the remote, so that batches are judged by what it holds now.
 * @returns whether the remote is the upstream and does not have the log, of which this copy has batches
 */
export async function pullFirst(session: Session, log: Log, remote: Remote): Promise<boolean> {
  if (log.publishes && requireRemote(log, 'pull').address === remote.address) {
    const { status } = await pullHere(session, log, remote);
    return status === 'unpublished' && log.contents.batches > 0;
  }
  session.requireCaughtUp(log);
  return false;
}

/**
 * Pulls the log, so that batches are judged by what it holds now, then the staged batches of a remote.
 * @throws GitkelError as `pullHere` and `pullBatches`.
 */
export async function pullMailbox(
  session: Session,
  log: Log,
  remote: Remote,
): Promise<PulledBatches> {
  await pullFirst(session, log, remote);
  return pullBatchesHere(session, log, remote);
}

/** Pulls the staged batches of a remote, by what the log holds. */
async function pullBatchesHere(session: Session, log: Log, remote: Remote): Promise<PulledBatches> {
  const pulled = await waitedFor('pulling staged batches', pullBatches(log, remote));
  await noteAll(session, remote, pulled);
  return pulled;
}

const NOTHING: PulledBatches = {
  batches: [],
  bad: [],
  left: 0,
  listed: [],
  filled: [],
  vanished: [],
};

/** The same for a command that has more to do: where staged batches cannot be had, that is told, and it goes on. */
export async function pullBatchesIfPossible(
  session: Session,
  log: Log,
  remote: Remote,
): Promise<PulledBatches> {
  try {
    return await pullBatchesHere(session, log, remote);
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    session.warn(`the staged batches of the remote were not looked at: ${error.message}`);
    return NOTHING;
  }
}

function lineOf({ batch, status, signers, bad }: PulledBatch): readonly string[] {
  const what =
    status === 'over'
      ? signers.length === 0
        ? 'over: its places are filled'
        : `in the log, signed since by ${signers.join(', ')}`
      : `${status === 'new' ? 'new' : 'known'}${signers.length === 0 ? '' : `, signed by ${signers.join(', ')}`}`;
  return [`${batch}  ${what}`, ...bad.map(badLine)];
}

function badLine({ ref, reason, detail }: PulledBatches['bad'][number]): string {
  return `  refused ${ref}: ${harmless(detail)} (${reason})`;
}

/** What came, for people. Batches of which nothing is new are not told. */
export function pulledLines({
  batches,
  bad,
  left,
}: Pick<PulledBatches, 'batches' | 'bad' | 'left'>): readonly string[] {
  const told = batches.filter(
    ({ status, signers, bad: some }) => status !== 'known' || signers.length > 0 || some.length > 0,
  );
  return [
    ...told.flatMap(lineOf),
    ...bad.map(badLine),
    ...(left === 0 ? [] : [`  ${left} more refs were not looked at`]),
  ];
}

/** The refs at a remote of batches that were over when they were pulled, and of those that were committed since. */
function filledNow(
  log: Log,
  { filled, listed }: PulledBatches,
  committed: readonly string[],
): readonly MailboxRef[] {
  const ids = new Set(committed.filter((id) => !hasLateProof(log, id)).map(refHex));
  const before = new Set(filled.map(({ there }) => there));
  const since = listed.filter(({ ref, there }) => {
    const parsed = parseBatchRef(ref);
    return parsed !== undefined && ids.has(parsed.batch) && !before.has(there);
  });
  return [...filled, ...since];
}

/**
 * After a batch was committed that the upstream had: its refs are deleted there. What goes wrong is left: whoever syncs next
 * deletes them.
 */
export async function clearCommitted(log: Log, remote: Remote, id: string): Promise<void> {
  if (!wasPushed(log, remote, id)) return;
  const { refs: listed } = await listMailbox(log, remote);
  await deleteFilled(log, remote, [
    ...listed.filter(({ ref }) => ref.startsWith(batchRefs(id))),
    ...(await filledAnnouncements(log, remote, listed)),
  ]);
}

/** What became of the batches of a remote while they were committed here. */
export interface Settled {
  /** Batches of which something was pushed: it was new here, or somebody had removed it there. */
  readonly pushed: readonly string[];
  /** How many refs of batches that are over were deleted there. */
  readonly deleted: number;
}

/**
 * After batches were pulled, and those that are complete committed: what the co-signers still need of those that are shared
 * is pushed, also what somebody removed there, and what nobody needs any more is deleted. A server that does not let that
 * be done leaves everything as it is.
 */
export async function settleMailbox(
  session: Session,
  log: Log,
  remote: Remote,
  pulled: PulledBatches,
  committed: readonly string[],
): Promise<Settled> {
  const shared = new Set([
    ...pulled.listed.map(({ ref }) => ref),
    ...pulled.vanished.map(requestRef),
  ]);
  const open = openBatches(log).filter((id) => shared.has(requestRef(id)));
  const late = batchIds(log).filter((id) => hasLateProof(log, id));
  const ids = [...open, ...late].filter((id) => unpushed(log, remote, id) > 0);
  try {
    const pushed =
      ids.length === 0
        ? []
        : await waitedFor('pushing staged batches', pushBatches(log, remote, ids));
    const deleted = await deleteFilled(log, remote, [
      ...filledNow(log, pulled, committed),
      ...(await filledAnnouncements(log, remote, pulled.listed)),
    ]);
    return { pushed: pushed.flatMap((one) => (one.pushed === 0 ? [] : [one.batch])), deleted };
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    session.warn(`the staged batches at the remote are not up to date: ${error.message}`);
    return { pushed: [], deleted: 0 };
  }
}

/** A batch of this log as it is, or the error that says where one gets it. */
export function requireOpen(ids: readonly string[]): readonly string[] {
  if (ids.length > 0) return ids;
  throw new GitkelError('not-found', 'Cannot push staged batches: none is open here', {
    hint: 'List them with `gitkel batch list`.',
  });
}
