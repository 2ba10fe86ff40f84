import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { compact } from '../../src/git/compact.ts';
import { lockPacks } from '../../src/git/packs-lock.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { fileRefs } from '../../src/git/refs.ts';
import { initRepository, openRepository, type Repository } from '../../src/git/repository.ts';
import type { Host } from '../../src/host/host.ts';
import { nodeHost } from '../../src/host/node.ts';
import { git, hasGit, temporaryDirectory } from './support.ts';

const crypto = nodeHost().crypto;

function blob(text: string): GitObject {
  return { type: 'blob', bytes: utf8(text) };
}

function idOf(object: GitObject): string {
  return objectId(crypto, object.type, object.bytes);
}

interface Made {
  readonly host: Host;
  readonly dir: string;
  readonly repository: Repository;
  readonly store: ObjectStore;
  /** Stores an object in a pack of its own, under a tag if one is named. */
  readonly put: (text: string, tag?: string) => string;
}

function make(): Made {
  const host = nodeHost();
  const dir = join(temporaryDirectory(), 'repo');
  const repository = initRepository(host, dir, { bare: true, branch: 'main' });
  const store = new ObjectStore(host, repository);
  const refs = fileRefs(host, repository);
  onTestFinished(() => store.close());
  const put = (text: string, tag?: string): string => {
    const [oid = ''] = store.writePack([blob(text)]);
    if (tag !== undefined) refs.compareAndSwap(`refs/tags/${tag}`, undefined, oid);
    store.release();
    return oid;
  };
  return { host, dir, repository, store, put };
}

/** The PATH of this test: a directory of its own, before everything else or alone. */
function withPath(dir: string, isAlone = false): void {
  vi.stubEnv('PATH', isAlone ? dir : `${dir}${delimiter}${process.env['PATH'] ?? ''}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

function packs(dir: string): readonly string[] {
  return readdirSync(join(dir, 'objects/pack')).filter((name) => name.endsWith('.pack'));
}

describe('compact() without git', () => {
  it('puts packs and loose objects into one pack, reached or not', async () => {
    const { host, dir, repository, store, put } = make();
    const ids = [put('a', 'a'), put('b'), put('c', 'c')];
    if (hasGit) ids.push(git(dir, ['hash-object', '-w', '--stdin'], 'loose'));
    withPath(temporaryDirectory(), true);
    const { by, before, after } = await compact(host, repository);
    expect(by).toBe('gitkel');
    expect(before).toMatchObject({ packs: 3, objects: ids.length });
    expect(after).toMatchObject({ packs: 1, loose: 0, objects: ids.length });
    for (const oid of ids) expect(store.read(oid)?.type).toBe('blob');
    expect([...store.damages()]).toEqual([]);
  });

  it('leaves a damaged loose object where it is', async () => {
    const { host, dir, repository } = make();
    const oid = idOf(blob('x'));
    mkdirSync(join(dir, 'objects', oid.slice(0, 2)));
    writeFileSync(join(dir, 'objects', oid.slice(0, 2), oid.slice(2)), 'no object');
    withPath(temporaryDirectory(), true);
    expect((await compact(host, repository)).after).toMatchObject({ packs: 0, loose: 1 });
  });
});

describe('compact()', () => {
  it('says so when the repository may not be written, and leaves nothing behind', async () => {
    const { host, dir, repository, put } = make();
    put('a', 'a');
    const before = readdirSync(dir);
    const fs = {
      ...host.fs,
      openSync: (path: string, flags: string, mode?: number): number => {
        if (flags !== 'r') throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
        return host.fs.openSync(path, flags, mode);
      },
    };
    await expect(compact({ ...host, fs }, repository)).rejects.toMatchObject({
      code: 'environment',
      reason: 'eacces',
    });
    expect(readdirSync(dir)).toEqual(before);
  });

  it('waits for another process that replaces packs, and names it in the end', async () => {
    const { host, dir, repository } = make();
    expect(lockPacks(host, dir).ok).toBe(true);
    let slept = 0;
    const sleep = async (milliseconds: number): Promise<void> => {
      slept += milliseconds;
    };
    await expect(compact({ ...host, sleep }, repository)).rejects.toMatchObject({
      code: 'environment',
      reason: 'locked',
    });
    expect(slept).toBeGreaterThan(1000);
  });

  it.each([
    ['alternates', 'objects/info/alternates', '/elsewhere\n'],
    ['grafts', 'info/grafts', ''],
    ['shallow', 'shallow', ''],
    ['promisor', 'config', '[extensions]\n\tpartialClone = origin\n'],
  ])('refuses a repository that does not hold all: %s', async (reason, path, text) => {
    const { host, dir } = make();
    mkdirSync(join(dir, 'info'), { recursive: true });
    writeFileSync(join(dir, path), text, { flag: 'a' });
    await expect(
      compact(host, openRepository(host, dir, { hostile: false })),
    ).rejects.toMatchObject({ code: 'environment', reason });
  });
});

describe.skipIf(!hasGit)('compact() with git', () => {
  it('packs what refs, packed refs and a detached HEAD reach with deltas, and drops the rest', async () => {
    const { host, dir, store, put } = make();
    const text = Array.from({ length: 300 }, (_, n) => `line ${n}\n`).join('');
    const reached = Array.from({ length: 20 }, (_, n) => put(`${text}${n}`, `t${n}`));
    git(dir, ['pack-refs', '--all']);
    reached.push(put('later', 'later'));
    const tree = git(dir, ['mktree']);
    const detached = git(dir, ['commit-tree', tree, '-m', 'detached']);
    git(dir, ['update-ref', '--no-deref', 'HEAD', detached]);
    reached.push(tree, detached);
    const forgotten = put('nothing refers to it');
    const { by, before, after } = await compact(
      host,
      openRepository(host, dir, { hostile: false }),
    );
    expect(by).toBe('git');
    expect(before).toMatchObject({ packs: 22, loose: 2, objects: 24 });
    expect(after).toMatchObject({ packs: 1, loose: 0, objects: reached.length });
    expect(after.bytes).toBeLessThan(before.bytes / 2);
    for (const oid of reached) expect(store.read(oid)).toBeDefined();
    expect(store.read(forgotten)).toBeUndefined();
    expect(git(dir, ['fsck', '--full', '--strict', '--no-dangling'])).toBe('');
    expect(readdirSync(dir).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it('drops nothing where index, work trees or reflogs may need it', async () => {
    const host = nodeHost();
    const dir = join(temporaryDirectory(), 'work');
    mkdirSync(dir);
    git(dir, ['init', '-q']);
    writeFileSync(join(dir, 'a'), 'committed\n');
    git(dir, ['add', 'a']);
    git(dir, ['commit', '-qm', 'a']);
    git(dir, ['worktree', 'add', '-q', '--detach', join(dir, '../other')]);
    git(join(dir, '../other'), ['commit', '-q', '--allow-empty', '-m', 'detached']);
    git(dir, ['repack', '-adq']);
    writeFileSync(join(dir, 'a'), 'staged only\n');
    git(dir, ['add', 'a']);
    const { by, before, after } = await compact(
      host,
      openRepository(host, dir, { hostile: false }),
    );
    expect(by).toBe('gitkel');
    expect(before).toMatchObject({ packs: 1, loose: 1 });
    expect(after).toMatchObject({ packs: 1, loose: 0, objects: before.objects });
    expect(git(dir, ['show', ':a'])).toBe('staged only');
    expect(git(join(dir, '../other'), ['log', '-1', '--format=%s'])).toBe('detached');
    expect(git(dir, ['fsck', '--full'])).not.toMatch(/missing|error/);
  });

  it('leaves what somebody protects, and sweeps what dead writers left long ago', async () => {
    const { host, dir, repository, store, put } = make();
    const kept = put('kept');
    writeFileSync(join(dir, 'objects/pack', (packs(dir)[0] ?? '').replace(/pack$/, 'keep')), '');
    put('a', 'a');
    const old = ['tmp_pack_0123', 'tmp_idx_0123', '.tmp-1-pack-x.pack', 'pack-half.pack'];
    for (const name of [...old, 'tmp_pack_new']) {
      writeFileSync(join(dir, 'objects/pack', name), '');
      if (name !== 'tmp_pack_new') utimesSync(join(dir, 'objects/pack', name), 1, 1);
    }
    await compact(host, repository);
    expect(store.read(kept)).toEqual(blob('kept'));
    store.close();
    const names = readdirSync(join(dir, 'objects/pack'));
    expect(names.filter((name) => !/^pack-[0-9a-f]{40}/.test(name))).toEqual(['tmp_pack_new']);
    expect(packs(dir)).toHaveLength(2);
  });

  it('loses nothing that is written, staged or packed away while git runs', async () => {
    const { host, dir, repository, store, put } = make();
    const first = put('first', 'first');
    const unreached = put('stored before, referred to while git runs');
    // A git that waits after it has been started, and packs the refs of the repository before it goes on.
    const bin = temporaryDirectory();
    const real = git(dir, ['--exec-path']);
    const [started, goOn] = [join(bin, 'started'), join(bin, 'go-on')];
    writeFileSync(
      join(bin, 'git'),
      `#!/bin/sh\ntouch ${started}\nwhile [ ! -e ${goOn} ]; do sleep 0.01; done\n(unset GIT_DIR GIT_OBJECT_DIRECTORY; ${real}/git -C ${dir} pack-refs --all --prune)\nexec ${real}/git "$@"\n`,
    );
    chmodSync(join(bin, 'git'), 0o755);
    withPath(bin);
    const done = compact(host, repository);
    while (!existsSync(started)) await host.sleep(5);
    // Another process stores an object that a pack holds already, and one that is new, and has not moved its ref yet.
    const writer = new ObjectStore(host, repository);
    const ids = writer.writePack([blob('stored before, referred to while git runs'), blob('new')]);
    writeFileSync(goOn, '');
    await done;
    for (const [n, oid] of ids.entries())
      fileRefs(host, repository).compareAndSwap(`refs/tags/late${n}`, undefined, oid);
    writer.close();
    vi.unstubAllEnvs();
    expect(ids[0]).toBe(unreached);
    for (const oid of [first, ...ids]) expect(store.read(oid)).toBeDefined();
    expect(git(dir, ['fsck', '--full', '--strict', '--no-dangling'])).toBe('');
  });

  it('starts no program that the repository names', async () => {
    const { host, dir, put } = make();
    put('a', 'a');
    const proof = join(dir, 'ran');
    const trap = join(dir, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch ${proof}\n`);
    chmodSync(trap, 0o755);
    mkdirSync(join(dir, 'hooks'), { recursive: true });
    for (const hook of ['pre-auto-gc', 'reference-transaction', 'post-rewrite']) {
      writeFileSync(join(dir, 'hooks', hook), `#!/bin/sh\ntouch ${proof}\n`);
      chmodSync(join(dir, 'hooks', hook), 0o755);
    }
    for (const key of [
      'core.fsmonitor',
      'core.pager',
      'core.alternateRefsCommand',
      'core.sshCommand',
      'core.gitProxy',
      'uploadpack.packObjectsHook',
      'alias.repack',
      'alias.pack-objects',
    ])
      git(dir, ['config', key, key.startsWith('alias') ? `!${trap}` : trap]);
    git(dir, ['config', 'core.hooksPath', join(dir, 'hooks')]);
    expect((await compact(host, openRepository(host, dir, { hostile: false }))).by).toBe('git');
    expect(existsSync(proof)).toBe(false);
  });

  it('keeps the objects readable for a group that shares the repository', async () => {
    const { host, dir, put } = make();
    put('a', 'a');
    git(dir, ['config', 'core.sharedRepository', 'group']);
    const mask = process.umask(0o077);
    onTestFinished(() => {
      process.umask(mask);
    });
    await compact(host, openRepository(host, dir, { hostile: false }));
    const [pack = ''] = packs(dir);
    expect(host.fs.statSync(join(dir, 'objects/pack', pack)).mode & 0o040).toBe(0o040);
  });

  it('reports what git says when it fails, and nothing is gone', async () => {
    const { host, dir, repository, store, put } = make();
    const oid = put('a', 'a');
    const missing = idOf(blob('missing'));
    writeFileSync(join(dir, 'refs/tags/broken'), `${missing}\n`);
    await expect(compact(host, repository)).rejects.toMatchObject({
      code: 'environment',
      reason: 'git-failed',
    });
    expect(store.read(oid)).toEqual(blob('a'));
  });
});
