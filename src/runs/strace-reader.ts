/**
 * Reads a trace line by line: puts the halves of calls together, and knows where each process stands.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { callMeaning } from './strace-calls.ts';
import { readCall, readStraceLine, type SystemCall } from './strace-line.ts';
import { quotedText, readDescriptor } from './strace-text.ts';
import { TracedLinks } from './traced-links.ts';
import type { TraceEvent } from './trace-event.ts';

/** How much of a trace was read. */
export interface TraceCounts {
  readonly lines: number;
  /** Lines and calls that could not be read, or not placed: something happened, and nobody knows what. */
  readonly unread: number;
  /** Processes of whose end no line tells: what they did last is missing. */
  readonly open: number;
}

export interface TraceReader {
  /** What a line says, and what lines before it say, now that more is known. */
  readonly line: (text: string) => readonly TraceEvent[];
  /** What is still held back when there are no more lines. */
  readonly end: () => readonly TraceEvent[];
  readonly counts: () => TraceCounts;
}

/** Where a process stands; threads of one process stand in one place. */
interface Standing {
  cwd: string | undefined;
}

interface Waiting {
  readonly pid: number;
  readonly call: SystemCall;
}

const MAKES_PROCESS = /^(?:clone3?|v?fork)$/;

/** The directory that `openat` and its like say that they work from. */
function statedCwd({ args }: SystemCall): string | undefined {
  const [first = ''] = args;
  const descriptor = first.startsWith('AT_FDCWD') ? readDescriptor(first) : undefined;
  return descriptor?.path;
}

class StraceReader implements TraceReader {
  readonly #standing = new Map<number, Standing>();
  readonly #begun = new Map<number, string>();
  /** Processes that a line was about. */
  readonly #told = new Set<number>();
  /** Those of them that have not ended. */
  readonly #open = new Set<number>();
  readonly #waiting = new Map<number, Waiting[]>();
  readonly #links = new TracedLinks();
  #held = 0;
  #lines = 0;
  #unread = 0;

  readonly #start: string;

  constructor(start: string) {
    this.#start = start;
  }

  counts(): TraceCounts {
    return { lines: this.#lines, unread: this.#unread, open: this.#open.size };
  }

  line(text: string): readonly TraceEvent[] {
    this.#lines++;
    const line = readStraceLine(text);
    const isFirst = 'pid' in line && !this.#told.has(line.pid);
    if (isFirst) this.#told.add(line.pid);
    if ('pid' in line) this.#open.add(line.pid);
    switch (line.kind) {
      case 'call':
        return this.#called(line.pid, line.call);
      case 'begun':
        this.#begun.set(line.pid, line.text);
        return [];
      case 'moved':
        // The other thread's own call is over with it.
        this.#begun.set(line.to, line.text);
        this.#begun.delete(line.pid);
        this.#open.delete(line.pid);
        return [];
      case 'resumed':
        // It began before the first line: that is how the sandbox itself was made.
        if (isFirst) return [];
        return this.#resumed(line.pid, line.name, line.rest, line.isOpen);
      case 'ended':
        return this.#ended(line.pid);
      case 'other':
        return [];
      case 'unread':
        return this.#cannotRead();
    }
  }

  end(): readonly TraceEvent[] {
    // A call that began and did not end was tried: nobody knows what came of it.
    const begun = Array.from(this.#begun, ([pid, text]) => this.#cut(pid, text)).flat();
    this.#begun.clear();
    const waiting = Array.from(this.#waiting.keys(), (pid) => this.#release(pid)).flat();
    return [...begun, ...waiting];
  }

  #cannotRead(): readonly TraceEvent[] {
    this.#unread++;
    return [];
  }

  #resumed(pid: number, name: string, rest: string, isOpen: boolean): readonly TraceEvent[] {
    const begun = this.#begun.get(pid);
    if (begun === undefined || !begun.startsWith(`${name}(`)) return this.#cannotRead();
    const text = begun + rest;
    if (isOpen && text.length <= LIMITS.traceLineCharacters) {
      this.#begun.set(pid, text);
      return [];
    }
    this.#begun.delete(pid);
    const call = readCall(text);
    return call === undefined ? this.#cannotRead() : this.#called(pid, call);
  }

  #ended(pid: number): readonly TraceEvent[] {
    const begun = this.#begun.get(pid);
    this.#begun.delete(pid);
    this.#open.delete(pid);
    const last = begun === undefined ? [] : this.#cut(pid, begun);
    // Its number may become that of another process.
    this.#standing.delete(pid);
    return last;
  }

  #cut(pid: number, text: string): readonly TraceEvent[] {
    const call = readCall(`${text.trimEnd()}) = ?`);
    return call === undefined ? this.#cannotRead() : this.#called(pid, call);
  }

  #called(pid: number, call: SystemCall): readonly TraceEvent[] {
    // The first one is who starts the command.
    if (this.#lines === 1) this.#standing.set(pid, { cwd: this.#start });
    const waiting = this.#waiting.get(pid);
    if (this.#standing.has(pid) && waiting === undefined) return this.#place(pid, call);
    if (this.#held >= LIMITS.traceWaiting)
      return [...this.#release(pid), ...this.#place(pid, call)];
    this.#held++;
    if (waiting === undefined) this.#waiting.set(pid, [{ pid, call }]);
    else waiting.push({ pid, call });
    return [];
  }

  /** Reads what was held back of a process. */
  #release(pid: number): readonly TraceEvent[] {
    const waiting = this.#waiting.get(pid) ?? [];
    this.#waiting.delete(pid);
    this.#held -= waiting.length;
    return waiting.flatMap((one) => this.#place(one.pid, one.call));
  }

  #standingOf(pid: number): Standing {
    const known = this.#standing.get(pid);
    if (known !== undefined) return known;
    const made: Standing = { cwd: undefined };
    this.#standing.set(pid, made);
    return made;
  }

  #place(pid: number, call: SystemCall): readonly TraceEvent[] {
    const standing = this.#standingOf(pid);
    standing.cwd = statedCwd(call) ?? standing.cwd;
    if (MAKES_PROCESS.test(call.name)) return this.#makes(pid, standing, call);
    if (call.name === 'chdir' || call.name === 'fchdir') return this.#moves(standing, call);
    const meaning = callMeaning(pid, call, standing.cwd, this.#links);
    return meaning ?? this.#cannotRead();
  }

  #makes(
    pid: number,
    standing: Standing,
    { name, args, result }: SystemCall,
  ): readonly TraceEvent[] {
    const { child, error } = result;
    if (child === undefined) return error === undefined ? this.#cannotRead() : [];
    const isThread = args.some((arg) => /\bCLONE_FS\b/.test(arg));
    this.#standing.set(child, isThread ? standing : { ...standing });
    const isUntraced = args.some((arg) => /\bCLONE_UNTRACED\b/.test(arg));
    const blind = isUntraced ? [{ kind: 'blind' as const, pid, call: name }] : [];
    return [...blind, ...this.#release(child)];
  }

  #moves(
    standing: Standing,
    { name, args: [first = ''], result }: SystemCall,
  ): readonly TraceEvent[] {
    if (result.error !== undefined) return [];
    const path = name === 'fchdir' ? readDescriptor(first)?.path : quotedText(first)?.text;
    const isPlaced = path !== undefined && (path.startsWith('/') || standing.cwd !== undefined);
    standing.cwd = isPlaced
      ? this.#links.followed(path.startsWith('/') ? path : `${standing.cwd ?? ''}/${path}`, true)
      : undefined;
    return isPlaced ? [] : this.#cannotRead();
  }
}

/**
 * Begins to read a trace.
 * @param cwd the working directory of the first process
 */
export function straceReader(cwd: string): TraceReader {
  const reader = new StraceReader(cwd);
  return {
    line: (text) => reader.line(text),
    end: () => reader.end(),
    counts: () => reader.counts(),
  };
}
