import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { nodeHost } from '../../src/host/node.ts';
import { archiveEntries } from '../../src/skills/archive-entries.ts';
import { digestSkill } from '../../src/skills/skill-digest.ts';
import { zipEntries } from '../../src/skills/zip-entries.ts';
import { tarEntries } from '../../src/skills/tar-entries.ts';
import { reasonOf } from '../support/thrown.ts';
import {
  entriesOf,
  file,
  paxRecord,
  SKILL_MD_TEXT,
  SMALL,
  type TarLie,
  tarLies,
  tgzOfMembers,
  writeFiles,
  type ZipLie,
  zipLies,
  zipOfEntries,
} from './making.ts';

/** What comes of an archive: the SAID, the rules that are broken, or why it cannot be read. */
async function resultOf(archive: Uint8Array): Promise<string> {
  let found = '';
  const reason = await reasonOf(() => {
    const digest = digestSkill(nativeCrypto, archiveEntries(archive));
    found =
      digest.outcome === 'digested'
        ? digest.manifest.said
        : digest.problems.map((problem) => `${problem.reason} ${problem.path}`).join(', ');
  }).catch((error: unknown) => {
    if (error instanceof Error && error.message === 'nothing was thrown') return found;
    throw error;
  });
  return reason;
}

const expected = digestSkill(nativeCrypto, entriesOf(SMALL));
const SAID = expected.outcome === 'digested' ? expected.manifest.said : '';

const zip = (lies: readonly ZipLie[], comment = ''): Uint8Array =>
  zipOfEntries([...zipLies(SMALL), ...lies], comment);
const tgz = (lies: readonly TarLie[]): Uint8Array => tgzOfMembers([...tarLies(SMALL), ...lies]);
const content = utf8('x');

describe('archives of other programs', () => {
  test('git archive and tar give the digest of the directory', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-test-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    writeFiles(nodeHost(), `${dir}/notes`, [...SMALL, file('\u00e9/\u6587.md', 'x')]);
    const lines = [
      'git init -q notes && git -C notes add . ',
      'git -C notes -c user.name=A -c user.email=a@b commit -q -m x',
      'git -C notes archive --format=zip -o ../a.zip HEAD',
      'git -C notes archive --format=zip --prefix=notes-1.0/ -o ../b.zip HEAD',
      'git -C notes archive --format=tar.gz --prefix=package/ -o ../c.tgz HEAD',
      'rm -r notes/.git',
      'tar -C notes -czf d.tgz .',
      'tar --format=pax -czf e.tgz notes',
      'tar --format=gnu -czf f.tgz notes',
    ];
    execFileSync('sh', ['-ec', lines.join('\n')], {
      cwd: dir,
      env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    const { fs } = nodeHost();
    const read = (name: string): Uint8Array => {
      const fd = fs.openSync(path.join(dir, name), 'r');
      const bytes = new Uint8Array(fs.fstatSync(fd).size);
      fs.readSync(fd, bytes, 0, bytes.length, 0);
      fs.closeSync(fd);
      return bytes;
    };
    const said = digestSkill(nativeCrypto, entriesOf([...SMALL, file('\u00e9/\u6587.md', 'x')]));
    const names = ['a.zip', 'b.zip', 'c.tgz', 'd.tgz', 'e.tgz', 'f.tgz'];
    const results = await Promise.all(names.map(async (name) => resultOf(read(name))));
    expect(results).toEqual(
      names.map(() => (said.outcome === 'digested' ? said.manifest.said : 'refused')),
    );
  });
});

describe('archiveEntries()', () => {
  it('takes off the one directory in which everything lies', async () => {
    const below = (top: string) => SMALL.map((made) => ({ ...made, path: `${top}/${made.path}` }));
    expect(await resultOf(zipOfEntries(zipLies(below('notes'))))).toBe(SAID);
    const listed = [{ name: 'notes/', mode: 0o40755 }, ...zipLies(below('notes'))];
    expect(await resultOf(zipOfEntries(listed))).toBe(SAID);
    expect(await resultOf(tgzOfMembers(tarLies(below('package'))))).toBe(SAID);
    expect(await resultOf(tgzOfMembers(tarLies(below('./package'))))).toBe(SAID);
    for (const top of ['..', '.git', 'CON', 'a ', 'x/y'])
      expect(await resultOf(zipOfEntries(zipLies(below(top))))).not.toBe(SAID);
    expect(await resultOf(zipOfEntries([...zipLies(below('a')), { name: 'b', content }]))).toBe(
      'skill-md-missing ',
    );
    expect(await resultOf(zipOfEntries([...zipLies(below('a')), { name: 'a', content }]))).toBe(
      'path-conflict a, skill-md-missing ',
    );
  });

  it('refuses what is no archive', async () => {
    expect(await resultOf(utf8('hello'))).toBe('archive-form');
    expect(await resultOf(new Uint8Array())).toBe('archive-form');
    expect(await resultOf(new Uint8Array(LIMITS.skillArchiveBytes + 1))).toBe('too-large');
  });
});

describe('a zip file', () => {
  test('as it should be', async () => {
    expect(await resultOf(zip([]))).toBe(SAID);
    expect(await resultOf(zip([], 'a comment'))).toBe(SAID);
    expect(
      await resultOf(zipOfEntries(zipLies(SMALL).map((lie) => ({ ...lie, descriptor: true })))),
    ).toBe(SAID);
    expect(await resultOf(zipOfEntries(zipLies(SMALL).map((lie) => ({ ...lie, method: 0 }))))).toBe(
      SAID,
    );
    expect(await resultOf(zipOfEntries(zipLies(SMALL).toReversed()))).toBe(SAID);
  });

  test('of a system without modes has no executable files', async () => {
    const lost = SMALL.map((made) => ({ ...made, executable: false }));
    const digest = digestSkill(nativeCrypto, entriesOf(lost));
    const dos = zipLies(SMALL).map((lie) => ({ ...lie, system: 0, mode: 0 }));
    expect(await resultOf(zipOfEntries(dos))).toBe(
      digest.outcome === 'digested' ? digest.manifest.said : '',
    );
  });

  test.each<readonly [string, ZipLie, string]>([
    ['a path above', { name: '../x', content }, 'path-dots ../x'],
    ['an absolute path', { name: '/x', content }, 'path-empty /x'],
    ['a path of Windows', { name: 'a\\..\\x', content }, 'path-character a\\..\\x'],
    ['a drive', { name: 'C:x', content }, 'path-character C:x'],
    ['NUL in a name', { name: 'a\0.md', content }, 'path-control a\0.md'],
    ['the same name twice', { name: 'SKILL.md', content }, 'path-duplicate SKILL.md'],
    [
      'the same name in other letters',
      { name: 'skill.MD', content },
      'path-collision skill.MD, skill-md-name skill.MD',
    ],
    ['a name that is decomposed', { name: 'e\u0301', content }, 'path-not-nfc e\u0301'],
    ['a symbolic link', { name: 'l', content, mode: 0o120777 }, 'symlink l'],
    ['a device', { name: 'd', content, mode: 0o60644 }, 'special-file d'],
    ['a set-user-ID file', { name: 's', content, mode: 0o104755 }, 'set-user-id s'],
    ['.git below a directory', { name: 'a/.git/config', content }, 'git-directory a/.git/config'],
    ['another name in its local header', { name: 'a', localName: 'b', content }, 'archive-damaged'],
    [
      'a name that is not UTF-8',
      { rawName: Uint8Array.of(0x61, 0xff), content },
      'archive-unsupported',
    ],
    ['a name in an unknown code', { name: '\u00e9', flags: 0, content }, 'archive-unsupported'],
    [
      'a second name',
      { name: 'a', content, extra: Uint8Array.of(0x75, 0x70, 0, 0) },
      'archive-unsupported',
    ],
    [
      'zip64 sizes',
      { name: 'a', content, extra: Uint8Array.of(1, 0, 0, 0) },
      'archive-unsupported',
    ],
    [
      'an extra field that is cut off',
      { name: 'a', content, extra: Uint8Array.of(9, 0, 9, 0) },
      'archive-damaged',
    ],
    ['encryption', { name: 'a', content, flags: 0x801 }, 'archive-unsupported'],
    ['an odd method', { name: 'a', content, method: 12 }, 'archive-unsupported'],
    ['a wrong checksum', { name: 'a', content, crc: 1 }, 'archive-damaged'],
    ['a size that is too small', { name: 'a', content: utf8('xyz'), size: 1 }, 'archive-damaged'],
    ['a size that is too large', { name: 'a', content, size: 9 }, 'archive-damaged'],
    [
      'data behind its stream',
      { name: 'a', content, data: Uint8Array.of(0x63, 0, 0, 1) },
      'archive-damaged',
    ],
    [
      'data that is damaged',
      { name: 'a', content, data: Uint8Array.of(0xff, 0xff) },
      'archive-damaged',
    ],
    ['a bomb', { name: 'a', content: new Uint8Array(10_000_000) }, 'archive-ratio'],
    [
      'a bomb that lies about its size',
      { name: 'a', content: new Uint8Array(10_000_000), size: 100 },
      'archive-damaged',
    ],
    ['a file that is a directory', { name: 'a/', content, mode: 0o100644 }, 'archive-damaged'],
    ['a directory with content', { name: 'a/', content, mode: 0o40755 }, 'archive-damaged'],
    ['a directory without a slash', { name: 'a', mode: 0o40755 }, 'archive-damaged'],
  ])('with %s is refused', async (_, lie, reason) => {
    expect(await resultOf(zip([lie]))).toBe(reason);
  });

  test('with bytes before, between, behind or under its entries is refused', async () => {
    const good = zip([]);
    const shifted = (bytes: Uint8Array, at: number, by: number): Uint8Array => {
      const copy = new Uint8Array(bytes);
      const view = new DataView(copy.buffer);
      view.setUint32(at, view.getUint32(at, true) + by, true);
      return copy;
    };
    const end = good.length - 22;
    expect(await resultOf(concat(utf8('#!/bin/sh\n'), good))).toBe('archive-form');
    expect(await resultOf(concat(utf8('PK'), good))).toBe('archive-damaged');
    expect(await resultOf(concat(good, content))).toBe('archive-unsupported');
    expect(await resultOf(zip([], 'PK\u0005\u0006'))).toBe('archive-unsupported');
    expect(await resultOf(shifted(good, end + 16, -1))).toBe('archive-damaged');
    expect(await resultOf(shifted(good, end + 12, -1))).toBe('archive-damaged');
    expect(await resultOf(shifted(good, end + 8, 1))).toBe('archive-unsupported');
    const directory = new DataView(good.buffer).getUint32(end + 16, true);
    const second = directory + 46 + 'SKILL.md'.length;
    expect(await resultOf(shifted(good, second + 42, 1))).toBe('archive-damaged');
    const first = new DataView(good.buffer).getUint32(second + 42, true);
    expect(await resultOf(shifted(good, second + 42, -first))).toBe('archive-damaged');
  });

  test('cut off anywhere, or with any byte changed, gives no other skill', async () => {
    const good = zip([]);
    for (let length = 1; length < good.length; length += 11)
      expect(await resultOf(good.subarray(0, length))).toMatch(/^archive-/);
    const h1Of = (bytes: Uint8Array): string => {
      const digest = digestSkill(nativeCrypto, archiveEntries(bytes));
      return digest.outcome === 'digested' ? digest.manifest.h1 : 'refused';
    };
    const [h1, seen] = [h1Of(good), new Set<string>()];
    for (let at = 0; at < good.length; at++) {
      try {
        seen.add(h1Of(good.with(at, (good[at] ?? 0) ^ 0x11)));
      } catch (error) {
        expect(error).toBeInstanceOf(GitkelError);
      }
    }
    // Dates and modes may change unnoticed by an archive; names and contents do not.
    seen.delete('refused');
    expect([...seen]).toEqual([h1]);
  });

  test('with too many entries is refused', async () => {
    const many = Array.from({ length: LIMITS.skillEntries + 1 }, (_, index) => ({
      name: `d${index}/`,
      mode: 0o40755,
    }));
    expect(await resultOf(zipOfEntries(many))).toBe('archive-unsupported');
  });
});

describe('a gzipped tar archive', () => {
  test('as it should be', async () => {
    expect(await resultOf(tgz([]))).toBe(SAID);
    expect(await resultOf(tgz([{ name: 'dir/', type: '5', mode: 0o755 }]))).toBe(SAID);
    const global = {
      name: 'pax_global_header',
      type: 'g',
      content: paxRecord('comment', 'a commit'),
    };
    expect(await resultOf(tgzOfMembers([global, ...tarLies(SMALL)]))).toBe(SAID);
  });

  /** Text that cannot be packed into next to nothing. */
  const words = (from: number, length: number): string =>
    Array.from({ length: length / 4 }, (_, at) =>
      ((from + at) * 40_503).toString(36).slice(-4).padStart(4, 'x'),
    ).join('');

  const pax = (key: string, value: string): TarLie => ({
    name: 'x',
    type: 'x',
    content: paxRecord(key, value),
  });

  test.each<readonly [string, readonly TarLie[], string]>([
    ['a path above', [{ name: '../x', content }], 'path-dots ../x'],
    ['an absolute path', [{ name: '/x', content }], 'path-empty /x'],
    ['a long path above', [pax('path', '../x'), { name: 'x', content }], 'path-dots ../x'],
    ['a symbolic link', [{ name: 'l', type: '2', link: '/etc/passwd' }], 'symlink l'],
    ['a hard link', [{ name: 'l', type: '1', link: 'SKILL.md' }], 'hard-link l'],
    ['a device', [{ name: 'd', type: '3' }], 'special-file d'],
    ['a pipe', [{ name: 'p', type: '6' }], 'special-file p'],
    ['a set-user-ID file', [{ name: 's', content, mode: 0o4755 }], 'set-user-id s'],
    ['the same name twice', [{ name: './SKILL.md', content }], 'path-duplicate SKILL.md'],
    ['an unknown type', [{ name: 'S', type: 'S', content }], 'archive-unsupported'],
    [
      'a sparse file',
      [pax('GNU.sparse.major', '1'), { name: 's', content }],
      'archive-unsupported',
    ],
    ['another size', [pax('size', '0'), { name: 's', content }], 'archive-unsupported'],
    [
      'a global name',
      [{ name: 'g', type: 'g', content: paxRecord('path', 'x') }],
      'archive-unsupported',
    ],
    [
      'two long names',
      [{ name: 'L', type: 'L', content: utf8('a\0') }, pax('path', 'b'), { name: 'c', content }],
      'archive-unsupported',
    ],
    [
      'a record that is cut off',
      [{ name: 'x', type: 'x', content: utf8('30 path=a\n') }],
      'archive-damaged',
    ],
    [
      'a record without a length',
      [{ name: 'x', type: 'x', content: utf8('path=a\n') }],
      'archive-damaged',
    ],
    [
      'a key twice',
      [{ name: 'x', type: 'x', content: concat(paxRecord('path', 'a'), paxRecord('path', 'b')) }],
      'archive-damaged',
    ],
    [
      'many headers about nothing',
      Array.from({ length: 3 }, (_, index) => ({
        name: 'g',
        type: 'g',
        content: paxRecord('comment', words(index, LIMITS.skillTarHeaderBytes / 2)),
      })),
      'archive-unsupported',
    ],
    ['a name for nothing', [pax('path', 'a')], 'archive-damaged'],
    ['a wrong checksum', [{ name: 'a', content, checksum: 1 }], 'archive-damaged'],
    [
      'a binary size',
      [{ name: 'a', content, sizeField: '\u0080\0\0\0\0\0\0\0\0\0\0' }],
      'archive-unsupported',
    ],
    [
      'a size beyond its end',
      [{ name: 'a', content, sizeField: '00077777777' }],
      'archive-damaged',
    ],
    ['a header of something else', [{ name: 'a', content, magic: 'other' }], 'archive-damaged'],
    ['a directory with content', [{ name: 'd', type: '5', content }], 'archive-unsupported'],
  ])('with %s is refused', async (_, lies, reason) => {
    expect(await resultOf(tgz(lies))).toBe(reason);
  });

  test('without an end, or with bytes behind it, is refused', async () => {
    expect(await resultOf(tgzOfMembers(tarLies(SMALL), new Uint8Array()))).toBe('archive-damaged');
    expect(
      await resultOf(tgzOfMembers(tarLies(SMALL), concat(new Uint8Array(1024), content))),
    ).toBe('archive-damaged');
    expect(await resultOf(concat(tgz([]), utf8('more')))).toBe('archive-damaged');
    expect(await resultOf(tgz([]).subarray(0, 100))).toBe('archive-damaged');
  });

  test('with any byte of its headers changed, gives no other skill', () => {
    const tar = new Uint8Array(gunzipSync(tgz([])));
    const h1Of = (bytes: Uint8Array): string => {
      const digest = digestSkill(nativeCrypto, tarEntries(bytes));
      return digest.outcome === 'digested' ? digest.manifest.h1 : 'refused';
    };
    const [h1, seen] = [h1Of(tar), new Set<string>()];
    for (let at = 0; at < 512; at++) {
      for (const bit of [1, 0x10, 0x80]) {
        try {
          seen.add(h1Of(tar.with(at, (tar[at] ?? 0) ^ bit)));
        } catch (error) {
          expect(error).toBeInstanceOf(GitkelError);
        }
      }
    }
    seen.delete('refused');
    expect([...seen].filter((one) => one !== h1)).toEqual([]);
  });

  test('that is a bomb is refused before it is inflated', async () => {
    expect(await resultOf(new Uint8Array(gzipSync(new Uint8Array(4_000_000))))).toBe(
      'archive-damaged',
    );
    const zeros = tgzOfMembers([
      { name: 'SKILL.md', content: utf8(SKILL_MD_TEXT) },
      { name: 'z', content: new Uint8Array(2_000_000) },
    ]);
    expect(await resultOf(zeros)).toBe('archive-damaged');
  });
});

describe('readers of archives', () => {
  it('refuse what is changed at random, and never fail otherwise', () => {
    const [zipped, tar] = [zip([]), new Uint8Array(gunzipSync(tgz([])))];
    const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(change, fc.nat(3_000), (changes, cut) => {
        for (const [bytes, read] of [
          [zipped, zipEntries],
          [tar, tarEntries],
        ] as const) {
          const damaged = new Uint8Array(bytes).subarray(0, bytes.length - (cut % 64));
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          try {
            digestSkill(nativeCrypto, read(damaged));
          } catch (error) {
            expect(error).toBeInstanceOf(GitkelError);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
