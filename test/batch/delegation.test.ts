import { describe, expect, test } from 'vitest';
import { receiptsFor } from '../../src/batch/receipts.ts';
import { keyLogsOf } from '../../src/batch/key-logs.ts';
import { checkStaged } from '../../src/batch/collected.ts';
import { encodeStagedBatch } from '../../src/batch/staged-batch.ts';
import {
  keyEventSeal,
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
