import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { mailboxCommit } from '../../src/git/commit.ts';
import { ObjectStore } from '../../src/git/objects.ts';
import { audit, copyLog, type Log, openLog } from '../../src/index.ts';
import { pull, pullProblem } from '../../src/sync/pull.ts';
import { MemoryLog, START } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';
import { copyOf, filesBelow, upstream, writeOn } from './copies.ts';

const THERE = { wasThere: true };

async function aLog(): Promise<MemoryLog> {
  const memory = new MemoryLog();
  await memory.member('ada');
  return memory;
}

/** Moves the branch of the remote by hand. */
function moveBranch(memory: MemoryLog, to: string | undefined): void {
  const { refs, ref } = memory.log;
  expect(refs.compareAndSwap(ref, refs.read(ref), to)).toEqual({ ok: true });
}

const tipOf = (log: Log): string | undefined => log.refs.read(log.ref);

describe('pull()', () => {
  test('takes over what is new, exactly, and leaves nothing else', async () => {
    const memory = await aLog();
    const copy = copyOf(memory);
    expect(await pull(copy, upstream(copy), THERE)).toEqual({ status: 'current' });
    const before = filesBelow(memory.host, '/copy');
    await memory.member('bob');
    await memory.member('eve');
    expect(await pull(copy, upstream(copy), THERE)).toEqual({ status: 'pulled', batches: 2 });
    expect(tipOf(copy)).toBe(memory.log.replayed.tip);
    expect(copy.contents.batches).toBe(3);
    const verdict = audit(memory.host, '/copy', { objects: true });
    expect(verdict).toMatchObject({ state: 'valid', batches: 3, findings: [] });
    expect(openLog(memory.host, '/copy').contents.aids).toEqual(memory.log.contents.aids);
    const added = filesBelow(memory.host, '/copy').filter((file) => !before.includes(file));
    expect(
      added.map((file) => file.replace(/pack-[0-9a-f]{40}/, 'pack').replace(/ .*/, '')),
    ).toEqual(['/copy/objects/pack/pack.idx', '/copy/objects/pack/pack.pack']);
  });

  test('fills a copy that has nothing yet', async () => {
    const memory = await aLog();
    const copy = copyOf(memory);
    copy.refs.compareAndSwap(copy.ref, tipOf(copy), undefined);
    const empty = openLog(memory.host, '/copy');
    expect(await pull(empty, upstream(empty), { wasThere: false })).toMatchObject({
      status: 'pulled',
    });
    expect(empty.contents.batches).toBe(1);
  });

  test.each([
    ['went back', 'remote-rolled-back'],
    ['is gone', 'remote-branch-gone'],
  ])('raises the alarm when the branch %s, and names both tips', async (what, reason) => {
    const memory = await aLog();
    const first = memory.log.replayed.tip;
    await memory.member('bob');
    const copy = copyOf(memory);
    const before = filesBelow(memory.host, '/copy');
    moveBranch(memory, what === 'went back' ? first : undefined);
    const outcome = await pull(copy, upstream(copy), THERE);
    const [founding, last] = [copy.contents.batchAt(0), copy.contents.batchAt(1)];
    expect(outcome).toMatchObject({
      status: 'alarm',
      alarm: {
        reason,
        ours: { position: 1, commit: last?.commit, payloadDigest: last?.payloadDigest },
      },
    });
    if (outcome.status !== 'alarm') throw new Error('it is an alarm');
    if (what === 'went back') {
      const { payloadDigest, commit } = founding ?? {};
      expect(outcome.alarm.theirs).toEqual({ position: 0, commit, payloadDigest });
      expect(outcome.alarm.detail).toContain(`there is batch 0 (payload ${payloadDigest ?? ''}`);
    }
    expect(pullProblem(outcome)).toMatchObject({ code: 'refused', reason });
    expect(filesBelow(memory.host, '/copy')).toEqual(before);
    expect(tipOf(copy)).toBe(last?.commit);
  });

  test('takes a branch that nobody knows for one that was not published yet', async () => {
    const memory = await aLog();
    const copy = copyOf(memory);
    moveBranch(memory, undefined);
    const outcome = await pull(copy, upstream(copy), { wasThere: false });
    expect(outcome).toEqual({ status: 'unpublished' });
    expect(pullProblem(outcome)).toBeUndefined();
  });

  test('raises the alarm for a fork that is valid in itself, and keeps nothing of it', async () => {
    const memory = await aLog();
    const copy = copyOf(memory);
    await writeOn(memory, copy, [memory.create('carol')], 'carol.0.0');
    await memory.member('bob');
    await memory.member('eve');
    const before = filesBelow(memory.host, '/copy');
    const outcome = await pull(copy, upstream(copy), THERE);
    expect(outcome).toMatchObject({
      status: 'alarm',
      alarm: {
        reason: 'remote-forked',
        ours: { position: 1 },
        theirs: { position: 2, payloadDigest: memory.log.contents.lastBatch?.payloadDigest },
      },
    });
    expect(pullProblem(outcome)?.message).toContain('is another one after batch 0');
    expect(filesBelow(memory.host, '/copy')).toEqual(before);
  });

  test('tells another log from a fork', async () => {
    const memory = await aLog();
    const other = new MemoryLog();
    await other.write([other.create('zoe')], 'zoe.0.0');
    const copy = copyOf(memory);
    const store = new ObjectStore(memory.host, memory.log.repository);
    store.writePack([...other.log.store.list()].map(({ read }) => read()));
    store.close();
    moveBranch(memory, other.log.replayed.tip);
    expect(await pull(copy, upstream(copy), THERE)).toMatchObject({
      status: 'alarm',
      alarm: { reason: 'remote-other-log', theirs: { position: 0 } },
    });
  });

  test('refuses a batch that does not hold, names it, and keeps nothing', async () => {
    const memory = await aLog();
    const copy = copyOf(memory);
    await memory.member('bob');
    const { store, replayed } = memory.log;
    const tree = copy.store.read(tipOf(copy) ?? '')?.bytes.subarray(5, 45);
    const bytes = new TextDecoder()
      .decode(mailboxCommit(new TextDecoder().decode(tree), 'no batch\n'))
      .replace('\nauthor', `\nparent ${replayed.tip ?? ''}\nauthor`);
    const [odd = ''] = store.writePack([{ type: 'commit', bytes: utf8(bytes) }]);
    moveBranch(memory, odd);
    const before = filesBelow(memory.host, '/copy');
    const outcome = await pull(copy, upstream(copy), THERE);
    expect(outcome).toMatchObject({ status: 'refused', failure: { position: 2, commit: odd } });
    expect(pullProblem(outcome)?.message).toContain(`batch 2 (commit ${odd})`);
    expect(filesBelow(memory.host, '/copy')).toEqual(before);
    // The log is as it was, and takes over what holds once the remote is mended.
    expect(copy.contents.batches).toBe(1);
    moveBranch(memory, replayed.tip);
    expect(await pull(copy, upstream(copy), THERE)).toMatchObject({ status: 'pulled', batches: 1 });
  });

  test('keeps nothing of what does not fit to what the home knows', async () => {
    const memory = await aLog();
    const copy = copyOf(memory);
    await memory.member('bob');
    const before = filesBelow(memory.host, '/copy');
    const outcome = await pull(copy, upstream(copy), {
      ...THERE,
      check: ({ batches }) => [{ reason: 'aid-conflict', detail: `of ${batches}` }],
    });
    expect(outcome).toMatchObject({
      alarm: {
        reason: 'aid-conflict',
        detail: 'of 2',
        ours: { position: 0 },
        theirs: { position: 1 },
      },
    });
    expect(copy.contents.batches).toBe(1);
    expect(filesBelow(memory.host, '/copy')).toEqual(before);
  });

  test.each([
    ['/log/shallow', 'remote-shallow'],
    ['/log/objects/info/alternates', 'remote-alternates'],
    ['/copy/shallow', 'shallow'],
  ])('recognises by %s what is not whole', async (file, reason) => {
    const memory = await aLog();
    const copy = copyOf(memory);
    const fd = memory.host.fs.openSync(file, 'w');
    memory.host.fs.writeSync(fd, utf8(`${'1'.repeat(40)}\n`));
    memory.host.fs.closeSync(fd);
    expect(await reasonOf(async () => pull(copy, upstream(copy), THERE))).toBe(reason);
  });

  test('says when the remote does not answer', async () => {
    const memory = await aLog();
    const copy = copyOf(memory);
    memory.host.fs.renameSync('/log', '/elsewhere');
    expect(await reasonOf(async () => pull(copy, upstream(copy), THERE))).toBe(
      'remote-unreachable',
    );
  });

  test('goes on where another process pulled meanwhile', async () => {
    const memory = await aLog();
    copyLog(memory.host, '/log', '/copy', undefined);
    const [one, two] = [openLog(memory.host, '/copy'), openLog(memory.host, '/copy')];
    await memory.member('bob');
    const steps = await Promise.all([
      pull(one, upstream(one), THERE),
      pull(two, upstream(two), THERE),
    ]);
    expect(steps.map(({ status }) => status)).toContain('pulled');
    await memory.member('eve');
    memory.now = START + 1;
    expect(await pull(two, upstream(two), THERE)).toEqual({ status: 'pulled', batches: 1 });
    expect(await pull(one, upstream(one), THERE)).toEqual({ status: 'current' });
    expect(one.contents.batches).toBe(3);
  });
});
