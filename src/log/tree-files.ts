import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { ObjectStore } from '../git/objects.ts';
import { decodeTree, type TreeEntry } from '../git/tree.ts';

const CACHED_TREES = 4_096;

/**
 * Finds files by path in stored trees. A stored tree proves nothing: what is found is checked against the batch
 * records, and every tree id is computed again from them.
 */
export class TreeFiles {
  readonly #store: ObjectStore;
  readonly #cache = new Map<string, ReadonlyMap<string, TreeEntry>>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  #entries(oid: string): ReadonlyMap<string, TreeEntry> | undefined {
    const cached = this.#cache.get(oid);
    if (cached !== undefined) return cached;
    const object = this.#store.read(oid, LIMITS.treeBytes);
    if (object === undefined) return undefined;
    if (object.type !== 'tree') {
      throw new GitkelError('refused', `Cannot read the tree ${oid}: it is a ${object.type}`, {
        reason: 'object-type',
      });
    }
    const entries = new Map(decodeTree(object.bytes).map((entry) => [entry.name, entry]));
    const oldest = this.#cache.keys().next();
    if (this.#cache.size >= CACHED_TREES && oldest.done !== true) this.#cache.delete(oldest.value);
    this.#cache.set(oid, entries);
    return entries;
  }

  /** The entry at a path below a tree, or `undefined` when there is none or a tree on the way is missing. */
  entry(tree: string, path: string): TreeEntry | undefined {
    const names = path.split('/');
    let oid = tree;
    for (const [index, name] of names.entries()) {
      const entry = this.#entries(oid)?.get(name);
      if (entry === undefined || index === names.length - 1) return entry;
      if (entry.mode !== '40000') return undefined;
      oid = entry.oid;
    }
    return undefined;
  }

  /** The names in a directory, in Git's order; none when it is not there. */
  names(tree: string, path: string): readonly string[] {
    const entry = this.entry(tree, path);
    if (entry?.mode !== '40000') return [];
    return [...(this.#entries(entry.oid)?.keys() ?? [])];
  }

  /**
   * The bytes of a regular file, or `undefined`.
   * @throws GitkelError `refused` for a stored object that is damaged or of another type.
   */
  read(tree: string, path: string, limit: number): Uint8Array | undefined {
    const entry = this.entry(tree, path);
    if (entry === undefined) return undefined;
    if (entry.mode !== '100644') {
      throw new GitkelError(
        'refused',
        `Cannot read ${quoted(path)}: its mode is ${entry.mode}, not 100644`,
        {
          reason: 'file-mode',
        },
      );
    }
    const object = this.#store.read(entry.oid, limit);
    if (object === undefined) return undefined;
    if (object.type !== 'blob') {
      throw new GitkelError(
        'refused',
        `Cannot read ${quoted(path)}: object ${entry.oid} is a ${object.type}`,
        {
          reason: 'object-type',
        },
      );
    }
    return object.bytes;
  }
}
