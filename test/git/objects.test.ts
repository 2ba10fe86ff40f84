import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, sameBytes, toHex, utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { encodePack } from '../../src/git/pack-writer.ts';
import { initRepository } from '../../src/git/repository.ts';
import { encodeTree } from '../../src/git/tree.ts';
import type { FileSystem, Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { git, hasGit, PLACES, temporaryDirectory, thrownBy } from './support.ts';

const { crypto } = nodeHost();

function blob(text: string | Uint8Array): GitObject {
  return { type: 'blob', bytes: typeof text === 'string' ? utf8(text) : text };
}

function idOf(object: GitObject): string {
  return objectId(crypto, object.type, object.bytes);
}

/** Bytes that deflate hardly shortens, the same for the same seed. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}

interface Fresh {
  readonly host: Host;
  readonly dir: string;
  readonly store: ObjectStore;
}

function fresh(options: Parameters<typeof nodeHost>[0] = {}): Fresh {
  const host = nodeHost(options);
  const dir = join(temporaryDirectory(), 'repo');
  const repository = initRepository(host, dir, { bare: true, branch: 'main' });
  return { host, dir, store: new ObjectStore(host, repository) };
}

function packFiles(dir: string): readonly string[] {
  return readdirSync(join(dir, 'objects/pack'))
    .filter((name) => !name.endsWith('.keep'))
    .toSorted();
}

function overwrite(path: string, bytes: Uint8Array): void {
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

describe.each(PLACES)('ObjectStore on %s', (_name, make) => {
  it('read() gives what writePack() stored, in this store and in a new one', () => {
    const { host, dir } = make();
    const repository = initRepository(host, dir, { bare: true, branch: 'main' });
    const store = new ObjectStore(host, repository);
    const objects = [
      blob(''),
      blob('hello\n'),
      blob(noise(70_000, 1)),
      { type: 'tree', bytes: new Uint8Array() } as const,
    ];
    const ids = store.writePack(objects);
    expect(ids).toEqual(objects.map(idOf));
    const again = new ObjectStore(host, repository);
    for (const [index, object] of objects.entries()) {
      expect(store.read(ids[index] ?? '')).toEqual(object);
      const found = again.read(ids[index] ?? '');
      expect(found?.type).toBe(object.type);
      expect(sameBytes(found?.bytes ?? utf8('none'), object.bytes)).toBe(true);
      expect(again.has(ids[index] ?? '')).toBe(true);
    }
    expect(again.read(idOf(blob('absent')))).toBeUndefined();
    expect(again.has(idOf(blob('absent')))).toBe(false);
    expect([...again.list()].map(({ oid }) => oid).toSorted()).toEqual(ids.toSorted());
    expect([...again.damages()]).toEqual([]);
    again.close();
    expect(again.read(ids[1] ?? '')).toEqual(objects[1]);
    again.close();
    store.close();
  });

  it('writePack() stores each object once while it protects it, and anew under another name afterwards', () => {
    const { host, dir } = make();
    const store = new ObjectStore(host, initRepository(host, dir, { bare: true, branch: 'main' }));
    const names = (): readonly string[] =>
      host.fs.readdirSync(join(dir, 'objects/pack')).filter((name) => name.endsWith('.pack'));
    store.writePack([blob('a'), blob('a')]);
    store.writePack([blob('a')]);
    store.writePack([]);
    expect([...store.list()]).toHaveLength(1);
    expect(names()).toHaveLength(1);
    store.writePack([blob('a'), blob('b')]);
    expect([...store.list()].map(({ oid }) => oid).toSorted()).toEqual(
      [blob('a'), blob('b')].map(idOf).toSorted(),
    );
    store.release();
    store.writePack([blob('a')]);
    expect(names()).toHaveLength(3);
    store.close();
  });
});

describe('ObjectStore', () => {
  it('writePack() syncs pack and index, names the index when the pack is there, and syncs the directory once', () => {
    const real = nodeHost().fs;
    const calls: string[] = [];
    const paths = new Map<number, string>();
    const fs: FileSystem = {
      ...real,
      openSync: (path, flags, mode) => {
        const fd = real.openSync(path, flags, mode);
        paths.set(fd, path);
        return fd;
      },
      fsyncSync: (fd) => {
        calls.push(`fsync ${paths.get(fd) ?? ''}`);
        real.fsyncSync(fd);
      },
      renameSync: (from, to) => {
        calls.push(`rename ${to}`);
        real.renameSync(from, to);
      },
    };
    const { dir, store } = fresh({ fs });
    calls.length = 0;
    store.writePack([blob('a')]);
    expect(
      calls.map((call) =>
        call.replace(join(dir, 'objects'), '').replaceAll(/[0-9a-f]{16,40}/g, '#'),
      ),
    ).toEqual([
      'fsync /pack/pack-#.pack',
      'fsync /pack/tmp_idx_#',
      'rename /pack/pack-#.idx',
      'fsync /pack',
    ]);
    expect(statSync(join(dir, 'objects/pack', packFiles(dir)[0] ?? '')).mode & 0o777).toBe(0o444);
    store.close();
  });

  it.each(['EIO', 'ENOSPC'])(
    'writePack() reports %s of any call and leaves nothing that looks like an object',
    (errno) => {
      const real = nodeHost().fs;
      let left = Number.POSITIVE_INFINITY;
      const failing =
        <A extends unknown[], R>(call: (...args: A) => R) =>
        (...args: A): R => {
          if (left-- === 0) throw Object.assign(new Error(errno), { code: errno });
          return call(...args);
        };
      const fs: FileSystem = {
        ...real,
        openSync: failing(real.openSync),
        writeSync: failing(real.writeSync),
        fsyncSync: failing(real.fsyncSync),
        renameSync: failing(real.renameSync),
      };
      const { host, dir, store } = fresh({ fs });
      const object = blob('x');
      let points = 0;
      for (let isDone = false; !isDone; points++) {
        for (const name of packFiles(dir)) rmSync(join(dir, 'objects/pack', name), { force: true });
        store.refresh();
        left = points;
        try {
          store.writePack([object]);
          isDone = left >= 0;
        } catch (error) {
          expect(error).toMatchObject({ code: 'environment', reason: errno.toLowerCase() });
          expect(packFiles(dir).filter((name) => name.startsWith('tmp_'))).toEqual([]);
        }
        left = Number.POSITIVE_INFINITY;
        const other = new ObjectStore(host, { commonDir: dir });
        expect([undefined, toHex(object.bytes)]).toContain(
          toHexOrUndefined(other.read(idOf(object))),
        );
        other.close();
      }
      expect(points).toBeGreaterThan(6);
      store.close();
    },
  );

  it('read() refuses an object that is larger than the caller allows', () => {
    const { dir, store } = fresh();
    const large = blob(noise(5000, 3));
    const [oid = ''] = store.writePack([large]);
    expect(store.read(oid, 5000)?.bytes.length).toBe(5000);
    expect(thrownBy(() => store.read(oid, 4999))).toMatchObject({ reason: 'object-too-large' });
    const loose = blob(noise(6000, 4));
    writeLoose(dir, loose);
    expect(store.read(idOf(loose), 6000)?.bytes.length).toBe(6000);
    expect(thrownBy(() => store.read(idOf(loose), 5999))).toMatchObject({
      reason: 'object-too-large',
    });
    const bomb = blob(new Uint8Array(4_000_000));
    writeLoose(dir, bomb);
    expect(thrownBy(() => store.read(idOf(bomb), 100_000))).toMatchObject({
      reason: 'object-too-large',
    });
    store.close();
  });

  it.each([
    ['an empty file', new Uint8Array()],
    ['a cut-off file', deflateSync(utf8('blob 5\0hello')).subarray(0, 10)],
    ['other content', deflateSync(utf8('blob 5\0hallo'))],
    ['another type', deflateSync(utf8('tree 5\0hello'))],
    ['a wrong size', deflateSync(utf8('blob 6\0hello'))],
    ['a size with a leading zero', deflateSync(utf8('blob 05\0hello'))],
    ['an unknown type', deflateSync(utf8('note 5\0hello'))],
    ['no header', deflateSync(utf8('hello'))],
    ['bytes after the object', concat(deflateSync(utf8('blob 5\0hello')), utf8('x'))],
    ['no deflated bytes', utf8('blob 5\0hello')],
  ])('read() takes %s for damage and names object and file', (_what, bytes) => {
    const { dir, store } = fresh();
    const oid = idOf(blob('hello'));
    const path = writeLoose(dir, blob('hello'));
    overwrite(path, bytes);
    expect(thrownBy(() => store.read(oid))).toMatchObject({
      code: 'refused',
      reason: 'object-corrupt',
      message: expect.stringMatching(new RegExp(`${oid}.*${oid.slice(2)}`)),
    });
    // The writer finds out and stores the object anew.
    store.writePack([blob('hello')]);
    expect(store.read(oid)).toEqual(blob('hello'));
    const copies = [...store.list()].filter((copy) => copy.oid === oid);
    expect(copies).toHaveLength(2);
    expect(thrownBy(() => copies.map((copy) => copy.read()))).toMatchObject({
      reason: 'object-corrupt',
    });
    store.close();
  });

  it('writePack() protects one pack after the other by the same file, and close() removes it', () => {
    const { dir, store } = fresh();
    const inodes = (pattern: RegExp): readonly number[] =>
      readdirSync(join(dir, 'objects/pack'))
        .filter((name) => pattern.test(name))
        .map((name) => statSync(join(dir, 'objects/pack', name)).ino);
    store.writePack([blob('first')]);
    const [file] = inodes(/^pack-[0-9a-f]{40}\.keep$/);
    expect(file).toBeDefined();
    store.release();
    expect(inodes(/\.keep$/)).toEqual([]);
    // What is put aside protects nothing, and `git prune` may sweep it.
    expect(inodes(/^tmp_keep_/)).toEqual([file]);
    store.writePack([blob('second')]);
    expect(inodes(/\.keep$/)).toEqual([file]);
    store.release();
    for (const name of readdirSync(join(dir, 'objects/pack')))
      if (name.startsWith('tmp_')) rmSync(join(dir, 'objects/pack', name));
    store.writePack([blob('third')]);
    expect(inodes(/\.keep$/)).toHaveLength(1);
    store.close();
    expect(inodes(/keep/)).toEqual([]);
  });

  it('writePack() protects its pack by a .keep file until release(), and a dead one is swept', () => {
    const { host, dir, store } = fresh();
    const kept = (): readonly string[] =>
      readdirSync(join(dir, 'objects/pack')).filter((name) => name.endsWith('.keep'));
    store.writePack([blob('first')]);
    expect(kept()).toHaveLength(1);
    store.release();
    expect(kept()).toEqual([]);
    store.writePack([blob('first')]);
    expect(kept()).toHaveLength(1);
    store.close();
    expect(kept()).toEqual([]);
    writeFileSync(join(dir, 'objects/pack/pack-of-others.keep'), 'receive-pack 1 on elsewhere\n');
    writeFileSync(join(dir, 'objects/pack/pack-of-the-dead.keep'), 'gitkel dead.process.1\n');
    const again = new ObjectStore(
      { ...host, processes: { self: 'alive', isDead: (name) => name === 'dead.process.1' } },
      { commonDir: dir },
    );
    again.writePack([blob('second')]);
    again.close();
    expect(kept()).toEqual(['pack-of-others.keep']);
  });

  it('writePack() removes packs that the dead never finished, and no others', () => {
    const { host, dir, store } = fresh();
    const stems = ['1', '2', '3'].map((digit) => `pack-${digit.repeat(40)}`);
    const [unfinished, whole, others] = stems;
    const put = (name: string, text = ''): void =>
      writeFileSync(join(dir, 'objects/pack', name), text);
    store.writePack([blob('first')]);
    store.close();
    for (const stem of stems) put(`${stem}.pack`);
    put(`${whole}.idx`);
    for (const stem of [unfinished, whole]) put(`${stem}.keep`, 'gitkel dead.process.1\n');
    put(`${others}.keep`, 'receive-pack 1 on elsewhere\n');
    const again = new ObjectStore(
      { ...host, processes: { self: 'alive', isDead: (name) => name === 'dead.process.1' } },
      { commonDir: dir },
    );
    again.writePack([blob('second')]);
    again.close();
    const left = readdirSync(join(dir, 'objects/pack')).filter((name) =>
      /([123])\1{39}/.test(name),
    );
    expect(left.toSorted()).toEqual([
      `${whole}.idx`,
      `${whole}.pack`,
      `${others}.keep`,
      `${others}.pack`,
    ]);
  });

  it('read() survives that its packs vanish and come back under other names', () => {
    const { host, dir, store } = fresh();
    const [oid = ''] = store.writePack([blob('first')]);
    expect(store.read(oid)).toEqual(blob('first'));
    const other = new ObjectStore(host, { commonDir: dir });
    const before = packFiles(dir);
    other.writePack([blob('second')]);
    const encoded = encodePack(crypto, [blob('second'), blob('first')]);
    writeFileSync(join(dir, 'objects/pack', `${encoded.name}.pack`), encoded.pack);
    writeFileSync(join(dir, 'objects/pack', `${encoded.name}.idx`), encoded.index);
    for (const name of before) rmSync(join(dir, 'objects/pack', name));
    store.close();
    expect(store.read(oid)).toEqual(blob('first'));
    expect(store.read(idOf(blob('second')))).toEqual(blob('second'));
    store.close();
    other.close();
  });

  it('read() and has() find what a listing missed while another process put one pack in the place of others', () => {
    let missing = 0;
    const real = nodeHost().fs;
    const fs: FileSystem = {
      ...real,
      readdirSync: (path) => (path.endsWith('pack') && missing-- > 0 ? [] : real.readdirSync(path)),
    };
    const { host, dir, store } = fresh({ fs });
    const [one, two, three] = ['one', 'two', 'three'].map(blob) as [
      GitObject,
      GitObject,
      GitObject,
    ];
    expect(store.has(idOf(one))).toBe(false);
    const other = new ObjectStore(host, { commonDir: dir });
    for (const object of [one, two, three]) other.writePack([object]);
    missing = 1;
    expect(store.read(idOf(one))).toEqual(one);
    const [reader, asker] = [1, 2].map(() => new ObjectStore(host, { commonDir: dir }));
    missing = 1;
    expect(reader?.read(idOf(two))).toEqual(two);
    missing = 1;
    expect(asker?.has(idOf(three))).toBe(true);
  });

  it('a store that knows many packs opens only so many files', () => {
    const { store } = fresh();
    const ids = Array.from({ length: 150 }, (_, n) => store.writePack([blob(`${n}`)])[0] ?? '');
    for (const [n, oid] of ids.entries()) expect(store.read(oid)).toEqual(blob(`${n}`));
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(120);
    store.close();
  });

  it('writePack() stores an object again that lies only loose, since nobody has synced that file', () => {
    const { dir, store } = fresh();
    writeLoose(dir, blob('loose'));
    store.writePack([blob('loose')]);
    expect(packFiles(dir)).toHaveLength(2);
    store.close();
  });

  it('read() says nothing is there only when no damaged index may hide it', () => {
    const { dir, store } = fresh();
    store.writePack([blob('x')]);
    const index = join(
      dir,
      'objects/pack',
      packFiles(dir).find((name) => name.endsWith('.idx')) ?? '',
    );
    const bytes = new Uint8Array(readFileSync(index));
    bytes[1040] = (bytes[1040] ?? 0) ^ 1;
    overwrite(index, bytes);
    const other = new ObjectStore(nodeHost(), { commonDir: dir });
    expect(thrownBy(() => other.read(idOf(blob('absent'))))).toMatchObject({
      reason: 'pack-corrupt',
    });
    expect(thrownBy(() => other.has(idOf(blob('absent'))))).toMatchObject({
      reason: 'pack-corrupt',
    });
    expect([...other.damages()].map(({ where }) => where)).toEqual([index]);
    store.close();
    other.close();
  });

  it('read() takes a pack file that is no regular file for damage', () => {
    const { host, dir, store } = fresh();
    const names = ['pack-a.idx', 'pack-a.pack'];
    for (const name of names) mkdirSync(join(dir, 'objects/pack', name));
    expect(thrownBy(() => store.read(idOf(blob('x'))))).toBeInstanceOf(GitkelError);
    expect(host.fs.readdirSync(join(dir, 'objects/pack'))).toEqual(names);
    store.close();
  });
});

function toHexOrUndefined(object: GitObject | undefined): string | undefined {
  return object === undefined ? undefined : toHex(object.bytes);
}

function writeLoose(dir: string, object: GitObject): string {
  const oid = idOf(object);
  const path = join(dir, 'objects', oid.slice(0, 2), oid.slice(2));
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(
    path,
    deflateSync(concat(utf8(`${object.type} ${object.bytes.length}\0`), object.bytes)),
  );
  return path;
}

/** A history with many versions of a file, so that git makes deltas of every kind. */
function historyOf(dir: string, commits: number): void {
  const lines = Array.from({ length: 400 }, (_, n) => toHex(noise(20, n + 7)));
  const stream: string[] = [];
  for (let n = 1; n <= commits; n++) {
    lines[(n * 37) % lines.length] = `changed ${n}`;
    const data = lines.join('\n');
    stream.push(
      `commit refs/heads/main\nmark :${n}\ncommitter Ada <ada@example.com> ${1_700_000_000 + n} +0000\ndata 8\nnumber ${n % 10}`,
      `${n > 1 ? `from :${n - 1}\n` : ''}M 100644 inline file\ndata ${data.length}\n${data}\nM 100644 inline dir/${n}\ndata 2\n${n % 10}\n`,
    );
  }
  git(dir, ['fast-import', '--quiet'], `${stream.join('\n')}\n`);
}

function gitObjects(dir: string): readonly string[] {
  return git(dir, ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']).split('\n');
}

function expectAllReadable(dir: string, store: ObjectStore): void {
  const ids = gitObjects(dir);
  for (const oid of ids) {
    const object = store.read(oid);
    expect(object === undefined ? undefined : idOf(object)).toBe(oid);
  }
  expect(new Set([...store.list()].map(({ oid }) => oid))).toEqual(new Set(ids));
  expect([...store.damages()]).toEqual([]);
}

describe.skipIf(!hasGit)('ObjectStore beside stock git', () => {
  it('git repack -ad leaves what writePack() stored until something refers to it', () => {
    const { dir, store } = fresh();
    const [oid = ''] = store.writePack([blob('not referred to yet')]);
    git(dir, ['repack', '-adq']);
    git(dir, ['prune', '--expire=now']);
    expect(git(dir, ['cat-file', '-p', oid])).toContain('not referred to yet');
    store.release();
    git(dir, ['repack', '-adq']);
    expect(() => git(dir, ['cat-file', '-p', oid])).toThrow(/Not a valid object name|bad file/);
    store.close();
  });

  it('writePack() writes what git fsck, index-pack and cat-file accept', () => {
    const { dir, store } = fresh();
    const objects: GitObject[] = [0, 1, 15, 16, 17, 2047, 2048, 300_000].map((length) =>
      blob(noise(length, length + 1)),
    );
    const entries = objects.map(
      (object, n) => ({ mode: '100644', name: `f${n}`, oid: idOf(object) }) as const,
    );
    const tree: GitObject = { type: 'tree', bytes: encodeTree(entries) };
    store.writePack([...objects, tree]);
    const [, pack = ''] = packFiles(dir);
    expect(pack).toMatch(/^pack-[0-9a-f]{40}\.pack$/);
    git(dir, ['index-pack', '--strict', '--verify', join('objects/pack', pack)]);
    const copy = join(temporaryDirectory(), pack);
    copyFileSync(join(dir, 'objects/pack', pack), copy);
    git(dir, ['index-pack', copy]);
    expect(readFileSync(copy.replace(/pack$/, 'idx'))).toEqual(
      readFileSync(join(dir, 'objects/pack', pack.replace(/pack$/, 'idx'))),
    );
    expect(git(dir, ['fsck', '--full', '--strict'])).not.toMatch(/error|missing/);
    expect(git(dir, ['cat-file', '-p', idOf(tree)]).split('\n')).toHaveLength(objects.length);
    store.close();
  });

  it.each([
    ['loose objects', ['config', 'core.compression', '1']],
    ['one pack with deltas by offset', ['repack', '-adfq', '--depth=50', '--window=50']],
    [
      'one pack with deltas by id',
      ['-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq', '--depth=50'],
    ],
    ['64-bit offsets', ['-c', 'pack.indexVersion=2', 'repack', '-adfq']],
    ['what gc makes', ['gc', '-q', '--aggressive']],
  ])(
    'read() gives every object of %s',
    (what, command) => {
      const { dir, store } = fresh();
      historyOf(dir, what === 'loose objects' ? 30 : 600);
      if (what === 'loose objects') {
        const pack = packFiles(dir).find((name) => name.endsWith('.pack')) ?? '';
        const bytes = readFileSync(join(dir, 'objects/pack', pack));
        for (const name of packFiles(dir)) rmSync(join(dir, 'objects/pack', name), { force: true });
        git(dir, ['unpack-objects', '-q'], bytes);
      }
      git(dir, command);
      if (what === '64-bit offsets') {
        const pack = packFiles(dir).find((name) => name.endsWith('.pack')) ?? '';
        const index = join(dir, 'objects/pack', pack.replace(/pack$/, 'idx'));
        rmSync(index, { force: true });
        git(dir, ['index-pack', '--index-version=2,0x40', '-o', index, join('objects/pack', pack)]);
        expect(statSync(index).size).toBeGreaterThan(1072 + gitObjects(dir).length * 36 - 200);
      }
      expectAllReadable(dir, store);
      store.close();
    },
    120_000,
  );

  it('a store stays usable while git repacks under it', () => {
    const { dir, store } = fresh();
    historyOf(dir, 50);
    const ids = gitObjects(dir);
    for (const [n, oid] of ids.entries()) {
      if (n % 40 === 0) {
        git(dir, n % 80 === 0 ? ['repack', '-adfq'] : ['gc', '-q']);
        store.writePack([blob(`between ${n}`)]);
      }
      expect(idOf(store.read(oid) ?? blob(''))).toBe(oid);
    }
    expectAllReadable(dir, store);
    store.close();
  }, 120_000);

  it.each([
    ['small', 12, 50],
    ['large', 500, 10],
  ])(
    'damage of any byte of a %s pack or its index is an error, never another answer',
    (_size, commits, numRuns) => {
      const { host, dir, store } = fresh();
      historyOf(dir, commits);
      git(dir, ['repack', '-adfq', '--depth=50']);
      const all = gitObjects(dir);
      const ids = all.filter((_, n) => n % Math.ceil(all.length / 50) === 0);
      const good = new Map(ids.map((oid) => [oid, store.read(oid)]));
      const files = packFiles(dir)
        .filter((name) => /\.(?:idx|pack)$/.test(name))
        .map((name) => join(dir, 'objects/pack', name));
      const originals = files.map((path) => new Uint8Array(readFileSync(path)));
      store.close();
      let errors = 0;
      fc.assert(
        fc.property(fc.nat(1), fc.nat(), fc.integer({ min: 1, max: 255 }), (which, at, mask) => {
          const [path = '', original = new Uint8Array()] = [files[which], originals[which]];
          const place = at % original.length;
          const damaged = mask > 220 ? original.slice(0, place) : original.slice();
          if (damaged.length === original.length) damaged[place] = (damaged[place] ?? 0) ^ mask;
          overwrite(path, damaged);
          const suspect = new ObjectStore(host, { commonDir: dir });
          for (const [oid, object] of good) {
            try {
              const found = suspect.read(oid);
              expect(found?.type).toBe(object?.type);
              expect(sameBytes(found?.bytes ?? utf8('none'), object?.bytes ?? utf8(''))).toBe(true);
            } catch (error) {
              if (!(error instanceof GitkelError)) throw error;
              expect(error.code).toBe('refused');
              errors++;
            }
          }
          expect([...suspect.damages()].length).toBeGreaterThan(0);
          suspect.close();
          overwrite(path, original);
        }),
        { numRuns },
      );
      expect(errors).toBeGreaterThan(0);
    },
    120_000,
  );

  it('an object that a damaged index of a large pack hides is an error, not absent', () => {
    const { host, dir, store } = fresh();
    historyOf(dir, 500);
    git(dir, ['repack', '-adfq']);
    const ids = gitObjects(dir);
    const oid = ids[700] ?? '';
    expect(store.read(oid)).toBeDefined();
    store.close();
    const index = join(
      dir,
      'objects/pack',
      packFiles(dir).find((name) => name.endsWith('.idx')) ?? '',
    );
    const bytes = new Uint8Array(readFileSync(index));
    const last = 8 + 1024 + 20 * 700 + 19;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    overwrite(index, bytes);
    const suspect = new ObjectStore(host, { commonDir: dir });
    expect(thrownBy(() => suspect.read(oid))).toMatchObject({
      code: 'refused',
      reason: 'pack-corrupt',
    });
    expect(suspect.read(ids[699] ?? '')).toBeDefined();
    suspect.close();
  }, 60_000);

  it('damage of any byte of a loose object is an error, never another answer', () => {
    const { dir, store } = fresh();
    const oid = git(dir, ['hash-object', '-w', '--stdin'], 'some content of a blob\n');
    const path = join(dir, 'objects', oid.slice(0, 2), oid.slice(2));
    const original = new Uint8Array(readFileSync(path));
    for (let place = 0; place < original.length; place++) {
      for (const mask of [1, 0x80, 0xff]) {
        const damaged = original.slice();
        damaged[place] = (damaged[place] ?? 0) ^ mask;
        overwrite(path, damaged);
        try {
          // The second byte of zlib's header says only how hard the writer tried; all else is checked.
          expect(toHexOrUndefined(store.read(oid))).toBe(toHex(utf8('some content of a blob\n')));
        } catch (error) {
          expect(error).toMatchObject({ code: 'refused', reason: 'object-corrupt' });
        }
      }
    }
    overwrite(path, original.subarray(0, original.length - 1));
    expect(thrownBy(() => store.read(oid))).toMatchObject({ reason: 'object-corrupt' });
    expect(existsSync(path)).toBe(true);
    store.close();
  });
});
