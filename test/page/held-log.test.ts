/** What is dropped on the page becomes a repository in memory, or is refused with what is wrong. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { errnoOf, namesIn } from '../../src/host/files.ts';
import { memoryHost } from '../../src/host/memory.ts';
import { memoryFiles } from '../../src/host/memory-files.ts';
import { heldLog } from '../../src/page/held-log.ts';
import { GitkelError, LIMITS } from '../../src/index.ts';
import { reasonThrown } from '../support/thrown.ts';
import { type ZipLie, zipOfEntries } from '../skills/making.ts';

const FILE: ZipLie = { content: utf8('x') };
const CLONE: readonly ZipLie[] = [
  { ...FILE, name: 'log.git/HEAD' },
  { ...FILE, name: 'log.git/objects/info/packs' },
];

describe('heldLog()', () => {
  test('finds the repository of a zip file, bare or below a working tree, and adds the empty `refs`', () => {
    const bare = heldLog(portableCrypto, zipOfEntries(CLONE));
    expect([bare.dir, [...bare.files.keys()]]).toEqual([
      '/archive/log.git',
      ['/archive/log.git/HEAD', '/archive/log.git/objects/info/packs'],
    ]);
    expect(bare.directories.has('/archive/log.git/refs')).toBe(true);
    const tree = [
      { ...FILE, name: 'gitkel.json' },
      ...CLONE.map(({ name = '', ...more }) => ({
        ...more,
        name: name.replace('log.git', '.git'),
      })),
    ];
    expect(heldLog(portableCrypto, zipOfEntries(tree)).dir).toBe('/archive');
  });

  test('leaves out what one system adds by itself', () => {
    const added = [
      { ...FILE, name: '__MACOSX/log.git/._HEAD' },
      { ...FILE, name: 'log.git/.DS_Store' },
    ];
    const { files } = heldLog(portableCrypto, zipOfEntries([...CLONE, ...added]));
    expect(files.size).toBe(CLONE.length);
  });

  test.each([
    ['no repository', [{ ...FILE, name: 'a' }], 'zip-no-repository'],
    [
      'two repositories',
      [...CLONE, ...CLONE.map(({ name = '' }) => ({ ...FILE, name: `x/${name}` }))],
      'zip-repositories',
    ],
    ['a link', [{ ...FILE, name: 'log.git/HEAD', mode: 0o120777 }], 'zip-entry-kind'],
    ['a way out', [{ ...FILE, name: '../HEAD' }], 'zip-entry-name'],
    ['an absolute path', [{ ...FILE, name: '/HEAD' }], 'zip-entry-name'],
    ['a path of Windows', [{ ...FILE, name: String.raw`log.git\HEAD` }], 'zip-entry-name'],
    ['a control character', [{ ...FILE, name: 'log.git/a\u0000b' }], 'zip-entry-name'],
    ['a name twice', [...CLONE, { ...FILE, name: 'log.git/HEAD' }], 'zip-entry-name'],
    [
      'a file that is a directory',
      [...CLONE, { ...FILE, name: 'log.git/HEAD/x' }],
      'zip-entry-name',
    ],
    [
      'a directory that is a file',
      [...CLONE, { ...FILE, name: 'log.git/objects' }],
      'zip-entry-name',
    ],
    ['a bomb', [{ name: 'HEAD', content: new Uint8Array(4_194_304) }], 'archive-ratio'],
    ['another size than it says', [{ ...FILE, name: 'HEAD', size: 5_000 }], 'archive-damaged'],
  ])('refuses a zip file with %s', (_, entries: readonly ZipLie[], reason) => {
    expect(reasonThrown(() => heldLog(portableCrypto, zipOfEntries(entries)))).toBe(reason);
  });

  test.each([
    ['nothing', new Uint8Array(), 'empty'],
    ['a pack alone', utf8('PACK\0\0\0\u0002'), 'pack-alone'],
    ['text', utf8('<!doctype html>'), 'unknown-form'],
    ['bytes', Uint8Array.of(0xff, 0xfe), 'unknown-form'],
    ['half a zip file', zipOfEntries(CLONE).subarray(0, 90), 'archive-damaged'],
  ])('refuses %s', (_, bytes, reason) => {
    expect(reasonThrown(() => heldLog(portableCrypto, bytes))).toBe(reason);
  });

  test('refuses what does not fit into memory before it looks into it', () => {
    const large = { length: LIMITS.pageBytes + 1 } as unknown as Uint8Array;
    expect(reasonThrown(() => heldLog(portableCrypto, large))).toBe('too-large');
  });
});

describe('memoryFiles()', () => {
  const fs = memoryFiles(new Map([['/a/b/c', utf8('hello')]]), new Set(['/a/empty']));
  const host = memoryHost(
    fs,
    portableCrypto,
    () => new Uint8Array(),
    () => 0,
  );

  test('holds files, the directories above them and empty ones', () => {
    expect(['/', '/a', '/a/b', '/a/empty', '/none'].map((path) => namesIn(host, path))).toEqual([
      ['a'],
      ['b', 'empty'],
      ['c'],
      [],
      [],
    ]);
    const fd = fs.openSync('/a/b/c', 'r');
    const part = new Uint8Array(3);
    expect([fs.readSync(fd, part, 0, 3, 3), part]).toEqual([2, new Uint8Array([...utf8('lo'), 0])]);
    fs.closeSync(fd);
    expect([fs.statSync('/a/b').isDirectory(), fs.fstatSync.length]).toEqual([true, 1]);
  });

  test('refuses to write, and tells what is not there as a disk does', () => {
    const errnos = [
      () => fs.openSync('/a/new', 'wx'),
      () => fs.unlinkSync('/a/b/c'),
      () => fs.openSync('/none', 'r'),
      () => fs.readdirSync('/a/b/c'),
      () => fs.openSync('/a/b', 'r'),
    ].map((step) => {
      try {
        step();
        return 'done';
      } catch (error) {
        if (error instanceof GitkelError) throw error;
        return errnoOf(error);
      }
    });
    expect(errnos).toEqual(['EROFS', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR']);
  });
});
