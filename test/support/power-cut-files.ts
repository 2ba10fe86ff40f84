import { Volume } from 'memfs';
import type { FileStats, FileSystem } from '../../src/host/host.ts';

/** The power is gone: nothing has an effect any more. */
export class PowerCut extends Error {}

/** What a power cut leaves of names that were changed: all of them, or only those whose directory was synced since. */
export type Names = 'kept' | 'lost';

interface Entry {
  readonly inode: number;
  readonly isDirectory: boolean;
}

const CHANGING = new Set([
  'writeSync',
  'fsyncSync',
  'mkdirSync',
  'rmdirSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'utimesSync',
  'chmodSync',
]);

function inodeOf(stats: FileStats): number {
  if (!('ino' in stats) || typeof stats.ino !== 'number') throw new Error('a file has a number');
  return stats.ino;
}

/** A disk in memory that holds back what was not synced, until it is, or until the power is cut. */
export class PowerCutFiles {
  readonly fs: FileSystem;
  /** Calls so far that change something. */
  calls = 0;
  readonly #volume: Volume;
  readonly #last: number;
  readonly #content = new Map<number, Uint8Array>();
  readonly #names = new Map<number, ReadonlyMap<string, Entry>>();

  /**
   * @param volume what is on the disk, synced
   * @param last how many calls that change something are done before the power is cut
   */
  constructor(volume: Volume, last = Number.POSITIVE_INFINITY) {
    this.#volume = volume;
    this.#last = last;
    this.#settle('/');
    this.fs = new Proxy(volume as unknown as FileSystem, {
      get: (target, name): unknown => {
        const call: unknown = Reflect.get(target, name);
        if (typeof call !== 'function' || typeof name !== 'string') return call;
        return (...args: readonly unknown[]): unknown => {
          if (CHANGING.has(name) || (name === 'openSync' && args[1] !== 'r')) this.#count();
          if (name === 'fsyncSync' && typeof args[0] === 'number') return this.#sync(args[0]);
          return Reflect.apply(call, target, args);
        };
      },
    });
  }

  #count(): void {
    if (this.calls >= this.#last) throw new PowerCut();
    this.calls++;
  }

  #entries(path: string): ReadonlyMap<string, Entry> {
    const names = this.#volume.readdirSync(path).map(String);
    return new Map(
      names.map((name) => {
        const stats = this.#volume.lstatSync(`${path}/${name}`);
        return [name, { inode: inodeOf(stats), isDirectory: stats.isDirectory() }];
      }),
    );
  }

  #settle(path: string): void {
    const stats = this.#volume.lstatSync(path);
    if (!stats.isDirectory()) {
      this.#content.set(inodeOf(stats), new Uint8Array(this.#volume.readFileSync(path) as Buffer));
      return;
    }
    const entries = this.#entries(path);
    this.#names.set(inodeOf(stats), entries);
    for (const name of entries.keys()) this.#settle(`${path}/${name}`);
  }

  #sync(fd: number): void {
    const stats = this.#volume.fstatSync(fd);
    const inode = inodeOf(stats);
    if (stats.isDirectory()) {
      const path = this.#pathOf('/', inode);
      if (path !== undefined) this.#names.set(inode, this.#entries(path));
      return;
    }
    const bytes = Buffer.alloc(stats.size);
    this.#volume.readSync(fd, bytes, 0, bytes.length, 0);
    this.#content.set(inode, bytes);
  }

  #pathOf(path: string, inode: number): string | undefined {
    if (inodeOf(this.#volume.lstatSync(path)) === inode) return path;
    for (const [name, entry] of this.#entries(path)) {
      const found = entry.isDirectory ? this.#pathOf(`${path}/${name}`, inode) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The disk as it is found when the power is back. */
  afterPowerCut(names: Names): Volume {
    const found = new Volume();
    const first = new Map<number, string>();
    const put = (path: string, { inode, isDirectory }: Entry, live: string | undefined): void => {
      if (!isDirectory) {
        const other = first.get(inode);
        if (other === undefined)
          found.writeFileSync(path, Buffer.from(this.#content.get(inode) ?? []));
        else found.linkSync(other, path);
        first.set(inode, other ?? path);
        return;
      }
      found.mkdirSync(path, { recursive: true });
      const entries =
        names === 'kept' && live !== undefined ? this.#entries(live) : this.#names.get(inode);
      for (const [name, entry] of entries ?? [])
        put(`${path}/${name}`, entry, live === undefined ? undefined : `${live}/${name}`);
    };
    const root = { inode: inodeOf(this.#volume.lstatSync('/')), isDirectory: true };
    put('/', root, names === 'kept' ? '/' : undefined);
    return found;
  }
}
