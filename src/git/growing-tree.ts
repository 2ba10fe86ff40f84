import { malformed, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type GitObject, objectId } from './object.ts';
import { encodeTree, type TreeEntry } from './tree.ts';

/** A directory whose entries are file ids or further directories. Never changed once made. */
interface Directory {
  readonly entries: ReadonlyMap<string, Directory | string>;
  /** The tree object, computed once and kept. */
  made: { readonly oid: string; readonly object: GitObject } | undefined;
}

/** The tree of an append-only log: adding a file gives a new tree that shares all that did not change. */
export type GrowingTree = Directory;

export const emptyTree: GrowingTree = { entries: new Map(), made: undefined };

function withEntry(directory: Directory, name: string, entry: Directory | string): Directory {
  return { entries: new Map(directory.entries).set(name, entry), made: undefined };
}

/**
 * The tree with one more file of mode 100644.
 * @throws GitkelError `malformed` when the path is taken, or a file stands where a directory is needed.
 */
export function withFile(tree: GrowingTree, path: string, oid: string): GrowingTree {
  const add = (directory: Directory, names: readonly string[]): Directory => {
    const [name = '', ...rest] = names;
    const present = directory.entries.get(name);
    if (rest.length === 0) {
      if (present !== undefined)
        throw malformed('path-taken', `Cannot add ${quoted(path)}: it is in the tree already`);
      return withEntry(directory, name, oid);
    }
    if (typeof present === 'string')
      throw malformed('path-taken', `Cannot add ${quoted(path)}: a file stands in its way`);
    return withEntry(directory, name, add(present ?? emptyTree, rest));
  };
  return add(tree, path.split('/'));
}

/** Git orders a directory as if its name ended in a slash. */
function gitOrder(a: TreeEntry, b: TreeEntry): number {
  const left = a.mode === '40000' ? `${a.name}/` : a.name;
  const right = b.mode === '40000' ? `${b.name}/` : b.name;
  return left < right ? -1 : 1;
}

function make(
  crypto: Crypto,
  directory: Directory,
): { readonly oid: string; readonly object: GitObject } {
  if (directory.made !== undefined) return directory.made;
  const entries = [...directory.entries].map(([name, entry]): TreeEntry =>
    typeof entry === 'string'
      ? { mode: '100644', name, oid: entry }
      : { mode: '40000', name, oid: make(crypto, entry).oid },
  );
  const object: GitObject = { type: 'tree', bytes: encodeTree(entries.toSorted(gitOrder)) };
  directory.made = { oid: objectId(crypto, 'tree', object.bytes), object };
  return directory.made;
}

/** The id of the tree object, computed from its files, not read from anywhere. */
export function treeId(crypto: Crypto, tree: GrowingTree): string {
  return make(crypto, tree).oid;
}

/** The tree objects that `tree` has and `before`, of which it grew, has not. */
export function newTrees(
  crypto: Crypto,
  tree: GrowingTree,
  before: GrowingTree,
): readonly GitObject[] {
  if (tree === before) return [];
  const objects: GitObject[] = [make(crypto, tree).object];
  for (const [name, entry] of tree.entries) {
    if (typeof entry === 'string') continue;
    const earlier = before.entries.get(name);
    objects.push(...newTrees(crypto, entry, typeof earlier === 'object' ? earlier : emptyTree));
  }
  return objects;
}
