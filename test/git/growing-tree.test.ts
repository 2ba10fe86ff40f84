import { expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import {
  emptyTree,
  type GrowingTree,
  newTrees,
  storedTree,
  treeId,
  withFile,
} from '../../src/git/growing-tree.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { encodeTree, findEntry } from '../../src/git/tree.ts';

/** Paths of which some sort otherwise as directories than as files, in no order. */
const PATHS = [
  'gitkel.json',
  'kel/a/b/0.cesr',
  'kel/a/b/10.cesr',
  'kel/a/b/1.cesr',
  'kel/a-b/0.cesr',
  'kel/a.b/0.cesr',
  'kel/a0/0.cesr',
  'kel/a/0/x',
  'records/z',
  'a/b/c/d/e/f',
  'kel/a/b/00.cesr',
];

const idOf = (path: string): string => objectId(crypto, 'blob', utf8(path));

/** The tree of these paths and the trees in it, made from nothing: by id. */
function fromNothing(paths: readonly string[]): { oid: string; all: Map<string, GitObject> } {
  const all = new Map<string, GitObject>();
  const make = (within: readonly (readonly [rest: string, path: string])[]): string => {
    const names = new Set(within.map(([rest]) => rest.split('/')[0] ?? ''));
    const entries = [...names].map((name) => {
      const file = within.find(([rest]) => rest === name);
      if (file !== undefined) return { mode: '100644', name, oid: idOf(file[1]) } as const;
      const below = within.flatMap(([rest, path]) =>
        rest.startsWith(`${name}/`) ? [[rest.slice(name.length + 1), path] as const] : [],
      );
      return { mode: '40000', name, oid: make(below) } as const;
    });
    const object: GitObject = { type: 'tree', bytes: encodeTree(entries) };
    const oid = objectId(crypto, 'tree', object.bytes);
    all.set(oid, object);
    return oid;
  };
  const oid = make(paths.map((path) => [path, path]));
  return { oid, all };
}

const grown = (from: GrowingTree, paths: readonly string[]): GrowingTree =>
  paths.reduce((tree, path) => withFile(tree, path, idOf(path)), from);

test('treeId() is that of the same files put together at once, after each file and after several', () => {
  let tree: GrowingTree = emptyTree;
  for (const [index, path] of PATHS.entries()) {
    tree = withFile(tree, path, idOf(path));
    expect(treeId(crypto, tree)).toBe(fromNothing(PATHS.slice(0, index + 1)).oid);
  }
  expect(treeId(crypto, grown(emptyTree, PATHS))).toBe(treeId(crypto, tree));
  expect(treeId(crypto, grown(emptyTree, PATHS.toReversed()))).toBe(treeId(crypto, tree));
});

test('withFile() leaves the tree that it grows alone, also one that grows twice', () => {
  const before = grown(emptyTree, PATHS.slice(0, 4));
  const one = withFile(before, 'kel/a/b/2.cesr', idOf('one'));
  const other = withFile(before, 'kel/a/b/0a.cesr', idOf('kel/a/b/0a.cesr'));
  const id = treeId(crypto, one);
  expect(treeId(crypto, other)).toBe(fromNothing([...PATHS.slice(0, 4), 'kel/a/b/0a.cesr']).oid);
  expect(treeId(crypto, before)).toBe(fromNothing(PATHS.slice(0, 4)).oid);
  expect(treeId(crypto, one)).toBe(id);
});

test.each([
  ['kel/a/b/0.cesr', 'it is in the tree already'],
  ['kel/a/b', 'it is in the tree already'],
  ['gitkel.json/x', 'a file stands in its way'],
])('withFile() refuses %s: %s', (path, why) => {
  expect(() => withFile(grown(emptyTree, PATHS), path, idOf(path))).toThrow(why);
});

test('newTrees() gives each tree that was not there before, and no other', () => {
  const before = grown(emptyTree, PATHS.slice(0, 6));
  const tree = grown(before, PATHS.slice(6));
  const ids = newTrees(crypto, tree, before).map(({ type, bytes }) =>
    objectId(crypto, type, bytes),
  );
  const old = fromNothing(PATHS.slice(0, 6)).all;
  const expected = [...fromNothing(PATHS).all.keys()].filter((oid) => !old.has(oid));
  expect(ids.toSorted()).toEqual(expected.toSorted());
});

test('storedTree() grows to the same tree, reading no more than what is on the way', () => {
  const { oid, all } = fromNothing(PATHS.slice(0, 6));
  const read: string[] = [];
  const stored = storedTree((id) => {
    read.push(id);
    return all.get(id);
  }, oid);
  const tree = withFile(stored, 'records/y', idOf('records/y'));
  expect(treeId(crypto, tree)).toBe(fromNothing([...PATHS.slice(0, 6), 'records/y']).oid);
  expect(read).toEqual([oid]);
});

test('findEntry() finds each entry of a tree by its whole name, and nothing else', () => {
  const names = ['a', 'ab', 'a.b', 'b', 'ä'];
  const entries = names.map((name, index) => ({
    mode: index % 2 === 0 ? ('100644' as const) : ('40000' as const),
    name,
    oid: toHex(new Uint8Array(20).fill(index === 0 ? 0xff : 0x30 + index)),
  }));
  const bytes = encodeTree(entries);
  for (const entry of entries) expect(findEntry(bytes, entry.name)).toEqual(entry);
  for (const name of ['', 'c', 'abc', 'a.', '0']) expect(findEntry(bytes, name)).toBeUndefined();
  expect(findEntry(new Uint8Array(), 'a')).toBeUndefined();
});
