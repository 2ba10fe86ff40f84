/**
 * Where objects lie that came from elsewhere until they were verified: a directory of the repository's objects that
 * nothing reads but who made it, and that `git prune` sweeps, too.
 * @module
 */
import { join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import {
  discard,
  fsyncDirectory,
  makeDirectory,
  namesIn,
  onDisk,
  shownPath,
  statOf,
} from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { isGone, ownMark } from '../host/owner-mark.ts';
import { ObjectStore, type ReadableObjects } from './objects.ts';
import { PackKeeps } from './pack-keep.ts';
import type { Repository } from './repository.ts';

const NAME = /^tmp_objdir-gitkel-(.+)-[0-9a-f]{16}$/;
/** Levels of directories that stock git makes in one. */
const DEPTH = 8;

/** Objects that are not part of a repository yet. Remove it when done. */
export interface Quarantine {
  /** The directory of its objects. */
  readonly dir: string;
  /** Holds what is in it; writes there. */
  readonly store: ObjectStore;
  /**
   * Makes its packs part of the repository, durably. Git does not repack them away until the function that is returned is
   * called: then a ref should reach them.
   */
  readonly accept: () => () => void;
  /** Removes it with all that is left in it. */
  readonly remove: () => void;
}

function removeTree(host: Host, path: string, depth = 0): void {
  for (const name of depth > DEPTH ? [] : namesIn(host, path)) {
    const inside = join(path, name);
    if (statOf(host, inside)?.isDirectory() === true) removeTree(host, inside, depth + 1);
    else discard(host, inside);
  }
  try {
    host.fs.rmdirSync(path);
  } catch {
    // Somebody else put something there, or removed it: it is swept another time.
  }
}

/** Removes what processes left that are dead. */
function sweep(host: Host, objects: string): void {
  for (const name of namesIn(host, objects)) {
    const owner = NAME.exec(name)?.[1];
    if (owner !== undefined && isGone(host, objects, owner)) removeTree(host, join(objects, name));
  }
}

/** Moves packs from one directory to another of the same file system: each pack before the index that makes it visible. */
function movePacks(host: Host, from: string, to: string, keeps: PackKeeps): void {
  for (const index of namesIn(host, from).filter((name) => name.endsWith('.idx'))) {
    const pack = `${index.slice(0, -'.idx'.length)}.pack`;
    keeps.keep(join(to, pack));
    onDisk(
      () => `Cannot take over ${shownPath(join(from, pack))}`,
      () => {
        host.fs.renameSync(join(from, pack), join(to, pack));
        host.fs.renameSync(join(from, index), join(to, index));
      },
    );
  }
  fsyncDirectory(host, to);
}

/**
 * Makes an empty quarantine in a repository.
 * @throws GitkelError `environment`.
 */
export function makeQuarantine(host: Host, repository: Pick<Repository, 'commonDir'>): Quarantine {
  const objects = join(repository.commonDir, 'objects');
  sweep(host, objects);
  const mark = ownMark(host, objects);
  const dir = join(objects, `tmp_objdir-gitkel-${mark}-${toHex(host.random(8))}`);
  const packs = join(dir, 'pack');
  makeDirectory(host, packs);
  const store = new ObjectStore(host, repository, dir);
  return {
    dir,
    store,
    accept: () => {
      store.close();
      const into = join(objects, 'pack');
      const keeps = new PackKeeps(host, into);
      movePacks(host, packs, into, keeps);
      return () => keeps.close();
    },
    remove: () => {
      store.close();
      removeTree(host, dir);
    },
  };
}

/** Reads from the first of several stores that holds an object. */
export function layered(...stores: readonly ReadableObjects[]): ReadableObjects {
  return {
    read: (oid, limit) => {
      for (const store of stores) {
        const object = store.read(oid, limit);
        if (object !== undefined) return object;
      }
      return undefined;
    },
  };
}
