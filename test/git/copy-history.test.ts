import { expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { copyCommits } from '../../src/git/copy-history.ts';
import type { GitObject } from '../../src/git/object.ts';
import { encodeTree, type TreeEntry } from '../../src/git/tree.ts';
import { reasonOf } from '../support/thrown.ts';

const COMMIT = 'c'.repeat(40);
const TREE = 'd'.repeat(40);

/** A history of one commit, whose tree names so many files of the largest size. */
function history(files: number) {
  const blob: GitObject = { type: 'blob', bytes: new Uint8Array(LIMITS.commitBytes) };
  const entries = Array.from({ length: files }, (_, n): TreeEntry => {
    const name = (n + 1).toString(16).padStart(4, '0');
    return { mode: '100644', name, oid: name.padStart(40, 'e') };
  });
  const made: Readonly<Record<string, GitObject>> = {
    [COMMIT]: { type: 'commit', bytes: utf8(`tree ${TREE}\n\n`) },
    [TREE]: { type: 'tree', bytes: encodeTree(entries) },
  };
  return { read: (oid: string) => made[oid] ?? blob };
}

test('copyCommits() stops in the middle of a commit that no batch can be', async () => {
  let written = 0;
  const to = {
    writePack: (objects: readonly unknown[]) => {
      written += objects.length;
      return [];
    },
  };
  const files = LIMITS.copiedCommitBytes / LIMITS.commitBytes;
  copyCommits(history(files - 1), to, [COMMIT]);
  expect(written).toBe(files + 1);
  const before = written;
  expect(await reasonOf(() => copyCommits(history(10 * files), to, [COMMIT]))).toBe('batch-size');
  expect(written).toBeLessThan(before + files);
});
