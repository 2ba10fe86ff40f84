/**
 * Writes the log of a run while it runs.
 * @module
 */
import { concat } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { digestText } from '../cesr/digest.ts';
import { fsyncDirectory, makeDirectory, onDisk, shownPath, writeAll } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { runFolder, runLogPath } from '../keys/home-layout.ts';
import type { RunEvent } from '../sandbox/run-event.ts';
import { harmlessEvent, type Redaction } from './redaction.ts';
import { lineBytes } from './run-line.ts';
import { type CountedKind, countedAs, type RunEntry, type StartEntry } from './run-log.ts';

/** Bytes after which no more is written of events of which there are never many. */
const SMALL_SHARE = 65_536;
/** The same of those that have a share of their own beside that of their kind. */
const TELLING_SHARE = 1_048_576;

/**
 * What somebody who looks for a wrong looks for first: connections that were refused, tried past the proxy or made with a secret,
 * and what was moved aside. It has a share of its own, so that no flood of what is allowed hides it.
 */
function isTelling(event: RunEvent): boolean {
  if (event.kind === 'file') return event.source === 'workspace';
  if (event.kind !== 'net') return false;
  return event.source === 'trace' || event.refused !== undefined || event.secret === true;
}

/** How a log is written. */
export interface WriterOptions {
  /** Milliseconds by a clock that never goes back. */
  readonly clock: () => number;
  readonly redaction: Redaction;
  /** Bytes after which no more is written of one kind of event; as `LIMITS` has it unless told. */
  readonly share?: number;
  /** Told once, when a line could not be written: what runs on is not recorded. */
  readonly failed: (error: unknown) => void;
}

/** What a log came to. */
export interface WrittenLog {
  readonly lines: number;
  readonly head: string;
}

const LINE_FEED = Uint8Array.of(0x0a);

/** The log of a run that goes on; each line is with the system when the call that writes it returns. */
export class RunWriter {
  readonly #host: Host;
  readonly #path: string;
  readonly #options: WriterOptions;
  readonly #fd: number;
  readonly #began: number;
  #lines = 0;
  #head = '';
  #time = 0;
  #isClosed = false;
  #trouble: { readonly error: unknown } | undefined;
  /** By the shares. */
  readonly #bytes = new Map<string, number>();
  readonly #full = new Set<string>();
  readonly #counts = new Map<CountedKind, number>();
  readonly #leftOut = new Map<CountedKind, number>();

  /**
   * Begins a log in a home; its first line is on the disk when this returns.
   * @throws GitkelError `environment` where the home cannot be written.
   */
  constructor(
    home: { readonly host: Host; readonly dir: string },
    start: StartEntry,
    options: WriterOptions,
  ) {
    const { host, dir } = home;
    const path = runLogPath(dir, start.run);
    makeDirectory(host, runFolder(dir, start.run), 0o700);
    this.#host = host;
    this.#path = path;
    this.#options = options;
    this.#fd = onDisk(`Cannot record the run in ${shownPath(path)}`, () =>
      host.fs.openSync(path, 'ax', 0o600),
    );
    this.#began = options.clock();
    this.#write(start);
    this.#sync();
    this.#require();
    fsyncDirectory(host, runFolder(dir, start.run));
  }

  #write(entry: RunEntry): number {
    if (this.#trouble !== undefined) return 0;
    // A clock that is asked again may say the same, but nothing earlier.
    this.#time = Math.max(this.#time, Math.round(this.#options.clock() - this.#began));
    const { crypto, fs } = this.#host;
    const line = { n: this.#lines, prev: this.#head, t: this.#time, entry };
    const bytes = lineBytes(crypto, line);
    this.#onDisk(() => writeAll(fs, this.#fd, concat(bytes, LINE_FEED)));
    this.#lines++;
    this.#head = digestText(crypto, bytes);
    return bytes.length + 1;
  }

  #onDisk(step: () => void): void {
    if (this.#trouble !== undefined) return;
    try {
      onDisk(`Cannot record the run in ${shownPath(this.#path)}`, step);
    } catch (error) {
      this.#trouble = { error };
      this.#options.failed(error);
    }
  }

  #sync(): void {
    this.#onDisk(() => this.#host.fs.fsyncSync(this.#fd));
  }

  /** @throws GitkelError what kept a line from being written. */
  #require(): void {
    if (this.#trouble === undefined) return;
    const { error } = this.#trouble;
    this.close();
    throw error instanceof Error ? error : new Error(String(error));
  }

  /** Writes down what happened. Does not throw: `failed` is told, and `end` throws. */
  event(event: RunEvent): void {
    const entry = harmlessEvent(event, this.#options.redaction);
    const kind = countedAs(entry);
    if (kind === undefined) {
      this.#write(entry);
      return;
    }
    const share = isTelling(entry) ? `${kind} telling` : kind;
    if (this.#full.has(share)) {
      this.#leftOut.set(kind, (this.#leftOut.get(kind) ?? 0) + 1);
      return;
    }
    const taken = (this.#bytes.get(share) ?? 0) + this.#write(entry);
    this.#bytes.set(share, taken);
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (taken < this.#shareOf(share)) return;
    this.#full.add(share);
    this.#write({ kind: 'log-full', of: kind, counts: Object.fromEntries(this.#counts) });
  }

  #shareOf(name: string): number {
    const { share = LIMITS.runLogShareBytes } = this.#options;
    if (name.endsWith(' telling')) return Math.min(share, TELLING_SHARE);
    return ['limit', 'output-truncated', 'blind'].includes(name) ? SMALL_SHARE : share;
  }

  /** Nothing of the command was run. */
  notStarted(error: unknown): void {
    const reason = error instanceof GitkelError ? (error.reason ?? error.code) : 'trouble';
    this.#write({ kind: 'exit', end: { why: 'not-started', reason } });
  }

  /**
   * Writes the last line; the log is on the disk, and whole, when this returns.
   * @param unread lines of the trace that could not be read
   * @throws GitkelError `environment` where a line could not be written: the log stays unfinished.
   */
  end(unread = 0): WrittenLog {
    const counts = Object.fromEntries(this.#counts);
    const leftOut = Object.fromEntries([...this.#leftOut].filter(([, count]) => count > 0));
    this.#sync();
    this.#write({ kind: 'end', counts, leftOut, unread });
    this.#sync();
    this.#require();
    this.close();
    return { lines: this.#lines, head: this.#head };
  }

  /** Leaves the log as it is; without its last line it is unfinished. */
  close(): void {
    // Its number may be that of another file by now.
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#host.fs.closeSync(this.#fd);
    } catch {
      // What was written stands there.
    }
  }
}
