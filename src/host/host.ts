import type { Crypto } from '../crypto/crypto.ts';

export interface FileStats {
  readonly size: number;
  readonly mode: number;
  readonly nlink: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/**
 * The part of synchronous `node:fs` that gitkel uses; `node:fs` and memfs both satisfy it. Synchronous, so that the
 * write path of a commit is one sequence of numbered calls in which each can be made to fail.
 */
export interface FileSystem {
  openSync(path: string, flags: string, mode?: number): number;
  closeSync(fd: number): void;
  readSync(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): number;
  writeSync(fd: number, buffer: Uint8Array, offset?: number, length?: number): number;
  fsyncSync(fd: number): void;
  fstatSync(fd: number): FileStats;
  statSync(path: string): FileStats;
  lstatSync(path: string): FileStats;
  readdirSync(path: string): string[];
  readlinkSync(path: string): string;
  mkdirSync(path: string, options: { recursive?: boolean; mode?: number }): string | undefined;
  rmdirSync(path: string): void;
  renameSync(from: string, to: string): void;
  linkSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  utimesSync(path: string, atime: number, mtime: number): void;
  chmodSync(path: string, mode: number): void;
  /** What kind of file system a path is on (statfs(2)); absent where that cannot be told. */
  statfsSync?(path: string): { readonly type: number };
}

/** Who holds a lock, and whether a holder still lives: by boot, process id and start time. */
export interface Processes {
  /** This process's name: letters, digits, `.` and `-` only. */
  readonly self: string;
  /** True only when it is certain that the process of that name no longer runs. */
  isDead(name: string): boolean;
  /** True only when the name is that of a process of a system that was started at another time, here or elsewhere. */
  isOfOtherBoot?(name: string): boolean;
}

/** One run of another program. */
export interface ProgramCall {
  /** A path, or a name to be looked up on the PATH; never a line for a shell. */
  readonly program: string;
  readonly args: readonly string[];
  /** Given to its standard input, which is closed then. */
  readonly input: Uint8Array;
  /** The directory that it runs in. */
  readonly directory: string;
  /** After this time, in milliseconds, it is killed. */
  readonly timeLimit: number;
  /** Bytes that it may print. */
  readonly outputLimit: number;
}

export type ProgramOutcome =
  | { readonly outcome: 'ended'; readonly exitCode: number; readonly output: Uint8Array }
  | { readonly outcome: 'killed'; readonly signal: string }
  | { readonly outcome: 'not-started'; readonly detail: string }
  | { readonly outcome: 'too-slow' }
  | { readonly outcome: 'too-much' };

/** One question to a program that listens on a local socket. */
export interface SocketCall {
  readonly path: string;
  readonly request: Uint8Array;
  /** Milliseconds from the first step to the whole answer. */
  readonly timeLimit: number;
  /** Bytes that the answer may have. */
  readonly answerLimit: number;
}

export type SocketOutcome =
  | { readonly outcome: 'answered'; readonly answer: Uint8Array }
  | { readonly outcome: 'not-connected'; readonly detail: string }
  | { readonly outcome: 'closed' }
  | { readonly outcome: 'too-slow' }
  | { readonly outcome: 'too-much' };

/** Other programs of this machine, for keys that live in them. */
export interface Programs {
  /** Path of the socket on which the user's ssh-agent listens, if there is one. */
  readonly agentSocket: string | undefined;
  /** Runs a program to its end, without a shell and without the passphrase in its environment. */
  run(call: ProgramCall): Promise<ProgramOutcome>;
  /** Sends one message and gives the one that answers it; each has its length before it, in four bytes, most significant first. */
  ask(call: SocketCall): Promise<SocketOutcome>;
}

/** What the surroundings give. Nothing below the edge reads a clock, randomness, the disk or the environment itself. */
export interface Host {
  readonly fs: FileSystem;
  /** False where nothing waits for the disk, and directories need not be opened for that. */
  readonly isSynced?: false;
  readonly crypto: Crypto;
  readonly processes: Processes;
  /** Absent where there are none: in memory, in a browser. */
  readonly programs?: Programs;
  /** Seconds since 1970-01-01T00:00:00Z, whole. */
  now(): number;
  /** Fresh unpredictable bytes. */
  random(length: number): Uint8Array;
  /** Waits without using the processor; milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}
