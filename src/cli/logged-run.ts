/**
 * A run whose log is written into the home while it runs.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import type { Home } from '../keys/home.ts';
import { straceReader } from '../runs/strace-reader.ts';
import { runEventOf, type TraceEvent } from '../runs/trace-event.ts';
import { INSIDE } from '../sandbox/sandbox-places.ts';
import { harmlessArguments, redaction } from '../runs/redaction.ts';
import { newRunId } from '../runs/run-store.ts';
import { RunWriter, type WrittenLog } from '../runs/run-writer.ts';
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

/**
 * Ends a log whose run ended by an error. Only where nothing of the command was seen, and the error says that no sandbox or no
 * program was started, nothing was run; else the log stays unfinished, as nobody knows how the run went.
 */
export function endAfter(writer: RunWriter, error: unknown, wasSeen: boolean): void {
  try {
    if (wasSeen || !(error instanceof GitkelError)) return;
    writer.notStarted(error);
    writer.end();
  } catch {
    // The first error is the one to be told.
  } finally {
    writer.close();
  }
}

function now(): number {
  return performance.now();
}

/** What is told of a run on its way into its log. */
interface Recording {
  readonly told: RunTold;
  /** Ends the log of a run that is over. */
  readonly end: () => WrittenLog;
  /** Ends it when the run ended by an error. */
  readonly endAfter: (error: unknown) => void;
}

function recording(
  home: Home,
  id: string,
  run: SkillRun,
  told: LoggedTold,
  unwritten: () => void,
): Recording {
  const reader = straceReader(INSIDE.skill);
  let writer: RunWriter | undefined;
  let wasSeen = false;
  const traced = (events: readonly TraceEvent[]): void => {
    for (const one of events) {
      const seen = runEventOf(one);
      if (seen !== undefined) writer?.event(seen);
    }
  };
  const begin: RunTold['start'] = (start, axes, workspace, secrets) => {
    const hide = redaction(secrets, givenVariables(run));
    const argv = harmlessArguments(run.request.command, hide);
    const entry = { kind: 'start', run: id, started: home.host.now(), ...start, argv } as const;
    writer = new RunWriter(home, entry, { clock: now, redaction: hide, failed: unwritten });
    told.begun(id);
    told.start(start, axes, workspace, secrets);
  };
  return {
    told: {
      start: begin,
      event: (event) => {
        if (event.kind === 'exit') traced(reader.end());
        wasSeen ||= event.kind !== 'file' || event.source !== 'workspace';
        writer?.event(event);
        told.event(event);
      },
      traceLine: (line) => {
        wasSeen = true;
        traced(reader.line(line));
        told.traceLine?.(line);
      },
    },
    end: () => {
      if (writer === undefined) throw new Error('a run ended before it began');
      return writer.end(reader.counts().unread);
    },
    endAfter: (error) => {
      if (writer !== undefined) endAfter(writer, error, wasSeen);
    },
  };
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
  const id = newRunId(home.host);
  const unwritten = new AbortController();
  const stop = AbortSignal.any([signal, unwritten.signal]);
  const record = recording(home, id, run, told, () => unwritten.abort());
  try {
    const finished = await runSkill(
      home.host,
      { ...run, home: home.dir },
      record.told,
      output,
      stop,
    );
    return { ...finished, run: id, log: record.end() };
  } catch (error) {
    record.endAfter(error);
    throw error;
  }
}
