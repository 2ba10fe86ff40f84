import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import {
  batchIds,
  contributionFiles,
  findBatchId,
  getBatch,
  putBatch,
  putContribution,
} from '../../src/batch/mailbox.ts';
import { collectFiles, planOf } from '../../src/batch/collected.ts';
import { encodeStagedBatch } from '../../src/batch/staged-batch.ts';
import { parseWithdrawal } from '../../src/batch/withdrawal.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { mailboxCommit } from '../../src/git/commit.ts';
import { objectId } from '../../src/git/object.ts';
import { encodeTree } from '../../src/git/tree.ts';
import {
  batchState,
  collect,
  dropBatch,
  listBatches,
  loadCollected,
  parseContribution,
  requireBatch,
  signWithdrawal,
  type StagedBatch,
} from '../../src/index.ts';
import { batchRefs, contributionRef, refHex, requestRef } from '../../src/log/layout.ts';
import { aidOf, MemoryLog, names, replaced, START } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

interface Case {
  readonly memory: MemoryLog;
  readonly batch: StagedBatch;
  readonly ada: string;
  readonly team: string;
}

/** An anchor of a team of which two of three have to sign. */
async function anchoring(): Promise<Case> {
  const memory = new MemoryLog();
  const ada = await memory.member('ada');
  const team = await memory.member('team', 3, '2');
  return { memory, ada, team, batch: await memory.stage([memory.anchor(team, { d: 'x' })]) };
}

/** Stores any bytes as the file of a ref, as somebody could push them. */
async function push(
  { log, crypto }: MemoryLog,
  ref: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const tree = encodeTree([{ mode: '100644', name, oid: objectId(crypto, 'blob', bytes) }]);
  const commit = mailboxCommit(objectId(crypto, 'tree', tree), 'pushed\n');
  log.store.writePack([
    { type: 'blob', bytes },
    { type: 'tree', bytes: tree },
    { type: 'commit', bytes: commit },
  ]);
  await log.moveRef(ref, log.refs.read(ref), objectId(crypto, 'commit', commit));
}

const stateOf = ({ memory, batch }: Case) => batchState(memory.log, batch);
const words = (of: Case): readonly unknown[] => {
  const state = stateOf(of);
  if (!('events' in state)) throw new Error(state.state);
  return [state.state, state.events.map((event) => event.words), state.missing];
};

describe('collect()', () => {
  test('merges in any order, any number of times, and says what is still missing', async () => {
    const of = await anchoring();
    const { memory, batch, team } = of;
    expect(words(of)).toEqual([
      'open',
      ['kt 0 of 2'],
      [`ixn 1 of ${team}: kt: 2 more (from index 0, 1, 2)`],
    ]);
    expect(await memory.sign(batch, 'team.0.2')).toMatchObject([{ ok: true, isNew: true }]);
    expect(words(of)).toEqual([
      'open',
      ['kt 1 of 2 (index 2)'],
      [`ixn 1 of ${team}: kt: 1 more (from index 0, 1)`],
    ]);
    expect(await memory.sign(batch, 'team.0.2')).toMatchObject([{ ok: true, isNew: false }]);
    expect(loadCollected(memory.log, batch).contributions).toHaveLength(1);
    expect(await memory.sign(batch, 'team.0.0')).toMatchObject([{ ok: true, isNew: true }]);
    expect(words(of)).toEqual(['complete', ['kt 2 of 2 (index 0, 2)'], []]);
    await memory.sign(batch, 'team.0.1');
    expect(words(of)).toEqual(['complete', ['kt 3 of 2 (index 0, 1, 2)'], []]);
  });

  test('names a contribution that does not hold, and stores nothing of it', async () => {
    const of = await anchoring();
    const { memory, batch } = of;
    const [good] = await memory.contributions(loadCollected(memory.log, batch), ['team.0.1']);
    const stranger = replaced(
      good?.bytes ?? new Uint8Array(),
      memory.ring.key('team.0.1'),
      memory.ring.key('stranger'),
    );
    const refs = [...memory.log.refs.list(batchRefs(batch.id))];
    expect(await collect(memory.log, stranger)).toEqual({
      ok: false,
      problem: {
        signer: memory.ring.key('stranger'),
        event: batch.events[0]?.said,
        reason: 'wrong-key',
        detail: expect.stringContaining('index 1') as string,
      },
    });
    expect([...memory.log.refs.list(batchRefs(batch.id))]).toEqual(refs);
  });

  test.each<[reason: string, what: string, make: (good: Uint8Array, of: Case) => Uint8Array]>([
    [
      'not-found',
      'a batch that is not staged here',
      (good, { batch }) => replaced(good, batch.id, `E${'A'.repeat(43)}`),
    ],
    [
      'not-found',
      'a batch whose id is none',
      (good, { batch }) => replaced(good, batch.id, '../../heads/main'),
    ],
    [
      'not-found',
      'a batch whose id is a key',
      (good, { batch }) => replaced(good, batch.id, batch.id.replace('E', 'D')),
    ],
    ['not-json', 'nothing at all', () => new Uint8Array()],
    ['too-large', 'too much', () => new Uint8Array(LIMITS.contributionBytes + 1)],
  ])('throws (%s) for %s', async (reason, _, make) => {
    const of = await anchoring();
    const [good] = await of.memory.contributions(loadCollected(of.memory.log, of.batch), [
      'team.0.1',
    ]);
    expect(
      await reasonOf(async () => collect(of.memory.log, make(good?.bytes ?? new Uint8Array(), of))),
    ).toBe(reason);
  });

  test('shows both thresholds of a rotation, and weights', async () => {
    const memory = new MemoryLog();
    await memory.member('ada');
    const team = await memory.member('team', 3, '1/2,1/4,1/4');
    const rotation = memory.rotate(team, 'team', 1, 3, '1/2,1/4,1/4');
    const publicKeys = memory.keys(['team.1.0', 'team.1.1', 'team.1.2', 'new.1.0']);
    const batch = await memory.stage([
      { ...rotation, publicKeys, threshold: { kind: 'count', count: 2 } } as typeof rotation,
    ]);
    const of = { memory, batch, ada: '', team };
    const label = `rot 1 of ${team}`;
    const prior = (phrase: string): string =>
      `${label}: prior nt: weights 1/2,1/4,1/4 not met yet (${phrase})`;
    expect(words(of)[1]).toEqual(['kt 0 of 2 · prior nt 1/2,1/4,1/4 not met']);
    await memory.sign(batch, 'team.1.0', 'new.1.0');
    expect(words(of)).toEqual([
      'open',
      ['kt 2 of 2 (index 0, 3) · prior nt 1/2,1/4,1/4 not met (index 0)'],
      [prior('from index 1, 2')],
    ]);
    await memory.sign(batch, 'team.1.1');
    expect(words(of)).toEqual([
      'open',
      ['kt 3 of 2 (index 0, 1, 3) · prior nt 1/2,1/4,1/4 not met (index 0, 1)'],
      [prior('from index 2')],
    ]);
    await memory.sign(batch, 'team.1.2');
    expect(words(of)).toEqual([
      'complete',
      ['kt 4 of 2 (index 0, 1, 2, 3) · prior nt 1/2,1/4,1/4 met (index 0, 1, 2)'],
      [],
    ]);
  });
});

describe('withdrawal and expiry', () => {
  const withdraw = async (
    { memory, batch }: Case,
    name: string,
    reason = 'a wrong threshold',
  ): Promise<void> => {
    const withdrawal = await signWithdrawal(memory.crypto, batch.id, reason, memory.signer(name));
    await putContribution(memory.log, batch.id, withdrawal.signer, withdrawal.bytes);
  };

  test('a withdrawal of somebody who is asked counts, and hides no signature', async () => {
    const of = await anchoring();
    await of.memory.sign(of.batch, 'team.0.0', 'team.0.1');
    await withdraw(of, 'team.0.2');
    expect(words(of)).toEqual(['withdrawn', ['kt 2 of 2 (index 0, 1)'], []]);
    expect(loadCollected(of.memory.log, of.batch).withdrawals).toMatchObject([
      { signer: of.memory.ring.key('team.0.2'), reason: 'a wrong threshold' },
    ]);
    expect(await of.memory.commit(of.batch, names('team', 3))).toMatchObject({
      status: 'committed',
    });
  });

  test.each(['ada.0.0', 'team.1.0', 'stranger'])(
    'a withdrawal of %s, who is not asked, counts nothing',
    async (name) => {
      const of = await anchoring();
      await withdraw(of, name);
      const { memory, batch } = of;
      const { bytes } = await signWithdrawal(memory.crypto, batch.id, '', memory.signer(name));
      await putContribution(memory.log, batch.id, memory.ring.key('team.0.0'), bytes);

      expect(stateOf(of).state).toBe('open');
    },
  );

  test('a withdrawal counts for its own batch only, and only as it was signed', async () => {
    const of = await anchoring();
    const { memory, batch, team } = of;
    const other = await memory.stage([memory.anchor(team, { d: 'y' })]);
    const { bytes, signer } = await signWithdrawal(
      memory.crypto,
      other.id,
      'other',
      memory.signer('team.0.0'),
    );
    await putContribution(memory.log, batch.id, signer, bytes);
    await putContribution(memory.log, batch.id, signer, replaced(bytes, other.id, batch.id));
    await putContribution(
      memory.log,
      batch.id,
      signer,
      replaced(bytes, signer, encodePrimitive({ code: '0B', raw: new Uint8Array(64) })),
    );
    await putContribution(
      memory.log,
      batch.id,
      signer,
      replaced(bytes, '"reason":"other"', '"reason":1e999'),
    );
    expect(stateOf(of).state).toBe('open');
    await putContribution(memory.log, other.id, signer, bytes);
    expect(batchState(memory.log, other).state).toBe('withdrawn');
  });

  test('signWithdrawal() refuses a reason that is too long or no text, and a signer that signs something else', async () => {
    const { memory, batch } = await anchoring();
    const sign = async (reason: string) =>
      signWithdrawal(memory.crypto, batch.id, reason, memory.signer('team.0.0'));
    expect((await sign('x'.repeat(LIMITS.reasonCharacters))).reason).toHaveLength(
      LIMITS.reasonCharacters,
    );
    expect(await reasonOf(async () => sign('x'.repeat(LIMITS.reasonCharacters + 1)))).toBe(
      'reason',
    );
    expect(await reasonOf(async () => sign('\ud800'))).toBe('reason');
    const wrong = { publicKey: memory.ring.key('team.0.0'), sign: memory.signer('team.0.1').sign };
    expect(await reasonOf(async () => signWithdrawal(memory.crypto, batch.id, '', wrong))).toBe(
      'bad-signature',
    );
  });

  test('parseWithdrawal() refuses a signer that is no key, though its bytes are one', async () => {
    const { memory, batch } = await anchoring();
    const { publicKey, sign } = memory.signer('team.0.0');
    const digest = { publicKey: publicKey.replace(/^D/, 'E'), sign };
    const { bytes } = await signWithdrawal(memory.crypto, batch.id, '', digest);
    expect(await reasonOf(() => parseWithdrawal(memory.crypto, bytes))).toBe('bad-signature');
    const good = await signWithdrawal(memory.crypto, batch.id, '', { publicKey, sign });
    expect(parseWithdrawal(memory.crypto, good.bytes)).toEqual(good);
  });

  test('a batch is expired from its second on, which is advice too', async () => {
    const { memory, team } = await anchoring();
    const batch = await memory.stage([memory.anchor(team, { d: 'z' })], { expires: START + 10 });
    memory.now = START + 9;
    expect(batchState(memory.log, batch).state).toBe('open');
    memory.now = START + 10;
    expect(batchState(memory.log, batch).state).toBe('expired');
    await memory.sign(batch, 'team.0.0', 'team.0.1');
    expect(batchState(memory.log, batch)).toMatchObject({ state: 'expired', missing: [] });
    expect(await memory.commit(batch, names('team', 3))).toMatchObject({ status: 'committed' });
  });
});

describe('staged batches on refs', () => {
  test('putBatch() and putContribution() are idempotent, also from two at once', async () => {
    const { memory, batch } = await anchoring();
    const other = memory.again();
    const before = [...memory.log.refs.list('refs/gitkel/')];
    await Promise.all([putBatch(memory.log, batch), putBatch(other, batch)]);
    expect([...memory.log.refs.list('refs/gitkel/')]).toEqual(before);
    const [contribution] = await memory.contributions(loadCollected(memory.log, batch), [
      'team.0.0',
    ]);
    const { signer, bytes } = contribution ?? { signer: '', bytes: new Uint8Array() };
    const stored = await Promise.all(
      [memory.log, other, memory.log].map(async (log) =>
        putContribution(log, batch.id, signer, bytes),
      ),
    );
    expect(stored.filter(Boolean)).toHaveLength(1);
    expect([...contributionFiles(memory.log, batch.id, new Set([signer]))]).toEqual([bytes]);
    expect(getBatch(memory.log, batch.id)).toEqual(batch);
  });

  test('what somebody put in the way gives way', async () => {
    const { memory, team } = await anchoring();
    const { id, ...parts } = await memory.stage([memory.anchor(team, { d: 'squatted' })]);
    const batch = { id, ...parts };
    await push(memory, requestRef(id), 'request.json', utf8('junk'));
    expect(await reasonOf(() => getBatch(memory.log, id))).toBe('not-json');
    await putBatch(memory.log, batch);
    expect(getBatch(memory.log, id)).toEqual(batch);
    const [contribution] = await memory.contributions(loadCollected(memory.log, batch), [
      'team.0.0',
    ]);
    const { signer, bytes } = contribution ?? { signer: '', bytes: new Uint8Array() };
    await putContribution(memory.log, id, signer, bytes);
    const digest = digestText(memory.crypto, bytes);
    await push(memory, contributionRef(id, signer, digest), 'contribution.json', utf8('junk'));
    expect(await collect(memory.log, bytes)).toMatchObject({ ok: true, isNew: true });
    expect([...contributionFiles(memory.log, id, new Set([signer]))]).toEqual([bytes]);
  });

  test('nothing that somebody pushes keeps anybody from the other batches', async () => {
    const of = await anchoring();
    const { memory, batch, ada, team } = of;
    const { log } = memory;
    await memory.sign(batch, 'team.0.0');
    const fake = (letter: string): string => `E${letter.repeat(42)}A`;
    const good = await memory.stage([memory.anchor(ada, { d: 'good' })]);
    const pushed: readonly (readonly [string, Uint8Array])[] = [
      [fake('B'), utf8('junk')],
      [fake('C'), utf8(`{"d":${'['.repeat(100_000)}`)],
      [fake('D'), utf8(`["${']'.repeat(100_000)}",${'['.repeat(100_000)}`)],
      [fake('E'), utf8('[1e999]')],
      [fake('F'), good.bytes],
      [fake('G'), utf8('{"__proto__":1}')],
      [fake('H'), Uint8Array.of(0xff, 0xfe)],
    ];
    for (const [id, bytes] of pushed) await push(memory, requestRef(id), 'request.json', bytes);
    await push(memory, requestRef(fake('I')), 'other.json', good.bytes);
    const hidden = encodeStagedBatch(memory.crypto, { ...good, requests: [] });
    const gap = encodeStagedBatch(memory.crypto, {
      ...good,
      events: (await memory.stage([memory.anchor(team), memory.anchor(team)])).events.slice(1),
      reads: [],
    });
    for (const one of [hidden, gap]) await putBatch(log, one);
    const [blob = '', orphan = ''] = log.store.writePack([
      { type: 'blob', bytes: utf8('x') },
      { type: 'commit', bytes: mailboxCommit('2'.repeat(40), 'no tree\n') },
    ]);
    await log.moveRef(requestRef(fake('J')), undefined, blob);
    await log.moveRef(requestRef(fake('K')), undefined, orphan);
    await log.moveRef(requestRef(fake('L')), undefined, '1'.repeat(40));
    await log.moveRef('refs/gitkel/batch/odd', undefined, blob);
    await log.moveRef('refs/gitkel/batch/a/b/c', undefined, blob);
    await log.moveRef(`${batchRefs(batch.id)}odd`, undefined, blob);
    for (const bytes of [
      utf8('junk'),
      utf8('[1e999]'),
      new Uint8Array(LIMITS.contributionBytes + 1),
    ]) {
      const digest = digestText(memory.crypto, bytes);
      await push(
        memory,
        contributionRef(batch.id, memory.ring.key('team.0.1'), digest),
        'contribution.json',
        bytes,
      );
    }
    const listed = listBatches(log);
    const unreadable = listed.flatMap((found) =>
      found.state === 'unreadable' ? [[found.id, found.reason] as const] : [],
    );
    expect(new Map(unreadable)).toEqual(
      new Map([
        [fake('B'), 'not-json'],
        [fake('C'), 'json-depth'],
        [fake('D'), 'json-depth'],
        [fake('E'), 'not-canonical'],
        [fake('F'), 'batch-ref'],
        [fake('G'), 'field'],
        [fake('H'), 'not-utf8'],
        [fake('I'), 'batch-ref'],
        [fake('J'), 'batch-ref'],
        [fake('K'), 'batch-ref'],
        [fake('L'), 'batch-ref'],
        [hidden.id, 'requests-differ'],
        [gap.id, 'out-of-order'],
      ]),
    );
    const readable = listed.flatMap((found) =>
      found.state === 'unreadable' ? [] : [[found.batch.id, found.state]],
    );
    expect(readable).toHaveLength(3);
    expect(readable).toContainEqual([batch.id, 'open']);
    expect(readable).toContainEqual([good.id, 'open']);
    expect(words(of)[1]).toEqual(['kt 1 of 2 (index 0)']);
    await memory.sign(batch, 'team.0.2');
    expect(await memory.commit(batch, names('team', 3))).toMatchObject({ status: 'committed' });
    for (const found of listBatches(log))
      await dropBatch(log, found.state === 'unreadable' ? found.id : found.batch.id);
    expect(listBatches(log)).toEqual([]);
  });

  test('a key that floods its own name crowds out no other', async () => {
    const of = await anchoring();
    const { memory, batch } = of;
    const flooder = memory.ring.key('team.0.0');
    for (let file = 0; file < 20; file++)
      await putContribution(memory.log, batch.id, flooder, utf8(`{"junk":${file}}`));
    await memory.sign(batch, 'team.0.1', 'team.0.2');
    const asked = new Set(memory.keys(names('team', 3)));
    const files = [...contributionFiles(memory.log, batch.id, asked)];
    const places = files.flatMap((bytes, at) =>
      fromUtf8(bytes)?.includes('junk') === true ? [] : [at],
    );
    expect(files).toHaveLength(22);
    expect(Math.max(...places)).toBeLessThanOrEqual(2);
    expect([...contributionFiles(memory.log, batch.id, new Set())]).toEqual([]);
    expect(stateOf(of).state).toBe('complete');
  });

  test('a key that floods its own name with junk does not hide what it contributed', async () => {
    const of = await anchoring();
    const { memory, batch } = of;
    const { log } = memory;
    const flooder = memory.ring.key('team.0.0');
    await putContribution(log, batch.id, flooder, utf8('junk'));
    const junk = log.refs.read(
      contributionRef(batch.id, flooder, digestText(memory.crypto, utf8('junk'))),
    );
    for (let file = 0; file < LIMITS.contributionsPerBatch + 8; file++) {
      // In front of nearly everything by its name.
      const digest = encodePrimitive({
        code: 'E',
        raw: Uint8Array.from({ length: 32 }, (_, at) => (at < 2 ? 0 : file >> (8 * (31 - at)))),
      });
      await log.moveRef(contributionRef(batch.id, flooder, digest), undefined, junk);
    }
    await memory.sign(batch, 'team.0.0', 'team.0.1');
    expect(
      loadCollected(log, batch)
        .contributions.map(({ signer }) => signer)
        .toSorted(),
    ).toEqual(memory.keys(['team.0.0', 'team.0.1']).toSorted());
    expect(stateOf(of).state).toBe('complete');
  }, 60_000);

  test('what adds nothing is left out: repeated signatures, and one withdrawal after the other', async () => {
    const of = await anchoring();
    const { memory, batch } = of;
    const { crypto } = memory;
    const plan = planOf(loadCollected(memory.log, batch));
    const [contribution] = await memory.contributions(loadCollected(memory.log, batch), [
      'team.0.0',
    ]);
    const signer = memory.ring.signer(memory.ring.key('team.0.1'));
    const withdrawals = await Promise.all(
      Array.from({ length: LIMITS.withdrawalsPerKey + 3 }, async (_, n) =>
        signWithdrawal(crypto, batch.id, `${n}`, signer),
      ),
    );
    const { bytes } = contribution ?? { bytes: new Uint8Array() };
    const files = [bytes, bytes, ...withdrawals.map((one) => one.bytes)];
    const collected = collectFiles(crypto, batch, plan, files);
    expect(collected.contributions).toHaveLength(1);
    expect(collected.withdrawals.map(({ reason }) => reason)).toEqual(
      Array.from({ length: LIMITS.withdrawalsPerKey }, (_, n) => `${n}`),
    );
  });

  test('findBatchId() finds one by the beginning of its id or of its hex', async () => {
    const { memory, batch, team } = await anchoring();
    const other = await memory.stage([memory.anchor(team, { d: 'other' })]);
    const ids = [batch.id, other.id];
    expect(batchIds(memory.log).toSorted()).toEqual(ids.toSorted());
    for (const id of ids) {
      expect(
        [id, id.slice(0, 20), refHex(id), refHex(id).slice(0, 20)].map((text) =>
          findBatchId(memory.log, text),
        ),
      ).toEqual([id, id, id, id]);
    }
    expect(await reasonOf(() => findBatchId(memory.log, 'E'))).toBe('usage');
    for (const text of ['', 'no', `${batch.id}A`])
      expect(await reasonOf(() => findBatchId(memory.log, text))).toBe('not-found');
    expect(await reasonOf(() => requireBatch(memory.log, `E${'A'.repeat(43)}`))).toBe('not-found');
  });

  test('dropBatch() removes it with all that was contributed, and nothing else; two at once are fine', async () => {
    const { memory, batch, team } = await anchoring();
    const other = await memory.stage([memory.anchor(team, { d: 'other' })]);
    await memory.sign(batch, 'team.0.0', 'team.0.1');
    await Promise.all([dropBatch(memory.log, batch.id), dropBatch(memory.again(), batch.id)]);
    expect(memory.log.refs.list(batchRefs(batch.id)).size).toBe(0);
    expect(batchIds(memory.log)).toEqual([other.id]);
    await dropBatch(memory.log, batch.id);
  });
});

describe('stageBatch() on a batch that is staged already', () => {
  test('takes its place while nobody has signed; junk that somebody pushed is no signature', async () => {
    const { memory, batch, ada } = await anchoring();
    await putContribution(memory.log, batch.id, memory.ring.key('team.0.0'), utf8('junk'));
    const more = await memory.stage([memory.anchor(ada)], { base: batch });
    expect(more.events.map(({ aid }) => aid)).toEqual([aidOf(batch), ada]);
    expect(batchIds(memory.log)).toEqual([more.id]);
  });

  test('is refused once somebody has signed or withdrawn', async () => {
    for (const step of ['sign', 'withdraw']) {
      const { memory, batch, ada } = await anchoring();
      if (step === 'sign') await memory.sign(batch, 'team.0.0');
      else {
        const { signer, bytes } = await signWithdrawal(
          memory.crypto,
          batch.id,
          '',
          memory.signer('team.0.0'),
        );
        await putContribution(memory.log, batch.id, signer, bytes);
      }
      expect(await reasonOf(async () => memory.stage([memory.anchor(ada)], { base: batch }))).toBe(
        'batch-signed',
      );
      expect(batchIds(memory.log)).toEqual([batch.id]);
    }
  });

  test('is refused when it no longer fits the log', async () => {
    const { memory, batch, ada, team } = await anchoring();
    await memory.write([memory.anchor(team, { d: 'first' })], ...names('team', 2));
    expect(await reasonOf(async () => memory.stage([memory.anchor(ada)], { base: batch }))).toBe(
      'place-taken',
    );
  });
});

test('parseContribution() of what was stored is what was signed', async () => {
  const { memory, batch } = await anchoring();
  await memory.sign(batch, 'team.0.0');
  const { contributions, signatures } = loadCollected(memory.log, batch);
  expect(contributions.map(({ bytes }) => parseContribution(bytes))).toEqual(contributions);
  expect(signatures.get(batch.events[0]?.said ?? '')).toEqual(
    contributions[0]?.signatures.map(({ signature }) => signature),
  );
});
