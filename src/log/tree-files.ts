import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { RecentlyUsed } from '../base/recently-used.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { decodeTree, findEntry, type TreeEntry } from '../git/tree.ts';

/** Bytes of trees that are kept, at most twice as many. */
const CACHED_BYTES = 8_388_608;
/** Directories whose trees are known by their paths, at most twice as many. */
const KNOWN_DIRECTORIES = 8_192;

/** The bytes of a stored file. */
export interface StoredFile {
  readonly bytes: Uint8Array;
  /** The id of the blob, which they were hashed to when they were read. */
  readonly oid: string;
}

/**
 * Finds files by path in stored trees. A stored tree proves nothing: what is found is checked against the batch
 * records, and every tree id is computed again from them.
 */
export class TreeFiles {
  readonly #store: ReadableObjects;
  readonly #trees = new RecentlyUsed<Uint8Array>(CACHED_BYTES);
  /** Trees of directories below the tree that was searched last. */
  readonly #directories = new RecentlyUsed<string>(KNOWN_DIRECTORIES);
  #root = '';

  constructor(store: ReadableObjects) {
    this.#store = store;
  }

  /** A tree object that can be read; `undefined` when it is not there. */
  #tree(oid: string): Uint8Array | undefined {
    const cached = this.#trees.get(oid);
    if (cached !== undefined) return cached;
    const object = this.#store.read(oid, LIMITS.treeBytes);
    if (object === undefined) return undefined;
    if (object.type !== 'tree') {
      throw new GitkelError('refused', `Cannot read the tree ${oid}: it is a ${object.type}`, {
        reason: 'object-type',
      });
    }
    decodeTree(object.bytes);
    this.#trees.add(oid, object.bytes, object.bytes.length);
    return object.bytes;
  }

  #entryIn(oid: string, name: string): TreeEntry | undefined {
    const tree = this.#tree(oid);
    return tree === undefined ? undefined : findEntry(tree, name);
  }

  /** The tree of a directory below the one that is searched; `undefined` for what is none. */
  #directory(path: string): string | undefined {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    let oid = this.#root;
    for (const name of path.split('/')) {
      const entry = this.#entryIn(oid, name);
      if (entry?.mode !== '40000') return undefined;
      ({ oid } = entry);
    }
    this.#directories.add(path, oid, 1);
    return oid;
  }

  /** The entry at a path below a tree, or `undefined` when there is none or a tree on the way is missing. */
  entry(tree: string, path: string): TreeEntry | undefined {
    if (this.#root !== tree) this.#directories.clear();
    this.#root = tree;
    const slash = path.lastIndexOf('/');
    const within = slash < 0 ? tree : this.#directory(path.slice(0, slash));
    return within === undefined ? undefined : this.#entryIn(within, path.slice(slash + 1));
  }

  /** The names in a directory, in Git's order; none when it is not there. */
  names(tree: string, path: string): readonly string[] {
    const entry = this.entry(tree, path);
    if (entry?.mode !== '40000') return [];
    const directory = this.#tree(entry.oid);
    return directory === undefined ? [] : decodeTree(directory).map(({ name }) => name);
  }

  /**
   * A regular file, or `undefined`.
   * @throws GitkelError `refused` for a stored object that is damaged or of another type.
   */
  find(tree: string, path: string, limit: number): StoredFile | undefined {
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
    return { bytes: object.bytes, oid: entry.oid };
  }

  /** The bytes of the file that {@link find} finds. */
  read(tree: string, path: string, limit: number): Uint8Array | undefined {
    return this.find(tree, path, limit)?.bytes;
  }
}
