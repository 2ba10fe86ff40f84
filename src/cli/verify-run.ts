/**
 * The log of a run, held against its own chain and against what was sealed of it.
 * @module
 */
import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { runDay } from '../base/run-id.ts';
import { readFileBounded, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import type { Home } from '../keys/home.ts';
import type { Contents } from '../log/contents.ts';
import { checkRunLog } from '../runs/check-run-log.ts';
import { findRun } from '../runs/run-store.ts';
import {
  readRun,
  type ReadRun,
  type RunSummary,
  sealViews,
  type SealView,
  summing,
} from './run-summary.ts';

/** What a log is worth: `sealed` where it is what somebody sealed, `whole` where nobody did. */
export interface RunVerdict {
  readonly verdict: 'sealed' | 'whole' | 'unfinished' | 'broken' | 'not-as-sealed';
  readonly seals: readonly SealView[];
}

/** The log that a person names: a run of this home, or a file that was copied from some home. */
export function namedRun(host: Host, home: Home, text: string): ReadRun {
  if (runDay(text) === undefined) {
    const file = path.resolve(text);
    const bytes = readFileBounded(host, file, LIMITS.runLogBytes, { directories: 'nothing' });
    if (bytes !== undefined) {
      const sum = summing();
      const checked = { bytes, state: checkRunLog(host.crypto, bytes, sum.told) };
      return { ...checked, summary: sum.of('', checked) };
    }
    if (text.includes('/'))
      throw new GitkelError('not-found', `Cannot find the log of a run ${shownPath(file)}`, {
        hint: 'Name the file itself, log.jsonl, or a run of this home (gitkel run list).',
      });
  }
  return readRun(home, findRun(home, text));
}

function requireRecord(
  { records }: Contents,
  views: readonly SealView[],
  record: string,
): readonly SealView[] {
  const found = views.filter((view) => view.record === record);
  if (found.length > 0) return found;
  if (records.positionOf(record) === undefined)
    throw new GitkelError('not-found', `Cannot find the record ${quoted(record)} in this log`, {
      hint: 'gitkel show SAID shows a record; name the log that has it with --log.',
    });
  throw new GitkelError('refused', `Cannot verify this run by the record ${record}`, {
    reason: 'run-not-sealed',
    hint: 'That record names no such run.',
  });
}

/**
 * What a log is worth by its seals. Where several count, the first of them in the log decides: what somebody seals later, with
 * the log of the run in their hands, neither makes a changed log good nor a good one bad.
 * @param isNamed whether these are the seals of a record that somebody asked for
 */
export function verdictOf(
  state: RunSummary['state'],
  seals: readonly Pick<SealView, 'counts' | 'difference' | 'position'>[],
  isNamed: boolean,
): RunVerdict['verdict'] {
  if (state === 'broken') return 'broken';
  const counting = seals.filter(({ counts }) => counts);
  if (counting.length === 0) return isNamed ? 'not-as-sealed' : state;
  const first = Math.min(...counting.map(({ position }) => position));
  const deciding = counting.filter(({ position }) => position === first);
  return deciding.every(({ difference }) => difference === null) ? 'sealed' : 'not-as-sealed';
}

/**
 * Judges a log.
 * @param contents of the log that may have its seal; `undefined` where there is none at hand
 * @param record the seal that is meant; else all that there are
 * @throws GitkelError `not-found`; `refused`, reason `run-not-sealed`, for a record that does not name the run.
 */
export function runVerdict(
  host: Host,
  { summary, ...checked }: ReadRun,
  contents: Contents | undefined,
  record: string | undefined,
): RunVerdict {
  if (record !== undefined && contents === undefined)
    throw new GitkelError('usage', 'Cannot look for a record: no log is found', {
      hint: 'Name the log that has it with --log.',
    });
  const { run, state } = summary;
  const all = contents === undefined ? [] : sealViews(host.crypto, contents, run, checked);
  const seals =
    record === undefined || contents === undefined ? all : requireRecord(contents, all, record);
  return { verdict: verdictOf(state, seals, record !== undefined), seals };
}
