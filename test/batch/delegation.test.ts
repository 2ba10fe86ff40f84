import { describe, expect, test } from 'vitest';
import { receiptsFor } from '../../src/batch/receipts.ts';
import { keyLogsOf } from '../../src/batch/key-logs.ts';
import { checkStaged } from '../../src/batch/collected.ts';
import { encodeStagedBatch } from '../../src/batch/staged-batch.ts';
import {
  batchState,
  collect,
  keyEventSeal,
  restage,
  type KeyEvent,
  loadCollected,
  type Operation,
  signaturesFor,
  statusOf,
} from '../../src/index.ts';
import { describeEvent } from '../../src/batch/describe.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

const COMPANY = names('company', 5);
const TEAM = names('team', 3);

/** A 3-of-5 company in a log that somebody else has opened. */
async function withCompany(
  more: Partial<Extract<Operation, { kind: 'create' }>> = {},
): Promise<{ readonly memory: MemoryLog; readonly company: string }> {
  const memory = new MemoryLog();
  await memory.member('ada');
  const batch = await memory.write([memory.create('company', 5, '3', more)], ...COMPANY);
  return { memory, company: batch.events[0]?.aid ?? '' };
}

const told = (events: readonly KeyEvent[]): readonly string[] =>
  events.map(({ type, sn }) => `${type} ${sn}`);

describe('stage()', () => {
  test('builds both sides of a delegated inception, the approval first, each with its own requests', async () => {
    const { memory, company } = await withCompany();
    const batch = await memory.stage([memory.create('team', 3, '2', { delegator: company })]);
    expect(told(batch.events)).toEqual(['ixn 1', 'dip 0']);
    const [approval, dip] = batch.events;
    expect(approval?.aid).toBe(company);
    expect(dip).toMatchObject({ delegator: company });
    expect(approval?.seals).toEqual([keyEventSeal(dip?.aid ?? '', 0, dip?.said ?? '')]);
    expect(batch.reads.map(({ aid }) => aid)).toEqual([company]);
    const collected = loadCollected(memory.log, batch);
    const asked = (who: readonly string[]): readonly string[] =>
      signaturesFor(memory.crypto, collected, (key) => memory.keys(who).includes(key)).map(
        ({ said }) => said,
      );
    expect(asked(['company.0.4'])).toEqual([approval?.said]);
    expect(asked(['team.0.0'])).toEqual([dip?.said]);
    expect(statusOf(memory.crypto, collected).events.map(({ words }) => words)).toEqual([
      'kt 0 of 3',
      `kt 0 of 2 · approved by event 1 of ${company} in this batch`,
    ]);
    const own = { holds: () => false, nextKey: () => undefined };
    const [first, second] = collected.planned;
    if (first === undefined || second === undefined) throw new Error('two events');
    expect(describeEvent(memory.crypto, first, own, [second])[1]).toBe(
      `  APPROVES the delegated identity ${dip?.aid}`,
    );
    expect(describeEvent(memory.crypto, second, own)[1]).toBe(
      `  delegated by ${company}, whose event 1 approves it`,
    );
  });

  test('orders delegates of delegates that come into being in one batch', async () => {
    const { memory, company } = await withCompany();
    const team = memory.create('team', 3, '2', { delegator: company });
    const { events } = await memory.stage([team]);
    const aid = events[1]?.aid ?? '';
    const batch = await memory.stage([team, memory.create('squad', 1, '1', { delegator: aid })]);
    expect(told(batch.events)).toEqual(['ixn 1', 'dip 0', 'ixn 1', 'dip 0']);
    expect(batch.events.map((event) => event.aid)).toEqual([
      company,
      aid,
      aid,
      batch.events[3]?.aid,
    ]);
    expect(
      await reasonOf(async () =>
        memory.stage([memory.create('squad', 1, '1', { delegator: aid })]),
      ),
    ).toBe('delegator-unknown');
  });

  test.each([
    ['do-not-delegate', 'DND'],
    ['establishment-only', 'EO'],
  ])('refuses (%s) a delegator that was set up with %s', async (reason, trait) => {
    const { memory, company } = await withCompany({ traits: [trait] });
    const create = memory.create('team', 3, '2', { delegator: company });
    expect(await reasonOf(async () => memory.stage([create]))).toBe(reason);
  });

  test('checkStaged() refuses a delegated event that its delegator does not approve before it', async () => {
    const { memory, company } = await withCompany();
    const { events, ...batch } = await memory.stage([
      memory.create('team', 3, '2', { delegator: company }),
    ]);
    const logs = keyLogsOf(memory.log.contents);
    for (const order of [events.toReversed(), events.slice(1)]) {
      const tampered = encodeStagedBatch(memory.crypto, { ...batch, events: order });
      expect(await reasonOf(() => checkStaged(memory.crypto, tampered, logs))).toBe(
        'missing-delegation',
      );
    }
  });

  test('receiptsFor() lets a delegated event be receipted once the approval is signed', async () => {
    const { memory, company } = await withCompany();
    const batch = await memory.stage([
      memory.create('team', 3, '2', {
        delegator: company,
        witnesses: memory.witnesses(['w']),
        witnessThreshold: 1,
      }),
    ]);
    await memory.sign(batch, ...TEAM, 'company.0.0', 'company.0.1');
    const obstacle = (): string | undefined =>
      receiptsFor(memory.crypto, memory.exported(batch).collected, () => true)[0]?.obstacle;
    expect(obstacle()).toContain(`event 1 of ${company} lacks signatures`);
    await memory.sign(batch, 'company.0.2');
    expect(obstacle()).toBeUndefined();
  });
});

/** A 2-of-3 team that the company delegates to, in the log. */
async function withTeam(): Promise<{
  readonly memory: MemoryLog;
  readonly company: string;
  readonly team: string;
}> {
  const { memory, company } = await withCompany();
  const create = memory.create('team', 3, '2', { delegator: company });
  const { events } = await memory.write([create], ...COMPANY, ...TEAM);
  return { memory, company, team: events[1]?.aid ?? '' };
}

describe('commitBatch()', () => {
  test('commits both sides of a multi-sig delegation as one or not at all', async () => {
    const { memory, company } = await withCompany();
    const batch = await memory.stage([memory.create('team', 3, '2', { delegator: company })]);
    const team = batch.events[1]?.aid ?? '';
    await memory.sign(batch, ...TEAM.slice(0, 2), ...COMPANY.slice(0, 2));
    expect(await memory.commit(batch, [...TEAM, ...COMPANY])).toMatchObject({
      status: 'incomplete',
    });
    expect(memory.log.contents.kel(team)).toBeUndefined();
    // The company's third member approves from an exported file, with no log at hand.
    const [third] = await memory.contributions(memory.exported(batch).collected, ['company.0.4']);
    expect(await collect(memory.log, third?.bytes ?? new Uint8Array())).toMatchObject({ ok: true });
    expect(await memory.commit(batch, TEAM)).toMatchObject({ status: 'committed', position: 2 });
    expect(memory.stateOf(team)).toMatchObject({ delegator: company, sn: 0 });
    expect(memory.stateOf(company).sn).toBe(1);
  });

  test('commits rotations of a delegate with their approval, and its interactions without', async () => {
    const { memory, company, team } = await withTeam();
    const rotation = await memory.stage([memory.rotate(team, 'team', 1, 3, '2')]);
    expect(told(rotation.events)).toEqual(['ixn 2', 'drt 1']);
    expect(rotation.reads.map(({ aid }) => aid)).toEqual([company, team].toSorted());
    await memory.sign(rotation, ...COMPANY, ...names('team', 3, 1));
    expect(await memory.commit(rotation, COMPANY)).toMatchObject({ status: 'committed' });
    const { events } = await memory.write([memory.anchor(team)], ...names('team', 3, 1));
    expect(told(events)).toEqual(['ixn 2']);
    expect(
      memory.exported(await memory.stage([memory.anchor(team)])).kels.get(company),
    ).toBeDefined();
  });

  test('conflicts when the delegator rotated meanwhile, and restages with an approval of its own', async () => {
    const { memory, company, team } = await withTeam();
    const batch = await memory.stage([memory.rotate(team, 'team', 1, 3, '2')]);
    await memory.sign(batch, ...COMPANY, ...names('team', 3, 1));
    await memory.write([memory.rotate(company, 'company', 1, 5, '3')], ...names('company', 5, 1));
    expect(batchState(memory.log, batch)).toMatchObject({
      state: 'conflict',
      taken: [{ aid: company, sn: 2 }],
    });
    // The approval lost its place; what it approved keeps its bytes and signatures, and gets another one.
    const next = await restage(memory.log, memory.ground(), batch);
    expect(told(next.events)).toEqual(['ixn 3', 'drt 1']);
    expect(next.events[1]).toEqual(batch.events[1]);
    expect(statusOf(memory.crypto, loadCollected(memory.log, next)).events).toMatchObject([
      { complete: false, keys: Array.from({ length: 5 }, () => ({ signed: false })) },
      { complete: true },
    ]);
    await memory.sign(next, ...names('company', 5, 1));
    expect(await memory.commit(next, names('company', 5, 1))).toMatchObject({
      status: 'committed',
    });
  });

  test('restages without a record whose place the new approval has', async () => {
    const { memory, company, team } = await withTeam();
    const subject = { name: 'x', sha256: '0'.repeat(64) };
    const batch = await memory.stage([
      memory.rotate(team, 'team', 1, 3, '2'),
      {
        kind: 'seal',
        aid: company,
        bodies: [{ type: 'statement', subjects: [subject], controller: undefined }],
      },
    ]);
    expect(told(batch.events)).toEqual(['ixn 2', 'drt 1', 'ixn 3']);
    await memory.write([memory.anchor(company)], ...COMPANY);
    const next = await restage(memory.log, memory.ground(), batch);
    expect(told(next.events)).toEqual(['ixn 3', 'drt 1']);
    expect(next.records).toEqual([]);
  });
});
