/**
 * Append-only files of lines. A line counts once its line feed is on the disk: what stands after the last line feed is
 * the rest of an append that never ended, and no one was told that it had.
 * @module
 */
import { concat } from '../base/bytes.ts';
import { quoted } from '../base/errors.ts';
import {
  fsyncDirectory,
  onDisk,
  readFileBounded,
  statOf,
  writeAll,
  writeFileDurably,
} from '../host/files.ts';
import { readAt } from '../host/read-at.ts';
import type { Host } from '../host/host.ts';

const LINE_FEED = 0x0a;

export interface Lines {
  /** Each complete line, without its line feed. */
  readonly lines: readonly Uint8Array[];
  /** Bytes of the complete lines with their line feeds. */
  readonly whole: number;
  /** Whether an append was cut off after them. */
  readonly torn: boolean;
}

/** The lines of a file; none when there is no such file. */
export function readLines(host: Host, path: string, limit: number): Lines {
  return splitLines(readFileBounded(host, path, limit) ?? new Uint8Array(0));
}

function splitLines(bytes: Uint8Array): Lines {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return { lines, whole: start, torn: start < bytes.length };
}

/**
 * The last complete line of a file whose lines have at most `lineLimit` bytes, read from its end; `undefined` when
 * there is none. `torn` as in `Lines`.
 */
export function readLastLine(
  host: Host,
  path: string,
  lineLimit: number,
): { readonly line: Uint8Array | undefined; readonly torn: boolean } {
  const tail = readTail(host, path, 2 * (lineLimit + 1));
  const end = tail.lastIndexOf(LINE_FEED);
  if (end < 0) return { line: undefined, torn: tail.length > 0 };
  const start = end === 0 ? 0 : tail.lastIndexOf(LINE_FEED, end - 1) + 1;
  return { line: tail.slice(start, end), torn: end + 1 < tail.length };
}

function readTail(host: Host, path: string, length: number): Uint8Array {
  if (statOf(host, path) === undefined) return new Uint8Array(0);
  return onDisk(`Cannot read ${quoted(path)}`, () => {
    const fd = host.fs.openSync(path, 'r');
    try {
      const { size } = host.fs.fstatSync(fd);
      const start = Math.max(0, size - length);
      return readAt(host.fs, fd, start, size - start);
    } finally {
      host.fs.closeSync(fd);
    }
  });
}

/**
 * Appends lines; they are on the disk when this returns. The caller holds the lock of the file and has cut off a torn
 * end.
 * @param lines without their line feeds, and holding none
 */
export function appendLines(host: Host, path: string, lines: readonly Uint8Array[]): void {
  if (lines.length === 0) return;
  if (lines.some((line) => line.includes(LINE_FEED))) throw new Error('a line holds a line feed');
  const fresh = statOf(host, path) === undefined;
  onDisk(`Cannot append to ${quoted(path)}`, () => {
    const fd = host.fs.openSync(path, 'a', 0o600);
    try {
      writeAll(host.fs, fd, concat(...lines.flatMap((line) => [line, Uint8Array.of(LINE_FEED)])));
      host.fs.fsyncSync(fd);
    } finally {
      host.fs.closeSync(fd);
    }
  });
  if (fresh) fsyncDirectory(host, path.slice(0, path.lastIndexOf('/')));
}

/** Cuts off the end of a file that an unfinished append left behind. */
export function dropTornEnd(host: Host, path: string, limit: number): void {
  const bytes = readFileBounded(host, path, limit);
  if (bytes === undefined) return;
  const { whole, torn } = splitLines(bytes);
  if (torn) writeFileDurably(host, path, bytes.subarray(0, whole), 0o600);
}
