import { malformed } from '../base/errors.ts';
import { onDisk, shownPath } from '../host/files.ts';
import { readAt } from '../host/read-at.ts';
import type { Host } from '../host/host.ts';

const PAGE_BYTES = 65_536;
const MOST_PAGES = 512;
const MOST_FILES = 64;

/** A file of 2^53 bytes has fewer. */
const MOST_PAGES_OF_A_FILE = 2 ** 37;

interface OpenFile {
  readonly fd: number;
  readonly size: number;
}

/** The entry least recently used: a Map iterates in the order of insertion. */
function evict<K, V>(map: Map<K, V>): V | undefined {
  const oldest = map.keys().next();
  if (oldest.done === true) return undefined;
  const value = map.get(oldest.value);
  map.delete(oldest.value);
  return value;
}

/**
 * Reads parts of large files that never change once they are named, with a bounded number of them open and of pages in
 * memory. Close it when done.
 */
export class PagedFiles {
  readonly #host: Host;
  readonly #open = new Map<string, OpenFile>();
  /** Pages that were used since it was last empty; those used before that are in `earlier` until the next time. */
  #pages = new Map<number, Uint8Array>();
  #earlier = new Map<number, Uint8Array>();
  /** Files by numbers, of which none is given twice: pages of a file that was forgotten are not found again. */
  readonly #numbers = new Map<string, number>();
  #lastNumber = 0;
  #last: { readonly path: string; readonly number: number } | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  #file(path: string): OpenFile {
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      return known;
    }
    const { fs } = this.#host;
    const opened = onDisk(`Cannot open ${shownPath(path)}`, () => {
      // Looked at first: opening a pipe would wait for ever.
      this.sizeUnopened(path);
      const fd = fs.openSync(path, 'r');
      return { fd, size: fs.fstatSync(fd).size };
    });
    if (this.#open.size >= MOST_FILES) {
      const oldest = evict(this.#open);
      if (oldest !== undefined) fs.closeSync(oldest.fd);
    }
    this.#open.set(path, opened);
    return opened;
  }

  #numberOf(path: string): number {
    if (this.#last?.path === path) return this.#last.number;
    const number = this.#numbers.get(path) ?? ++this.#lastNumber;
    this.#numbers.set(path, number);
    this.#last = { path, number };
    return number;
  }

  #page(path: string, index: number): Uint8Array {
    const key = this.#numberOf(path) * MOST_PAGES_OF_A_FILE + index;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    const { fd, size } = this.#file(path);
    const start = index * PAGE_BYTES;
    const length = Math.max(0, Math.min(PAGE_BYTES, size - start));
    const page =
      this.#earlier.get(key) ??
      onDisk(`Cannot read ${shownPath(path)}`, () => readAt(this.#host.fs, fd, start, length));
    if (this.#pages.size >= MOST_PAGES / 2) {
      this.#earlier = this.#pages;
      this.#pages = new Map();
    }
    this.#pages.set(key, page);
    return page;
  }

  /**
   * Bytes in the file, which is not opened for that.
   * @throws GitkelError `malformed` when it is no regular file; `environment`, reason `enoent`, when there is none.
   */
  sizeUnopened(path: string): number {
    const stats = onDisk(`Cannot open ${shownPath(path)}`, () => this.#host.fs.statSync(path));
    if (stats.isFile()) return stats.size;
    throw malformed('not-a-file', `Cannot open ${shownPath(path)}: it is not a regular file`);
  }

  /** Bytes in the file. */
  size(path: string): number {
    return this.#file(path).size;
  }

  /** Up to `length` bytes at `offset`; fewer when the file ends before. Callers bound `length`, and change no byte. */
  read(path: string, offset: number, length: number): Uint8Array {
    const first = Math.floor(offset / PAGE_BYTES);
    const last = Math.floor((offset + Math.max(length, 1) - 1) / PAGE_BYTES);
    const start = offset - first * PAGE_BYTES;
    if (first === last) return this.#page(path, first).subarray(start, start + length);
    const { size } = this.#file(path);
    const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
    let filled = 0;
    for (let index = first; index <= last && filled < bytes.length; index++) {
      const page = this.#page(path, index);
      const from = index === first ? start : 0;
      const part = page.subarray(from, from + bytes.length - filled);
      if (part.length === 0) break;
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes.subarray(0, filled);
  }

  /** Forgets a file, since it is gone or may have been replaced. */
  forget(path: string): void {
    const opened = this.#open.get(path);
    if (opened !== undefined) this.#host.fs.closeSync(opened.fd);
    this.#open.delete(path);
    this.#numbers.delete(path);
    this.#last = undefined;
  }

  /** Closes all files. The next read opens them again. */
  close(): void {
    for (const { fd } of this.#open.values()) this.#host.fs.closeSync(fd);
    this.#open.clear();
    this.#numbers.clear();
    this.#last = undefined;
    this.#pages.clear();
    this.#earlier.clear();
  }
}
