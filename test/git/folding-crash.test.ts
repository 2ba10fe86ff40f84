/** Folding failed or killed at every call that changes the disk, and folding beside others that do the same. */
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { compact } from '../../src/git/compact.ts';
import { foldSmallPacks } from '../../src/git/fold-packs.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { encodePack, storePack } from '../../src/git/pack-writer.ts';
import { fileRefs } from '../../src/git/refs.ts';
import { initRepository, openRepository } from '../../src/git/repository.ts';
import type { FileSystem, Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { countingIds, countingObjects } from './counting.ts';
import { git, gitTestEnvironment, hasGit, temporaryDirectory } from './support.ts';
import { exitCode, startWorkers } from './workers.ts';

const { crypto } = nodeHost();
const CHANGING = [
  'writeSync',
  'fsyncSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'mkdirSync',
  'chmodSync',
  'utimesSync',
] as const;
const DEAD = 'dead.process.1';

class Killed extends Error {}

/** The disk, on which the k-th call that changes something fails with an error, or ends the process. */
function faultyHost(
  mode: 'kill' | 'EIO' | 'ENOSPC' | 'EMFILE',
  at: number,
): { host: Host; calls: () => number } {
  const { fs, ...others } = nodeHost();
  let calls = 0;
  const before = (): void => {
    calls++;
    if (mode === 'kill' && calls >= at) throw new Killed();
    if (calls === at) throw Object.assign(new Error(mode), { code: mode });
  };
  const changing = Object.fromEntries(
    CHANGING.map((name) => {
      const call = fs[name] as (...args: readonly unknown[]) => unknown;
      return [
        name,
        (...args: readonly unknown[]): unknown => {
          before();
          return call(...args);
        },
      ];
    }),
  );
  const faulty: FileSystem = {
    ...fs,
    ...changing,
    openSync: (path, flags, mode_) => {
      if (flags !== 'r') before();
      return fs.openSync(path, flags, mode_);
    },
  };
  return {
    host: { ...others, fs: faulty, processes: { self: DEAD, isDead: () => false } },
    calls: () => calls,
  };
}

/** The machine after the process that failed has ended. */
function laterHost(): Host {
  return { ...nodeHost(), processes: { self: 'later.process.2', isDead: (name) => name === DEAD } };
}

const IS_LONG = Number(process.env['GITKEL_LONG'] ?? 1) > 1;
/** Calls until the old packs begin to be removed, about. */
const MAKING = 20;
const COUNT = LIMITS.smallPacks + 1;

/** A repository whose branch holds so many commits, each in a pack of its own. */
function repositoryOfPacks(): { dir: string; ids: readonly string[] } {
  const host = nodeHost();
  const dir = join(temporaryDirectory(), 'repo');
  const repository = initRepository(host, dir, { bare: true, branch: 'main' });
  const unsynced = { ...host, fs: { ...host.fs, fsyncSync: () => {} } };
  const objects = countingObjects(COUNT - 1);
  for (const object of objects)
    storePack(unsynced, join(dir, 'objects/pack'), encodePack(crypto, [object]));
  const refs = fileRefs(unsynced, repository);
  for (const [n, oid] of countingIds(COUNT - 1).entries())
    refs.compareAndSwap(`refs/heads/n${n}`, undefined, oid);
  git(dir, ['pack-refs', '--all']);
  return { dir, ids: objects.map(({ type, bytes }) => objectId(crypto, type, bytes)) };
}

function expectSound(dir: string, ids: readonly string[]): void {
  expect(git(dir, ['fsck', '--full', '--strict', '--no-progress', '--no-dangling'])).toBe('');
  const store = new ObjectStore(laterHost(), { commonDir: dir });
  for (const oid of ids) expect(store.read(oid)).toBeDefined();
  expect([...store.damages()]).toEqual([]);
  store.close();
}

/** What the next commit does: it stores a pack, moves a ref, and folds. */
function expectNextFolds(dir: string): void {
  const host = laterHost();
  const store = new ObjectStore(host, { commonDir: dir });
  const [oid] = store.writePack([{ type: 'blob', bytes: utf8('afterwards') }]);
  fileRefs(host, { gitDir: dir, commonDir: dir }).compareAndSwap('refs/tags/t', undefined, oid);
  store.release();
  store.refresh();
  store.fold();
  for (const object of countingIds(COUNT - 1)) expect(store.read(object)).toBeDefined();
  store.close();
  const indexes = readdirSync(join(dir, 'objects/pack')).filter((name) => name.endsWith('.idx'));
  expect(indexes.length).toBeLessThanOrEqual(LIMITS.smallPacks);
  expect(readdirSync(dir).filter((name) => name.endsWith('.lock'))).toEqual([]);
  expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
}

describe.skipIf(!hasGit)('foldSmallPacks()', () => {
  // The calls that make the new pack are few; each further one removes an old pack, and a sample of them will do.
  it.each([
    ['kill', 1],
    ['EIO', IS_LONG ? 1 : 4],
    ['ENOSPC', IS_LONG ? 1 : 5],
    ['EMFILE', IS_LONG ? 1 : 7],
  ] as const)(
    'with %s at any call loses nothing, and the next commit folds',
    (mode, step) => {
      const { dir, ids } = repositoryOfPacks();
      const copy = `${dir}-copy`;
      let tried = 0;
      let point = 1;
      for (let isThrough = false; !isThrough; point += point < MAKING ? step : 9 * step) {
        rmSync(copy, { recursive: true, force: true });
        cpSync(dir, copy, { recursive: true });
        const { host, calls } = faultyHost(mode, point);
        try {
          foldSmallPacks(host, copy);
        } catch (error) {
          if (!(error instanceof Killed))
            expect(error).toMatchObject({ reason: mode.toLowerCase() });
        }
        isThrough = calls() < point;
        tried++;
        expectSound(copy, ids);
        expectNextFolds(copy);
      }
      expect(point).toBeGreaterThan(100);
      process.stdout.write(`folding: ${mode} at ${tried} points\n`);
      rmSync(copy, { recursive: true, force: true });
    },
    300_000,
  );

  it('loses nothing beside git gc and git repack, and stays readable all the time', async () => {
    const { dir, ids } = repositoryOfPacks();
    const host = nodeHost();
    const store = new ObjectStore(host, { commonDir: dir });
    const run = promisify(execFile);
    const commands = [
      ['repack', '-adfq'],
      ['gc', '-q'],
      ['repack', '-q', '-d', '--geometric=2'],
    ];
    const gitWork = { isDone: false };
    const gits = (async (): Promise<void> => {
      for (let n = 0; n < 12; n++)
        await run('git', commands[n % 3] ?? [], { cwd: dir, env: gitTestEnvironment() });
      gitWork.isDone = true;
    })();
    const stored: string[] = [];
    for (let n = 0; !gitWork.isDone; n++) {
      const object: GitObject = { type: 'blob', bytes: utf8(`while git works ${n}`) };
      const [oid = ''] = store.writePack([object]);
      fileRefs(host, { gitDir: dir, commonDir: dir }).compareAndSwap(
        `refs/tags/t${n}`,
        undefined,
        oid,
      );
      store.release();
      stored.push(oid);
      try {
        if (n % 10 === 0) foldSmallPacks(host, dir);
      } catch (error) {
        expect(error).toBeInstanceOf(GitkelError);
      }
      expect(store.read(ids[n % ids.length] ?? '')).toBeDefined();
      await host.sleep(1);
    }
    await gits;
    store.close();
    expectSound(dir, [...ids, ...stored]);
  }, 300_000);

  it('by several processes at once, beside one that compacts, loses nothing that a ref names', async () => {
    const { dir, ids } = repositoryOfPacks();
    const host = nodeHost();
    const [count, rounds] = [3, IS_LONG ? 200 : 40];
    const workers = await startWorkers(new URL('./fold-worker.ts', import.meta.url), count, [
      dir,
      `${rounds}`,
    ]);
    const ended = Promise.all(workers.map(exitCode));
    const work = { isDone: false };
    const compacting = (async (): Promise<number> => {
      let times = 0;
      for (; !work.isDone; times++)
        await compact(host, openRepository(host, dir, { hostile: false }));
      return times;
    })();
    expect(await ended).toEqual([0, 0, 0]);
    work.isDone = true;
    expect(await compacting).toBeGreaterThan(0);
    const tags = git(dir, ['for-each-ref', '--format=%(refname:short)', 'refs/tags/w*']);
    expect(tags.split('\n')).toHaveLength(count * rounds);
    expectSound(dir, ids);
    expect(readdirSync(dir).filter((name) => name.endsWith('.lock'))).toEqual([]);
  }, 300_000);
});
