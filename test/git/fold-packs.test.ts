import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { foldAllPacks, foldSmallPacks } from '../../src/git/fold-packs.ts';
import { lockPacks, unlockPacks } from '../../src/git/packs-lock.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { encodePack, storePack } from '../../src/git/pack-writer.ts';
import { initRepository } from '../../src/git/repository.ts';
import type { Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { git, hasGit, PLACES, temporaryDirectory } from './support.ts';

const { crypto } = nodeHost();

function blob(text: string): GitObject {
  return { type: 'blob', bytes: utf8(text) };
}

function idOf(object: GitObject): string {
  return objectId(crypto, object.type, object.bytes);
}

interface Packed {
  readonly host: Host;
  readonly dir: string;
  readonly ids: readonly string[];
}

function packOf(host: Host, dir: string, objects: readonly GitObject[]): string {
  return storePack(host, join(dir, 'objects/pack'), encodePack(crypto, objects));
}

/** A repository with so many packs of one blob each. */
function packed(host: Host, dir: string, count: number): Packed {
  initRepository(host, dir, { bare: true, branch: 'main' });
  const ids = Array.from({ length: count }, (_, n) => {
    packOf(host, dir, [blob(`number ${n}`)]);
    return idOf(blob(`number ${n}`));
  });
  return { host, dir, ids };
}

/** The disk; what is synced is the subject of other tests. */
function unsyncedHost(): Host {
  const host = nodeHost();
  return { ...host, fs: { ...host.fs, fsyncSync: () => {} } };
}

function onDisk(count: number): Packed {
  return packed(unsyncedHost(), join(temporaryDirectory(), 'repo'), count);
}

function names(host: Host, dir: string, ending: string): readonly string[] {
  return host.fs.readdirSync(join(dir, 'objects/pack')).filter((name) => name.endsWith(ending));
}

function expectAll({ host, dir, ids }: Packed): void {
  const store = new ObjectStore(host, { commonDir: dir });
  for (const oid of ids) expect(store.read(oid)?.type).toBe('blob');
  expect([...store.damages()]).toEqual([]);
  store.close();
}

const TOO_MANY = LIMITS.smallPacks + 1;

describe.each(PLACES)('foldSmallPacks() on %s', (_name, make) => {
  it('makes one pack of more small ones than there may be, and keeps every object', () => {
    const { host, dir } = make();
    const repository = packed(host, dir, TOO_MANY);
    expect(foldSmallPacks(host, dir)).toBe(true);
    expect(names(host, dir, '.pack')).toHaveLength(1);
    expect(names(host, dir, '.idx')).toHaveLength(1);
    expectAll(repository);
    expect(foldSmallPacks(host, dir)).toBe(false);
  });

  it('leaves as many packs alone as there may be', () => {
    const { host, dir } = make();
    packed(host, dir, LIMITS.smallPacks);
    expect(foldSmallPacks(host, dir)).toBe(false);
    expect(names(host, dir, '.pack')).toHaveLength(LIMITS.smallPacks);
  });
});

describe('foldSmallPacks()', () => {
  it('leaves packs alone that would be too large with others of their size, however many there are', () => {
    const { host, dir } = onDisk(0);
    const packs = join(dir, 'objects/pack');
    mkdirSync(packs, { recursive: true });
    const bytes = LIMITS.foldedPackBytes / 4 + 1;
    for (let n = 0; n <= LIMITS.smallPacks; n++) {
      const stem = join(packs, `pack-${String(n).padStart(40, '0')}`);
      for (const ending of ['.pack', '.idx']) writeFileSync(`${stem}${ending}`, '');
      truncateSync(`${stem}.pack`, bytes);
    }
    expect(foldSmallPacks(host, dir)).toBe(false);
    expect(readdirSync(packs)).toHaveLength(2 * (LIMITS.smallPacks + 1));
  });

  it('copies each object as often as its pack quadruples, and no more', () => {
    const { host, dir } = onDisk(0);
    let written = 0;
    const counting: Host = {
      ...host,
      fs: {
        ...host.fs,
        writeSync: (fd, bytes, offset, length) => {
          written += length ?? bytes.length;
          return host.fs.writeSync(fd, bytes, offset, length);
        },
      },
    };
    const count = 16 * LIMITS.smallPacks;
    let stored = 0;
    for (let n = 0; n < count; n++) {
      packOf(host, dir, [blob(`${n}`.padStart(400, 'x'))]);
      stored += 1_200;
      foldSmallPacks(counting, dir);
    }
    expect(names(host, dir, '.pack').length).toBeLessThanOrEqual(LIMITS.smallPacks);
    // Once into a pack of its first fold, and then as often as that can quadruple.
    expect(written).toBeLessThan((stored * (1 + Math.log2(16) / 2)) / 2);
    const store = new ObjectStore(host, { commonDir: dir });
    expect([...store.list()]).toHaveLength(count);
    store.close();
  });

  it('keeps one copy of an object that several packs hold', () => {
    const repository = onDisk(TOO_MANY);
    const { host, dir, ids } = repository;
    packOf(host, dir, [blob('number 0'), blob('number 1')]);
    packOf(host, dir, [blob('number 1'), blob('new')]);
    expect(foldSmallPacks(host, dir)).toBe(true);
    const store = new ObjectStore(host, { commonDir: dir });
    expect([...store.list()].map(({ oid }) => oid).toSorted()).toEqual(
      [...ids, idOf(blob('new'))].toSorted(),
    );
    store.close();
  });

  it.each(['.keep', '.promisor', '.mtimes', '.bitmap', '.rev'])(
    'leaves a pack alone that has a %s file',
    (ending) => {
      const repository = onDisk(TOO_MANY + 1);
      const { host, dir } = repository;
      const [kept = ''] = names(host, dir, '.pack');
      writeFileSync(join(dir, 'objects/pack', kept.replace(/\.pack$/, ending)), '');
      expect(foldSmallPacks(host, dir)).toBe(true);
      expect(names(host, dir, '.pack')).toHaveLength(2);
      expect(names(host, dir, '.pack')).toContain(kept);
    },
  );

  it('leaves a pack that gets protected while it is copied', () => {
    const { host, dir } = onDisk(TOO_MANY);
    const [kept = ''] = names(host, dir, '.pack');
    const keep = join(dir, 'objects/pack', kept.replace(/\.pack$/, '.keep'));
    const late: Host = {
      ...host,
      fs: {
        ...host.fs,
        renameSync: (from, to) => {
          writeFileSync(keep, '');
          host.fs.renameSync(from, to);
        },
      },
    };
    expect(foldSmallPacks(late, dir)).toBe(true);
    expect(names(host, dir, '.pack')).toHaveLength(2);
    expect(names(host, dir, '.pack')).toContain(kept);
  });

  it('leaves all packs to Git where Git indexes them together', () => {
    const { host, dir } = onDisk(TOO_MANY);
    writeFileSync(join(dir, 'objects/pack/multi-pack-index'), '');
    expect(foldSmallPacks(host, dir)).toBe(false);
    expect(names(host, dir, '.pack')).toHaveLength(TOO_MANY);
  });

  it('leaves a damaged pack as it is, whichever byte is damaged', () => {
    const { host, dir } = onDisk(TOO_MANY);
    const [first = ''] = names(host, dir, '.pack');
    for (const name of [first, first.replace(/pack$/, 'idx')]) {
      const path = join(dir, 'objects/pack', name);
      const whole = new Uint8Array(readFileSync(path));
      const places = name.endsWith('.pack')
        ? Array.from({ length: whole.length - 32 }, (_, n) => 12 + n)
        : [0, 7, 1031, 1052, 1053, 1055, 1056, 1059];
      for (const place of places) {
        const damaged = whole.slice();
        damaged[place] = (damaged[place] ?? 0) ^ 0x41;
        host.fs.chmodSync(path, 0o644);
        writeFileSync(path, damaged);
        packOf(host, dir, [blob('same name each time')]);
        foldSmallPacks(host, dir);
        expect(new Uint8Array(readFileSync(path))).toEqual(damaged);
        for (let n = names(host, dir, '.pack').length; n <= TOO_MANY; n++)
          packOf(host, dir, [blob(`${name} ${place} ${n}`)]);
      }
      writeFileSync(path, whole);
    }
  });

  it('does nothing while another process replaces packs', () => {
    const { host, dir } = onDisk(TOO_MANY);
    const attempt = lockPacks(host, dir);
    if (!attempt.ok) throw new Error('nobody else locks here');
    expect(foldSmallPacks(host, dir)).toBe(false);
    expect(names(host, dir, '.pack')).toHaveLength(TOO_MANY);
    unlockPacks(host, attempt.lock);
    expect(foldSmallPacks(host, dir)).toBe(true);
  });

  it('takes over the lock of a dead process', () => {
    const { host, dir } = onDisk(TOO_MANY);
    const dead = { ...host, processes: { self: 'dead.process.1', isDead: () => false } };
    expect(lockPacks(dead, dir).ok).toBe(true);
    const isDead = (name: string): boolean => name === 'dead.process.1';
    expect(foldSmallPacks({ ...host, processes: { self: 'alive', isDead } }, dir)).toBe(true);
    expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
    expect(readdirSync(dir)).not.toContain('gitkel-packs.lock');
  });
});

describe('ObjectStore', () => {
  it('fold() keeps the number of packs bounded, and the store readable', () => {
    const { host, dir } = onDisk(0);
    const store = new ObjectStore(host, { commonDir: dir });
    const reader = new ObjectStore(host, { commonDir: dir });
    const ids: string[] = [];
    for (let n = 0; n < 200; n++) {
      ids.push(...store.writePack([blob(`a ${n}`), blob(`b ${n}`)]));
      store.release();
      store.fold();
      expect(names(host, dir, '.pack').length).toBeLessThanOrEqual(LIMITS.smallPacks);
      expect(reader.read(ids[(7 * n) % ids.length] ?? '')?.type).toBe('blob');
    }
    for (const oid of ids) {
      expect(store.read(oid)?.type).toBe('blob');
      expect(reader.read(oid)?.type).toBe('blob');
    }
    store.close();
    reader.close();
  });

  it('fold() leaves it for another time when the disk is full', () => {
    const { host, dir } = onDisk(TOO_MANY);
    const full = (): never => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    const store = new ObjectStore(
      { ...host, fs: { ...host.fs, writeSync: full } },
      { commonDir: dir },
    );
    store.refresh();
    store.fold();
    expect(names(host, dir, '.pack')).toHaveLength(TOO_MANY);
    expect(names(host, dir, '')).toHaveLength(2 * TOO_MANY);
    expect(readdirSync(dir)).not.toContain('gitkel-packs.lock');
    store.close();
  });
});

describe('foldAllPacks()', () => {
  it('makes one pack of two', () => {
    const repository = onDisk(2);
    foldAllPacks(repository.host, repository.dir);
    expect(names(repository.host, repository.dir, '.pack')).toHaveLength(1);
    expectAll(repository);
  });
});

describe.skipIf(!hasGit)('foldSmallPacks() beside stock git', () => {
  it('makes what git fsck and index-pack accept', () => {
    const { host, dir, ids } = onDisk(TOO_MANY);
    expect(foldSmallPacks(host, dir)).toBe(true);
    const [pack = ''] = names(host, dir, '.pack');
    const path = join(dir, 'objects/pack', pack);
    git(dir, ['index-pack', '--strict', '--verify', path]);
    const copy = join(temporaryDirectory(), pack);
    writeFileSync(copy, readFileSync(path));
    git(dir, ['index-pack', '--strict', copy]);
    expect(readFileSync(copy.replace(/pack$/, 'idx'))).toEqual(
      readFileSync(path.replace(/pack$/, 'idx')),
    );
    expect(git(dir, ['fsck', '--full', '--strict', '--no-dangling'])).toBe('');
    for (const oid of ids) expect(git(dir, ['cat-file', '-t', oid])).toBe('blob');
    expect(statSync(path).mode & 0o777).toBe(0o444);
  });

  it.each([
    ['by offset', 'true'],
    ['by id', 'false'],
  ])(
    'copies a pack with deltas %s as a whole, and leaves one that shares objects',
    (_what, byOffset) => {
      const repository = onDisk(TOO_MANY);
      const { host, dir } = repository;
      const text = Array.from({ length: 200 }, (_, n) => `line ${n} of many\n`).join('');
      const versions = Array.from({ length: 8 }, (_, n) => `${text}version ${n}\n`);
      const oids = versions.map((version) => git(dir, ['hash-object', '-w', '--stdin'], version));
      const pack = (some: readonly string[]): string =>
        git(
          dir,
          [
            '-c',
            `repack.useDeltaBaseOffset=${byOffset}`,
            'pack-objects',
            '-q',
            ...(byOffset === 'true' ? ['--delta-base-offset'] : []),
            'objects/pack/pack',
          ],
          `${some.join('\n')}\n`,
        );
      pack(oids.slice(0, 5));
      const second = pack(oids.slice(4));
      git(dir, ['prune-packed']);
      expect(git(dir, ['verify-pack', '-v', `objects/pack/pack-${second}.idx`])).toMatch(
        /chain length/,
      );
      expect(foldSmallPacks(host, dir)).toBe(true);
      // One of the two was taken, the other has an object that is there already.
      expect(names(host, dir, '.pack')).toHaveLength(2);
      expect(git(dir, ['fsck', '--full', '--strict', '--no-dangling'])).toBe('');
      expectAll({ host, dir, ids: [...repository.ids, ...oids] });
      for (const [n, oid] of oids.entries())
        expect(git(dir, ['cat-file', 'blob', oid])).toBe(versions[n]?.trimEnd());
    },
  );
});
