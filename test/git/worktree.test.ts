import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sameBytes, utf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { compareWorkTree, type ExpectedFile } from '../../src/git/worktree.ts';
import { nodeHost } from '../../src/host/node.ts';
import { temporaryDirectory } from './support.ts';

const host = nodeHost();
const CONTENT: { readonly [path: string]: string } = { a: 'one\n', 'd/b': 'two\n', 'd/e/c': '' };

function expected(content = CONTENT): readonly ExpectedFile[] {
  return Object.entries(content).map(([path, text]) => ({
    path,
    size: utf8(text).length,
    matches: (bytes) => sameBytes(bytes, utf8(text)),
  }));
}

function workTree(): string {
  const dir = temporaryDirectory();
  for (const [path, text] of Object.entries(CONTENT)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  mkdirSync(join(dir, '.git'));
  writeFileSync(join(dir, '.git/config'), '');
  return dir;
}

describe('compareWorkTree()', () => {
  it('finds nothing where everything is as it should be', () => {
    expect(compareWorkTree(host, workTree(), expected())).toEqual([]);
  });

  it.each([
    ['missing', (dir: string) => rmSync(join(dir, 'd/b')), 'd/b'],
    ['different', (dir: string) => writeFileSync(join(dir, 'd/b'), 'twx\n'), 'd/b'],
    ['different', (dir: string) => writeFileSync(join(dir, 'd/b'), 'two\r\n'), 'd/b'],
    ['different', (dir: string) => writeFileSync(join(dir, 'd/e/c'), 'x'), 'd/e/c'],
    ['executable', (dir: string) => chmodSync(join(dir, 'a'), 0o744), 'a'],
    [
      'symlink',
      (dir: string) => {
        const other = join(temporaryDirectory(), 'a');
        writeFileSync(other, 'one\n');
        rmSync(join(dir, 'a'));
        symlinkSync(other, join(dir, 'a'));
      },
      'a',
    ],
    [
      'not-a-file',
      (dir: string) => {
        rmSync(join(dir, 'a'));
        mkdirSync(join(dir, 'a'));
      },
      'a',
    ],
    ['extra', (dir: string) => writeFileSync(join(dir, 'd/extra'), ''), 'd/extra'],
    ['extra', (dir: string) => writeFileSync(join(dir, '.gitignore'), '*'), '.gitignore'],
    ['extra', (dir: string) => symlinkSync('/nowhere', join(dir, 'd/link')), 'd/link'],
    ['extra', (dir: string) => writeFileSync(join(dir, 'd/.git'), ''), 'd/.git'],
  ])('finds what is %s', (kind, change, path) => {
    const dir = workTree();
    change(dir);
    expect(compareWorkTree(host, dir, expected())).toEqual([{ path, kind }]);
  });

  it('follows no link to a directory', () => {
    const dir = workTree();
    symlinkSync('/', join(dir, 'd/root'));
    expect(compareWorkTree(host, dir, expected())).toEqual([{ path: 'd/root', kind: 'extra' }]);
  });

  it('gives a bounded number of findings', () => {
    const many = Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`f${n}`, 'x']));
    expect(compareWorkTree(host, workTree(), expected(many))).toHaveLength(LIMITS.workTreeFindings);
  });
});
