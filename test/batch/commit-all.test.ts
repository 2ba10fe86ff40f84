import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  audit,
  batchIds,
  commitAll,
  dropBatches,
  commitBatch,
  type Log,
  type Operation,
  type StagedBatch,
} from '../../src/index.ts';
import { MemoryLog, START } from '../support/memory-log.ts';

const MEMBERS = ['ada', 'bob', 'cyd'] as const;
const KEYS = MEMBERS.flatMap((name) => [0, 1, 2, 3].map((generation) => `${name}.${generation}.0`));

interface Case {
  readonly memory: MemoryLog;
  readonly aids: readonly string[];
}

async function begun(): Promise<Case> {
  const memory = new MemoryLog();
  const aids: string[] = [];
  for (const name of MEMBERS) aids.push(await memory.member(name));
  return { memory, aids };
}

async function complete(
  memory: MemoryLog,
  operations: readonly Operation[],
  options: Parameters<MemoryLog['stage']>[1] = {},
): Promise<StagedBatch> {
  const batch = await memory.stage(operations, options);
  await memory.sign(batch, ...KEYS);
  return batch;
}

const finder =
  (memory: MemoryLog, keys: readonly string[] = KEYS) =>
  async (key: string) =>
    memory.keys(keys).includes(key) ? memory.ring.signer(key) : undefined;

const eventsOf = (log: Log): readonly unknown[] =>
  log.contents.aids.map((aid) => {
    const kel = log.contents.kel(aid);
    return [aid, kel?.files, Array.from({ length: kel?.length ?? 0 }, (_, sn) => kel?.saidAt(sn))];
  });

describe('commitAll()', () => {
  test('commits each complete batch in a commit of its own, in one pack and one move of the branch', async () => {
    const { memory, aids } = await begun();
    const batches: StagedBatch[] = [];
    for (const aid of aids) batches.push(await complete(memory, [memory.anchor(aid, { d: 'x' })]));
    const packs = memory.host.fs.readdirSync('/log/objects/pack').length;
    const results = await commitAll(memory.log, finder(memory));
    expect(results.map(({ status }) => status)).toEqual(['committed', 'committed', 'committed']);
    expect(new Set(results.map(({ batch }) => batch))).toEqual(
      new Set(batches.map(({ id }) => id)),
    );
    expect(
      results.flatMap((result) => (result.status === 'committed' ? result.position : [])),
    ).toEqual([3, 4, 5]);
    expect(memory.host.fs.readdirSync('/log/objects/pack').length).toBe(packs + 2);
    expect(audit(memory.host, '/log', {})).toMatchObject({ state: 'valid', batches: 6 });
    expect(await commitAll(memory.log, finder(memory))).toEqual(results);
    await dropBatches(
      memory.log,
      results.map(({ batch }) => batch),
    );
    expect(batchIds(memory.log)).toEqual([]);
    expect([...memory.log.refs.list('refs/gitkel/')]).toEqual([]);
    expect(await commitAll(memory.log, finder(memory))).toEqual([]);
  });

  test('leaves and reports what is incomplete, withdrawn, expired, in conflict or not to be committed here', async () => {
    const { memory, aids } = await begun();
    const [ada = '', bob = '', cyd = ''] = aids;
    const incomplete = await memory.stage([memory.anchor(cyd, { d: 'unsigned' })]);
    const expired = await complete(memory, [memory.anchor(cyd, { d: 'late' })], {
      expires: START + 5,
    });
    const first = await complete(memory, [memory.anchor(ada, { d: 'one' })]);
    const second = await complete(memory, [memory.anchor(ada, { d: 'two' })]);
    const stranger = await complete(memory, [memory.anchor(bob, { d: 'mine' })]);
    await memory.log.moveRef(
      `refs/gitkel/batch/${'0'.repeat(64)}/request`,
      undefined,
      memory.log.replayed.tip,
    );
    memory.now = START + 10;
    const results = new Map(
      (await commitAll(memory.log, finder(memory, ['ada.0.0', 'cyd.0.0']))).map((one) => [
        one.batch,
        one,
      ]),
    );
    expect(results.get(incomplete.id)).toMatchObject({
      status: 'incomplete',
      missing: [expect.stringContaining('kt')],
    });
    expect(results.get(expired.id)).toEqual({ batch: expired.id, status: 'expired' });
    expect(results.get(stranger.id)).toMatchObject({ status: 'refused', reason: 'no-committer' });
    const rivals = [first, second].map(({ id }) => results.get(id));
    expect(new Set(rivals.map((one) => one?.status))).toEqual(new Set(['committed', 'conflict']));
    expect(rivals.find((one) => one?.status === 'conflict')).toMatchObject({
      reason: 'place-taken',
      taken: [{ aid: ada, sn: 1, position: 3 }],
    });
    expect([...results.values()].filter(({ status }) => status === 'refused')).toHaveLength(2);
    expect(results.size).toBe(6);
    expect(memory.log.contents.batches).toBe(4);
    expect(batchIds(memory.log)).toHaveLength(6);
    expect(audit(memory.host, '/log', {})).toMatchObject({ state: 'valid', batches: 4 });
  });

  test('folds all again where the log moves meanwhile, and asks for each key once', async () => {
    const { memory, aids } = await begun();
    const [ada = '', bob = ''] = aids;
    const mine = await complete(memory, [memory.anchor(ada, { d: 'x' })]);
    const theirs = await complete(memory, [memory.anchor(bob, { d: 'y' })]);
    const asked: string[] = [];
    const results = await commitAll(memory.log, async (key) => {
      if (asked.length === 0) await commitBatch(memory.again(), theirs, finder(memory));
      asked.push(key);
      return memory.ring.signer(key);
    });
    expect(new Set(asked).size).toBe(asked.length);
    const found = new Map(results.map((one) => [one.batch, one]));
    expect(found.get(theirs.id)).toMatchObject({ status: 'committed', position: 3 });
    expect(found.get(mine.id)).toMatchObject({ status: 'committed', position: 4 });
    expect(audit(memory.host, '/log', {})).toMatchObject({ state: 'valid', batches: 5 });
  });

  test('comes to the same as committing one by one, whatever follows on what', async () => {
    const step = fc.record({
      who: fc.subarray([0, 1, 2], { minLength: 1 }),
      rotates: fc.constantFrom(false, false, true),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const { memory, aids } = await begun();
        const base = memory.log.replayed.tip;
        const generations = [0, 0, 0];
        const batches = new Map<string, StagedBatch>();
        for (const [index, { who, rotates }] of steps.entries()) {
          const operations = who.map((one) => {
            const [aid = '', name = ''] = [aids[one], MEMBERS[one]];
            const generation = (generations[one] ?? 0) + 1;
            if (!rotates || generation > 2) return memory.anchor(aid, { d: `${index}` });
            generations[one] = generation;
            return memory.rotate(aid, name, generation);
          });
          const batch = await complete(memory, operations);
          batches.set(batch.id, batch);
          expect(await commitBatch(memory.log, batch, finder(memory))).toMatchObject({
            status: 'committed',
          });
        }
        const [oneByOne, { ref }] = [eventsOf(memory.log), memory.log];
        const begunAgain = async (): Promise<Log> => {
          await memory.log.moveRef(ref, memory.log.refs.read(ref), base);
          return memory.again();
        };
        const all = await begunAgain();
        const results = await commitAll(all, finder(memory));
        expect(results.map(({ status }) => status)).toEqual(steps.map(() => 'committed'));
        expect(eventsOf(all)).toEqual(oneByOne);
        expect(audit(memory.host, '/log', {})).toMatchObject({
          state: 'valid',
          batches: 3 + steps.length,
        });

        const single = await begunAgain();
        for (const { batch: id, ...result } of results) {
          const batch = batches.get(id);
          if (batch === undefined) throw new Error('a result is of a batch that was staged');
          expect(await commitBatch(single, batch, finder(memory))).toEqual(result);
        }
        expect(single.replayed.tip).toBe(all.replayed.tip);
      }),
      { numRuns: 5 * Number(process.env['GITKEL_LONG'] ?? 1) },
    );
  });
});
