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
}

/** Who holds a lock, and whether a holder still lives: by boot, process id and start time. */
export interface Processes {
  /** This process's name: letters, digits, `.` and `-` only. */
  readonly self: string;
  /** True only when it is certain that the process of that name no longer runs. */
  isDead(name: string): boolean;
}

/** What the surroundings give. Nothing below the edge reads a clock, randomness, the disk or the environment itself. */
export interface Host {
  readonly fs: FileSystem;
  readonly crypto: Crypto;
  readonly processes: Processes;
  /** Seconds since 1970-01-01T00:00:00Z, whole. */
  now(): number;
  /** Fresh unpredictable bytes. */
  random(length: number): Uint8Array;
  /** Waits without using the processor; milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}
