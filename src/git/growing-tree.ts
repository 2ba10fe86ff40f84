import { fromHex, utf8 } from '../base/bytes.ts';
import { malformed, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type GitObject, type NewObject, objectId } from './object.ts';
import { checkTreeName, decodeTree } from './tree.ts';

/** What stands under a name: the id of a file, 20 bytes, or a directory. */
type Content = Uint8Array | Directory;

interface Entry {
  /** The name, followed by a slash if it is that of a directory: Git sorts by it. ASCII, so that its bytes sort alike. */
  readonly key: string;
  /** Mode and name, as they stand in the tree object. */
  readonly head: Uint8Array;
  readonly content: Content;
}

interface Made {
  readonly oid: string;
  readonly id: Uint8Array;
  /** Absent for a tree that was stored before, and is not needed again. */
  readonly object: NewObject | undefined;
}

/** A directory. What it holds never changes; what follows from that is computed once and kept. */
interface Directory {
  /** In Git's order; read on demand for a tree that was stored before. */
  entries: readonly Entry[] | (() => readonly Entry[]);
  made: Made | undefined;
}

/** The tree of an append-only log: adding a file gives a new tree that shares all that did not change. */
export type GrowingTree = Directory;

export const emptyTree: GrowingTree = { entries: [], made: undefined };

const ID_BYTES = 20;

function isDirectory(content: Content): content is Directory {
  return !(content instanceof Uint8Array);
}

function entryOf(name: string, content: Content): Entry {
  const [key, mode] = isDirectory(content) ? [`${name}/`, '40000'] : [name, '100644'];
  return { key, head: utf8(`${mode} ${name}\0`), content };
}

function entriesOf(directory: Directory): readonly Entry[] {
  if (typeof directory.entries === 'function') directory.entries = directory.entries();
  return directory.entries;
}

/** Where a key stands, or would stand. */
function placeOf(entries: readonly Entry[], key: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function find(entries: readonly Entry[], key: string): Content | undefined {
  const entry = entries[placeOf(entries, key)];
  return entry?.key === key ? entry.content : undefined;
}

/** The directory with one more entry, or with another one in the place of that of the same name. */
function withEntry(directory: Directory, name: string, content: Content): Directory {
  const before = entriesOf(directory);
  const key = isDirectory(content) ? `${name}/` : name;
  const place = placeOf(before, key);
  const entries = before.slice();
  const present = before[place];
  if (present?.key === key) entries[place] = { key, head: present.head, content };
  else {
    checkTreeName(name);
    entries.splice(place, 0, entryOf(name, content));
  }
  return { entries, made: undefined };
}

/**
 * The tree with one more file of mode 100644.
 * @param oid the id of its blob, 40 hexadecimal digits
 * @throws GitkelError `malformed` when the path is taken, a file stands where a directory is needed, or a name of the
 * path is none that a tree may hold or is not ASCII.
 */
export function withFile(tree: GrowingTree, path: string, oid: string): GrowingTree {
  const names = path.split('/');
  const last = names.length - 1;
  const id = fromHex(oid) ?? new Uint8Array();
  const add = (directory: Directory, depth: number): Directory => {
    const name = names[depth] ?? '';
    const entries = entriesOf(directory);
    const file = find(entries, name);
    const below = find(entries, `${name}/`);
    if (file !== undefined || (depth === last && below !== undefined)) {
      const why = depth === last ? 'it is in the tree already' : 'a file stands in its way';
      throw malformed('path-taken', `Cannot add ${quoted(path)}: ${why}`);
    }
    if (depth === last) return withEntry(directory, name, id);
    const within = below === undefined || !isDirectory(below) ? emptyTree : below;
    return withEntry(directory, name, add(within, depth + 1));
  };
  return add(tree, 0);
}

function encode(crypto: Crypto, entries: readonly Entry[]): Uint8Array {
  const length = entries.reduce((sum, { head }) => sum + head.length + ID_BYTES, 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const { head, content } of entries) {
    bytes.set(head, at);
    bytes.set(isDirectory(content) ? make(crypto, content).id : content, at + head.length);
    at += head.length + ID_BYTES;
  }
  return bytes;
}

function make(crypto: Crypto, directory: Directory): Made {
  if (directory.made !== undefined) return directory.made;
  const bytes = encode(crypto, entriesOf(directory));
  const oid = objectId(crypto, 'tree', bytes);
  const object = { type: 'tree', bytes, oid } as const;
  directory.made = { oid, id: fromHex(oid) ?? new Uint8Array(), object };
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
): readonly NewObject[] {
  const { object } = make(crypto, tree);
  if (tree === before || object === undefined) return [];
  const objects = [object];
  const earlier = entriesOf(before);
  for (const { key, content } of entriesOf(tree)) {
    if (!isDirectory(content)) continue;
    const there = find(earlier, key);
    if (there === content) continue;
    objects.push(
      ...newTrees(crypto, content, there === undefined || !isDirectory(there) ? emptyTree : there),
    );
  }
  return objects;
}

/**
 * A tree that was stored before, whose directories are read when they are needed.
 * @param load reads an object and hashes it again: what it gives has the id that was asked for
 * @throws GitkelError `malformed` when a directory is read that holds anything but directories and plain files, or
 * `refused`, reason `object-missing`, when it is not there.
 */
export function storedTree(load: (oid: string) => GitObject | undefined, oid: string): GrowingTree {
  const entries = (): readonly Entry[] => {
    const object = load(oid);
    if (object?.type !== 'tree') {
      throw malformed('object-missing', `Cannot read the tree ${oid}: the repository has it not`);
    }
    return decodeTree(object.bytes).map(({ mode, name, oid: id }): Entry => {
      if (mode === '40000') return entryOf(name, storedTree(load, id));
      if (mode === '100644') return entryOf(name, fromHex(id) ?? new Uint8Array());
      throw malformed('file-mode', `Cannot read the tree ${oid}: ${quoted(name)} has mode ${mode}`);
    });
  };
  return { entries, made: { oid, id: fromHex(oid) ?? new Uint8Array(), object: undefined } };
}
