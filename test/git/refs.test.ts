import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GitkelError } from '../../src/base/errors.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { fileRefs, moveRefWaiting } from '../../src/git/refs.ts';
import { initRepository, type Repository } from '../../src/git/repository.ts';
import type { FileSystem, Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { refStoreContract } from '../contract/refs.ts';
import { countingIds, countingObjects } from './counting.ts';
import {
  git,
  gitTestEnvironment,
  hasGit,
  PLACES,
  temporaryDirectory,
  thrownBy,
} from './support.ts';
import { exitCode, startWorkers } from './workers.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const REF = 'refs/heads/main';
/** Kinds of file systems (statfs(2)). */
const EXT4 = 0xef53;
const NFS = 0x6969;

describe.each(PLACES)('fileRefs() on %s', (_name, make) => {
  refStoreContract(() => {
    const { host, dir } = make();
    return {
      host,
      refs: fileRefs(host, initRepository(host, dir, { bare: true, branch: 'main' })),
    };
  });
});

function fresh(options: Parameters<typeof nodeHost>[0] = {}): {
  host: Host;
  dir: string;
  repository: Repository;
} {
  const host = nodeHost(options);
  const dir = join(temporaryDirectory(), 'repo');
  return { host, dir, repository: initRepository(host, dir, { bare: true, branch: 'main' }) };
}

/** The name of a process that has ended. */
function deadProcess(host: Host): string {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const parts = host.processes.self.split('.');
  parts[parts.length - 2] = String(pid);
  return parts.join('.');
}

/** Leaves what a process of that name leaves when it is killed while it holds a lock. */
function leaveLock(dir: string, name: string, lock: string): string {
  const owner = join(dir, 'gitkel-locks', `${name}.00ff`);
  mkdirSync(join(dir, 'gitkel-locks'), { recursive: true });
  writeFileSync(owner, '');
  linkSync(owner, join(dir, lock));
  return owner;
}

describe('fileRefs()', () => {
  it.each([
    ['an empty file', ''],
    ['a cut-off id', `${'a'.repeat(39)}\n`],
    ['no line feed', A],
    ['upper case', `${'A'.repeat(40)}\n`],
    ['all zero', `${'0'.repeat(40)}\n`],
    ['two lines', `${A}\n${A}\n`],
    ['CRLF', `${A}\r\n`],
    ['a symbolic ref to no name', 'ref: ../../etc/passwd\n'],
  ])('read() and compareAndSwap() take %s for damage, never for an absent ref', (_what, text) => {
    const { host, dir, repository } = fresh();
    writeFileSync(join(dir, REF), text);
    const refs = fileRefs(host, repository);
    expect(thrownBy(() => refs.read(REF))).toMatchObject({
      code: 'refused',
      reason: 'ref-corrupt',
    });
    expect(thrownBy(() => refs.list('refs/heads/'))).toMatchObject({ reason: 'ref-corrupt' });
    expect(thrownBy(() => refs.compareAndSwap(REF, undefined, B))).toMatchObject({
      reason: 'ref-corrupt',
    });
    expect(readFileSync(join(dir, REF), 'utf8')).toBe(text);
    expect(existsSync(join(dir, `${REF}.lock`))).toBe(false);
    expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
  });

  it('read() follows symbolic refs a few steps and no further; compareAndSwap() refuses them', () => {
    const { host, dir, repository } = fresh();
    const refs = fileRefs(host, repository);
    refs.compareAndSwap(REF, undefined, A);
    writeFileSync(join(dir, 'refs/heads/alias'), `ref: ${REF}\n`);
    writeFileSync(join(dir, 'refs/heads/loop'), 'ref: refs/heads/loop\n');
    writeFileSync(join(dir, 'refs/heads/nowhere'), 'ref: refs/heads/absent\n');
    expect(refs.read('refs/heads/alias')).toBe(A);
    expect(refs.read('refs/heads/nowhere')).toBeUndefined();
    expect(thrownBy(() => refs.read('refs/heads/loop'))).toMatchObject({ reason: 'ref-corrupt' });
    expect(thrownBy(() => refs.compareAndSwap('refs/heads/alias', A, B))).toMatchObject({
      reason: 'ref-symbolic',
    });
  });

  it('read() refuses a ref file that is a symbolic link', () => {
    const { host, dir, repository } = fresh();
    const refs = fileRefs(host, repository);
    refs.compareAndSwap(REF, undefined, A);
    symlinkSync('main', join(dir, 'refs/heads/link'));
    expect(thrownBy(() => refs.read('refs/heads/link'))).toMatchObject({ reason: 'symlink' });
  });

  it('compareAndSwap() leaves a file of 41 bytes and nothing else behind', () => {
    const { host, dir, repository } = fresh();
    fileRefs(host, repository).compareAndSwap(REF, undefined, A);
    expect(readFileSync(join(dir, REF), 'latin1')).toBe(`${A}\n`);
    expect(statSync(join(dir, REF)).nlink).toBe(1);
    expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
    expect(readdirSync(join(dir, 'refs/heads'))).toEqual(['main']);
  });

  it('compareAndSwap() syncs the ref and its directory, in this order around the rename', () => {
    const calls: string[] = [];
    const real = nodeHost().fs;
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
    const { dir, repository } = fresh();
    const refs = fileRefs(nodeHost({ fs }), repository);
    refs.compareAndSwap(REF, undefined, A);
    calls.length = 0;
    refs.compareAndSwap(REF, A, B);
    expect(calls.map((call) => call.replace(dir, '').replace(/locks\/.*/, 'locks/owner'))).toEqual([
      'fsync /gitkel-locks/owner',
      `rename /${REF}`,
      'fsync /refs/heads',
    ]);
  });

  it('compareAndSwap() takes over the lock of a dead process, in time or later', () => {
    const { host, dir, repository } = fresh();
    const refs = fileRefs(host, repository);
    refs.compareAndSwap(REF, undefined, A);
    leaveLock(dir, deadProcess(host), `${REF}.lock`);
    expect(refs.compareAndSwap(REF, A, B)).toEqual({ ok: true });
    expect(refs.read(REF)).toBe(B);
    expect(existsSync(join(dir, `${REF}.lock`))).toBe(false);
    expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
  });

  it('compareAndSwap() removes what a process left that died after its rename', () => {
    const { host, dir, repository } = fresh();
    fileRefs(host, repository).compareAndSwap(REF, undefined, A);
    linkSync(join(dir, REF), join(dir, 'gitkel-locks', `${deadProcess(host)}.01`));
    // Whoever opens the repository clears away once, before the first ref is moved.
    expect(fileRefs(host, repository).compareAndSwap(REF, A, B)).toEqual({ ok: true });
    expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
  });

  it('compareAndSwap() makes a directory again that others remove while it looks at it', () => {
    const { host, dir, repository } = fresh();
    const place = join(dir, 'refs/heads/team');
    host.fs.mkdirSync(place, {});
    let step = 0;
    // Gone when the lock is made, there when it is looked for, gone when it is looked at.
    const at = (path: string, expected: number, change: () => void): void => {
      if (path !== place || step !== expected) return;
      step++;
      change();
    };
    const fs: FileSystem = {
      ...host.fs,
      linkSync: (from, to) => {
        at(dirname(to), 0, () => host.fs.rmdirSync(place));
        host.fs.linkSync(from, to);
      },
      lstatSync: (path) => {
        at(path, 1, () => host.fs.mkdirSync(place, {}));
        return host.fs.lstatSync(path);
      },
      statSync: (path) => {
        at(path, 2, () => host.fs.rmdirSync(place));
        return host.fs.statSync(path);
      },
    };
    const refs = fileRefs({ ...host, fs }, repository);
    expect(refs.compareAndSwap('refs/heads/team/a', undefined, A)).toEqual({ ok: true });
    expect(step).toBe(3);
  });

  it('compareAndSwap() is done where others pack the ref, and remove its directory, as soon as it is there', () => {
    const { host, dir, repository } = fresh();
    const fs: FileSystem = {
      ...host.fs,
      renameSync: (from, to) => {
        host.fs.renameSync(from, to);
        if (!to.endsWith('/team/a')) return;
        writeFileSync(join(dir, 'packed-refs'), `${A} refs/heads/team/a\n`);
        host.fs.unlinkSync(to);
        host.fs.rmdirSync(dirname(to));
      },
    };
    const refs = fileRefs({ ...host, fs }, repository);
    expect(refs.compareAndSwap('refs/heads/team/a', undefined, A)).toEqual({ ok: true });
    expect(refs.read('refs/heads/team/a')).toBe(A);
    expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
  });

  it('compareAndSwap() never touches the lock of a living process', () => {
    const { host, dir, repository } = fresh();
    const refs = fileRefs(host, repository);
    const owner = leaveLock(dir, host.processes.self, `${REF}.lock`);
    expect(refs.compareAndSwap(REF, undefined, A)).toEqual({
      ok: false,
      busy: expect.stringContaining(host.processes.self),
    });
    expect(existsSync(owner)).toBe(true);
    expect(existsSync(join(dir, `${REF}.lock`))).toBe(true);
    expect(refs.read(REF)).toBeUndefined();
  });

  it.each(['another boot', 'another namespace', 'nobody'])(
    'compareAndSwap() leaves a lock of %s alone',
    (who) => {
      const { host, dir, repository } = fresh();
      const [, namespace, pid, start] = host.processes.self.split('.');
      const boot = '00000000-0000-4000-8000-000000000000';
      const names: { readonly [who: string]: string } = {
        'another boot': `${boot}.${namespace}.${pid}.${start}`,
        'another namespace': host.processes.self.replace(`.${namespace}.`, '.1.'),
        nobody: 'whatever',
      };
      leaveLock(dir, names[who] ?? '', `${REF}.lock`);
      expect(fileRefs(host, repository).compareAndSwap(REF, undefined, A)).toMatchObject({
        busy: expect.any(String),
      });
      expect(existsSync(join(dir, `${REF}.lock`))).toBe(true);
    },
  );

  it('compareAndSwap() ends a lock of an earlier boot on a disk of this machine, and only there', () => {
    const real = nodeHost();
    for (const type of [EXT4, NFS]) {
      const { host, dir, repository } = fresh({
        fs: { ...real.fs, statfsSync: () => ({ type }) },
        processes: { ...real.processes, isOfOtherBoot: (name) => name === 'earlier' },
      });
      leaveLock(dir, 'earlier-local', `${REF}.lock`);
      const swapped = fileRefs(host, repository).compareAndSwap(REF, undefined, A);
      expect(swapped.ok).toBe(type === EXT4);
      expect(existsSync(join(dir, `${REF}.lock`))).toBe(type !== EXT4);
      expect(readdirSync(join(dir, 'gitkel-locks'))).toHaveLength(type === EXT4 ? 0 : 1);
    }
  });

  it('compareAndSwap() leaves a lock of git alone, whatever a dead process left beside it', () => {
    const real = nodeHost();
    const { host, dir, repository } = fresh({
      fs: { ...real.fs, statfsSync: () => ({ type: EXT4 }) },
      processes: { ...real.processes, isOfOtherBoot: (name) => name === 'earlier' },
    });
    mkdirSync(join(dir, 'gitkel-locks'));
    writeFileSync(join(dir, 'gitkel-locks', 'earlier-local.00ff'), '');
    writeFileSync(join(dir, `${REF}.lock`), '');
    expect(fileRefs(host, repository).compareAndSwap(REF, undefined, A)).toMatchObject({
      ok: false,
      busy: expect.stringContaining('Git or another program'),
    });
    expect(existsSync(join(dir, `${REF}.lock`))).toBe(true);
  });

  it("compareAndSwap() never touches git's own lock, and moveRefWaiting() gives up in the end", async () => {
    const real = nodeHost();
    let slept = 0;
    const { dir, repository } = fresh();
    const host: Host = {
      ...real,
      sleep: async (milliseconds) => {
        slept += milliseconds;
        await Promise.resolve();
      },
    };
    const refs = fileRefs(host, repository);
    writeFileSync(join(dir, `${REF}.lock`), '');
    expect(refs.compareAndSwap(REF, undefined, A)).toMatchObject({
      ok: false,
      busy: expect.any(String),
    });
    await expect(moveRefWaiting(host, refs, REF, undefined, A)).rejects.toMatchObject({
      code: 'environment',
      reason: 'locked',
    });
    expect(slept).toBeGreaterThanOrEqual(10_000);
    expect(readFileSync(join(dir, `${REF}.lock`), 'utf8')).toBe('');
    expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
  });

  it('compareAndSwap() excludes others also where there are no hard links', () => {
    const real = nodeHost().fs;
    const fs: FileSystem = {
      ...real,
      linkSync: () => {
        throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      },
    };
    const { dir, repository } = fresh();
    const refs = fileRefs(nodeHost({ fs }), repository);
    expect(refs.compareAndSwap(REF, undefined, A)).toEqual({ ok: true });
    expect(refs.compareAndSwap(REF, B, A)).toEqual({ ok: false, current: A });
    expect(existsSync(join(dir, `${REF}.lock`))).toBe(false);
    writeFileSync(join(dir, `${REF}.lock`), '');
    expect(refs.compareAndSwap(REF, A, B)).toMatchObject({ ok: false, busy: expect.any(String) });
  });

  it.each(['EIO', 'ENOSPC', 'EACCES', 'EMFILE'])(
    'an error %s of any call is an error, never an answer',
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
        readSync: failing(real.readSync),
        fsyncSync: failing(real.fsyncSync),
        lstatSync: failing(real.lstatSync),
        readdirSync: failing(real.readdirSync),
        renameSync: failing(real.renameSync),
        linkSync: failing(real.linkSync),
        unlinkSync: failing(real.unlinkSync),
      };
      const { host, repository } = fresh();
      const refs = fileRefs(nodeHost({ fs }), repository);
      const honest = fileRefs(host, repository);
      honest.compareAndSwap(REF, undefined, A);
      let points = 0;
      for (let isDone = false, current = A, next = B; !isDone; points++) {
        left = points;
        try {
          expect(refs.compareAndSwap(REF, current, next)).toEqual({ ok: true });
          isDone = left >= 0;
        } catch (error) {
          expect(error).toBeInstanceOf(GitkelError);
          expect(error).toMatchObject({ code: 'environment', reason: errno.toLowerCase() });
        }
        left = Number.POSITIVE_INFINITY;
        const found = honest.read(REF) ?? '';
        expect([current, next]).toContain(found);
        if (found === next) [current, next] = [next, current];
        // What a failing disk may leave is our own lock: of this process, which still lives.
        for (const name of readdirSync(join(repository.commonDir, 'gitkel-locks'))) {
          if (existsSync(join(repository.commonDir, `${REF}.lock`)))
            real.unlinkSync(join(repository.commonDir, `${REF}.lock`));
          real.unlinkSync(join(repository.commonDir, 'gitkel-locks', name));
        }
      }
      expect(points).toBeGreaterThan(8);
    },
  );
});

describe.skipIf(!hasGit)('fileRefs() beside stock git', () => {
  it('read() and list() see packed refs, compareAndSwap() moves and removes them', () => {
    const { host, dir, repository } = fresh();
    const refs = fileRefs(host, repository);
    const blob = git(dir, ['hash-object', '-w', '--stdin'], 'x');
    const tree = git(dir, ['mktree'], `100644 blob ${blob}\tx\n`);
    const [one, two] = ['1', '2'].map((message) =>
      git(dir, ['commit-tree', tree, '-m', message]),
    ) as [string, string];
    for (const name of ['refs/heads/a/b', REF, 'refs/tags/t']) git(dir, ['update-ref', name, one]);
    git(dir, ['tag', '-a', '-m', 'annotated', 'peeled', one]);
    git(dir, ['pack-refs', '--all', '--prune']);
    expect(existsSync(join(dir, REF))).toBe(false);
    expect(refs.read(REF)).toBe(one);
    expect([...refs.list('refs/heads/').keys()]).toEqual(['refs/heads/a/b', REF]);
    expect(thrownBy(() => refs.compareAndSwap('refs/heads/a', undefined, one))).toMatchObject({
      reason: 'ref-name-taken',
    });
    expect(thrownBy(() => refs.compareAndSwap('refs/heads/a/b/c', undefined, one))).toMatchObject({
      reason: 'ref-name-taken',
    });
    expect(refs.compareAndSwap(REF, two, one)).toEqual({ ok: false, current: one });
    expect(refs.compareAndSwap(REF, one, two)).toEqual({ ok: true });
    expect(git(dir, ['rev-parse', REF])).toBe(two);
    expect(
      refs.compareAndSwap('refs/tags/peeled', refs.read('refs/tags/peeled'), undefined),
    ).toEqual({ ok: true });
    expect(refs.compareAndSwap(REF, two, undefined)).toEqual({ ok: true });
    expect(git(dir, ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/a/b\nrefs/tags/t');
    expect(readFileSync(join(dir, 'packed-refs'), 'latin1')).toMatch(
      /^# pack-refs .*\n[0-9a-f]{40} refs\/heads\/a\/b\n[0-9a-f]{40} refs\/tags\/t\n$/,
    );
    expect(git(dir, ['fsck', '--strict'])).not.toMatch(/error/);
  });

  it('compareAndSwap() waits for the lock of packed-refs instead of breaking it', () => {
    const { host, dir, repository } = fresh();
    const refs = fileRefs(host, repository);
    writeFileSync(join(dir, 'packed-refs'), `${A} ${REF}\n`);
    writeFileSync(join(dir, 'packed-refs.lock'), '');
    expect(refs.compareAndSwap(REF, A, undefined)).toMatchObject({
      ok: false,
      busy: expect.any(String),
    });
    expect(refs.read(REF)).toBe(A);
    expect(existsSync(join(dir, `${REF}.lock`))).toBe(false);
  });

  it.each([
    ['a cut-off line', `${A} refs/heads/x`],
    ['no id', `main refs/heads/x\n`],
    ['no name', `${A}\n`],
  ])('read() takes %s in packed-refs for damage', (_what, text) => {
    const { host, dir, repository } = fresh();
    writeFileSync(join(dir, 'packed-refs'), text);
    expect(thrownBy(() => fileRefs(host, repository).read(REF))).toMatchObject({
      reason: 'ref-corrupt',
    });
  });

  it('processes that race, git among them, lose nothing', async () => {
    const { host, dir, repository } = fresh();
    const refs = fileRefs(host, repository);
    const [each, own] = [60, 6];
    const numbers = 3 * each;
    new ObjectStore(host, repository).writePack(countingObjects(numbers));
    const ids = countingIds(numbers);
    const workers = await startWorkers(new URL('./ref-worker.ts', import.meta.url), 2, [
      dir,
      REF,
      String(each),
      String(numbers),
    ]);
    const exits = Promise.all(workers.map(exitCode));
    let gitMoves = 0;
    for (let tries = 0; gitMoves < own && tries < 500; tries++) {
      const current = refs.read(REF);
      const next = current === undefined ? undefined : ids[ids.indexOf(current) + 1];
      if (current !== undefined && next !== undefined) {
        const update = spawnSync('git', ['update-ref', REF, next, current], {
          cwd: dir,
          env: gitTestEnvironment(),
        });
        if (update.status === 0) gitMoves++;
      }
      spawnSync('git', ['pack-refs', '--all', '--prune'], { cwd: dir, env: gitTestEnvironment() });
      await host.sleep(1);
    }
    expect(await exits).toEqual([0, 0]);
    expect(ids.indexOf(refs.read(REF) ?? '')).toBe(2 * each + gitMoves - 1);
    expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
  }, 60_000);

  it('a process that is killed while it holds a lock stops nobody', async () => {
    const { host, dir, repository } = fresh();
    const refs = fileRefs(host, repository);
    const [worker] = await startWorkers(new URL('./ref-worker.ts', import.meta.url), 1, [
      dir,
      REF,
      'hold',
    ]);
    if (worker === undefined) throw new Error('no worker was started');
    expect(await once(worker, 'message')).toEqual([true, undefined]);
    expect(refs.compareAndSwap(REF, undefined, A)).toMatchObject({
      ok: false,
      busy: expect.any(String),
    });
    worker.kill('SIGKILL');
    await exitCode(worker);
    expect(refs.compareAndSwap(REF, undefined, A)).toEqual({ ok: true });
    expect(readdirSync(join(dir, 'gitkel-locks'))).toEqual([]);
  }, 60_000);
});
