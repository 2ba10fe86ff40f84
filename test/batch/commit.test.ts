import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromUtf8 } from '../../src/base/bytes.ts';
import { staleness } from '../../src/batch/commit.ts';
import { putBatch } from '../../src/batch/mailbox.ts';
import { encodeStagedBatch } from '../../src/batch/staged-batch.ts';
import { parseCommit } from '../../src/git/commit.ts';
import { createGenesis } from '../../src/log/genesis.ts';
import {
  batchState,
  buildInception,
  collect,
  commitBatch,
  type Contribution,
  loadCollected,
  type Log,
  restage,
  type Signer,
  type StagedBatch,
} from '../../src/index.ts';
import { MemoryLog, names, START } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

interface Case {
  readonly memory: MemoryLog;
  readonly ada: string;
  readonly team: string;
}

async function begun(): Promise<Case> {
  const memory = new MemoryLog();
  return { memory, ada: await memory.member('ada'), team: await memory.member('team', 3, '2') };
}

const tipOf = (log: Log): string | undefined => log.refs.read(log.ref);
const TEAM = names('team', 3);

/** Every batch and every event of a log, as its bytes say it. */
function told(log: Log): readonly unknown[] {
  return log.contents.aids.map((aid) => {
    const length = log.contents.kel(aid)?.length ?? 0;
    return [aid, ...Array.from({ length }, (_, sn) => fromUtf8(log.readEvent(aid, sn) ?? new Uint8Array()))];
  });
}

describe('commitBatch()', () => {
  test('commits once, and says the same when it is asked again, from anywhere', async () => {
    const { memory, team } = await begun();
    const batch = await memory.stage([memory.anchor(team, { d: 'x' })]);
    await memory.sign(batch, 'team.0.0', 'team.0.2');
    const outcome = await memory.commit(batch, TEAM);
    expect(outcome).toEqual({ status: 'committed', commit: tipOf(memory.log), position: 2 });
    expect(await memory.commit(batch, [])).toEqual(outcome);
    expect(await memory.commit(batch, [], [], memory.again())).toEqual(outcome);
    expect(batchState(memory.log, batch)).toEqual({ ...outcome, state: 'committed', status: undefined, batch });
    expect(memory.log.contents.batches).toBe(3);
  });

  test('opens a log', async () => {
    const memory = new MemoryLog();
    const batch = await memory.stage([memory.create('team', 3, '2')]);
    expect(await memory.commit(batch, TEAM)).toMatchObject({ status: 'incomplete' });
    await memory.sign(batch, ...TEAM);
    expect(await memory.commit(batch, TEAM)).toMatchObject({ status: 'committed', position: 0 });
    expect(memory.log.contents.genesis).toEqual(batch.genesis);
  });

  test('is incomplete while a signature is missing of any event, and writes nothing', async () => {
    const { memory, ada, team } = await begun();
    const batch = await memory.stage([memory.anchor(ada), memory.anchor(team), memory.anchor(ada)]);
    const tip = tipOf(memory.log);
    const objects = [...memory.log.store.list()].length;
    const missing = (phrases: readonly string[]) => ({ status: 'incomplete', missing: phrases });
    const adas = [1, 2].map((sn) => `ixn ${sn} of ${ada}: kt: 1 more (from index 0)`);
    expect(await memory.commit(batch, ['ada.0.0', ...TEAM])).toEqual(missing([adas[0] ?? '', `ixn 1 of ${team}: kt: 2 more (from index 0, 1, 2)`, adas[1] ?? '']));
    await memory.sign(batch, 'ada.0.0', 'team.0.1');
    const stored = [...memory.log.store.list()].length;
    expect(await memory.commit(batch, ['ada.0.0', ...TEAM])).toEqual(missing([`ixn 1 of ${team}: kt: 1 more (from index 0, 2)`]));
    expect([tipOf(memory.log), [...memory.log.store.list()].length]).toEqual([tip, stored]);
    expect(stored).toBeGreaterThan(objects);
  });

  test('needs a key that may commit: of the batch, else of an AID that it is told', async () => {
    const { memory, ada, team } = await begun();
    const batch = await memory.stage([memory.anchor(team)]);
    await memory.sign(batch, ...TEAM);
    const refused = async (keyNames: readonly string[], committers: readonly string[] = []) => reasonOf(async () => memory.commit(batch, keyNames, committers));
    expect(await refused([])).toBe('no-committer');
    expect(await refused(['ada.0.0'])).toBe('no-committer');
    expect(await refused(['ada.1.0'], [ada])).toBe('no-committer');
    expect(memory.log.contents.batches).toBe(2);
    expect(await memory.commit(batch, ['ada.0.0'], [ada])).toMatchObject({ status: 'committed' });
    expect(committerOf(memory.log)).toBe(ada);
  });

  test('is signed by a key that the rotation of the batch establishes, not by one that it ends', async () => {
    const { memory, team } = await begun();
    const batch = await memory.stage([memory.rotate(team, 'team', 1, 3, '2')]);
    await memory.sign(batch, ...names('team', 3, 1));
    expect(await reasonOf(async () => memory.commit(batch, TEAM, [team]))).toBe('no-committer');
    expect(await memory.commit(batch, names('team', 3, 1))).toMatchObject({ status: 'committed' });
    expect(memory.stateOf(team).publicKeys).toEqual(memory.keys(names('team', 3, 1)));
  });

  test('refuses what a signer returns when it is no signature of the commit', async () => {
    const { memory, ada } = await begun();
    const batch = await memory.stage([memory.anchor(ada)]);
    await memory.sign(batch, 'ada.0.0');
    const tip = tipOf(memory.log);
    const wrong: Signer = { publicKey: memory.ring.key('ada.0.0'), sign: async () => new Uint8Array(64) };
    expect(await reasonOf(async () => commitBatch(memory.log, batch, async () => wrong))).toBe('bad-signature');
    expect(tipOf(memory.log)).toBe(tip);
  });
});

function committerOf(log: Log): string {
  const parsed = parseCommit(log.store.read(tipOf(log) ?? '')?.bytes ?? new Uint8Array());
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.commit.name;
}

describe('conflicts', () => {
  test('two batches for one place: the second names what took it, and changes nothing', async () => {
    const { memory, ada, team } = await begun();
    const batch = await memory.stage([memory.anchor(team, { d: 'first' })]);
    const rival = await memory.stage([memory.anchor(ada), memory.anchor(team, { d: 'second' })]);
    for (const one of [batch, rival]) await memory.sign(one, 'ada.0.0', ...TEAM);
    const committed = await memory.commit(batch, TEAM);
    const tip = tipOf(memory.log);
    if (committed.status !== 'committed') throw new Error('the first is committed');
    const { commit, position } = committed;
    const taken = [{ aid: team, sn: 1, said: batch.events[0]?.said, position, commit }];
    expect(await memory.commit(rival, ['ada.0.0'])).toMatchObject({ status: 'conflict', reason: 'place-taken', taken });
    expect(batchState(memory.log, rival)).toMatchObject({ state: 'conflict', reason: 'place-taken', taken });
    expect(tipOf(memory.log)).toBe(tip);
    expect(memory.stateOf(ada).sn).toBe(0);
  });

  test('a rotation since it was staged is a change of the read set', async () => {
    const { memory, ada, team } = await begun();
    const batch = await memory.stage([memory.anchor(ada), memory.anchor(team)]);
    const gap = { ...batch, events: batch.events.slice(1), reads: batch.reads };
    await memory.write([memory.rotate(ada, 'ada', 1)], 'ada.1.0');
    expect(staleness(memory.log, batch)).toMatchObject({ reason: 'place-taken' });
    expect(staleness(memory.log, gap)).toMatchObject({ reason: 'read-set', detail: expect.stringContaining('establishment event 0') as string, taken: [] });
  });

  test('a batch for another log, in a log that is open and in one that is unborn', async () => {
    const [{ memory, ada }, closed, unborn] = [await begun(), new MemoryLog({ admission: 'closed' }), new MemoryLog()];
    expect(await closed.member('ada')).toBe(ada);
    const batch = await memory.stage([memory.anchor(ada)]);
    for (const other of [closed, unborn]) {
      await putBatch(other.log, batch);
      expect(await other.commit(batch, ['ada.0.0'])).toMatchObject({ status: 'conflict', reason: 'other-log', taken: [] });
      expect(batchState(other.log, batch)).toMatchObject({ state: 'conflict', reason: 'other-log' });
      expect(await reasonOf(async () => restage(other.log, other.ground(), batch))).toBe('other-log');
    }
    await memory.write([memory.anchor(ada)], 'ada.0.0');
    await closed.write([closed.anchor(ada)], 'ada.0.0');
    expect(batchState(memory.log, batch)).toMatchObject({ state: 'committed' });
    expect(batchState(closed.log, batch)).toMatchObject({ state: 'conflict', reason: 'other-log' });
  });

  test('two that open the same log, with the same founder: the second is not committed', async () => {
    const memory = new MemoryLog();
    const first = await memory.stage([memory.create('ada')]);
    await memory.sign(first, 'ada.0.0');
    const again = { ...memory.ground(2), genesis: undefined };
    const second = encodeStagedBatch(memory.crypto, { ...first, ...parts(memory, again.opening.nonce) });
    await putBatch(memory.log, second);
    expect(second.logId).not.toBe(first.logId);
    await memory.commit(first, ['ada.0.0']);
    expect(batchState(memory.log, first)).toMatchObject({ state: 'committed' });
    expect(batchState(memory.log, second)).toMatchObject({ state: 'conflict', reason: 'other-log' });
    expect(await memory.commit(second, ['ada.0.0'])).toMatchObject({ status: 'conflict', reason: 'other-log' });
    expect(await reasonOf(async () => restage(memory.log, memory.ground(), second))).toBe('place-taken');
  });

  test('a batch of which part is in the log already', async () => {
    const { memory, ada, team } = await begun();
    const batch = await memory.stage([memory.anchor(ada), memory.anchor(team)]);
    await memory.sign(batch, 'ada.0.0', ...TEAM);
    await memory.write([memory.anchor(ada)], 'ada.0.0');
    expect(batchState(memory.log, batch)).toMatchObject({ state: 'conflict', reason: 'partly-committed', taken: [] });
    expect(await memory.commit(batch, TEAM)).toMatchObject({ status: 'conflict', reason: 'partly-committed' });
    await memory.write([memory.anchor(team)], ...TEAM);
    expect(await memory.commit(batch, [])).toEqual({ status: 'committed', commit: tipOf(memory.log), position: 3 });
  });
});

function parts(memory: MemoryLog, nonce: Uint8Array): Pick<StagedBatch, 'genesis' | 'logId'> {
  const other = new MemoryLog();
  const founder = other.create('ada');
  if (founder.kind !== 'create') throw new Error('an inception');
  const genesis = createGenesis(memory.crypto, buildInception(memory.crypto, founder).aid, 'open', nonce);
  return { genesis, logId: genesis.logId };
}

describe('a log that moves meanwhile', () => {
  test('a batch that still stands is folded again on the new tip', async () => {
    const { memory, ada, team } = await begun();
    const batch = await memory.stage([memory.anchor(team)]);
    await memory.sign(batch, ...TEAM);
    const other = memory.again();
    const rival = await memory.stage([memory.anchor(ada)]);
    await memory.sign(rival, 'ada.0.0');
    let asked = 0;
    const outcome = await commitBatch(memory.log, batch, async (key) => {
      // Somebody else commits while this one waits for its key.
      if (asked++ === 0) expect(await memory.commit(rival, ['ada.0.0'], [], other)).toMatchObject({ status: 'committed', position: 2 });
      return memory.ring.signer(key);
    });
    expect(outcome).toEqual({ status: 'committed', commit: tipOf(memory.log), position: 3 });
    expect(asked).toBe(2);
  });

  test('one that no longer stands ends in a conflict', async () => {
    const { memory, team } = await begun();
    const batch = await memory.stage([memory.anchor(team, { d: 'slow' })]);
    const rival = await memory.stage([memory.anchor(team, { d: 'fast' })]);
    for (const one of [batch, rival]) await memory.sign(one, ...TEAM);
    const other = memory.again();
    const slow: Signer = {
      publicKey: memory.ring.key('team.0.0'),
      sign: async (message) => {
        await memory.commit(rival, TEAM, [], other);
        return memory.signer('team.0.0').sign(message);
      },
    };
    expect(await commitBatch(memory.log, batch, async () => slow)).toMatchObject({ status: 'conflict', reason: 'place-taken' });
    expect(tipOf(memory.log)).toBe(other.contents.lastBatch?.commit);
  });

  test.each(['key', 'signature'])('two at once on one open log, rivals for a place, while they wait for a %s', async (waitsFor) => {
    const { memory, team } = await begun();
    const batches = await Promise.all(['one', 'two', 'three'].map(async (d) => memory.stage([memory.anchor(team, { d })])));
    for (const batch of batches) await memory.sign(batch, ...TEAM);
    const pause = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
    const outcomes = await Promise.all(
      batches.map(async (batch) =>
        commitBatch(memory.log, batch, async (key) => {
          if (waitsFor === 'key') await pause();
          const signer = memory.ring.signer(key);
          return { publicKey: key, sign: async (message) => pause().then(async () => signer.sign(message)) };
        }),
      ),
    );
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['committed', 'conflict', 'conflict']);
    const fresh = memory.again();
    expect(fresh.contents.batches).toBe(3);
    expect(outcomes).toContainEqual({ status: 'committed', commit: tipOf(fresh), position: 2 });
  });

  test('many at once on one open log and on others, none lost and no number twice', async () => {
    const { memory, team } = await begun();
    const members = Array.from({ length: 6 }, (_, number) => `m${number}`);
    const batches = await Promise.all(members.map(async (name) => memory.stage([memory.create(name)])));
    for (const [at, batch] of batches.entries()) await memory.sign(batch, `${members[at] ?? ''}.0.0`);
    const other = memory.again();
    const outcomes = await Promise.all(batches.map(async (batch, at) => memory.commit(batch, [`${members[at] ?? ''}.0.0`], [], at % 2 === 0 ? memory.log : other)));
    const positions = outcomes.map((outcome) => (outcome.status === 'committed' ? outcome.position : -1));
    expect(positions.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7]);
    const fresh = memory.again();
    expect(outcomes.map((outcome) => outcome.status === 'committed' && fresh.contents.batchAt(outcome.position)?.commit === outcome.commit)).not.toContain(false);
    expect(fresh.contents.aids).toHaveLength(8);
    expect(team).toBe(fresh.contents.aids[1]);
  });
});

describe('restage()', () => {
  test('keeps, byte for byte, what can still stand, with the signatures that it has', async () => {
    const { memory, ada, team } = await begun();
    const bob = await memory.member('bob');
    const batch = await memory.stage([memory.anchor(team, { d: 'lost' }), memory.anchor(ada, { d: '1' }), memory.anchor(team, { d: 'lost too' }), memory.anchor(ada, { d: '2' }), memory.anchor(bob)], { expires: START + 99 });
    await memory.sign(batch, 'ada.0.0', 'team.0.0');
    await memory.write([memory.anchor(team, { d: 'won' })], ...TEAM);
    const next = await restage(memory.log, memory.ground(), batch);
    expect(next.events).toEqual([batch.events[1], batch.events[3], batch.events[4]]);
    expect([next.expires, next.logId, next.genesis]).toEqual([batch.expires, batch.logId, undefined]);
    const state = batchState(memory.log, next);
    expect(state).toMatchObject({ state: 'open', missing: [`ixn 1 of ${bob}: kt: 1 more (from index 0)`] });
    await memory.sign(next, 'bob.0.0');
    expect(await memory.commit(next, ['bob.0.0'])).toMatchObject({ status: 'committed' });
    expect(memory.stateOf(ada).said).toBe(batch.events[3]?.said);
    expect(await reasonOf(async () => restage(memory.log, memory.ground(), batch))).toBe('place-taken');
  });

  test('of a batch of which part was committed keeps the rest; of one that still stands, all', async () => {
    const { memory, ada, team } = await begun();
    const batch = await memory.stage([memory.anchor(ada), memory.anchor(team)]);
    await memory.sign(batch, 'ada.0.0', 'team.0.1');
    expect(await restage(memory.log, memory.ground(), batch)).toEqual(batch);
    expect(loadCollected(memory.log, batch).contributions).toHaveLength(2);
    await memory.write([memory.anchor(ada)], 'ada.0.0');
    const rest = await restage(memory.log, memory.ground(), batch);
    expect(rest.events).toEqual(batch.events.slice(1));
    expect(loadCollected(memory.log, rest).contributions.map(({ signer }) => signer)).toEqual(memory.keys(['team.0.1']));
  });

  test('of one that lost the race to open the log keeps the inception, signed', async () => {
    const memory = new MemoryLog();
    const [mine, theirs] = [await memory.stage([memory.create('ada')]), await memory.stage([memory.create('bob')])];
    for (const batch of [mine, theirs]) await memory.sign(batch, 'ada.0.0', 'bob.0.0');
    await memory.commit(theirs, ['bob.0.0']);
    const next = await restage(memory.log, memory.ground(), mine);
    expect(next).toMatchObject({ events: mine.events, genesis: undefined, logId: theirs.logId, reads: [] });
    expect(await memory.commit(next, ['ada.0.0'])).toMatchObject({ status: 'committed', position: 1 });
  });

  test('in a log that is unborn keeps the very log that it would open', async () => {
    const memory = new MemoryLog();
    const batch = await memory.stage([memory.create('ada')]);
    expect(await restage(memory.log, memory.ground(2), batch)).toEqual(batch);
  });
});

test('whatever the order and the number of times in which contributions arrive, the same bytes are committed', async () => {
  const build = async (): Promise<{ memory: MemoryLog; batch: StagedBatch; contributions: readonly Contribution[] }> => {
    const memory = new MemoryLog();
    const ada = await memory.member('ada');
    const team = await memory.member('team', 3, '2');
    const batch = await memory.stage([memory.rotate(team, 'team', 1, 3, '2'), memory.anchor(ada, { d: team }), memory.anchor(team, { d: ada }), memory.create('new', 2, '1/2,1/2')]);
    const signers = ['ada.0.0', ...names('team', 3, 1), ...names('new', 2)];
    return { memory, batch, contributions: await memory.contributions(loadCollected(memory.log, batch), signers) };
  };
  const told0 = async (order: readonly number[], seconds: number, committer: string): Promise<readonly unknown[]> => {
    const { memory, batch, contributions } = await build();
    for (const at of order) {
      const { bytes } = contributions[at % contributions.length] ?? { bytes: new Uint8Array() };
      expect((await collect(memory.log, bytes)).ok).toBe(true);
    }
    memory.now = seconds;
    expect(await memory.commit(batch, [committer], [memory.log.contents.aids[0] ?? ''])).toMatchObject({ status: 'committed', position: 2 });
    const commit = parseCommit(memory.log.store.read(tipOf(memory.log) ?? '')?.bytes ?? new Uint8Array());
    if (!commit.ok) throw new Error(commit.detail);
    return [told(memory.log), commit.commit.tree, commit.commit.message.replace(/^committer .*$/m, '')];
  };
  const expected = await told0([0, 1, 2, 3, 4, 5], START, 'ada.0.0');
  const everyone = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 });
  await fc.assert(
    fc.asyncProperty(everyone, fc.array(fc.nat({ max: 5 }), { maxLength: 6 }), fc.nat({ max: 1_000_000 }), fc.constantFrom('ada.0.0', 'team.1.1', 'new.0.0'), async (order, again, later, committer) => {
      const mixed = again.reduce<readonly number[]>((list, at, index) => list.toSpliced((index * 5) % (list.length + 1), 0, at), order);
      expect(await told0(mixed, START + later, committer)).toEqual(expected);
    }),
    { numRuns: 15 * Number(process.env['GITKEL_LONG'] ?? 1) },
  );
});
