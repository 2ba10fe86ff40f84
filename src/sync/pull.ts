/**
 * Taking over what the upstream of a log has: into quarantine first, verified there as an audit would, and only then part
 * of the repository.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { copyCommits } from '../git/copy-history.ts';
import { hazards } from '../git/hazards.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { layered, makeQuarantine, type Quarantine } from '../git/quarantine.ts';
import { moveRefWaiting } from '../git/refs.ts';
import type { BatchFailure } from '../log/check-batch.ts';
import type { Contents } from '../log/contents.ts';
import type { Log } from '../log/log.ts';
import { requireMovable } from '../log/writable.ts';
import { ask, type Remote } from './remote.ts';
import { ownTip, type Relation, relationTo, type Tip, tipWords } from './tip.ts';

/** Why what a remote has cannot be what the log was: somebody has to look. */
export interface RemoteAlarm {
  /**
   * `remote-rolled-back`, `remote-forked`, `remote-other-log`, `remote-branch-gone`, or what the home found: `log-forked`,
   * `aid-conflict`.
   */
  readonly reason: string;
  readonly detail: string;
  /** The last batch here, and the one there. */
  readonly ours: Tip | undefined;
  readonly theirs: Tip | undefined;
}

/** What became of a pull. Nothing of what was fetched stays unless it is `pulled`. */
export type PullOutcome =
  | { readonly status: 'current' }
  | { readonly status: 'pulled'; readonly batches: number }
  /** The remote has no such branch, and nobody here knows that it ever had. */
  | { readonly status: 'unpublished' }
  | { readonly status: 'alarm'; readonly alarm: RemoteAlarm }
  /** A batch that does not hold. */
  | { readonly status: 'refused'; readonly failure: BatchFailure };

export interface PullOptions {
  /** Whether the remote is known to have had the branch. */
  readonly wasThere: boolean;
  /** What does not fit to what this home knows, of contents that verified. */
  readonly check?: (contents: Contents) => readonly Pick<RemoteAlarm, 'reason' | 'detail'>[];
  readonly onBatch?: (done: number, total: number) => void;
}

function alarmOf(
  log: Log,
  { address }: Remote,
  relation: Exclude<Relation, { kind: 'same' | 'ahead' }>,
): RemoteAlarm {
  const ours = ownTip(log.contents);
  const { theirs } = relation;
  const both = `here is ${ours === undefined ? 'nothing' : tipWords(ours)}, there is ${tipWords(theirs)}`;
  const at = quoted(address, 512);
  switch (relation.kind) {
    case 'rolled-back':
      return {
        reason: 'remote-rolled-back',
        detail: `the log at ${at} went back: ${both}`,
        ours,
        theirs,
      };
    case 'forked': {
      const since =
        relation.common === undefined
          ? 'from the first batch on'
          : `after batch ${relation.common}`;
      return {
        reason: 'remote-forked',
        detail: `the log at ${at} is another one ${since}: ${both}`,
        ours,
        theirs,
      };
    }
    case 'other-log':
      if (ours === undefined) {
        const detail = `the branch at ${at} is of something else than a log (commit ${theirs.commit})`;
        return { reason: 'remote-other-log', detail, ours, theirs };
      }
      return {
        reason: 'remote-other-log',
        detail: `at ${at} is ${relation.logId === undefined ? 'no log' : `the log ${relation.logId}`}, not ${log.contents.genesis?.logId ?? ''}: ${both}`,
        ours,
        theirs,
      };
  }
}

function gone(log: Log, { address, ref }: Remote): RemoteAlarm {
  const ours = ownTip(log.contents);
  const here = ours === undefined ? '' : `; here is ${tipWords(ours)}`;
  return {
    reason: 'remote-branch-gone',
    detail: `the branch ${quoted(ref)} at ${quoted(address, 512)} is gone${here}`,
    ours,
    theirs: undefined,
  };
}

/** Refuses to build on a repository that does not hold all of its history. */
function requireComplete(log: Log): void {
  const hazard = hazards(log.host, log.repository).find(
    ({ reason }) => reason === 'shallow' || reason === 'promisor' || reason === 'grafts',
  );
  if (hazard === undefined) return;
  throw new GitkelError(
    'refused',
    `Cannot pull: this repository does not hold all of its history (${hazard.reason}: ${hazard.detail})`,
    { reason: hazard.reason, hint: 'Make a complete copy: gitkel clone URL DIR' },
  );
}

/**
 * Moves the branch to a tip that the log has verified. Where another process moved it meanwhile, the log follows; a
 * branch that stands further on is left.
 */
async function moveBranch(
  log: Log,
  from: string | undefined,
  commits: readonly string[],
  tip: string,
): Promise<void> {
  let expected = from;
  for (let tries = 0; tries < LIMITS.commitTries; tries++) {
    const moved = await moveRefWaiting(log.host, log.refs, log.ref, expected, tip);
    if (moved.ok || moved.current === tip) return;
    // Further on, or elsewhere: what it is at now is verified from here, or raises the alarm.
    if (moved.current === undefined || !commits.includes(moved.current)) return log.refresh();
    expected = moved.current;
  }
}

async function takeOver(
  log: Log,
  source: ReadableObjects,
  quarantine: Quarantine,
  commits: readonly string[],
  { check, onBatch }: PullOptions,
): Promise<PullOutcome> {
  const from = log.replayed.tip;
  const tip = commits.at(-1) ?? '';
  const ours = ownTip(log.contents);
  let found: PullOutcome | undefined;
  copyCommits(source, quarantine.store, commits);
  const failure = log.extend(layered(quarantine.store, log.store), tip, {
    onBatch: (_, done, total) => onBatch?.(done, total),
    isWelcome: (contents) => {
      const [alarm] = check?.(contents) ?? [];
      if (alarm === undefined) return true;
      found = { status: 'alarm', alarm: { ...alarm, ours, theirs: ownTip(contents) } };
      return false;
    },
  });
  if (failure !== undefined) return { status: 'refused', failure };
  if (found !== undefined) return found;
  const release = quarantine.accept();
  try {
    log.store.refresh();
    await moveBranch(log, from, commits, tip);
  } finally {
    release();
  }
  return { status: 'pulled', batches: commits.length };
}

/**
 * Pulls once: asks the remote for the branch, verifies what follows on what the log holds, and moves the local branch
 * forward. Only what the verified batches need is kept, in packs of our own.
 * @throws GitkelError `environment`, reason `remote-unreachable`; `refused` for a remote or a repository that is not whole.
 */
export async function pull(log: Log, remote: Remote, options: PullOptions): Promise<PullOutcome> {
  requireMovable(log);
  requireComplete(log);
  const { host } = log;
  // Before the remote is asked: what another process takes over from it after that, is no roll-back.
  if (log.replayed.tip !== undefined) log.refresh();
  const quarantine = makeQuarantine(host, log.repository);
  try {
    const fetched = await ask(host, remote, log, quarantine.dir);
    try {
      if (fetched.tip === undefined) {
        const isNew = log.replayed.tip === undefined || !options.wasThere;
        return isNew ? { status: 'unpublished' } : { status: 'alarm', alarm: gone(log, remote) };
      }
      const source = layered(fetched.store, log.store);
      const relation = relationTo(host.crypto, log.contents, source, fetched.tip);
      switch (relation.kind) {
        case 'same':
          return { status: 'current' };
        case 'ahead':
          return await takeOver(log, source, quarantine, relation.commits, options);
        case 'rolled-back':
        case 'forked':
        case 'other-log':
          return { status: 'alarm', alarm: alarmOf(log, remote, relation) };
      }
    } finally {
      fetched.close();
    }
  } finally {
    quarantine.remove();
  }
}

/** The error for a pull that somebody has to look into; `undefined` for one that went well. */
export function pullProblem(outcome: PullOutcome): GitkelError | undefined {
  switch (outcome.status) {
    case 'current':
    case 'pulled':
    case 'unpublished':
      return undefined;
    case 'alarm': {
      const { reason, detail, ours } = outcome.alarm;
      return new GitkelError('refused', `Cannot pull: ${detail}`, {
        reason,
        hint:
          ours === undefined
            ? 'Nothing was taken over. A log is founded in an empty repository, or on a branch of its own: gitkel init DIR --branch gitkel'
            : 'Nothing was taken over. Ask who runs the remote, and compare both: gitkel compare DIR URL',
      });
    }
    case 'refused': {
      const { reason, detail, position, commit } = outcome.failure;
      const place =
        position === undefined ? `commit ${commit}` : `batch ${position} (commit ${commit})`;
      return new GitkelError('refused', `Cannot pull: ${place}: ${detail}`, {
        reason,
        hint: 'Nothing was taken over. `gitkel audit URL` tells the whole verdict.',
      });
    }
  }
}
