/**
 * The logs of runs that a home keeps.
 * @module
 */
import { toHex } from '../base/bytes.ts';
import { dayOfSeconds, dayText } from '../base/day.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { runDay } from '../base/run-id.ts';
import { namesIn, readFileBounded } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import type { Home } from '../keys/home.ts';
import { homeFolder, runLogPath } from '../keys/home-layout.ts';
import { checkRunLog, type RunLogState } from './check-run-log.ts';
import type { RunLine } from './run-log.ts';

const RANDOM_BYTES = 6;

/** The name of a run that begins now. */
export function newRunId(host: Host): string {
  return `${dayText(dayOfSeconds(host.now()))}-${toHex(host.random(RANDOM_BYTES))}`;
}

/**
 * The names of all runs of a home, oldest day first.
 * @throws GitkelError `environment`, reason `too-many-runs`.
 */
export function runIds({ host, dir }: Home): readonly string[] {
  const ids = namesIn(host, homeFolder(dir, 'runs')).filter((name) => runDay(name) !== undefined);
  if (ids.length <= LIMITS.runsPerHome) return ids;
  throw new GitkelError(
    'environment',
    `Cannot look at ${ids.length} runs: ${LIMITS.runsPerHome} are allowed`,
    {
      reason: 'too-many-runs',
      hint: `Move some of the directories in ${quoted(homeFolder(dir, 'runs'), 200)} elsewhere.`,
    },
  );
}

/**
 * The run that somebody means by its name, or by the beginning of its name or of the digits in it.
 * @throws GitkelError `not-found`; `usage`, reason `ambiguous`.
 */
export function findRun(home: Home, text: string): string {
  const ids = runIds(home);
  const isMeant = (id: string): boolean =>
    text !== '' && (id.startsWith(text) || id.slice('2026-11-22-'.length).startsWith(text));
  const [found, ...more] = ids.includes(text) ? [text] : ids.filter(isMeant);
  if (found !== undefined && more.length === 0) return found;
  if (found === undefined)
    throw new GitkelError('not-found', `Cannot find the run ${quoted(text)} in this home`, {
      reason: 'run',
      hint: 'gitkel run list shows the runs that were recorded here.',
    });
  throw new GitkelError('usage', `Cannot tell which run ${quoted(text)} is: ${more.length + 1}`, {
    reason: 'ambiguous',
    hint: `For one: ${found}.`,
  });
}

/** A log and what it is worth. */
export interface CheckedRun {
  readonly bytes: Uint8Array;
  readonly state: RunLogState;
}

/** Looks at the log of a run. @param told of each line that is what was written */
export function checkedRun(
  { host, dir }: Home,
  id: string,
  told?: (line: RunLine) => void,
): CheckedRun {
  const bytes = readFileBounded(host, runLogPath(dir, id), LIMITS.runLogBytes) ?? new Uint8Array(0);
  const state = checkRunLog(host.crypto, bytes, told);
  const { start } = state;
  if (start === undefined || start.run === id) return { bytes, state };
  const detail = `it is the log of the run ${start.run}`;
  return { bytes, state: { state: 'broken', start, line: 1, reason: 'other-run', detail } };
}
