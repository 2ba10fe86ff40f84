import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { joined, type SignedBatchCommit } from '../log/append.ts';
import { inTurn } from '../git/turn.ts';
import type { Log, LogView } from '../log/log.ts';
import type { Replayed } from '../log/replay.ts';
import { type CommitOutcome, placeInLog, staleness } from './commit.ts';
import { loadCollected } from './load-collected.ts';
import { batchIds, getBatch } from './mailbox.ts';
import {
  type CommitterChoice,
  type FindSigner,
  prepareCommit,
  type Preparation,
} from './prepared-commit.ts';

/** What became of one staged batch. Whatever is not `committed` is left as it is. */
export type BatchResult = { readonly batch: string } & (
  | CommitOutcome
  | { readonly status: 'withdrawn' | 'expired' }
  /** Nothing that could ever be committed here, or no key at hand may commit it. */
  | { readonly status: 'refused'; readonly reason: string; readonly detail: string }
);

export interface CommitAllOptions {
  /** Further AIDs whose keys may sign the commits. */
  readonly committers?: readonly string[];
  /** Called after each batch that was looked at; what is prepared is committed at the end of a round. */
  readonly onProgress?: (done: number, total: number) => void;
}

type Status<S> = S extends unknown ? Omit<S, 'batch'> : never;
type Judgement = Status<BatchResult> | Preparation;

/** Commits of one round, and what became of the batches that were looked at in it. */
interface Round {
  readonly commits: readonly SignedBatchCommit[];
  readonly results: ReadonlyMap<string, BatchResult>;
}

/** The batches by their places, an event of an AID before the next one of it. */
function inOrder(log: Log): readonly string[] {
  const firstPlace = (id: string): number => {
    try {
      return Math.min(...(getBatch(log, id)?.events.map(({ sn }) => sn) ?? []));
    } catch (error) {
      if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
      return 0;
    }
  };
  return batchIds(log)
    .map((id) => ({ id, sn: firstPlace(id) }))
    .toSorted((a, b) => a.sn - b.sn)
    .map(({ id }) => id);
}

async function judge(
  log: LogView,
  id: string,
  choice: CommitterChoice,
): Promise<Judgement | undefined> {
  const batch = getBatch(log, id);
  // Another process committed or removed it meanwhile.
  if (batch === undefined) return undefined;
  const place = placeInLog(log, batch);
  if (place !== undefined) return { status: 'committed', ...place };
  const stale = staleness(log, batch);
  if (stale !== undefined) return stale;
  const collected = loadCollected(log, batch);
  if (collected.withdrawals.length > 0) return { status: 'withdrawn' };
  if (batch.expires !== undefined && batch.expires <= log.host.now()) return { status: 'expired' };
  return prepareCommit(log, collected, choice);
}

/** What stands in the place of a batch keeps nobody from the others. */
async function judgeAny(...given: Parameters<typeof judge>): ReturnType<typeof judge> {
  try {
    return await judge(...given);
  } catch (error) {
    if (!(error instanceof GitkelError) || (error.code !== 'refused' && error.code !== 'malformed'))
      throw error;
    return { status: 'refused', reason: error.reason ?? error.code, detail: error.message };
  }
}

function bytesOf({ objects }: SignedBatchCommit): number {
  return objects.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** Folds one batch after the other, each on what the one before leads to; `undefined` when the log moved meanwhile. */
async function prepareRound(
  log: Log,
  ids: readonly string[],
  choice: Omit<CommitterChoice, 'isCurrent'>,
  onBatch: (results: number) => void,
): Promise<Round | undefined> {
  const { host, refs, store, replayed: base } = log;
  const isCurrent = (): boolean => log.replayed === base;
  const contents = log.contents.copy();
  let replayed: Replayed = { ...base, contents };
  const commits: SignedBatchCommit[] = [];
  const results = new Map<string, BatchResult>();
  let [objects, bytes] = [0, 0];
  for (const id of ids) {
    const isFull =
      commits.length >= LIMITS.batchesPerCommitAll ||
      objects >= LIMITS.commitAllObjects ||
      bytes >= LIMITS.commitAllBytes;
    if (isFull) break;
    const view = { host, refs, store, contents, replayed };
    const found = await judgeAny(view, id, { ...choice, isCurrent });
    if (found?.status === 'moved') return undefined;
    if (found?.status === 'prepared') {
      const { commit, position, draft, mark, tree } = found;
      contents.apply(draft, mark);
      replayed = { contents, tree, tip: commit.oid };
      commits.push(commit);
      objects += commit.objects.length;
      bytes += bytesOf(commit);
      results.set(id, { batch: id, status: 'committed', commit: commit.oid, position });
    } else if (found !== undefined) results.set(id, { batch: id, ...found });
    onBatch(results.size);
  }
  return { commits, results };
}

/** Writes as many batches as one pack may hold; folds all of them again when the log moves meanwhile. */
async function commitRound(...[log, ...given]: Parameters<typeof prepareRound>): Promise<Round> {
  const tryRound = async (): Promise<Round | undefined> => {
    log.refresh();
    const round = await prepareRound(log, ...given);
    const isDone =
      round === undefined ||
      round.commits.length === 0 ||
      (await log.append(joined(round.commits)));
    return isDone ? round : undefined;
  };
  for (let tries = 0; tries < LIMITS.commitTries; tries++) {
    const round = await inTurn(log.host, log.repository.commonDir, true, tryRound);
    if (round !== undefined) {
      if (round.commits.length > 0) log.refresh();
      return round;
    }
  }
  throw new GitkelError(
    'environment',
    `Cannot commit the staged batches: the log moved ${LIMITS.commitTries} times meanwhile`,
    { reason: 'log-busy', hint: 'Try again; they are still staged and complete.' },
  );
}

/** Asks for each key once: unlocking it may take a person. */
function remembering(findSigner: FindSigner): FindSigner {
  const found = new Map<string, ReturnType<FindSigner>>();
  return async (publicKey) => {
    const signer = found.get(publicKey) ?? findSigner(publicKey);
    found.set(publicKey, signer);
    return signer;
  };
}

/**
 * Commits every staged batch that is complete, each as a commit of its own, folded on the one before it; what is
 * incomplete, withdrawn, expired or in conflict is left and reported. The result is that of {@link commitBatch} one by
 * one. All is written in one pack and one move of the branch, or in several such rounds where it is more than
 * `LIMITS.batchesPerCommitAll` batches, `LIMITS.commitAllObjects` objects or `LIMITS.commitAllBytes` bytes.
 * The staged refs stay: see {@link dropBatches}.
 * @returns one result for each batch, in the order in which they were folded
 * @throws GitkelError `environment`; what earlier rounds wrote is in the log then.
 */
export async function commitAll(
  log: Log,
  findSigner: FindSigner,
  { committers = [], onProgress }: CommitAllOptions = {},
): Promise<readonly BatchResult[]> {
  const choice = { findSigner: remembering(findSigner), committers };
  const done = new Map<string, BatchResult>();
  let open = inOrder(log);
  const total = open.length;
  for (;;) {
    const { commits, results } = await commitRound(log, open, choice, (looked) => {
      onProgress?.(done.size + looked, total);
    });
    const left = open.filter((id) => results.get(id)?.status !== 'committed');
    for (const [id, result] of results) if (result.status === 'committed') done.set(id, result);
    // What was left may stand now that others are in.
    if (commits.length === 0 || left.length === 0) return [...done.values(), ...lastOf(results)];
    open = left;
  }
}

function lastOf(results: ReadonlyMap<string, BatchResult>): readonly BatchResult[] {
  return [...results.values()].filter(({ status }) => status !== 'committed');
}
