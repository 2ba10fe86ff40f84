import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { inTurn } from '../git/turn.ts';
import type { Log, LogGround } from '../log/log.ts';
import { keyLogsOf } from './key-logs.ts';
import { loadCollected, overtakenProblem } from './load-collected.ts';
import { type FindSigner, prepareCommit } from './prepared-commit.ts';
import { placesOf, type TakenPlace } from './places.ts';
import { changedRead } from './read-set.ts';
import type { StagedBatch } from './staged-batch.ts';

export type CommitOutcome =
  | { readonly status: 'committed'; readonly commit: string; readonly position: number }
  | { readonly status: 'incomplete'; readonly missing: readonly string[] }
  | {
      readonly status: 'conflict';
      readonly reason: string;
      readonly detail: string;
      readonly taken: readonly TakenPlace[];
    };

/** The commit after which the log holds the whole batch, or `undefined` while it does not. */
export function placeInLog(
  log: LogGround,
  batch: StagedBatch,
): { readonly commit: string; readonly position: number } | undefined {
  if (batch.logId !== log.contents.genesis?.logId) return undefined;
  let position = 0;
  for (const { aid, sn, said } of batch.events) {
    const kel = log.contents.kel(aid);
    const at =
      kel?.saidAt(sn) === said
        ? kel.positionAt(sn)
        : kel?.disputed.find((event) => event.said === said)?.position;
    if (at === undefined) return undefined;
    position = Math.max(position, at);
  }
  const commit = log.contents.batchAt(position)?.commit;
  return commit === undefined ? undefined : { commit, position };
}

/** Why the batch no longer fits what the log holds, as far as that is known without its signatures. */
export function staleness(
  log: LogGround,
  batch: StagedBatch,
): Extract<CommitOutcome, { status: 'conflict' }> | undefined {
  const places = placesOf(log, batch.events);
  const taken = places.flatMap((one) => (one.place === 'taken' ? [one.taken] : []));
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
  for (const [at, { aid, sn }] of batch.events.entries()) {
    const one = places[at];
    if (one?.place === 'there') {
      const detail = `event ${sn} of ${aid} is in the log already, in batch ${one.position ?? '?'}`;
      return conflict('partly-committed', detail);
    }
  }
  const changed = changedRead(keyLogsOf(log.contents), batch.reads);
  if (changed !== undefined) return conflict('read-set', changed);
  const overtaken = overtakenProblem(log, batch);
  return overtaken === undefined ? undefined : conflict(overtaken[0], overtaken[1]);
}

type Try = CommitOutcome | { readonly status: 'moved' };

async function tryCommit(
  log: Log,
  batch: StagedBatch,
  findSigner: FindSigner,
  committers: readonly string[],
): Promise<Try> {
  log.refresh();
  const place = placeInLog(log, batch);
  if (place !== undefined) return { status: 'committed', ...place };
  const stale = staleness(log, batch);
  if (stale !== undefined) return stale;
  const { replayed } = log;
  const prepared = await prepareCommit(log, loadCollected(log, batch), {
    findSigner,
    committers,
    isCurrent: () => log.replayed === replayed,
  });
  if (prepared.status !== 'prepared') return prepared;
  const { commit, position } = prepared;
  return (await log.append(commit))
    ? { status: 'committed', commit: commit.oid, position }
    : { status: 'moved' };
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
    const outcome = await inTurn(log.host, log.repository.commonDir, tries > 0, async () =>
      tryCommit(log, batch, findSigner, committers),
    );
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
