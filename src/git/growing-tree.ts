import { fromHex, fromUtf8, toHex, utf8 } from '../base/bytes.ts';
import { malformed, quoted } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { type GitObject, type NewObject, objectIdBytes } from './object.ts';
import { checkTreeName, decodeTree } from './tree.ts';

/** The files and directories of a tree, in Git's order. Nothing of it changes once it is made, but as `pending` says. */
interface Listing {
  /** Names, that of a directory followed by a slash: Git sorts by it. ASCII, so that their bytes sort alike. */
  readonly keys: readonly string[];
  /** Where the entry at each place begins in `bytes`. */
  readonly starts: readonly number[];
  /** The directory at each place; `undefined` for a file. */
  readonly directories: readonly (Directory | undefined)[];
  /** The content of the tree object. */
  readonly bytes: Uint8Array;
  /** Places of directories whose ids are not in `bytes` yet: they are filled in when the id of this tree is asked for. */
  pending: readonly number[];
}

interface Made {
  readonly oid: string;
  readonly id: Uint8Array;
}

/** A directory. What it holds never changes; what follows from that is computed once and kept. */
interface Directory {
  /** Read on demand for a tree that was stored before. */
  listing: Listing | (() => Listing);
  made: Made | undefined;
  /** Whether the tree was stored before, so that it is not needed again. */
  readonly isStored: boolean;
}

/** The tree of an append-only log: adding a file gives a new tree that shares all that did not change. */
export type GrowingTree = Directory;

const ID_BYTES = 20;
const NOTHING: readonly number[] = [];

export const emptyTree: GrowingTree = {
  listing: { keys: [], starts: [], directories: [], bytes: new Uint8Array(), pending: NOTHING },
  made: undefined,
  isStored: false,
};

function listingOf(directory: Directory): Listing {
  if (typeof directory.listing === 'function') directory.listing = directory.listing();
  return directory.listing;
}

/** Mode and name as they stand in a tree object, by the key of an entry. */
function headOf(key: string): string {
  return key.endsWith('/') ? `40000 ${key.slice(0, -1)}\0` : `100644 ${key}\0`;
}

/** How many bytes {@link headOf} has. */
function headLength(key: string): number {
  return key.endsWith('/') ? key.length + 6 : key.length + 8;
}

/** Where each entry begins. */
function startsOf(keys: readonly string[]): readonly number[] {
  let start = 0;
  return keys.map((key) => {
    const own = start;
    start += headLength(key) + ID_BYTES;
    return own;
  });
}

/** Where a key stands, or would stand. */
function placeOf(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function directoryAt({ keys, directories }: Listing, key: string): Directory | undefined {
  const place = placeOf(keys, key);
  return keys[place] === key ? directories[place] : undefined;
}

/** The listing with another directory in the place of the one that stands there. */
function withReplaced(before: Listing, place: number, content: Directory): Listing {
  const directories = before.directories.slice();
  directories[place] = content;
  const pending = before.pending.includes(place) ? before.pending : [...before.pending, place];
  return { ...before, directories, bytes: new Uint8Array(before.bytes), pending };
}

/** The listing with one more entry: a file by its id, or a directory, whose id is found out later. */
function withInserted(
  before: Listing,
  place: number,
  key: string,
  content: Uint8Array | Directory,
): Listing {
  const isFile = content instanceof Uint8Array;
  const head = utf8(headOf(key));
  const keys = before.keys.slice();
  // A copy: a part of a path would keep all of the text in memory that the path is a part of.
  keys.splice(place, 0, fromUtf8(utf8(key)) ?? key);
  const directories = before.directories.slice();
  directories.splice(place, 0, isFile ? undefined : content);
  const start = before.starts[place] ?? before.bytes.length;
  const size = headLength(key) + ID_BYTES;
  const idStart = start + size - ID_BYTES;
  const bytes = new Uint8Array(before.bytes.length + size);
  bytes.set(before.bytes.subarray(0, start));
  bytes.set(head, start);
  bytes.set(before.bytes.subarray(start), start + size);
  if (isFile) bytes.set(content, idStart);
  const starts = before.starts.slice();
  starts.splice(place, 0, start);
  for (let at = place + 1; at < starts.length; at++) starts[at] = (starts[at] ?? 0) + size;
  const moved = before.pending.map((other) => (other < place ? other : other + 1));
  const pending = isFile ? moved : [...moved, place];
  return { keys, starts, directories, bytes, pending };
}

function withEntry(before: Listing, name: string, content: Uint8Array | Directory): Directory {
  const key = content instanceof Uint8Array ? name : `${name}/`;
  const place = placeOf(before.keys, key);
  if (before.keys[place] === key && !(content instanceof Uint8Array)) {
    return { listing: withReplaced(before, place, content), made: undefined, isStored: false };
  }
  checkTreeName(name);
  return {
    listing: withInserted(before, place, key, content),
    made: undefined,
    isStored: false,
  };
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
    const listing = listingOf(directory);
    const isFile = listing.keys[placeOf(listing.keys, name)] === name;
    const below = directoryAt(listing, `${name}/`);
    if (isFile || (depth === last && below !== undefined)) {
      const why = depth === last ? 'it is in the tree already' : 'a file stands in its way';
      throw malformed('path-taken', `Cannot add ${quoted(path)}: ${why}`);
    }
    return withEntry(listing, name, depth === last ? id : add(below ?? emptyTree, depth + 1));
  };
  return add(tree, 0);
}

/** The content of the tree object, with the ids of all that is below. */
function contentOf(crypto: Crypto, listing: Listing): Uint8Array {
  const { keys, starts, directories, bytes, pending } = listing;
  for (const place of pending) {
    const directory = directories[place];
    if (directory === undefined) throw new Error('only the ids of directories are found out later');
    bytes.set(made(crypto, directory).id, (starts[place] ?? 0) + headLength(keys[place] ?? ''));
  }
  listing.pending = NOTHING;
  return bytes;
}

function made(crypto: Crypto, directory: Directory): Made {
  if (directory.made !== undefined) return directory.made;
  const id = objectIdBytes(crypto, 'tree', contentOf(crypto, listingOf(directory)));
  directory.made = { oid: toHex(id), id };
  return directory.made;
}

/** The id of the tree object, computed from its files, not read from anywhere. */
export function treeId(crypto: Crypto, tree: GrowingTree): string {
  return made(crypto, tree).oid;
}

/** The tree objects that `tree` has and `before`, of which it grew, has not. */
export function newTrees(
  crypto: Crypto,
  tree: GrowingTree,
  before: GrowingTree,
): readonly NewObject[] {
  if (tree === before || tree.isStored) return [];
  const listing = listingOf(tree);
  const { oid } = made(crypto, tree);
  const objects: NewObject[] = [{ type: 'tree', bytes: contentOf(crypto, listing), oid }];
  const earlier = listingOf(before);
  for (const [place, directory] of listing.directories.entries()) {
    if (directory === undefined) continue;
    const there = directoryAt(earlier, listing.keys[place] ?? '');
    if (there !== directory) objects.push(...newTrees(crypto, directory, there ?? emptyTree));
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
  const listing = (): Listing => {
    const object = load(oid);
    if (object?.type !== 'tree') {
      throw malformed('object-missing', `Cannot read the tree ${oid}: the repository has it not`);
    }
    const keys: string[] = [];
    const directories: (Directory | undefined)[] = [];
    for (const { mode, name, oid: id } of decodeTree(object.bytes)) {
      if (mode !== '40000' && mode !== '100644') {
        throw malformed(
          'file-mode',
          `Cannot read the tree ${oid}: ${quoted(name)} has mode ${mode}`,
        );
      }
      checkTreeName(name);
      keys.push(mode === '40000' ? `${name}/` : name);
      directories.push(mode === '40000' ? storedTree(load, id) : undefined);
    }
    const starts = startsOf(keys);
    return { keys, starts, directories, bytes: object.bytes, pending: NOTHING };
  };
  return { listing, made: { oid, id: fromHex(oid) ?? new Uint8Array() }, isStored: true };
}
