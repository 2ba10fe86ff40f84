/**
 * Which runs are to be sealed, and what their records say.
 * @module
 */
import { dayNumber, dayOfSeconds, dayText } from '../base/day.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { runDay } from '../base/run-id.ts';
import type { Home } from '../keys/home.ts';
import type { Contents } from '../log/contents.ts';
import type { RunPeriod, RunRecord, SealedRun } from '../records/run-record.ts';
import { checkedRun, findRun, runIds } from '../runs/run-store.ts';
import { sealedRun } from '../runs/sealed-run.ts';

/** What a person asks for: runs by name, or all from a day on. */
export interface ChosenRuns {
  readonly ids: readonly string[];
  /** `undefined` for runs that were named. */
  readonly period: RunPeriod | undefined;
}

/** A run that its issuer sealed before. */
export interface SealedBefore {
  readonly run: string;
  readonly record: string;
  readonly position: number;
}

export interface RunsToSeal {
  readonly runs: readonly SealedRun[];
  readonly before: readonly SealedBefore[];
}

/** Words of a message about several things: the first ones. */
function some(texts: readonly string[]): string {
  const most = 8;
  const rest = texts.length - most;
  return `${texts.slice(0, most).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

/**
 * The runs that are meant.
 * @throws GitkelError `usage`, `not-found`.
 */
export function chosenRuns(
  home: Home,
  named: readonly string[],
  since: string | undefined,
  without: readonly string[] = [],
): ChosenRuns {
  if ((since === undefined) === (named.length === 0))
    throw new GitkelError('usage', 'Cannot tell which runs to seal', {
      hint: 'Name some, or say --since 2026-11-21, or --since all.',
    });
  if (since === undefined) {
    const ids = new Set(named.map((text) => findRun(home, text)));
    return { ids: [...ids].toSorted(), period: undefined };
  }
  if (since !== 'all' && dayNumber(since) === undefined)
    throw new GitkelError('usage', `Cannot seal runs since ${quoted(since)}: that is no day`, {
      hint: 'Write a day in UTC, as 2026-11-21, or all.',
    });
  const all = runIds(home).filter((id) => since === 'all' || (runDay(id) ?? '') >= since);
  const except = [...new Set(without.map((text) => findRun(home, text)))].toSorted();
  const early = except.find((id) => !all.includes(id));
  if (early !== undefined || except.length > LIMITS.runsPerRecord)
    throw new GitkelError(
      'usage',
      early === undefined
        ? `Cannot leave out ${except.length} runs: ${LIMITS.runsPerRecord} are allowed`
        : `Cannot leave out the run ${early}: it did not begin since ${quoted(since)}`,
    );
  const ids = all.filter((id) => !except.includes(id));
  const today = dayText(dayOfSeconds(home.host.now()));
  const days = all.map((id) => runDay(id) ?? '');
  const from = since === 'all' ? (days[0] ?? today) : since;
  // A clock that was set back leaves runs of days that are still to come.
  const until = [today, from, days.at(-1) ?? today].toSorted().at(-1) ?? today;
  return { ids, period: { from, until, except } };
}

/**
 * Reads the logs, and leaves out what the issuer sealed before.
 * @throws GitkelError `refused`: `run-unfinished`, `run-broken`, by name; `run-twice` for a log that is not what was sealed.
 */
export function runsToSeal(
  home: Home,
  { records }: Contents,
  issuer: string,
  { ids }: ChosenRuns,
): RunsToSeal {
  const runs: SealedRun[] = [];
  const before: SealedBefore[] = [];
  const [unfinished, broken, changed]: readonly [string[], string[], string[]] = [[], [], []];
  for (const id of ids) {
    const { bytes, state } = checkedRun(home, id);
    if (state.state === 'unfinished') unfinished.push(id);
    if (state.state === 'broken') broken.push(`${id}, line ${state.line}: ${state.detail}`);
    if (state.state !== 'whole') continue;
    const run = sealedRun(home.host.crypto, bytes, state);
    const sealed = records.runs.sealedBy(issuer, id).find(({ said }) => !records.isAbsent(said));
    if (sealed === undefined) runs.push(run);
    else if (sealed.run.sha256 !== run.sha256) changed.push(`${id}, by the record ${sealed.said}`);
    else before.push({ run: id, record: sealed.said, position: sealed.position });
  }
  refuse('run-broken', 'their logs are broken', broken);
  refuse('run-twice', 'they were sealed, and their logs are others now', changed);
  refuse('run-unfinished', 'they go on, or their logs were cut off', unfinished);
  return { runs, before };
}

function refuse(reason: string, why: string, named: readonly string[]): void {
  if (named.length === 0) return;
  throw new GitkelError('refused', `Cannot seal runs: ${why}: ${some(named)}`, {
    reason,
    hint: 'Nothing was sealed. Other runs can be sealed by their names; with --since, --except leaves a run out, and the record says so.',
  });
}

/** What is to be sealed of runs: as many records as they need. */
export function runRecords(
  runs: readonly SealedRun[],
  period: RunPeriod | undefined,
  controller: string | undefined,
): readonly RunRecord[] {
  const bodies: RunRecord[] = [];
  for (let at = 0; at < runs.length; at += LIMITS.runsPerRecord) {
    const part = runs.slice(at, at + LIMITS.runsPerRecord);
    bodies.push({ type: 'run-record', runs: part, period, controller });
  }
  return bodies;
}
