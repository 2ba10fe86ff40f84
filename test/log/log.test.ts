import { describe, expect, test } from 'vitest';
import { fromUtf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { commitPayload, parseCommit, signedCommit } from '../../src/git/commit.ts';
import { armor, sshSignedData } from '../../src/git/ssh-signature.ts';
import {
  type Crypto,
  GitkelError,
  type KeyState,
  type Log,
  nativeCrypto,
  portableCrypto,
  stateAt,
} from '../../src/index.ts';
import { buildInteraction } from '../../src/keri/build.ts';
import { finishCommit, planCommit, type SignedBatchCommit } from '../../src/log/append.ts';
import { parseRecord } from '../../src/log/batch-record.ts';
import { fold } from '../../src/log/fold.ts';
import type { AddedFile } from '../../src/log/folding.ts';
import { aidOf, MemoryLog, names, START } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

/** The tip of a log's branch. */
const tipOf = (log: Log): string | undefined => log.refs.read(log.ref);

interface Change {
  readonly files?: readonly AddedFile[];
  readonly keyIndex?: number;
  readonly key?: string;
  readonly log?: Log;
}

/** An interaction of a member of one key, committed by that key, written or not. */
async function anchoring(
  memory: MemoryLog,
  aid: string,
  name: string,
  change: Change = {},
): Promise<SignedBatchCommit> {
  const { log = memory.log, key = `${name}.0.0`, keyIndex = 0 } = change;
  const state = log.contents.kel(aid)?.state;
  if (state === undefined) throw new Error('the AID is in the log');
  const event = buildInteraction(memory.crypto, state, []);
  const files = change.files ?? [await memory.file(event, state, [`${name}.0.0`])];
  const folded = fold(memory.crypto, log.contents, files);
  if (!folded.ok) throw new Error(folded.detail);
  const committer = { aid, establishment: 0, keyIndex };
  const unsigned = planCommit(memory.crypto, {
    replayed: log.replayed,
    files,
    draft: folded.draft,
    committer,
    publicKey: memory.ring.key(key),
    seconds: memory.now,
  });
  return finishCommit(memory.crypto, unsigned, await memory.signer(key).sign(unsigned.signedData));
}

describe.each<Crypto>([nativeCrypto, portableCrypto])(
  'planCommit() and finishCommit() ($name)',
  (crypto) => {
    test('write the record of the batch, chained to the batch before', async () => {
      const memory = new MemoryLog({ crypto });
      const aid = await memory.member('ada');
      const before = memory.log.contents.lastBatch;
      memory.now += 60;
      const commit = await anchoring(memory, aid, 'ada');
      expect(commit.parent).toBe(tipOf(memory.log));
      const last = commit.objects.at(-1);
      const parsed = parseCommit(last?.bytes ?? new Uint8Array());
      if (!parsed.ok) throw new Error(parsed.detail);
      expect(parsed.commit).toMatchObject({
        name: aid,
        email: `${aid}@gitkel`,
        seconds: START + 60,
        parent: before?.commit,
      });
      const record = parseRecord(parsed.commit.message);
      expect(record).toMatchObject({
        number: 1,
        logId: memory.log.contents.genesis?.logId,
        prior: before?.payloadDigest,
        committer: { aid, establishment: 0, keyIndex: 0 },
      });
      const blob = commit.objects[0]?.bytes ?? new Uint8Array();
      expect(record.files).toEqual([
        { digest: digestText(crypto, blob), size: blob.length, path: record.files[0]?.path },
      ]);
      expect(await memory.log.append(commit)).toBe(true);
      memory.log.refresh();
      expect(memory.log.contents.lastBatch).toEqual({
        commit: commit.oid,
        payloadDigest: digestText(crypto, parsed.commit.payload),
        claimedSeconds: START + 60,
      });
    });
  },
);

describe('planCommit() refuses', () => {
  test('a committer who may not commit, and finishCommit() a signature that does not hold', async () => {
    const memory = new MemoryLog();
    const aid = await memory.member('ada');
    await memory.member('bob');
    expect(await reasonOf(async () => anchoring(memory, aid, 'ada', { key: 'bob.0.0' }))).toBe(
      'committer-key',
    );
    expect(await reasonOf(async () => anchoring(memory, aid, 'ada', { keyIndex: 1 }))).toBe(
      'committer-key',
    );
    const state = memory.stateOf(aid);
    const event = buildInteraction(memory.crypto, state, []);
    const files = [await memory.file(event, state, ['ada.0.0'])];
    const folded = fold(memory.crypto, memory.log.contents, files);
    if (!folded.ok) throw new Error(folded.detail);
    const plan = {
      replayed: memory.log.replayed,
      files,
      draft: folded.draft,
      committer: { aid, establishment: 0, keyIndex: 0 },
      publicKey: memory.ring.key('ada.0.0'),
      seconds: memory.now,
    };
    const unsigned = planCommit(memory.crypto, plan);
    const wrong = await memory.signer('bob.0.0').sign(unsigned.signedData);
    expect(await reasonOf(() => finishCommit(memory.crypto, unsigned, wrong))).toBe(
      'bad-signature',
    );
    expect(await reasonOf(() => finishCommit(memory.crypto, unsigned, new Uint8Array(63)))).toBe(
      'bad-signature',
    );
    const many = Array.from(
      { length: LIMITS.filesPerBatch + 1 },
      () => files[0] ?? { path: '', bytes: new Uint8Array() },
    );
    expect(await reasonOf(() => planCommit(memory.crypto, { ...plan, files: many }))).toBe(
      'record-files',
    );
    const large = [{ path: files[0]?.path ?? '', bytes: new Uint8Array(LIMITS.batchBytes + 1) }];
    expect(await reasonOf(() => planCommit(memory.crypto, { ...plan, files: large }))).toBe(
      'batch-size',
    );
    const crowd = Array.from({ length: 1_000 }, (_, at) => ({
      path: `kel/0/0/0/${String(at).padStart(44, 'E')}/a`,
      bytes: new Uint8Array(),
    }));
    expect(await reasonOf(() => planCommit(memory.crypto, { ...plan, files: crowd }))).toBe(
      'tree-size',
    );
  });
});

describe('Log.append()', () => {
  test('gives false and shows nothing to anybody when the branch has moved', async () => {
    const memory = new MemoryLog();
    const aid = await memory.member('ada');
    const bob = await memory.member('bob');
    const commit = await anchoring(memory, aid, 'ada');
    const other = memory.again();
    expect(await other.append(await anchoring(memory, bob, 'bob', { log: other }))).toBe(true);
    const tip = tipOf(other);
    expect(await memory.log.append(commit)).toBe(false);
    expect(tipOf(memory.log)).toBe(tip);
    memory.log.refresh();
    expect(memory.log.contents.lastBatch?.commit).toBe(tip);
    expect([memory.log.contents.kel(aid)?.length, memory.log.contents.kel(bob)?.length]).toEqual([
      1, 2,
    ]);
  });

  test('writes batch 0 only on an unborn branch', async () => {
    const memory = new MemoryLog();
    await memory.member('ada');
    const rival = new MemoryLog();
    await rival.member('bob');
    const object = rival.log.store.read(tipOf(rival.log) ?? '');
    if (object === undefined) throw new Error('the tip is there');
    expect(
      await memory.log.append({
        oid: tipOf(rival.log) ?? '',
        parent: undefined,
        objects: [object],
      }),
    ).toBe(false);
  });
});

describe('Log.refresh()', () => {
  async function grown(): Promise<{
    readonly memory: MemoryLog;
    readonly other: Log;
    readonly aid: string;
  }> {
    const memory = new MemoryLog();
    const aid = await memory.member('ada');
    const other = memory.again();
    for (let batch = 0; batch < 3; batch++) {
      expect(await other.append(await anchoring(memory, aid, 'ada', { log: other }))).toBe(true);
      other.refresh();
    }
    return { memory, other, aid };
  }

  test('takes up what others wrote, batch by batch', async () => {
    const { memory, other } = await grown();
    const seen: (readonly [number, number, number])[] = [];
    memory.log.refresh({
      onBatch: ({ record }, done, total) => seen.push([record.number, done, total]),
    });
    expect(seen).toEqual([
      [1, 1, 3],
      [2, 2, 3],
      [3, 3, 3],
    ]);
    expect(memory.log.contents.lastBatch).toEqual(other.contents.lastBatch);
    memory.log.refresh({ onBatch: () => expect.unreachable('there is nothing new') });
  });

  test('stays whole when it is interrupted, and goes on from there', async () => {
    const { memory, other } = await grown();
    const stop = new Error('enough');
    const interrupted = (): void => {
      memory.log.refresh({
        onBatch: (_, done) => {
          if (done === 2) throw stop;
        },
      });
    };
    expect(interrupted).toThrow(stop);
    expect([memory.log.contents.batches, memory.log.replayed.tip]).toEqual([
      3,
      other.contents.batchAt(2)?.commit,
    ]);
    memory.log.refresh();
    expect(memory.log.contents.lastBatch).toEqual(other.contents.lastBatch);
  });

  test('keeps what is good of a log that was broken, and goes on once it is mended', async () => {
    const { memory, other } = await grown();
    const good = tipOf(other) ?? '';
    const tree = fromUtf8(other.store.read(good)?.bytes ?? new Uint8Array())?.slice(5, 45) ?? '';
    const payload = commitPayload({
      tree,
      parent: good,
      name: 'x',
      email: 'x@x',
      seconds: 0,
      message: 'unsigned\n',
    });
    const [bad = ''] = other.store.writePack([{ type: 'commit', bytes: payload }]);
    await other.moveRef(other.ref, good, bad);
    const refresh = (): void => memory.log.refresh();
    expect(refresh).toThrow(
      expect.objectContaining({
        code: 'refused',
        reason: 'commit-unsigned',
        message: expect.stringContaining(`batch 4 (commit ${bad})`) as string,
      }),
    );
    expect([memory.log.contents.batches, memory.log.replayed.tip]).toEqual([4, good]);
    expect(refresh).toThrow(GitkelError);
    await other.moveRef(other.ref, bad, good);
    refresh();
    expect(memory.log.contents.lastBatch?.commit).toBe(good);
  });

  test('raises the alarm when the log went back, forked, or is gone', async () => {
    const { memory, other, aid } = await grown();
    const fork = memory.log.replayed;
    expect(fork.contents.batches).toBe(1);
    const rival = await anchoring(memory, aid, 'ada');
    const [first, last] = [other.contents.batchAt(0)?.commit ?? '', tipOf(other) ?? ''];
    await other.moveRef(other.ref, last, first);
    expect(await reasonOf(() => other.refresh())).toBe('log-forked');
    memory.now += 1;
    const sibling = await anchoring(memory, aid, 'ada');
    expect(sibling.oid).not.toBe(rival.oid);
    expect(await memory.log.append(sibling)).toBe(true);
    expect(await reasonOf(() => other.refresh())).toBe('log-forked');
    await other.moveRef(other.ref, sibling.oid, undefined);
    expect(await reasonOf(() => other.refresh())).toBe('log-rolled-back');
    expect(other.contents.batches).toBe(4);
  });

  test('names a ref that points to nothing, or to no commit', async () => {
    const { memory, other } = await grown();
    const tip = tipOf(other) ?? '';
    await other.moveRef(other.ref, tip, '0123456789'.repeat(4));
    expect(await reasonOf(() => memory.log.refresh())).toBe('object-missing');
    const [blob = ''] = other.store.writePack([{ type: 'blob', bytes: new Uint8Array(3) }]);
    await other.moveRef(other.ref, '0123456789'.repeat(4), blob);
    expect(await reasonOf(() => memory.log.refresh())).toBe('object-type');
  });
});

test('Log.readEvent() gives the bytes as they were written, and nothing for what is not there', async () => {
  const memory = new MemoryLog();
  const batch = await memory.write([memory.create('team', 3, '2')], ...names('team', 3));
  const aid = aidOf(batch);
  const anchored = await memory.write([memory.anchor(aid, { d: aid })], ...names('team', 2));
  const [icp, ixn] = [memory.log.readEvent(aid, 0), memory.log.readEvent(aid, 1)];
  expect(icp?.subarray(0, batch.events[0]?.bytes.length)).toEqual(batch.events[0]?.bytes);
  expect(ixn?.subarray(0, anchored.events[0]?.bytes.length)).toEqual(anchored.events[0]?.bytes);
  expect(fromUtf8(icp ?? new Uint8Array())).toMatch(/\}-AAD/);
  expect(fromUtf8(ixn ?? new Uint8Array())).toMatch(/\}-AAC/);
  expect(memory.log.readEvent(aid, 2)).toBeUndefined();
  expect(memory.log.readEvent(`${aid.slice(0, -1)}A`, 0)).toBeUndefined();
  expect(new MemoryLog().log.readEvent(aid, 0)).toBeUndefined();
});

test('stateAt() gives the key state as of an event and as of a batch', async () => {
  const memory = new MemoryLog();
  await memory.member('founder');
  const aid = await memory.member('ada');
  await memory.write([memory.anchor(aid, { d: '1' }), memory.anchor(aid, { d: '2' })], 'ada.0.0');
  await memory.member('bob');
  await memory.write([memory.rotate(aid, 'ada', 1)], 'ada.1.0');
  await memory.write([memory.anchor(aid)], 'ada.1.0');
  const kel = memory.log.contents.kel(aid);
  if (kel === undefined) throw new Error('ada is in the log');
  const [old, next] = memory.keys(['ada.0.0', 'ada.1.0']);
  const shown = (at: Parameters<typeof stateAt>[1]): readonly unknown[] | undefined => {
    const past = stateAt(kel, at);
    if (past === undefined) return undefined;
    const { state, position }: { readonly state: KeyState; readonly position: number } = past;
    expect(state.said).toBe(kel.saidAt(state.sn));
    expect(state.prior).toBe(kel.saidAt(state.sn - 1));
    return [state.sn, state.lastType, state.publicKeys[0], position];
  };
  expect([0, 1, 2, 3, 4, 5, -1, 0.5].map((sn) => shown({ sn }))).toEqual([
    [0, 'icp', old, 1],
    [1, 'ixn', old, 2],
    [2, 'ixn', old, 2],
    [3, 'rot', next, 4],
    [4, 'ixn', next, 5],
    undefined,
    undefined,
    undefined,
  ]);
  expect([-1, 0, 1, 2, 3, 4, 5, 99].map((position) => shown({ position }))).toEqual([
    undefined,
    undefined,
    [0, 'icp', old, 1],
    [2, 'ixn', old, 2],
    [2, 'ixn', old, 2],
    [3, 'rot', next, 4],
    [4, 'ixn', next, 5],
    [4, 'ixn', next, 5],
  ]);
  expect(stateAt(kel, { sn: 4 })?.state).toEqual(kel.state);
});

describe('a batch that its committer signs for another place', () => {
  /** Signs the message of a batch, changed, as the next commit of a log. */
  async function resigned(
    memory: MemoryLog,
    commit: SignedBatchCommit,
    change: (message: string) => string,
  ): Promise<void> {
    const parsed = parseCommit(commit.objects.at(-1)?.bytes ?? new Uint8Array());
    if (!parsed.ok) throw new Error(parsed.detail);
    const message = change(parsed.commit.message);
    const tip = tipOf(memory.log) ?? '';
    const payload = commitPayload({ ...parsed.commit, message, parent: tip });
    const signature = await memory.signer('ada.0.0').sign(sshSignedData(memory.crypto, payload));
    const bytes = signedCommit(payload, armor(parsed.commit.publicKey, signature));
    const oids = memory.log.store.writePack([
      ...commit.objects.slice(0, -1),
      { type: 'commit', bytes },
    ]);
    await memory.log.moveRef(memory.log.ref, tip, oids.at(-1));
  }

  test('is refused: it names the log that it is of', async () => {
    const [here, there] = [new MemoryLog(), new MemoryLog({ admission: 'closed' })];
    const aid = await here.member('ada');
    expect(await there.member('ada')).toBe(aid);
    await resigned(here, await anchoring(there, aid, 'ada'), (message) => message);
    expect(await reasonOf(() => here.log.refresh())).toBe('log-id');
  });

  test.each<[reason: string, change: (message: string, aid: string, bob: string) => string]>([
    ['prior-digest', (message) => message.replace(/^prior E.../m, 'prior EAAA')],
    ['batch-number', (message) => message.replace('number 2', 'number 1')],
    ['record-message', (message) => message.replace('anchor 0 seals', 'anchor 1 seal')],
    ['record-message', (message, aid) => message.replace(aid.slice(0, 12), `${aid.slice(0, 11)}-`)],
    ['committer-key', (message) => message.replace(/^(committer .*) 0$/m, '$1 1')],
    ['committer-key-state', (message) => message.replace(/^(committer .*) 0 0$/m, '$1 1 0')],
    [
      'committer-key',
      (message, aid, bob) => message.replace(`committer ${aid}`, `committer ${bob}`),
    ],
    ['file-size', (message) => message.replace(/^(add \S+) /m, '$1 1')],
    ['file-digest', (message) => message.replace(/^add E.../m, 'add EAAA')],
    ['file-missing', (message) => message.replace(/-ixn-E.../, '-ixn-EAAA')],
    ['record-files', (message) => message.replace(/^add .*\n/m, '')],
    ['file-missing', (message) => message.replace(/^(add .*)$/m, '$1\n$1x')],
    ['duplicate', (message) => message.replace(/^(add .*)$/m, '$1\n$1')],
  ])('is refused (%s) when its record says something else', async (reason, change) => {
    const memory = new MemoryLog();
    const [aid, bob] = [await memory.member('ada'), await memory.member('bob')];
    const commit = await anchoring(memory, aid, 'ada');
    await resigned(memory, commit, (message) => {
      const changed = change(message, aid, bob);
      expect(changed).not.toBe(message);
      return changed;
    });
    expect(await reasonOf(() => memory.log.refresh())).toBe(reason);
    expect(memory.log.contents.batches).toBe(2);
  });

  test('is taken as it is', async () => {
    const memory = new MemoryLog();
    const aid = await memory.member('ada');
    await resigned(memory, await anchoring(memory, aid, 'ada'), (message) => message);
    memory.log.refresh();
    expect(memory.log.contents.batches).toBe(2);
  });
});
