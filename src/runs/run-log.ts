/**
 * The log of a run: lines of canonical JSON (RFC 8785), each with its number and the digest of the line before it, so that a line
 * that was changed, dropped, added or moved is seen. What happens is written down as it happens.
 * @module
 */
import type { ExitEvent, RunEvent, RunStart } from '../sandbox/run-event.ts';

/** What every event of a log counts as; each of the first four has a share of the log of its own. */
export const COUNTED_KINDS = [
  'read',
  'write',
  'exec',
  'net',
  'blind',
  'limit',
  'output-truncated',
] as const;

export type CountedKind = (typeof COUNTED_KINDS)[number];

/** How often each kind of event came; none that did not come. */
export type RunCounts = Readonly<Partial<Record<CountedKind, number>>>;

/** The first line. */
export interface StartEntry extends Omit<RunStart, 'command'> {
  readonly kind: 'start';
  /** The name of the run: a day and twelve hexadecimal digits. */
  readonly run: string;
  /** Seconds since 1970-01-01T00:00:00Z by this machine's clock. */
  readonly started: number;
  /** SAID over the command as it was given. */
  readonly command: string;
  /** The command, without what is secret. */
  readonly argv: readonly string[];
}

/** No more events of a kind are written: its share of the log is used up. */
export interface LogFullEntry {
  readonly kind: 'log-full';
  readonly of: CountedKind;
  /** What was written up to here. */
  readonly counts: RunCounts;
}

/** The last line: only with it a log is whole. */
export interface EndEntry {
  readonly kind: 'end';
  /** What was written. */
  readonly counts: RunCounts;
  /** What happened after its share was used up: only counted. */
  readonly leftOut: RunCounts;
  /** Lines of the trace that could not be read: something happened, and nobody knows what. */
  readonly unread: number;
}

/** Nothing of the command was run. */
export interface NotStartedEntry {
  readonly kind: 'exit';
  readonly end: {
    readonly why: 'not-started';
    /** The reason of the error, `sandbox-failed` for one. */
    readonly reason: string;
  };
}

/** What one line says, apart from its place in the chain. */
export type RunEntry = StartEntry | RunEvent | NotStartedEntry | LogFullEntry | EndEntry;

/** One line of a log. */
export interface RunLine {
  /** Its number, from 0. */
  readonly n: number;
  /** The digest of the line before it, without its line feed; empty in the first line. */
  readonly prev: string;
  /** Milliseconds since the run began, by a clock that never goes back. */
  readonly t: number;
  readonly entry: RunEntry;
}

/** As what an event counts; `undefined` for the exit, which is always written. */
export function countedAs(event: Exclude<RunEvent, ExitEvent>): CountedKind;
export function countedAs(event: RunEvent): CountedKind | undefined;
export function countedAs(event: RunEvent): CountedKind | undefined {
  switch (event.kind) {
    case 'file':
      return event.access === 'read' ? 'read' : 'write';
    case 'exec':
    case 'net':
    case 'blind':
    case 'limit':
    case 'output-truncated':
      return event.kind;
    case 'exit':
      return undefined;
  }
}
