import { describe, expect, test } from 'vitest';
import {
  batchState,
  buildInteraction,
  buildRotation,
  digestSeal,
  loadCollected,
  nativeCrypto as crypto,
  nextDigest,
  type Operation,
  parseThresholdText,
  rememberSigning,
  type StagedBatch,
} from '../../src/index.ts';
import {
  backgroundOfExport,
  backgroundOfLog,
  rememberOpen,
  supersededLines,
} from '../../src/cli/superseded.ts';
import { keyLogsOf } from '../../src/batch/key-logs.ts';
import { newPlan } from '../../src/batch/plan.ts';
import { freshHome, inMemory } from '../keys/homes.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

interface Stolen {
  readonly memory: MemoryLog;
  readonly ada: string;
  readonly phone: string;
  /** The batch by which the thief revokes the phone, event 2, and the one of event 3. */
  readonly revocation: StagedBatch;
  readonly last: StagedBatch;
}

const revoke = (device: string) => ({ type: 'device-revoke', device, reason: 'lost' }) as const;

/** Ada has linked her phone; whoever stole her current key revokes it and goes on. */
async function stolen(): Promise<Stolen> {
  const memory = new MemoryLog();
  const ada = await memory.member('ada');
  const phone = await memory.member('phone');
  const link = { type: 'device-link', device: phone, name: 'phone', capabilities: [] } as const;
  await memory.write([{ kind: 'seal', aid: ada, bodies: [link] }], 'ada.0.0', 'phone.0.0');
  const revocation = await memory.write(
    [{ kind: 'seal', aid: ada, bodies: [revoke(phone)] }],
    'ada.0.0',
  );
  const last = await memory.write([memory.anchor(ada, digestSeal(ada))], 'ada.0.0');
  return { memory, ada, phone, revocation, last };
}

function recovery(
  { memory, ada }: Stolen,
  more: Partial<Extract<Operation, { kind: 'rotate' }>> = {},
): Operation {
  return { ...memory.rotate(ada, 'ada', 1), supersede: 2, ...more } as Operation;
}

describe('recovery', () => {
  test('is planned before anything else of its identifier, as a log takes it', async () => {
    const { memory, ada } = await stolen();
    const before = memory.log.contents.kel(ada)?.stateAt(1);
    const now = memory.log.contents.kel(ada)?.state;
    if (before === undefined || now === undefined) throw new Error('no KEL');
    const plan = newPlan(crypto, keyLogsOf(memory.log.contents));
    const key = memory.ring.key('ada.1.0');
    const rotation = buildRotation(crypto, before, {
      publicKeys: [key],
      threshold: parseThresholdText('1'),
      nextDigests: [nextDigest(crypto, memory.ring.key('ada.2.0'))],
      nextThreshold: parseThresholdText('1'),
    });
    expect(newPlan(crypto, keyLogsOf(memory.log.contents)).add(rotation).supersedes).toEqual({
      from: 2,
      to: 3,
    });
    plan.add(buildInteraction(crypto, now, []));
    expect(await reasonOf(() => plan.add(rotation))).toBe('duplicity');
  });

  test('a rotation supersedes what a stolen key wrote and lifts its revocation', async () => {
    const of = await stolen();
    const { memory, ada, phone, revocation, last } = of;
    const { linkInForce } = {
      linkInForce: () => memory.log.contents.records.linkInForce(ada, phone),
    };
    expect(linkInForce()).toBeUndefined();
    const late = await memory.stage([memory.anchor(ada)]);
    const batch = await memory.stage([recovery(of, { lift: 'all' })]);
    expect(batch.events).toMatchObject([{ type: 'rot', sn: 2 }]);
    expect(batch.records).toMatchObject([
      { body: { type: 'lift', records: [revocation.records[0]?.said] } },
    ]);
    const collected = loadCollected(memory.log, batch);
    expect(collected.planned[0]?.supersedes).toEqual({ from: 2, to: 3 });
    const lines = [
      `  superseded: ixn 2 ${revocation.events[0]?.said}`,
      `    its device-revoke ${revocation.records[0]?.said} is LIFTED by this batch`,
      `  superseded: ixn 3 ${last.events[0]?.said}`,
    ];
    expect(supersededLines(collected, backgroundOfLog(memory.log))).toEqual(lines);
    const exported = memory.exported(batch);
    expect(supersededLines(exported.collected, backgroundOfExport(exported))).toEqual(lines);
    await memory.sign(batch, 'ada.1.0');
    expect(batchState(memory.log, batch).state).toBe('complete');
    expect(await memory.commit(batch, ['ada.1.0'])).toMatchObject({ status: 'committed' });
    expect(memory.stateOf(ada)).toMatchObject({ sn: 2, said: batch.events[0]?.said });
    expect(linkInForce()).toBeDefined();
    // What was committed stays committed; what was staged on the old branch lost its place to the rotation.
    expect(batchState(memory.log, last)).toMatchObject({ state: 'committed', position: 4 });
    expect(batchState(memory.log, late)).toMatchObject({
      state: 'conflict',
      taken: [{ aid: ada, sn: 2, said: batch.events[0]?.said, position: 5 }],
    });
    const next = await memory.write([memory.anchor(ada)], 'ada.1.0');
    expect(next.events[0]?.sn).toBe(3);
    const later = memory.exported(await memory.stage([memory.anchor(ada)]));
    const kel = later.kels.get(ada);
    expect(kel?.isSuperseded(3, last.events[0]?.said ?? '')).toBe(true);
    expect(kel?.isSuperseded(3, next.events[0]?.said ?? '')).toBe(false);
  });

  test('without a lift the revocation stays in force, until a later rotation lifts it', async () => {
    const of = await stolen();
    const { memory, ada, phone, revocation } = of;
    const said = revocation.records[0]?.said ?? '';
    const batch = await memory.write([recovery(of)], 'ada.1.0');
    expect(batch.records).toEqual([]);
    expect(memory.log.contents.records.linkInForce(ada, phone)).toBeUndefined();
    const wrong = { ...memory.rotate(ada, 'ada', 2), lift: [ada] } as Operation;
    expect(await reasonOf(async () => memory.stage([wrong]))).toBe('lift-target');
    await memory.write([{ ...memory.rotate(ada, 'ada', 2), lift: [said] } as Operation], 'ada.2.0');
    expect(memory.log.contents.records.linkInForce(ada, phone)).toBeDefined();
    const again = { ...memory.rotate(ada, 'ada', 3), lift: [said] } as Operation;
    expect(await reasonOf(async () => memory.stage([again]))).toBe('lift-twice');
  });

  test.each<[reason: string, supersede: number]>([
    ['not-supersedable', 0],
    ['not-found', 9],
  ])('refuses (%s) to supersede event %i', async (reason, supersede) => {
    const of = await stolen();
    expect(await reasonOf(async () => of.memory.stage([recovery(of, { supersede })]))).toBe(reason);
  });

  test('nothing supersedes a rotation, and the next place is an ordinary one', async () => {
    const of = await stolen();
    const { memory, ada } = of;
    await memory.write([recovery(of)], 'ada.1.0');
    const rotate = (supersede: number): Operation =>
      ({ ...memory.rotate(ada, 'ada', 2), supersede }) as Operation;
    expect(await reasonOf(async () => memory.stage([rotate(2)]))).toBe('not-supersedable');
    const batch = await memory.stage([rotate(3)]);
    expect(loadCollected(memory.log, batch).planned[0]?.supersedes).toBeUndefined();
  });

  test('what a superseded event sealed can be sealed anew, by an event of another number', async () => {
    const memory = new MemoryLog();
    const ada = await memory.member('ada');
    const subject = { name: 'x', sha256: '0'.repeat(64) };
    const body = { type: 'statement', subjects: [subject], controller: undefined } as const;
    const state: Operation = { kind: 'seal', aid: ada, bodies: [body] };
    await memory.write([memory.anchor(ada)], 'ada.0.0');
    await memory.write([state], 'ada.0.0');
    await memory.write([{ ...memory.rotate(ada, 'ada', 1), supersede: 1 } as Operation], 'ada.1.0');
    expect(await reasonOf(async () => memory.stage([state]))).toBe('record-twice');
    await memory.write([memory.anchor(ada)], 'ada.1.0');
    await memory.write([state], 'ada.1.0');
  });

  test('a key may sign for the place of an event that is superseded, and for places after it', async () => {
    const of = await stolen();
    const { memory, ada, revocation, last } = of;
    const home = freshHome(inMemory());
    const publicKey = memory.ring.key('ada.0.0');
    for (const { events } of [revocation, last]) {
      for (const { sn, said } of events)
        await rememberSigning(home, { publicKey, aid: ada, sn, said });
    }
    const batch = await memory.stage([
      recovery(of, { publicKeys: memory.keys(['ada.1.0', 'ada.0.0']) }),
      memory.anchor(ada),
    ]);
    const collected = loadCollected(memory.log, batch);
    const open = batch.events.map(({ sn, said }) => ({
      publicKey,
      aid: ada,
      sn,
      said,
      index: 1,
      priorIndex: undefined,
    }));
    for (const one of open)
      await rememberOpen(home, collected, backgroundOfLog(memory.log), one, false);
    const rival = { publicKey, aid: ada, sn: 2, said: ada };
    expect(await reasonOf(async () => rememberSigning(home, rival))).toBe('already-signed');
    // Who recovers one identity signs no second event of another one by it.
    const [first] = open;
    if (first === undefined) throw new Error('two signatures are open');
    const other = { ...first, said: ada };
    const remember = async (aid: string): Promise<void> =>
      rememberOpen(home, collected, backgroundOfLog(memory.log), other, aid);
    expect(await reasonOf(async () => remember(batch.id))).toBe('already-signed');
    await remember(ada);
  });

  test('a delegated rotation supersedes a delegated rotation by a later approval', async () => {
    const memory = new MemoryLog();
    const company = await memory.member('company');
    const created = await memory.write(
      [memory.create('team', 1, '1', { delegator: company })],
      'company.0.0',
      'team.0.0',
    );
    const team = created.events[1]?.aid ?? '';
    const thief = {
      ...memory.rotate(team, 'team', 1),
      nextDigests: memory.digests(['thief.2.0']),
    } as Operation;
    await memory.write([thief], 'company.0.0', 'team.1.0');
    const batch = await memory.stage([
      { ...memory.rotate(team, 'team', 1), supersede: 1 } as Operation,
    ]);
    expect(batch.events.map(({ type, sn }) => [type, sn])).toEqual([
      ['ixn', 3],
      ['drt', 1],
    ]);
    await memory.sign(batch, 'company.0.0', 'team.1.0');
    expect(await memory.commit(batch, ['company.0.0'])).toMatchObject({ status: 'committed' });
    expect(memory.stateOf(team).nextDigests).toEqual(memory.digests(['team.2.0']));
    const exported = memory.exported(await memory.stage([memory.anchor(team)]));
    expect(exported.kels.get(team)?.state.said).toBe(batch.events[1]?.said);
  });
});

describe('rotations in full', () => {
  test('keys in reserve come back; new keys are authorised by old ones without weight; new members join', async () => {
    const memory = new MemoryLog();
    await memory.member('ada');
    const created = await memory.write([memory.create('team', 3, '2')], ...names('team', 3));
    const aid = created.events[0]?.aid ?? '';
    const rotation = (
      keys: readonly string[],
      threshold: string,
      next: readonly string[],
      nextThreshold: string,
    ): Operation => ({
      kind: 'rotate',
      aid,
      publicKeys: memory.keys(keys),
      threshold: parseThresholdText(threshold),
      nextDigests: memory.digests(next),
      nextThreshold: parseThresholdText(nextThreshold),
    });
    // Key 2 stays in reserve, and dave joins.
    await memory.write(
      [
        rotation(
          ['team.1.0', 'team.1.1', 'dave.0'],
          '2',
          ['team.2.0', 'team.2.1', 'dave.1', 'team.1.2'],
          '2',
        ),
      ],
      'team.1.0',
      'team.1.1',
      'dave.0',
    );
    // Custodial: the old keys expose themselves with weight 0, the custodian signs from now on.
    const custodial = await memory.stage([
      rotation(
        ['custodian.0', 'team.2.0', 'team.1.2'],
        '1,0,0',
        ['team.3.0', 'team.3.1', 'team.3.2'],
        '1/2,1/2,1/2',
      ),
    ]);
    await memory.sign(custodial, 'custodian.0');
    expect(batchState(memory.log, custodial)).toMatchObject({ state: 'open' });
    await memory.sign(custodial, 'team.2.0', 'team.1.2');
    expect(
      loadCollected(memory.log, custodial)
        .signatures.get(custodial.events[0]?.said ?? '')
        ?.map(({ code, index, priorIndex }) => [code, index, priorIndex]),
    ).toEqual([
      ['B', 0, undefined],
      ['2A', 1, 0],
      ['2A', 2, 3],
    ]);
    expect(await memory.commit(custodial, ['custodian.0'])).toMatchObject({ status: 'committed' });
    await memory.write([memory.anchor(aid)], 'custodian.0');
    // The owners take it back.
    await memory.write(
      [rotation(['team.3.0', 'team.3.2'], '2', ['team.4.0'], '1')],
      'team.3.0',
      'team.3.2',
    );
    expect(memory.stateOf(aid).publicKeys).toEqual(memory.keys(['team.3.0', 'team.3.2']));
  });

  test('indices above 63 are stated in full', async () => {
    const memory = new MemoryLog();
    await memory.member('ada');
    const created = await memory.write(
      [memory.create('crowd', 66, '2')],
      'crowd.0.64',
      'crowd.0.65',
    );
    const aid = created.events[0]?.aid ?? '';
    const publicKeys = memory.keys(names('crowd', 66, 1).toReversed());
    const batch = await memory.stage([
      { ...memory.rotate(aid, 'crowd', 1, 66, '2'), publicKeys } as Operation,
    ]);
    await memory.sign(batch, 'crowd.1.0', 'crowd.1.65');
    expect(
      loadCollected(memory.log, batch)
        .signatures.get(batch.events[0]?.said ?? '')
        ?.map(({ code, index, priorIndex }) => [code, index, priorIndex]),
    ).toEqual([
      ['2A', 0, 65],
      ['2A', 65, 0],
    ]);
    expect(await memory.commit(batch, ['crowd.1.0'])).toMatchObject({ status: 'committed' });
  });
});
