import type { FileStats, FileSystem } from './host.ts';

function systemError(errno: string, path: string): Error {
  return Object.assign(new Error(`${errno}: ${path}`), { code: errno });
}

function statsOf(size: number, kind: 'file' | 'directory'): FileStats {
  return {
    size,
    mode: kind === 'file' ? 0o100644 : 0o40755,
    nlink: 1,
    mtimeMs: 0,
    isFile: () => kind === 'file',
    isDirectory: () => kind === 'directory',
    isSymbolicLink: () => false,
  };
}

/** Files in memory, for reading only: absolute POSIX paths without `.`, `..` and empty parts, and their bytes. */
class MemoryFiles {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  /** The names in each directory. */
  readonly #names = new Map<string, Set<string>>([['/', new Set()]]);
  readonly #open = new Map<number, Uint8Array>();
  #lastOpened = 0;

  constructor(files: ReadonlyMap<string, Uint8Array>, directories: ReadonlySet<string>) {
    this.#files = files;
    for (const path of files.keys()) this.#enter(path);
    for (const path of directories) {
      this.#enter(path);
      if (!this.#names.has(path)) this.#names.set(path, new Set());
    }
  }

  #enter(path: string): void {
    for (let at = path; at !== '/';) {
      const slash = at.lastIndexOf('/');
      const parent = slash <= 0 ? '/' : at.slice(0, slash);
      const names = this.#names.get(parent);
      if (names !== undefined) {
        names.add(at.slice(slash + 1));
        return;
      }
      this.#names.set(parent, new Set([at.slice(slash + 1)]));
      at = parent;
    }
  }

  stat(path: string): FileStats {
    const file = this.#files.get(path);
    if (file !== undefined) return statsOf(file.length, 'file');
    if (this.#names.has(path)) return statsOf(0, 'directory');
    throw systemError('ENOENT', path);
  }

  names(path: string): string[] {
    const names = this.#names.get(path);
    if (names === undefined) throw systemError(this.#files.has(path) ? 'ENOTDIR' : 'ENOENT', path);
    return [...names];
  }

  open(path: string, flags: string): number {
    if (flags !== 'r') throw systemError('EROFS', path);
    const file = this.#files.get(path);
    if (file === undefined) throw systemError(this.#names.has(path) ? 'EISDIR' : 'ENOENT', path);
    this.#open.set(++this.#lastOpened, file);
    return this.#lastOpened;
  }

  opened(fd: number): Uint8Array {
    const file = this.#open.get(fd);
    if (file === undefined) throw systemError('EBADF', String(fd));
    return file;
  }

  close(fd: number): void {
    this.#open.delete(fd);
  }
}

function refused(path: string): never {
  throw systemError('EROFS', path);
}

/**
 * A file system that holds these files and nothing else; whatever would write is refused with `EROFS`.
 * @param files by absolute POSIX paths without `.`, `..` and empty parts; @param directories that may be empty
 */
export function memoryFiles(
  files: ReadonlyMap<string, Uint8Array>,
  directories: ReadonlySet<string> = new Set(),
): FileSystem {
  const held = new MemoryFiles(files, directories);
  return {
    openSync: (path, flags) => held.open(path, flags),
    closeSync: (fd) => held.close(fd),
    readSync: (fd, buffer, offset, length, position) => {
      const part = held.opened(fd).subarray(position ?? 0, (position ?? 0) + length);
      buffer.set(part, offset);
      return part.length;
    },
    fstatSync: (fd) => statsOf(held.opened(fd).length, 'file'),
    statSync: (path) => held.stat(path),
    lstatSync: (path) => held.stat(path),
    readdirSync: (path) => held.names(path),
    readlinkSync: (path) => {
      throw systemError('EINVAL', path);
    },
    writeSync: () => refused('a file that is open'),
    fsyncSync: () => {},
    mkdirSync: refused,
    rmdirSync: refused,
    renameSync: refused,
    linkSync: refused,
    unlinkSync: refused,
    utimesSync: refused,
    chmodSync: refused,
  };
}
