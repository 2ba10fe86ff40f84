import { GitkelError } from '../base/errors.ts';
import { batchState, requireBatch, stageBatch } from '../batch/batches.ts';
import { type CommitOutcome, commitBatch, placeInLog, staleness } from '../batch/commit.ts';
import type { Collected } from '../batch/collected.ts';
import { batchIds, dropBatch, findBatchId } from '../batch/mailbox.ts';
import type { Operation } from '../batch/operation.ts';
import type { StagedBatch } from '../batch/staged-batch.ts';
import { formatTime, parseTime } from '../batch/time.ts';
import { isUnreachable } from '../git/remote-trouble.ts';
import { readJournal } from '../keys/journal.ts';
import { listNames } from '../keys/names.ts';
import type { Log } from '../log/log.ts';
import { requireWritable } from '../log/writable.ts';
import { afterCommit } from './after-commit.ts';
import { announceOrDrop } from './announce-places.ts';
import { clearCommitted } from './mailbox.ts';
import { signWithOwnKeys } from './own-signing.ts';
import { waitedFor } from './progress.ts';
import { readyToWrite } from './remote.ts';
import { agreeOrDrop } from './second-events.ts';
import { settleWaiting } from './settle-waiting.ts';
import type { Session } from './session.ts';
import { isComplete, rivalLines } from './staged-rivals.ts';
import { remoteOf } from '../sync/remote.ts';
import { typed } from './typed.ts';

/** What a command that changes an identity ends with. */
export interface Proposal {
  readonly status: 'committed' | 'staged' | 'conflict';
  readonly batch: string;
  readonly commit?: string;
  readonly position?: number;
  readonly aid: string;
  readonly said: string;
  readonly missing: readonly string[];
  /** The staged batch can be handed on through the upstream of the log. */
  readonly upstream?: true;
  /** Why a complete batch is still staged: the upstream did not answer. */
  readonly reason?: 'remote-unreachable';
}

export interface ProposeFlags {
  readonly stage?: boolean | undefined;
  readonly batch?: string | undefined;
  readonly expires?: string | undefined;
  /** Signs although a key of this home signed another event for a place; an AID: for a place of that one. */
  readonly supersede?: boolean | string | undefined;
  /** The person has agreed to what cannot be taken back. */
  readonly yes?: boolean | undefined;
  /** Proposes it although somebody else announced another batch for one of its places. */
  readonly 'take-over'?: boolean | undefined;
}

/** Commits a batch with a key of this home, or of one of the AIDs that it has named. */
async function commitWithOwnKeys(
  session: Session,
  log: Log,
  batch: StagedBatch,
): Promise<CommitOutcome> {
  const own = listNames(session.home).map(({ aid }) => aid);
  try {
    const outcome = await commitBatch(log, batch, session.findSigner, own);
    session.settleAbsent(true);
    return outcome;
  } catch (error) {
    if (error instanceof GitkelError && error.reason === 'no-committer')
      session.settleAbsent(false);
    throw error;
  }
}

/** Co-signers need no more what the upstream has of a batch that is committed. */
async function clearUpstream(session: Session, log: Log, id: string): Promise<void> {
  const remote = log.publishes ? remoteOf(log) : undefined;
  if (remote !== undefined)
    await afterCommit(session, 'the upstream still has it as a staged batch', async () =>
      waitedFor('clearing up at the upstream', clearCommitted(log, remote, id)),
    );
}

/** Commits a batch, remembers the log as it is then, and removes the staged refs of what is in the log. */
export async function commitStaged(
  session: Session,
  log: Log,
  batch: StagedBatch,
): Promise<CommitOutcome> {
  requireWritable(log);
  const outcome = await commitWithOwnKeys(session, log, batch);
  const { id } = batch;
  if (outcome.status !== 'committed') {
    await session.note({
      action: 'commit',
      batch: id,
      outcome: outcome.status,
      ...(outcome.status === 'conflict' ? { reason: outcome.reason } : {}),
    });
    return outcome;
  }
  await afterCommit(session, 'this home does not remember it', async () =>
    session.remember(log.contents),
  );
  const isNoted = await afterCommit(
    session,
    'the journal does not tell of it, so that it stays listed',
    async () =>
      session.note({ action: 'commit', batch: id, outcome: 'committed', from: outcome.commit }),
  );
  // Who asks again is answered from the staged refs, or from the journal: one of both must stay.
  if (isNoted)
    await afterCommit(session, 'it is still listed as staged', async () => dropBatch(log, id));
  await clearUpstream(session, log, id);
  await settleWaiting(session, log);
  return outcome;
}

/** Commits a batch; `waiting` when its upstream did not answer: it stays complete, and nothing is lost. */
async function commitOrWait(
  session: Session,
  log: Log,
  batch: StagedBatch,
): Promise<CommitOutcome | 'waiting'> {
  try {
    return await commitStaged(session, log, batch);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    session.warn(`${error.message}; the batch is complete and waits`);
    return 'waiting';
  }
}

/**
 * Signs with own keys. When a key signed another event for a place meanwhile, that is a lost race if the log shows that
 * event there, and an error otherwise: then nobody has signed a batch that was staged just now, and it is dropped. When
 * another process staged and committed the very same, nothing is to be signed.
 */
async function signUnlessLost(
  session: Session,
  log: Log,
  collected: Collected,
  flags: ProposeFlags,
  isNew: boolean,
): Promise<void> {
  try {
    await signWithOwnKeys(session, log, collected, flags.supersede ?? false);
  } catch (error) {
    if (
      !(error instanceof GitkelError) ||
      (error.reason !== 'already-signed' && error.code !== 'not-found')
    )
      throw error;
    log.refresh();
    const { batch } = collected;
    if (placeInLog(log, batch) !== undefined || staleness(log, batch) !== undefined) return;
    if (isNew && error.reason === 'already-signed') await dropBatch(log, batch.id);
    throw error;
  }
}

/** The very same batch was staged and committed by another process meanwhile; what was put back of it is removed. */
async function committedElsewhere(
  session: Session,
  log: Log,
  {
    batch,
    commit,
    position,
  }: { readonly batch: StagedBatch; readonly commit: string; readonly position: number },
  named: Pick<Proposal, 'batch' | 'aid' | 'said'>,
): Promise<Proposal> {
  await afterCommit(session, 'it is still listed as staged', async () => dropBatch(log, batch.id));
  return { ...named, status: 'committed', commit, position, missing: [] };
}

function wasStagedHere(session: Session, id: string): boolean {
  return readJournal(session.home).entries.some(
    ({ action, batch }) => action === 'stage' && batch === id,
  );
}

async function finish(
  session: Session,
  log: Log,
  batch: StagedBatch,
  flags: ProposeFlags,
  isNew: boolean,
): Promise<Proposal> {
  const last = batch.events.at(-1);
  const named = { batch: batch.id, aid: last?.aid ?? '', said: last?.said ?? '' };
  const before = batchState(log, batch);
  if (flags.stage !== true && (before.state === 'open' || before.state === 'complete')) {
    await signUnlessLost(session, log, before.collected, flags, isNew);
  }
  log.refresh();
  const state = batchState(log, batch);
  if (state.state === 'committed') return committedElsewhere(session, log, state, named);
  if (state.state === 'conflict') {
    // One that was staged just now never left this machine, so nobody else can have signed it: nothing is lost with it.
    if (isNew) await dropBatch(log, batch.id);
    return { ...named, status: 'conflict', missing: [state.detail] };
  }
  if (state.state === 'complete' && flags.stage !== true) {
    const outcome = await commitOrWait(session, log, batch);
    if (outcome === 'waiting')
      return { ...named, status: 'staged', missing: [], reason: 'remote-unreachable' };
    if (outcome.status === 'committed') return { ...named, ...outcome, missing: [] };
    if (outcome.status === 'conflict') {
      if (isNew) await dropBatch(log, batch.id);
      return { ...named, status: 'conflict', missing: [outcome.detail] };
    }
  }
  // Whoever committed the very same meanwhile has removed what was collected here.
  log.refresh();
  const place = placeInLog(log, batch);
  if (place !== undefined) return committedElsewhere(session, log, { batch, ...place }, named);
  return {
    ...named,
    status: 'staged',
    missing: 'missing' in state ? state.missing : [],
    ...(log.publishes ? { upstream: true } : {}),
  };
}

/** A signer that fails takes nothing back: what was staged can be signed later. A second event for a place cannot. */
function stillStaged(log: Log, batch: StagedBatch, error: GitkelError): GitkelError {
  const { code, message, reason, hint } = error;
  if (reason === 'already-signed') return error;
  const { id } = batch;
  const next = isComplete(log, batch)
    ? `Batch ${id} is staged and signed, to be committed then: gitkel batch commit ${id}`
    : `Batch ${id} is staged, to be signed then: gitkel batch sign ${id}`;
  return new GitkelError(code, message, {
    ...(reason === undefined ? {} : { reason }),
    hint: hint === undefined ? next : `${hint.replace(/[.;]?$/, '.')} ${next}`,
    cause: error,
  });
}

/**
 * Stages operations; signs with the keys of this home and commits at once when that satisfies every threshold. With
 * `--stage` it only stages; with `--batch` it builds on a batch that nobody has signed. `onStaged` is told the AID of the
 * last operation before anything is signed.
 */
export async function propose(
  session: Session,
  operations: readonly Operation[],
  flags: ProposeFlags,
  onStaged: (aid: string) => Promise<void> = async () => {},
): Promise<Proposal> {
  const log = await session.log();
  await readyToWrite(session, log);
  const base =
    flags.batch === undefined ? undefined : requireBatch(log, findBatchId(log, flags.batch));
  const expires = typed(flags.expires, parseTime);
  if (expires !== undefined && expires <= session.host.now()) {
    throw new GitkelError(
      'usage',
      `Cannot stage a batch that expires at ${formatTime(expires)}: that is past`,
      { reason: 'expires' },
    );
  }
  const present = new Set(batchIds(log));
  const batch = await stageBatch(log, session.ground(log), operations, {
    base,
    ...(expires === undefined ? {} : { expires }),
  });
  await session.note({ action: 'stage', batch: batch.id, outcome: 'staged' });
  await onStaged(batch.events.at(-1)?.aid ?? '');
  // What others put into the base must be seen before it is signed: `batch sign` shows it and asks.
  const isOwn = base === undefined || wasStagedHere(session, base.id);
  // Of a base nothing else would be left.
  const isNew = base === undefined && !present.has(batch.id);
  if (isOwn) await agreeOrDrop(session, log, batch, flags, isNew);
  await announceOrDrop(session, log, batch, flags['take-over'] ?? false, isNew);
  try {
    const proposal = await finish(
      session,
      log,
      batch,
      isOwn ? flags : { ...flags, stage: true },
      isNew,
    );
    if (proposal.status === 'staged' && isNew)
      for (const line of rivalLines(log, batch.id)) session.warn(line);
    return proposal;
  } catch (error) {
    throw error instanceof GitkelError ? stillStaged(log, batch, error) : error;
  }
}
