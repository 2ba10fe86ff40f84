/**
 * What the log of a run comes to, and who sealed it.
 * @module
 */
import type { Crypto } from '../crypto/crypto.ts';
import type { Home } from '../keys/home.ts';
import type { Contents } from '../log/contents.ts';
import { runStanding } from '../log/run-rules.ts';
import type { CheckedRun } from '../runs/run-store.ts';
import { checkedRun } from '../runs/run-store.ts';
import type { RunCounts, RunLine, StartEntry } from '../runs/run-log.ts';
import { sealDifference } from '../runs/sealed-run.ts';
import type { RunEnd } from '../sandbox/run-event.ts';

/** A seal of a run, held against the log that is at hand. */
export interface SealView {
  /** SAID of the run record. */
  readonly record: string;
  readonly issuer: string;
  readonly controller: string;
  readonly position: number;
  /** Whether it counts for whom it names, and why or why not. */
  readonly counts: boolean;
  readonly why: string;
  /** In what the log at hand is not what was sealed; `null` where it is that, byte for byte. */
  readonly difference: string | null;
}

/** What a run came to, as `--json` has it. */
export interface RunSummary extends Partial<Omit<StartEntry, 'kind' | 'run'>> {
  readonly run: string;
  /** `unfinished`: it goes on, or was cut off. `broken`: the log is not what was written. */
  readonly state: 'whole' | 'unfinished' | 'broken';
  readonly lines: number;
  readonly head: string | null;
  /** What is wrong with the log, and in which line, counted from 1. */
  readonly reason?: string;
  readonly line?: number;
  readonly detail?: string;
  readonly exit: RunEnd | { readonly why: 'not-started'; readonly reason: string } | null;
  /** What was written, and what was only counted. */
  readonly counts: RunCounts;
  readonly leftOut: RunCounts;
  /** Lines of the trace that could not be read. */
  readonly unread: number;
}

/** What is known of a run from its log, and the log. */
export interface ReadRun extends CheckedRun {
  readonly summary: RunSummary;
}

/** Follows a log, and gives what it comes to. */
export function summing(): {
  readonly told: (line: RunLine) => void;
  readonly of: (id: string, checked: CheckedRun) => RunSummary;
} {
  let exit: RunSummary['exit'] = null;
  let [counts, leftOut]: readonly [RunCounts, RunCounts] = [{}, {}];
  let [lines, unread] = [0, 0];
  return {
    told: ({ entry }) => {
      lines++;
      if (entry.kind === 'exit') exit = entry.end;
      else if (entry.kind === 'end') ({ counts, leftOut, unread } = entry);
      else if (entry.kind === 'log-full') counts = entry.counts;
    },
    of: (id, { state }) => {
      const { kind: _, run, ...start } = state.start ?? { kind: 'start', run: id };
      return {
        run,
        ...start,
        state: state.state,
        lines,
        head: state.state === 'broken' ? null : state.head,
        ...(state.state === 'broken' ? { reason: state.reason, line: state.line } : {}),
        ...(state.state === 'whole' ? {} : { detail: state.detail }),
        exit,
        counts,
        leftOut,
        unread,
      };
    },
  };
}

/** Reads the log of a run of this home. */
export function readRun(home: Home, id: string, told?: (line: RunLine) => void): ReadRun {
  const sum = summing();
  const checked = checkedRun(home, id, (line) => {
    sum.told(line);
    told?.(line);
  });
  return { ...checked, summary: { ...sum.of(id, checked), run: id } };
}

/** Everybody who sealed a run, and whether it is the log at hand that they sealed. */
export function sealViews(
  crypto: Crypto,
  { records }: Contents,
  id: string,
  { bytes, state }: CheckedRun,
): readonly SealView[] {
  return records.runs.everySeal(id).map((entry) => {
    const { said, issuer, position } = entry;
    const { counts, why, controller } = runStanding(records, entry);
    const difference = sealDifference(crypto, bytes, state, entry.run) ?? null;
    return { record: said, issuer, controller, position, counts, why, difference };
  });
}
