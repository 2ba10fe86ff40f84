/**
 * A run whose log is written into the home while it runs.
 * @module
 */
import type { Home } from '../keys/home.ts';
import { straceReader } from '../runs/strace-reader.ts';
import { runEventOf, type TraceEvent } from '../runs/trace-event.ts';
import { INSIDE } from '../sandbox/sandbox-places.ts';
import { harmlessArguments, redaction } from '../runs/redaction.ts';
import { newRunId } from '../runs/run-store.ts';
import { RunWriter, type WrittenLog } from '../runs/run-writer.ts';
import type { RunEvent } from '../sandbox/run-event.ts';
import { envIncludes } from '../skills/permission-conflicts.ts';
import type { RunOutput } from './run-output.ts';
import { type FinishedRun, runSkill, type RunTold, type SkillRun } from './run-skill.ts';

/** A run that is over, with its name and what its log came to. */
export interface LoggedRun extends FinishedRun {
  readonly run: string;
  readonly log: WrittenLog;
}

export interface LoggedTold extends RunTold {
  /** The name of the run, when the first line of its log is on the disk. */
  readonly begun: (run: string) => void;
}

/** The values of the variables that the skill is given. */
function givenVariables({ request }: SkillRun): readonly string[] {
  const { permissions, environment } = request;
  return [...environment].flatMap(([name, value]) =>
    permissions.env.some((rule) => envIncludes(rule, name)) ? [value] : [],
  );
}

/** Ends a log whose run ended by an error: where the command had ended before, it stays unfinished. */
function endAfter(writer: RunWriter, error: unknown, hasExited: boolean): void {
  try {
    if (hasExited) return;
    writer.notStarted(error);
    writer.end();
  } catch {
    // The first error is the one to be told.
  } finally {
    writer.close();
  }
}

/**
 * Runs a command of a skill as {@link runSkill}, and writes down in the home what happens, as it happens. What cannot be written
 * down does not run on.
 * @throws GitkelError as `runSkill`; `environment` where the log could not be written.
 */
export async function loggedRun(
  home: Home,
  run: SkillRun,
  told: LoggedTold,
  output: RunOutput,
  signal: AbortSignal,
): Promise<LoggedRun> {
  const { host } = home;
  const id = newRunId(host);
  const unwritten = new AbortController();
  let writer: RunWriter | undefined;
  let hasExited = false;
  const reader = straceReader(INSIDE.skill);
  const traced = (events: readonly TraceEvent[]): void => {
    for (const one of events) {
      const seen = runEventOf(one);
      if (seen !== undefined) writer?.event(seen);
    }
  };
  const event = (one: RunEvent): void => {
    if (one.kind === 'exit') traced(reader.end());
    hasExited ||= one.kind === 'exit';
    writer?.event(one);
    told.event(one);
  };
  const watched: RunTold = {
    event,
    traceLine: (line) => {
      traced(reader.line(line));
      told.traceLine?.(line);
    },
    start: (start, axes, workspace, secrets) => {
      const hide = redaction(secrets, givenVariables(run));
      const argv = harmlessArguments(run.request.command, hide);
      writer = new RunWriter(
        home,
        { kind: 'start', run: id, started: host.now(), ...start, argv },
        {
          clock: () => performance.now(),
          redaction: hide,
          failed: () => unwritten.abort(),
        },
      );
      told.begun(id);
      told.start(start, axes, workspace, secrets);
    },
  };
  const stop = AbortSignal.any([signal, unwritten.signal]);
  try {
    const finished = await runSkill(host, run, watched, output, stop);
    if (writer === undefined) throw new Error('a run ended before it began');
    return { ...finished, run: id, log: writer.end(reader.counts().unread) };
  } catch (error) {
    if (writer !== undefined) endAfter(writer, error, hasExited);
    throw error;
  }
}
