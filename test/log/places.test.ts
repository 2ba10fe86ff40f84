import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { addSettings } from '../../src/git/config-write.ts';
import { mailboxCommit } from '../../src/git/commit.ts';
import { fileRefs } from '../../src/git/refs.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { encodeTree } from '../../src/git/tree.ts';
import { initRepository, openRepository } from '../../src/git/repository.ts';
import { audit, copyLog, createLog, type Host, openLog } from '../../src/index.ts';
import { findLogRef } from '../../src/log/find-log.ts';
import { branchRef, remoteBranchRef } from '../../src/log/layout.ts';
import { requireWritable } from '../../src/log/writable.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

const opened = (host: Host, dir: string, hostile = false) => openRepository(host, dir, { hostile });
const setting = (
  host: Host,
  dir: string,
  section: string,
  key: string,
  value: string,
  subsection?: string,
): void => {
  addSettings(host, opened(host, dir), [
    { section, key, value, ...(subsection === undefined ? {} : { subsection }) },
  ]);
};
const found = (host: Host, dir: string, branch?: string) =>
  findLogRef(host, opened(host, dir), branch);

/** A repository with a working tree whose branch `main` is checked out. */
function withWorkTree(host: Host, dir: string): void {
  initRepository(host, `${dir}/.git`, { bare: true, branch: 'main' });
  setting(host, `${dir}/.git`, 'core', 'bare', 'false');
}

/** Puts the log of another repository under a ref of this one, with its objects. */
async function bring(from: MemoryLog, host: Host, dir: string, ref: string): Promise<string> {
  const tip = from.log.refs.read(from.log.ref) ?? '';
  const store = new ObjectStore(host, opened(host, dir));
  store.writePack([...from.log.store.list()].map(({ read }) => read()));
  store.close();
  const moved = fileRefs(host, opened(host, dir)).compareAndSwap(ref, undefined, tip);
  expect(moved).toEqual({ ok: true });
  return tip;
}

async function aLog(name: string): Promise<MemoryLog> {
  const memory = new MemoryLog();
  await memory.member(name);
  return memory;
}

describe('createLog()', () => {
  test('makes a bare repository whose branch is unborn, and no second log in it', async () => {
    const memory = new MemoryLog();
    const { host } = memory;
    expect(createLog(host, '/new', { admission: 'open', branch: 'team/log' })).toMatchObject({
      branch: 'team/log',
    });
    expect(opened(host, '/new')).toMatchObject({
      workTree: undefined,
      head: { kind: 'branch', ref: 'refs/heads/team/log' },
    });
    expect(found(host, '/new')).toEqual({ ref: 'refs/heads/team/log', tip: undefined });
    expect(openLog(host, '/new').contents.batches).toBe(0);
    expect(await reasonOf(() => createLog(host, '/new', { admission: 'open' }))).toBe('log-exists');
    await memory.member('ada');
    expect(
      await reasonOf(() => createLog(host, '/log', { admission: 'open', branch: 'main' })),
    ).toBe('log-exists');
  });

  test('makes a side branch in a repository that is there', async () => {
    const { host } = new MemoryLog();
    withWorkTree(host, '/code');
    expect(createLog(host, '/code', { admission: 'closed' })).toMatchObject({ branch: 'gitkel' });
    expect(found(host, '/code')).toEqual({ ref: 'refs/heads/gitkel', tip: undefined });
    expect(opened(host, '/code').head).toEqual({ kind: 'branch', ref: 'refs/heads/main' });
  });
});

describe('findLogRef()', () => {
  test('takes the first that matches: what is asked for, the config, gitkel, origin/gitkel, HEAD', async () => {
    const log = await aLog('ada');
    const { host } = log;
    const dir = '/repo';
    initRepository(host, dir, { bare: true, branch: 'main' });
    expect(await reasonOf(() => found(host, dir))).toBe('not-found');
    const tip = await bring(log, host, dir, 'refs/heads/main');
    expect(found(host, dir)).toEqual({ ref: 'refs/heads/main', tip });
    await bring(log, host, dir, remoteBranchRef('gitkel'));
    expect(found(host, dir)).toEqual({ ref: 'refs/remotes/origin/gitkel', tip });
    await bring(log, host, dir, branchRef('gitkel'));
    expect(found(host, dir)).toEqual({ ref: 'refs/heads/gitkel', tip });
    setting(host, dir, 'gitkel', 'branch', 'elsewhere');
    expect(found(host, dir)).toEqual({ ref: 'refs/heads/elsewhere', tip: undefined });
    expect(found(host, dir, 'main')).toEqual({ ref: 'refs/heads/main', tip });
    expect(found(host, dir, 'refs/remotes/origin/gitkel')).toEqual({
      ref: 'refs/remotes/origin/gitkel',
      tip,
    });
    expect(await reasonOf(() => found(host, dir, '../../etc'))).toBe('ref-name');
  });

  test('names the candidates when they hold different logs, unless one is asked for', async () => {
    const [log, other] = [await aLog('ada'), await aLog('bob')];
    const { host } = log;
    initRepository(host, '/repo', { bare: true, branch: 'main' });
    const tip = await bring(log, host, '/repo', 'refs/heads/main');
    await bring(other, host, '/repo', 'refs/heads/gitkel');
    expect(() => found(host, '/repo')).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(/refs\/heads\/gitkel \(E.*refs\/heads\/main \(E/) as string,
      }),
    );
    expect(found(host, '/repo', 'main')).toEqual({ ref: 'refs/heads/main', tip });
  });

  test('passes over a branch that is no log, whatever it is called', async () => {
    const log = await aLog('ada');
    const { host } = log;
    initRepository(host, '/repo', { bare: true, branch: 'main' });
    const store = new ObjectStore(host, opened(host, '/repo'));
    const [tree = ''] = store.writePack([{ type: 'tree', bytes: encodeTree([]) }]);
    const [plain = ''] = store.writePack([
      { type: 'commit', bytes: mailboxCommit(tree, 'code\n') },
    ]);
    store.close();
    fileRefs(host, opened(host, '/repo')).compareAndSwap('refs/heads/gitkel', undefined, plain);
    expect(found(host, '/repo')).toEqual({ ref: 'refs/heads/gitkel', tip: plain });
    const tip = await bring(log, host, '/repo', 'refs/heads/main');
    expect(found(host, '/repo')).toEqual({ ref: 'refs/heads/main', tip });
  });

  test.each([
    ['gitkel.json', 'refs/heads/main'],
    ['README.json', 'not-found'],
  ])('a checked-out branch whose root holds %s: %s', async (name, expected) => {
    const { host } = new MemoryLog();
    initRepository(host, '/repo', { bare: true, branch: 'main' });
    const store = new ObjectStore(host, opened(host, '/repo'));
    const bytes = utf8('{"format":"gitkel-log/1"}');
    const [blob = ''] = store.writePack([{ type: 'blob', bytes }]);
    const [tree = ''] = store.writePack([
      { type: 'tree', bytes: encodeTree([{ mode: '100644', name, oid: blob }]) },
    ]);
    const [plain = ''] = store.writePack([
      { type: 'commit', bytes: mailboxCommit(tree, 'code\n') },
    ]);
    store.close();
    fileRefs(host, opened(host, '/repo')).compareAndSwap('refs/heads/main', undefined, plain);
    if (expected === 'not-found') expect(await reasonOf(() => found(host, '/repo'))).toBe(expected);
    else expect(found(host, '/repo')).toEqual({ ref: expected, tip: plain });
    // Whatever it is called, it is none: that is for whoever reads it to say.
    expect(await reasonOf(() => openLog(host, '/repo'))).toBe(
      expected === 'not-found' ? expected : 'commit-unsigned',
    );
  });
});

describe('copyLog()', () => {
  test('gives a bare log with the same tip and everything that it reaches', async () => {
    const log = await aLog('ada');
    const ada = log.log.contents.aids[0] ?? '';
    await log.write([log.anchor(ada)], 'ada.0.0');
    const { host } = log;
    const seen: number[] = [];
    expect(copyLog(host, '/log', '/copy', undefined, (done) => seen.push(done))).toBe('main');
    expect(seen).toEqual([1, 2]);
    const copy = openLog(host, '/copy');
    expect(copy.contents.lastBatch).toEqual(log.log.contents.lastBatch);
    expect(copy.readEvent(ada, 1)).toEqual(log.log.readEvent(ada, 1));
    expect(audit(host, '/copy', { objects: true })).toMatchObject({
      state: 'valid',
      batches: 2,
      findings: [],
    });
    expect([...copy.refs.list('refs/').keys()]).toEqual(['refs/heads/main']);
    expect(await reasonOf(() => requireWritable(copy))).toBe('upstream');
  });

  test('keeps the name of a branch with slashes', async () => {
    const log = await aLog('ada');
    const { host } = log;
    createLog(host, '/source', { admission: 'open', branch: 'team/log' });
    const tip = await bring(log, host, '/source', 'refs/heads/team/log');
    expect(copyLog(host, '/source', '/copy', undefined)).toBe('team/log');
    expect(found(host, '/copy')).toEqual({ ref: 'refs/heads/team/log', tip });
  });

  test('refuses a log without a batch, and one of which an object is missing', async () => {
    const { host } = new MemoryLog();
    expect(await reasonOf(() => copyLog(host, '/log', '/copy', undefined))).toBe('not-found');
    createLog(host, '/torn', { admission: 'open' });
    const store = new ObjectStore(host, opened(host, '/torn'));
    const [commit = ''] = store.writePack([
      { type: 'commit', bytes: mailboxCommit('2'.repeat(40), 'torn\n') },
    ]);
    store.close();
    fileRefs(host, opened(host, '/torn')).compareAndSwap('refs/heads/main', undefined, commit);
    expect(await reasonOf(() => copyLog(host, '/torn', '/copy', undefined))).toBe('object-missing');
  });
});

describe('openLog()', () => {
  test('of a repository without its beginning says whether it is a shallow clone', async () => {
    const { log, host } = await aLog('ada');
    initRepository(host, '/cut', { bare: true, branch: 'main' });
    const tip = log.replayed.tip ?? '';
    const store = new ObjectStore(host, opened(host, '/cut'));
    const commit = log.store.read(tip);
    if (commit !== undefined) store.writePack([commit]);
    store.close();
    fileRefs(host, opened(host, '/cut')).compareAndSwap('refs/heads/main', undefined, tip);
    expect(await reasonOf(() => openLog(host, '/cut', { branch: 'main' }))).toBe('file-missing');
    const fd = host.fs.openSync('/cut/shallow', 'w');
    host.fs.writeSync(fd, utf8(`${tip}\n`));
    host.fs.closeSync(fd);
    expect(await reasonOf(() => openLog(host, '/cut', { branch: 'main' }))).toBe('shallow');
  });
});

describe('requireWritable()', () => {
  test('lets a log of its own be written', async () => {
    const { log } = await aLog('ada');
    expect(requireWritable(log)).toBeUndefined();
  });

  test('refuses the copy of a branch of a remote, a branch with an upstream, and one that is checked out', async () => {
    const log = await aLog('ada');
    const { host } = log;
    initRepository(host, '/bare', { bare: true, branch: 'main' });
    await bring(log, host, '/bare', remoteBranchRef('gitkel'));
    expect(await reasonOf(() => requireWritable(openLog(host, '/bare')))).toBe('read-only-ref');
    setting(host, '/log', 'branch', 'remote', 'origin', 'main');
    expect(await reasonOf(() => requireWritable(log.again()))).toBe('upstream');
    withWorkTree(host, '/code');
    await bring(log, host, '/code', 'refs/heads/main');
    expect(await reasonOf(() => requireWritable(openLog(host, '/code')))).toBe('checked-out');
    await bring(log, host, '/code', 'refs/heads/gitkel');
    expect(requireWritable(openLog(host, '/code'))).toBeUndefined();
  });
});
