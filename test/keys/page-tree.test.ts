import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameBytes } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { PageTree } from '../../src/keys/page-tree.ts';

/** A file in memory. */
function newFile() {
  const bytes = new Uint8Array(1_000_000);
  let size = 0;
  return {
    read: (offset: number, length: number) =>
      bytes.subarray(offset, Math.min(offset + length, size)),
    append: (page: Uint8Array) => {
      bytes.set(page, size);
      size += page.length;
      return size - page.length;
    },
    size: () => size,
    /** Changes one byte. */
    flip: (offset: number) => {
      bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    },
  };
}

const emptyOn = ({ read }: ReturnType<typeof newFile>): PageTree =>
  new PageTree(nativeCrypto, read, undefined, 0);

/** The same tree as another process finds it. */
const reopened = (tree: PageTree, { read }: ReturnType<typeof newFile>): PageTree =>
  new PageTree(nativeCrypto, read, tree.root, tree.liveBytes);

const values = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 400 }).map((key) => `key ${key}`),
    fc.uint8Array({ maxLength: 20 }),
  ),
  { maxLength: 150 },
);

describe('PageTree', () => {
  it('holds what was put into it, the latest value of each key', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 5 }), (rounds) => {
        const file = newFile();
        const expected = new Map<string, Uint8Array>();
        let tree = emptyOn(file);
        for (const round of rounds) {
          const before = tree;
          const some = [...expected];
          tree = reopened(tree.grown(round, file.append), file);
          expect(some.map(([key]) => before.get(key))).toEqual(some.map(([, value]) => value));
          for (const [key, value] of round) expected.set(key, value);
        }
        const found = Array.from({ length: 402 }, (_, key) => tree.get(`key ${key}`));
        expect(found).toEqual(found.map((_, key) => expected.get(`key ${key}`)));
      }),
      { numRuns: 10 },
    );
  });

  it('copied() shares nothing with the old file, and liveBytes is what the copy takes', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 4 }), (rounds) => {
        const [file, other] = [newFile(), newFile()];
        let tree = emptyOn(file);
        for (const round of rounds) tree = tree.grown(round, file.append);
        const copy = tree.copied(other.read, other.append);
        expect(copy.liveBytes).toBe(tree.liveBytes);
        expect(other.size()).toBe(tree.liveBytes);
        const answers = (from: PageTree) =>
          Array.from({ length: 401 }, (_, key) => from.get(`key ${key}`));
        expect(answers(copy)).toEqual(answers(tree));
      }),
      { numRuns: 10 },
    );
  });

  it('a change writes few pages anew, however many values there are', () => {
    const file = newFile();
    const all = Array.from({ length: 3_000 }, (_, key) => [`k${key}`, Uint8Array.of(1)] as const);
    const tree = emptyOn(file).grown(all, file.append);
    const before = file.size();
    const changed = tree.grown([['k7', Uint8Array.of(2)]], file.append);
    expect(file.size() - before).toBeLessThan(10_000);
    expect(changed.get('k7')).toEqual(Uint8Array.of(2));
    expect(changed.get('k8')).toEqual(Uint8Array.of(1));
    expect(tree.get('k7')).toEqual(Uint8Array.of(1));
  });

  it('gives no value that was changed, whichever byte it is', () => {
    const file = newFile();
    const all = Array.from({ length: 40 }, (_, key) => [`k${key}`, Uint8Array.of(key, 9)] as const);
    const tree = emptyOn(file).grown(all, file.append);
    let [tried, found] = [0, 0];
    for (let offset = 0; offset < file.size(); offset += 3) {
      tried++;
      file.flip(offset);
      const again = reopened(tree, file);
      const answers = all.map(([key, value]) => {
        try {
          return sameBytes(again.get(key) ?? new Uint8Array(), value) ? 'right' : 'wrong';
        } catch (error) {
          return error instanceof GitkelError ? error.reason : String(error);
        }
      });
      expect(answers.every((one) => one === 'right' || one === 'page-damaged')).toBe(true);
      if (answers.includes('page-damaged')) found++;
      file.flip(offset);
    }
    expect(found).toBe(tried);
  });
});
