import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import {
  errnoOf,
  makeDirectory,
  namesIn,
  onDisk,
  readFileBounded,
  removeIfPresent,
  statOf,
  writeFileDurably,
} from '../../src/host/files.ts';
import { PLACES, thrownBy } from '../git/support.ts';

describe.each(PLACES)('files on %s', (_name, make) => {
  it('readFileBounded() gives what writeFileDurably() wrote, with its mode', () => {
    const { host, dir } = make();
    makeDirectory(host, `${dir}/a/b`);
    const path = `${dir}/a/b/file`;
    for (const text of ['first', '', 'third, which is longer']) {
      writeFileDurably(host, path, utf8(text), 0o600);
      expect(readFileBounded(host, path, 100)).toEqual(utf8(text));
      expect((statOf(host, path)?.mode ?? 0) & 0o777).toBe(0o600);
    }
    expect(namesIn(host, `${dir}/a/b`)).toEqual(['file']);
  });

  it('readFileBounded() tells an absent file from a large one and from none', () => {
    const { host, dir } = make();
    makeDirectory(host, `${dir}/directory`);
    writeFileDurably(host, `${dir}/file`, utf8('12345'), 0o644);
    expect(readFileBounded(host, `${dir}/absent`, 10)).toBeUndefined();
    expect(readFileBounded(host, `${dir}/file/below`, 10)).toBeUndefined();
    expect(readFileBounded(host, `${dir}/file`, 5)).toEqual(utf8('12345'));
    expect(thrownBy(() => readFileBounded(host, `${dir}/file`, 4))).toMatchObject({
      code: 'malformed',
      reason: 'too-large',
    });
    expect(thrownBy(() => readFileBounded(host, `${dir}/directory`, 4))).toMatchObject({
      reason: 'not-a-file',
    });
  });

  it('removeIfPresent() says whether there was something', () => {
    const { host, dir } = make();
    makeDirectory(host, dir);
    writeFileDurably(host, `${dir}/file`, utf8('x'), 0o644);
    expect(removeIfPresent(host, `${dir}/file`)).toBe(true);
    expect(removeIfPresent(host, `${dir}/file`)).toBe(false);
  });

  it('makeDirectory() takes what is there, but no file', () => {
    const { host, dir } = make();
    makeDirectory(host, `${dir}/a`);
    makeDirectory(host, `${dir}/a`);
    writeFileDurably(host, `${dir}/file`, utf8('x'), 0o644);
    expect(thrownBy(() => makeDirectory(host, `${dir}/file`))).toMatchObject({
      code: 'environment',
      reason: 'eexist',
    });
    expect(statOf(host, `${dir}/a`)?.isDirectory()).toBe(true);
  });

  it('makeDirectory() says so when the directory is removed while it looks', () => {
    const { host, dir } = make();
    makeDirectory(host, `${dir}/a`);
    const fs = {
      ...host.fs,
      statSync: (path: string) => {
        if (path === `${dir}/a`) host.fs.rmdirSync(path);
        return host.fs.statSync(path);
      },
    };
    expect(thrownBy(() => makeDirectory({ ...host, fs }, `${dir}/a`))).toMatchObject({
      code: 'environment',
      reason: 'enoent',
    });
  });
});

describe('readFileBounded()', () => {
  it('follows a link only when it may', () => {
    const place = PLACES[0]?.[1]();
    if (place === undefined) throw new Error('no place');
    const { host, dir } = place;
    makeDirectory(host, dir);
    writeFileDurably(host, `${dir}/file`, utf8('x'), 0o644);
    host.fs.linkSync(`${dir}/file`, `${dir}/hard`);
    expect(readFileBounded(host, `${dir}/hard`, 10, { links: 'refuse' })).toEqual(utf8('x'));
    const proc = '/proc/self/exe';
    expect(thrownBy(() => readFileBounded(host, proc, 10, { links: 'refuse' }))).toMatchObject({
      reason: 'symlink',
    });
    expect(thrownBy(() => readFileBounded(host, proc, 10))).toMatchObject({ reason: 'too-large' });
  });

  it('reads a file whose size is not told, within its bound', () => {
    const place = PLACES[0]?.[1]();
    if (place === undefined) throw new Error('no place');
    expect(readFileBounded(place.host, '/proc/self/stat', 4096)?.length).toBeGreaterThan(10);
    expect(thrownBy(() => readFileBounded(place.host, '/proc/self/stat', 10))).toMatchObject({
      reason: 'too-large',
    });
  });
});

describe('writeFileDurably()', () => {
  it('syncs the bytes before it renames, and the directory after', () => {
    const place = PLACES[0]?.[1]();
    if (place === undefined) throw new Error('no place');
    const { host, dir } = place;
    makeDirectory(host, dir);
    const calls: string[] = [];
    const fs = {
      ...host.fs,
      fsyncSync: (fd: number) => {
        calls.push(`fsync ${host.fs.fstatSync(fd).isDirectory() ? 'directory' : 'file'}`);
      },
      renameSync: (from: string, to: string) => {
        calls.push('rename');
        host.fs.renameSync(from, to);
      },
    };
    writeFileDurably({ ...host, fs }, `${dir}/file`, utf8('x'), 0o644);
    expect(calls).toEqual(['fsync file', 'rename', 'fsync directory']);
  });

  it.each(['openSync', 'writeSync', 'fsyncSync', 'renameSync'] as const)(
    'leaves the old file when %s fails',
    (call) => {
      const place = PLACES[0]?.[1]();
      if (place === undefined) throw new Error('no place');
      const { host, dir } = place;
      makeDirectory(host, dir);
      writeFileDurably(host, `${dir}/file`, utf8('old'), 0o644);
      const failing = (): never => {
        throw Object.assign(new Error('x'), { code: 'ENOSPC' });
      };
      const failed = thrownBy(() =>
        writeFileDurably(
          { ...host, fs: { ...host.fs, [call]: failing } },
          `${dir}/file`,
          utf8('new'),
          0o644,
        ),
      );
      expect(failed).toMatchObject({
        code: 'environment',
        reason: 'enospc',
        hint: expect.stringContaining('space'),
      });
      expect(readFileBounded(host, `${dir}/file`, 10)).toEqual(utf8('old'));
      expect(namesIn(host, dir)).toEqual(['file']);
    },
  );
});

describe('onDisk()', () => {
  it('wraps errors of the system and no others', () => {
    const system = Object.assign(new Error('x'), { code: 'EIO' });
    expect(
      thrownBy(() =>
        onDisk('Cannot x', () => {
          throw system;
        }),
      ),
    ).toMatchObject({ code: 'environment', reason: 'eio', cause: system });
    const own = new GitkelError('refused', 'no');
    expect(
      thrownBy(() =>
        onDisk('Cannot x', () => {
          throw own;
        }),
      ),
    ).toBe(own);
    const bug = Object.assign(new TypeError('bug'), { code: 'ERR_INVALID_ARG_TYPE' });
    expect(
      thrownBy(() =>
        onDisk('Cannot x', () => {
          throw bug;
        }),
      ),
    ).toBe(bug);
    expect(errnoOf('EIO')).toBeUndefined();
  });
});
