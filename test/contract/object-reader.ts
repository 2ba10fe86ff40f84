import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concat, toHex, utf8 } from '../../src/base/bytes.ts';
import { foldAllPacks } from '../../src/git/fold-packs.ts';
import { loosePath } from '../../src/git/loose.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import type { ObjectReader } from '../../src/git/object-reader.ts';
import { encodePack, storePack } from '../../src/git/pack-writer.ts';
import { initRepository } from '../../src/git/repository.ts';
import type { Host } from '../../src/host/host.ts';
import { countingObjects } from '../git/counting.ts';
import { git, gitTestEnvironment, hasGit, type Place } from '../git/support.ts';

export interface ReaderSubject {
  /** Opens the reader of a repository. */
  readonly open: (host: Host, commonDir: string) => ObjectReader;
  readonly makePlace: () => Place;
  /** Whether stock git sees the same files. */
  readonly isOnDisk: boolean;
}

interface Fixture {
  readonly host: Host;
  readonly dir: string;
  readonly reader: ObjectReader;
}

function blob(text: string): GitObject {
  return { type: 'blob', bytes: utf8(text) };
}

/** Bytes that deflate hardly shortens. */
function noise(length: number): Uint8Array {
  let state = 7;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}

function putPack({ host, dir }: Fixture, objects: readonly GitObject[]): string {
  return storePack(host, join(dir, 'objects/pack'), encodePack(host.crypto, objects));
}

function overwrite({ host }: Fixture, path: string, bytes: Uint8Array): void {
  if (!host.fs.readdirSync(dirname(dirname(path))).includes(path.split('/').at(-2) ?? ''))
    host.fs.mkdirSync(dirname(path), { recursive: true });
  try {
    host.fs.unlinkSync(path);
  } catch {
    // It was not there.
  }
  const fd = host.fs.openSync(path, 'wx', 0o644);
  host.fs.writeSync(fd, bytes);
  host.fs.closeSync(fd);
}

function contentOf({ host }: Fixture, path: string): Uint8Array {
  const bytes = new Uint8Array(host.fs.statSync(path).size);
  const fd = host.fs.openSync(path, 'r');
  host.fs.readSync(fd, bytes, 0, bytes.length, 0);
  host.fs.closeSync(fd);
  return bytes;
}

function putLoose(fixture: Fixture, oid: string, { type, bytes }: GitObject): void {
  const framed = deflateSync(concat(utf8(`${type} ${bytes.length}\0`), bytes));
  overwrite(fixture, loosePath(join(fixture.dir, 'objects'), oid), framed);
}

function lines(count: number, last: string): string {
  return `${Array.from({ length: count }, (_, n) => `line ${n}\n`).join('')}${last}`;
}

/** What every {@link ObjectReader} has to do. */
export function objectReaderContract({ open, makePlace, isOnDisk }: ReaderSubject): void {
  const idOf = ({ host }: Fixture, { type, bytes }: GitObject): string =>
    objectId(host.crypto, type, bytes);

  /** Runs a test on an empty repository, and closes the reader whatever comes. */
  const withFixture =
    (test: (fixture: Fixture) => Promise<void>): (() => Promise<void>) =>
    async () => {
      const { host, dir } = makePlace();
      initRepository(host, dir, { bare: true, branch: 'main' });
      const reader = open(host, dir);
      try {
        await test({ host, dir, reader });
      } finally {
        await reader.close();
      }
    };

  const expectRead = async (fixture: Fixture, objects: readonly GitObject[]): Promise<void> => {
    for (const object of objects) {
      const found = await fixture.reader.read(idOf(fixture, object));
      expect(found?.type).toBe(object.type);
      expect(toHex(found?.bytes ?? utf8('none'))).toBe(toHex(object.bytes));
      expect(await fixture.reader.has(idOf(fixture, object))).toBe(true);
    }
  };

  it(
    'reads objects of each type, packed and loose, also empty and large ones',
    withFixture(async (fixture) => {
      const [commit = blob('')] = countingObjects(1);
      const tag: GitObject = {
        type: 'tag',
        bytes: utf8(
          `object ${idOf(fixture, commit)}\ntype commit\ntag x\ntagger A <a@b> 1 +0000\n\nx\n`,
        ),
      };
      const tree: GitObject = { type: 'tree', bytes: new Uint8Array() };
      const large: GitObject = { type: 'blob', bytes: noise(300_000) };
      const objects = [commit, tag, tree, blob(''), blob('x'), large];
      putPack(fixture, objects);
      await expectRead(fixture, objects);
      const loose = [blob('loose'), blob(lines(1000, 'loose')), { ...large, bytes: noise(70_000) }];
      for (const object of loose) putLoose(fixture, idOf(fixture, object), object);
      await expectRead(fixture, [...loose, ...objects]);
    }),
  );

  it(
    'says that nothing is there, and finds it when it is',
    withFixture(async (fixture) => {
      const { reader } = fixture;
      const oid = idOf(fixture, blob('later'));
      expect(await reader.read(oid)).toBeUndefined();
      expect(await reader.has(oid)).toBe(false);
      putPack(fixture, [blob('other')]);
      expect(await reader.read(oid)).toBeUndefined();
      putPack(fixture, [blob('later')]);
      await expectRead(fixture, [blob('later'), blob('other')]);
    }),
  );

  it(
    'refuses an object that is larger than the caller allows, and goes on',
    withFixture(async (fixture) => {
      const { reader } = fixture;
      const large: GitObject = { type: 'blob', bytes: noise(5000) };
      const bomb: GitObject = { type: 'blob', bytes: new Uint8Array(4_000_000) };
      putPack(fixture, [large, blob('small')]);
      putLoose(fixture, idOf(fixture, bomb), bomb);
      expect((await reader.read(idOf(fixture, large), 5000))?.bytes).toHaveLength(5000);
      const answers = await Promise.allSettled([
        reader.read(idOf(fixture, large), 4999),
        reader.read(idOf(fixture, bomb), 100_000),
        reader.read(idOf(fixture, blob('small')), 5),
      ]);
      expect(answers).toMatchObject([
        { status: 'rejected', reason: { code: 'refused', reason: 'object-too-large' } },
        { status: 'rejected', reason: { code: 'refused', reason: 'object-too-large' } },
        { status: 'fulfilled' },
      ]);
      await expectRead(fixture, [blob('small'), large]);
    }),
  );

  it.each<readonly [string, (good: Uint8Array) => Uint8Array]>([
    ['an empty file', () => new Uint8Array()],
    ['a cut-off file', (good) => good.subarray(0, 10)],
    ['no deflated bytes', () => utf8('blob 5\0hello')],
    ['other content', () => deflateSync(utf8('blob 5\0hallo'))],
    ['another type', () => deflateSync(utf8('tree 5\0hello'))],
    ['a wrong size', () => deflateSync(utf8('blob 9\0hello'))],
  ])('takes %s for damage, never for another object or for none', async (_what, damage) =>
    withFixture(async (fixture) => {
      const oid = idOf(fixture, blob('hello'));
      putLoose(fixture, oid, blob('hello'));
      const path = loosePath(join(fixture.dir, 'objects'), oid);
      overwrite(fixture, path, damage(contentOf(fixture, path)));
      await expect(fixture.reader.read(oid)).rejects.toMatchObject({
        code: 'refused',
        reason: 'object-corrupt',
      });
      putPack(fixture, [blob('whole')]);
      await expectRead(fixture, [blob('whole')]);
    })(),
  );

  it(
    'takes damage of any byte of a packed object for damage',
    withFixture(async (fixture) => {
      const { host, dir } = fixture;
      const path = putPack(fixture, [blob(lines(30, 'x'))]).replace(/idx$/, 'pack');
      const good = contentOf(fixture, path);
      for (let at = 12; at < good.length - 20; at += 7) {
        const bad = good.slice();
        bad[at] = (bad[at] ?? 0) ^ 0x5a;
        overwrite(fixture, path, bad);
        const reader = open(host, dir);
        try {
          // The second byte of zlib's header says only how hard the writer tried.
          const found = await reader.read(idOf(fixture, blob(lines(30, 'x'))));
          expect(found).toEqual(blob(lines(30, 'x')));
        } catch (error) {
          expect(error).toMatchObject({ code: 'refused' });
        } finally {
          await reader.close();
        }
      }
    }),
  );

  it(
    'does not take an object for absent that a damaged index hides',
    withFixture(async (fixture) => {
      const { host, dir } = fixture;
      const path = putPack(fixture, [blob('hidden')]);
      const index = contentOf(fixture, path);
      const lastOfId = 8 + 1024 + 19;
      index[lastOfId] = (index[lastOfId] ?? 0) ^ 1;
      overwrite(fixture, path, index);
      const reader = open(host, dir);
      await expect(reader.read(idOf(fixture, blob('hidden')))).rejects.toMatchObject({
        code: 'refused',
        reason: 'pack-corrupt',
      });
      await reader.close();
    }),
  );

  it(
    'reads from many packs, many at once, while packs are folded under it',
    withFixture(async (fixture) => {
      const { host, dir, reader } = fixture;
      const objects = Array.from({ length: 60 }, (_, n) => blob(`number ${n}`));
      for (const object of objects) putPack(fixture, [object]);
      const all = objects.map((object) => idOf(fixture, object));
      const first = await Promise.all(all.slice(0, 30).map((oid) => reader.read(oid)));
      expect(first).toEqual(objects.slice(0, 30));
      const during = Promise.all(all.map((oid) => reader.read(oid)));
      foldAllPacks(host, dir);
      expect(await during).toEqual(objects);
      await expectRead(fixture, objects);
    }),
  );

  describe.skipIf(!isOnDisk || !hasGit)('beside stock git (needs git and a disk)', () => {
    it.each([
      ['by offset', 'true'],
      ['by id', 'false'],
    ])('reads chains of deltas %s', async (_what, byOffset) =>
      withFixture(async (fixture) => {
        const { dir } = fixture;
        const versions = Array.from({ length: 60 }, (_, n) => blob(lines(200, `version ${n}\n`)));
        putPack(fixture, versions);
        for (const [n, object] of versions.entries())
          git(dir, ['update-ref', `refs/tags/t${n}`, idOf(fixture, object)]);
        git(dir, ['-c', `repack.useDeltaBaseOffset=${byOffset}`, 'repack', '-adfq', '--depth=50']);
        await expectRead(fixture, versions);
      })(),
    );

    it(
      'reads on while git repacks all the time',
      withFixture(async (fixture) => {
        const { dir, reader } = fixture;
        const objects = Array.from({ length: 40 }, (_, n) => blob(lines(20, `version ${n}`)));
        for (const [n, object] of objects.entries()) {
          putPack(fixture, [object]);
          git(dir, ['update-ref', `refs/tags/t${n}`, idOf(fixture, object)]);
        }
        const work = { isDone: false };
        const repacking = (async (): Promise<void> => {
          const run = promisify(execFile);
          for (let n = 0; n < 8; n++) {
            const args =
              n % 2 === 0 ? ['repack', '-adfq'] : ['-c', 'gc.pruneExpire=now', 'gc', '-q'];
            await run('git', args, { cwd: dir, env: gitTestEnvironment() });
          }
          work.isDone = true;
        })();
        try {
          for (let n = 0; !work.isDone; n++) {
            const object = objects[n % objects.length] ?? blob('');
            expect(await reader.read(idOf(fixture, object))).toEqual(object);
            await fixture.host.sleep(0);
          }
        } finally {
          await repacking;
        }
        await expectRead(fixture, objects);
      }),
    );
  });
}
