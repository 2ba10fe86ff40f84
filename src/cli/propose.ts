import { GitkelError } from '../base/errors.ts';
import { batchState, collect, requireBatch, stageBatch } from '../batch/batches.ts';
import { type CommitOutcome, commitBatch, staleness } from '../batch/commit.ts';
import type { Collected } from '../batch/collected.ts';
import { dropBatch, findBatchId } from '../batch/mailbox.ts';
import { signBatch } from '../batch/sign.ts';
import type { Operation } from '../batch/stage.ts';
import type { StagedBatch } from '../batch/staged-batch.ts';
import { parseTime } from '../batch/time.ts';
import { rememberSigning } from '../keys/signed-memory.ts';
import { listNames } from '../keys/names.ts';
import type { Log } from '../log/log.ts';
import { requireWritable } from '../log/writable.ts';
import type { Session } from './session.ts';
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
}

export interface ProposeFlags {
  readonly stage?: boolean | undefined;
  readonly batch?: string | undefined;
  readonly expires?: string | undefined;
  readonly supersede?: boolean | undefined;
}

/** Signs a batch with every key of this home that is asked for, and merges what came of it. */
export async function signWithOwnKeys(session: Session, log: Log, collected: Collected, supersede: boolean): Promise<readonly string[]> {
  const { crypto } = session.host;
  const contributions = await signBatch(crypto, collected, session.findSigner, session.hasKey, async (open) =>
    rememberSigning(session.home, { ...open, supersede }),
  );
  for (const { bytes, signer, batch } of contributions) {
    await collect(log, bytes);
    await session.note({ action: 'sign', batch, signer, from: 'this home', outcome: 'accepted' });
  }
  return contributions.map(({ signer }) => signer);
}

/** Commits a batch, remembers the log as it is then, and removes the staged refs of what is in the log. */
export async function commitStaged(session: Session, log: Log, batch: StagedBatch): Promise<CommitOutcome> {
  requireWritable(log);
  const own = listNames(session.home).map(({ aid }) => aid);
  const outcome = await commitBatch(log, batch, session.findSigner, own);
  const { id } = batch;
  if (outcome.status !== 'committed') {
    await session.note({ action: 'commit', batch: id, outcome: outcome.status, ...(outcome.status === 'conflict' ? { reason: outcome.reason } : {}) });
    return outcome;
  }
  await session.remember(log);
  await session.note({ action: 'commit', batch: id, outcome: 'committed', from: outcome.commit });
  await dropBatch(log, id);
  return outcome;
}

/**
 * Signs with own keys. When a key signed another event for a place meanwhile, that is a lost race if the log shows that
 * event there, and an error otherwise.
 */
async function signUnlessLost(session: Session, log: Log, collected: Collected, supersede: boolean): Promise<void> {
  try {
    await signWithOwnKeys(session, log, collected, supersede);
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason !== 'already-signed') throw error;
    log.refresh();
    if (staleness(log, collected.batch) === undefined) throw error;
  }
}

async function finish(session: Session, log: Log, batch: StagedBatch, flags: ProposeFlags): Promise<Proposal> {
  const last = batch.events.at(-1);
  const named = { batch: batch.id, aid: last?.aid ?? '', said: last?.said ?? '' };
  const before = batchState(log, batch);
  if (flags.stage !== true && (before.state === 'open' || before.state === 'complete')) {
    await signUnlessLost(session, log, before.collected, flags.supersede === true);
  }
  const state = batchState(log, batch);
  if (state.state === 'conflict') {
    // It never left this machine, so nobody else can have signed it: nothing is lost with it.
    await dropBatch(log, batch.id);
    return { ...named, status: 'conflict', missing: [state.detail] };
  }
  if (state.state === 'complete' && flags.stage !== true) {
    const outcome = await commitStaged(session, log, batch);
    if (outcome.status === 'committed') return { ...named, ...outcome, missing: [] };
    if (outcome.status === 'conflict') {
      await dropBatch(log, batch.id);
      return { ...named, status: 'conflict', missing: [outcome.detail] };
    }
  }
  return { ...named, status: 'staged', missing: 'missing' in state ? state.missing : [] };
}

/** A signer that fails takes nothing back: what was staged can be signed later. A second event for a place cannot. */
function stillStaged(error: GitkelError, batch: string): GitkelError {
  const { code, message, reason, hint } = error;
  if (reason === 'already-signed') return error;
  const next = `batch ${batch} is staged: gitkel batch sign ${batch}`;
  return new GitkelError(code, message, {
    ...(reason === undefined ? {} : { reason }),
    hint: hint === undefined ? next : `${hint}; ${next}`,
    cause: error,
  });
}

/**
 * Stages operations; signs with the keys of this home and commits at once when that satisfies every threshold. With
 * `--stage` it only stages; with `--batch` it builds on a batch that nobody has signed.
 */
export async function propose(session: Session, operations: readonly Operation[], flags: ProposeFlags): Promise<Proposal> {
  const log = await session.log();
  requireWritable(log);
  const base = flags.batch === undefined ? undefined : requireBatch(log, findBatchId(log, flags.batch));
  const expires = typed(flags.expires, parseTime);
  const batch = await stageBatch(log, session.ground(log), operations, {
    base,
    ...(expires === undefined ? {} : { expires }),
  });
  await session.note({ action: 'stage', batch: batch.id, outcome: 'staged' });
  try {
    return await finish(session, log, batch, flags);
  } catch (error) {
    throw error instanceof GitkelError ? stillStaged(error, batch.id) : error;
  }
}
