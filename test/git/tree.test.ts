import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, sameBytes, utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { objectId } from '../../src/git/object.ts';
import { decodeTree, encodeTree, type TreeEntry } from '../../src/git/tree.ts';
import { nodeHost } from '../../src/host/node.ts';
import { git, hasGit, temporaryDirectory, thrownBy } from './support.ts';

const A = 'a'.repeat(40);
const RAW = fromHex(A) ?? new Uint8Array();

function entry(mode: string, name: string | Uint8Array): Uint8Array {
  return concat(utf8(`${mode} `), typeof name === 'string' ? utf8(name) : name, utf8('\0'), RAW);
}

const names = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((name) => !/[/\0]/.test(name) && !/^\.|git/i.test(name));
const entries = fc.uniqueArray(
  fc.record({
    mode: fc.constantFrom('100644', '100755', '120000', '40000', '160000'),
    name: names,
    oid: fc.stringMatching(/^[1-9a-f][0-9a-f]{39}$/),
  }) satisfies fc.Arbitrary<TreeEntry>,
  { selector: ({ name }) => name, maxLength: 20 },
);

describe('decodeTree() and encodeTree()', () => {
  it('are inverse, whatever the order of the entries', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const bytes = encodeTree(list);
        const decoded = decodeTree(bytes);
        expect(decoded.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
          list.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
        );
        expect(sameBytes(encodeTree(decoded.toReversed()), bytes)).toBe(true);
      }),
    );
  });

  it('decodeTree() accepts only what encodeTree() writes', () => {
    const bytes = encodeTree([
      { mode: '100644', name: 'a', oid: A },
      { mode: '40000', name: 'b', oid: A },
      { mode: '100644', name: 'b.x', oid: A },
    ]);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const changed = bytes.slice();
        changed[at] = byte;
        try {
          expect(sameBytes(encodeTree(decodeTree(changed)), changed)).toBe(true);
        } catch (error) {
          if (!(error instanceof GitkelError)) throw error;
          expect(error.code).toBe('malformed');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('order a directory as if its name ended in a slash', () => {
    const list: TreeEntry[] = [
      { mode: '100644', name: 'a.b', oid: A },
      { mode: '40000', name: 'a', oid: A },
      { mode: '100644', name: 'a0', oid: A },
    ];
    expect(decodeTree(encodeTree(list)).map(({ name }) => name)).toEqual(['a.b', 'a', 'a0']);
  });

  it.each([
    ['a wrong order', concat(entry('100644', 'b'), entry('100644', 'a')), 'tree-order'],
    ['a directory out of order', concat(entry('40000', 'a'), entry('100644', 'a.b')), 'tree-order'],
    ['a name twice', concat(entry('100644', 'a'), entry('100644', 'a')), 'tree-duplicate'],
    [
      'a file and a directory of one name',
      concat(entry('100644', 'a'), entry('100644', 'a.b'), entry('40000', 'a')),
      'tree-duplicate',
    ],
    ['a mode with a leading zero', entry('040000', 'a'), 'tree-mode'],
    ['a mode of old', entry('100664', 'a'), 'tree-mode'],
    ['no mode', entry('', 'a'), 'tree-mode'],
    ['no name', entry('100644', ''), 'tree-name'],
    ['the name .', entry('40000', '.'), 'tree-name'],
    ['the name ..', entry('40000', '..'), 'tree-name'],
    ['the name .git', entry('40000', '.git'), 'tree-name'],
    ['the name .GIT', entry('40000', '.GIT'), 'tree-name'],
    ['the name .git with a blank', entry('40000', '.git '), 'tree-name'],
    ['the name git~1', entry('40000', 'git~1'), 'tree-name'],
    ['the name .g\u200cit', entry('40000', '.g\u200cit'), 'tree-name'],
    ['a slash', entry('100644', 'a/b'), 'tree-name'],
    ['a name that is no UTF-8', entry('100644', Uint8Array.of(0xff)), 'tree-name'],
    ['a cut-off id', entry('100644', 'a').slice(0, -1), 'tree-truncated'],
    ['no NUL', utf8('100644 a'), 'tree-truncated'],
    ['bytes after the last entry', concat(entry('100644', 'a'), utf8('1')), 'tree-mode'],
    ['a null id', concat(utf8('100644 a\0'), new Uint8Array(20)), 'tree-id'],
  ])('decodeTree() refuses %s', (_what, bytes, reason) => {
    expect(thrownBy(() => decodeTree(bytes))).toMatchObject({ code: 'malformed', reason });
  });

  it.each([
    [{ mode: '100644', name: 'a/b', oid: A }, 'tree-name'],
    [{ mode: '100644', name: 'a', oid: 'A'.repeat(40) }, 'tree-id'],
  ] as const)('encodeTree() refuses %j', (bad, reason) => {
    expect(thrownBy(() => encodeTree([bad]))).toMatchObject({ code: 'malformed', reason });
    expect(
      thrownBy(() =>
        encodeTree([
          { ...bad, name: 'x', oid: A },
          { ...bad, name: 'x', oid: A },
        ]),
      ),
    ).toMatchObject({ reason: 'tree-duplicate' });
  });

  it.skipIf(!hasGit)('encodeTree() makes the trees that git mktree makes', () => {
    const dir = temporaryDirectory();
    git(dir, ['init', '-q']);
    const { crypto } = nodeHost();
    fc.assert(
      fc.property(entries, (list) => {
        const types: { readonly [mode: string]: string } = { '40000': 'tree', '160000': 'commit' };
        const lines = list.map(
          ({ mode, name, oid }) =>
            `${mode.padStart(6, '0')} ${types[mode] ?? 'blob'} ${oid}\t${name}\0`,
        );
        expect(objectId(crypto, 'tree', encodeTree(list))).toBe(
          git(dir, ['mktree', '--missing', '-z'], lines.join('')),
        );
      }),
      { numRuns: 20 },
    );
  });
});
