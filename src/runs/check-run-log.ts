/**
 * What the bytes of a log of a run are worth by themselves: whether every line follows on the one before it, and whether the
 * last one is there. Whoever wrote a log can write it anew; what a log said when it was sealed, its seal tells.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { parseLine } from './run-line.ts';
import {
  COUNTED_KINDS,
  countedAs,
  type RunCounts,
  type RunEntry,
  type RunLine,
  type StartEntry,
} from './run-log.ts';

/** What is wrong with a log. */
export type RunLogFault =
  | 'empty'
  | 'line-form'
  | 'line-number'
  | 'chain'
  | 'no-start'
  | 'second-start'
  | 'second-exit'
  | 'no-exit'
  | 'after-end'
  | 'time'
  | 'counts'
  | 'too-many-lines'
  | 'other-run';

/** What a log is worth. Lines are counted from 1. */
export type RunLogState =
  | {
      readonly state: 'whole';
      readonly start: StartEntry;
      readonly lines: number;
      /** The digest of the last line. */
      readonly head: string;
    }
  | {
      /** The run goes on, or was cut off: every line is as it was written, as far as that can be told. */
      readonly state: 'unfinished';
      readonly start: StartEntry | undefined;
      readonly lines: number;
      readonly head: string;
      readonly detail: string;
    }
  | {
      readonly state: 'broken';
      readonly start: StartEntry | undefined;
      /** The first line that is not what was written. */
      readonly line: number;
      readonly reason: RunLogFault;
      readonly detail: string;
    };

type Fault = readonly [reason: RunLogFault, detail: string];

const LINE_FEED = 0x0a;

/** Bytes of each whole line, and whether more follow after the last line feed. */
function* linesOf(bytes: Uint8Array): Generator<Uint8Array, boolean> {
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
    yield bytes.subarray(start, end);
    start = end + 1;
  }
  return start < bytes.length;
}

function parsed(crypto: Crypto, bytes: Uint8Array): RunLine | string {
  try {
    return parseLine(crypto, bytes);
  } catch (error) {
    if (error instanceof GitkelError) return error.message;
    throw error;
  }
}

function numberFault(n: number, expected: number): Fault {
  const detail =
    n > expected
      ? `it has the number ${n}, but ${expected} comes here: lines are missing before it, or it was moved`
      : `it has the number ${n}, but ${expected} comes here: it stands here a second time, or it was moved`;
  return ['line-number', detail];
}

/** Follows the lines of a log. */
class Follower {
  readonly #crypto: Crypto;
  start: StartEntry | undefined;
  lines = 0;
  head = '';
  isWhole = false;
  #time = 0;
  #hasExit = false;
  readonly #counts = new Map<string, number>();

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  #orderFault(entry: RunEntry): Fault | undefined {
    if (this.isWhole) return ['after-end', 'it stands after the last line'];
    if (this.start === undefined && entry.kind !== 'start')
      return ['no-start', `it is the first one and ${quoted(entry.kind)}, not the start`];
    switch (entry.kind) {
      case 'start':
        return this.start === undefined ? undefined : ['second-start', 'the run began already'];
      case 'exit':
        return this.#hasExit ? ['second-exit', 'the command ended already'] : undefined;
      case 'end':
        if (!this.#hasExit) return ['no-exit', 'the run ends, but its command did not'];
        return this.#countsFault(entry.counts);
      default:
        return undefined;
    }
  }

  #countsFault(counts: RunCounts): Fault | undefined {
    const wrong = COUNTED_KINDS.find(
      (kind) => (counts[kind] ?? 0) !== (this.#counts.get(kind) ?? 0),
    );
    return wrong === undefined
      ? undefined
      : [
          'counts',
          `it counts ${counts[wrong] ?? 0} times ${quoted(wrong)}; there are ${this.#counts.get(wrong) ?? 0}`,
        ];
  }

  /** What is wrong with a line at this place; nothing when it follows, and then it is taken over. */
  take(bytes: Uint8Array, { n, prev, t, entry }: RunLine): Fault | undefined {
    const fault: Fault | undefined =
      n !== this.lines
        ? numberFault(n, this.lines)
        : prev !== this.head
          ? ['chain', 'it does not follow on the line before it: one of the two was changed']
          : t < this.#time
            ? ['time', `it is of ${t} ms, after one of ${this.#time} ms`]
            : this.#orderFault(entry);
    if (fault !== undefined) return fault;
    if (entry.kind === 'start') this.start = entry;
    else if (entry.kind === 'exit') this.#hasExit = true;
    else if (entry.kind === 'end') this.isWhole = true;
    if (entry.kind !== 'start' && entry.kind !== 'log-full' && entry.kind !== 'end')
      this.#count(entry);
    this.lines++;
    this.head = digestText(this.#crypto, bytes);
    this.#time = t;
    return undefined;
  }

  #count(entry: Exclude<RunEntry, { kind: 'start' | 'log-full' | 'end' }>): void {
    const kind = entry.kind === 'exit' ? undefined : countedAs(entry);
    if (kind !== undefined) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}

/**
 * Which of two lines was changed, when the second one does not follow on the first: the second one, unless what comes after it
 * says that it is what was written.
 */
function changedLine(
  crypto: Crypto,
  at: number,
  line: RunLine,
  bytes: Uint8Array,
  next: Uint8Array | undefined,
): number {
  if (next === undefined) return line.entry.kind === 'end' ? at - 1 : at;
  const following = parsed(crypto, next);
  const isIntact = typeof following !== 'string' && following.prev === digestText(crypto, bytes);
  return isIntact ? at - 1 : at;
}

/**
 * Looks at the whole log of a run.
 * @param told of each line that is what was written, in its order
 */
export function checkRunLog(
  crypto: Crypto,
  bytes: Uint8Array,
  told: (line: RunLine) => void = () => {},
): RunLogState {
  const follower = new Follower(crypto);
  const broken = (line: number, [reason, detail]: Fault): RunLogState => {
    return { state: 'broken', start: follower.start, line, reason, detail };
  };
  const all = linesOf(bytes);
  for (let next = all.next(); ; next = all.next()) {
    const at = follower.lines + 1;
    if (next.done === true) return endState(follower, next.value, broken);
    if (at > LIMITS.runLogLines)
      return broken(at, ['too-many-lines', `${LIMITS.runLogLines} are allowed`]);
    const line = parsed(crypto, next.value);
    if (typeof line === 'string') return broken(at, ['line-form', line]);
    const fault = follower.take(next.value, line);
    if (fault === undefined) {
      told(line);
      continue;
    }
    if (fault[0] !== 'chain') return broken(at, fault);
    const after = all.next();
    const following = after.done === true ? undefined : after.value;
    const changed = changedLine(crypto, at, line, next.value, following);
    return broken(Math.max(changed, 1), fault);
  }
}

function endState(
  { start, lines, head, isWhole }: Follower,
  isTorn: boolean,
  broken: (line: number, fault: Fault) => RunLogState,
): RunLogState {
  if (isWhole && isTorn) return broken(lines + 1, ['after-end', 'it stands after the last line']);
  if (isWhole && start !== undefined) return { state: 'whole', start, lines, head };
  if (lines === 0 && !isTorn) return broken(1, ['empty', 'there is no line']);
  const detail = isTorn
    ? `line ${lines + 1} is not whole`
    : `the last line is missing after line ${lines}`;
  return { state: 'unfinished', start, lines, head, detail };
}
