/**
 * The file of a {@link PageTree}: pages are only ever appended, by one process at a time, without waiting for the disk.
 * @module
 */
import { concat } from '../base/bytes.ts';
import { onDisk, shownPath, writeAll } from '../host/files.ts';
import { readAt } from '../host/read-at.ts';
import type { Host } from '../host/host.ts';
import type { AppendPage, ReadPage } from './page-tree.ts';

const BUFFERED_BYTES = 1_048_576;

/** One file of pages, opened to be read. */
export class PageFile {
  readonly #host: Host;
  readonly #fd: number;
  readonly path: string;

  constructor(host: Host, path: string) {
    this.#host = host;
    this.path = path;
    this.#fd = onDisk(`Cannot open ${shownPath(path)}`, () => host.fs.openSync(path, 'r'));
  }

  readonly read: ReadPage = (offset, length) =>
    onDisk(`Cannot read ${shownPath(this.path)}`, () =>
      readAt(this.#host.fs, this.#fd, offset, length),
    );

  get size(): number {
    return this.#host.fs.fstatSync(this.#fd).size;
  }

  close(): void {
    this.#host.fs.closeSync(this.#fd);
  }
}

/** Runs `work` with a way to append pages to a file; they are there when it returned. */
export function appending<T>(host: Host, path: string, work: (append: AppendPage) => T): T {
  const { fs } = host;
  return onDisk(`Cannot write ${shownPath(path)}`, () => {
    const fd = fs.openSync(path, 'a', 0o600);
    try {
      let end = fs.fstatSync(fd).size;
      let waiting: Uint8Array[] = [];
      let bytes = 0;
      const flush = (): void => {
        writeAll(fs, fd, concat(...waiting));
        waiting = [];
        bytes = 0;
      };
      const done = work((page) => {
        const offset = end;
        waiting.push(page);
        end += page.length;
        bytes += page.length;
        if (bytes >= BUFFERED_BYTES) flush();
        return offset;
      });
      flush();
      return done;
    } finally {
      fs.closeSync(fd);
    }
  });
}
