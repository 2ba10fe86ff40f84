import { describe, expect, test } from 'vitest';
import { ed25519Signature } from '../../src/cesr/signature.ts';
import { parseContribution, encodeContribution } from '../../src/batch/contribution.ts';
import { putBatch, putContribution } from '../../src/batch/mailbox.ts';
import { holdsReceipted, receiptedEvents, requireUnreceipted } from '../../src/batch/receipted.ts';
import { encodeStagedBatch } from '../../src/batch/staged-batch.ts';
import { receiptsFor } from '../../src/batch/receipts.ts';
import { witnessThresholdWarning } from '../../src/batch/witness-choice.ts';
import {
  batchState,
  collect,
  digestSeal,
  loadCollected,
  restage,
  type StagedBatch,
  statusOf,
} from '../../src/index.ts';
import { aidOf, MemoryLog, names } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

const WITNESSES = names('witness', 5);
const COMPANY = names('company', 5);

/** A 3-of-5 company that three of five witnesses have to receipt, staged in a log that somebody else has opened. */
async function company(): Promise<{ readonly memory: MemoryLog; readonly batch: StagedBatch }> {
  const memory = new MemoryLog();
  await memory.member('ada');
  const operation = memory.create('company', 5, '3', {
    witnesses: memory.witnesses(WITNESSES),
    witnessThreshold: 3,
  });
  return { memory, batch: await memory.stage([operation]) };
}

function wordsOf(memory: MemoryLog, batch: StagedBatch): readonly string[] {
  return statusOf(memory.crypto, loadCollected(memory.log, batch)).events.map(({ words }) => words);
}

describe('receipts of a batch', () => {
  test('receiptsFor() waits for the controllers; then the receipts are counted, exported and committed', async () => {
    const { memory, batch } = await company();
    await memory.sign(batch, ...COMPANY.slice(0, 2));
    expect(await memory.receipt(batch, ...WITNESSES)).toBe(0);
    const open = receiptsFor(memory.crypto, memory.exported(batch).collected, () => true);
    expect(open[0]?.obstacle).toContain('lacks signatures of its controllers: kt 2 of 3');
    await memory.sign(batch, 'company.0.3');
    expect(await memory.receipt(batch, ...WITNESSES.slice(1, 3))).toBe(2);
    expect(wordsOf(memory, batch)).toEqual(['kt 3 of 3 (index 0, 1, 3) · witnesses 2 of 3']);
    expect(batchState(memory.log, batch)).toMatchObject({
      state: 'open',
      missing: [expect.stringContaining('witnesses: 1 more (from index 0, 3, 4)')],
    });
    expect(await memory.commit(batch, COMPANY)).toMatchObject({ status: 'incomplete' });
    expect(memory.exported(batch).collected.receipts.get(batch.events[0]?.said ?? '')).toHaveLength(
      2,
    );
    await memory.receipt(batch, 'witness.0.4');
    expect(await memory.commit(batch, COMPANY)).toMatchObject({ status: 'committed' });
    const aid = aidOf(batch);
    const anchored = await memory.stage([memory.anchor(aid, digestSeal(aid))]);
    await memory.sign(anchored, ...COMPANY);
    expect(wordsOf(memory, anchored)).toEqual([
      'kt 5 of 3 (index 0, 1, 2, 3, 4) · witnesses 0 of 3',
    ]);
    await memory.receipt(anchored, ...WITNESSES.slice(0, 3));
    expect(await memory.commit(anchored, COMPANY)).toMatchObject({ status: 'committed' });
  });

  test('receiptsFor() asks the witnesses that a rotation leaves in force, and lets an event rest on what they witness', async () => {
    const { memory, batch } = await company();
    await memory.sign(batch, ...COMPANY);
    await memory.receipt(batch, ...WITNESSES);
    await memory.commit(batch, COMPANY);
    const aid = aidOf(batch);
    const fresh = memory.ring.witness('fresh');
    const rotation = memory.rotate(aid, 'company', 1, 5, '3');
    const witnessCuts = memory.witnesses(['witness.0.1']);
    const next = await memory.stage([
      memory.anchor(aid),
      { ...rotation, witnessCuts, witnessAdds: [fresh] } as typeof rotation,
    ]);
    await memory.sign(next, ...COMPANY, ...names('company', 5, 1));
    const open = (who: string) =>
      receiptsFor(memory.crypto, memory.exported(next).collected, (aidOfIt) => aidOfIt === who).map(
        ({ planned, index, obstacle }) => [planned.event.sn, index, obstacle],
      );
    expect(open(memory.ring.witness('witness.0.1'))).toEqual([[1, 1, undefined]]);
    expect(open(memory.ring.witness('witness.0.2'))).toEqual([
      [1, 2, undefined],
      [2, 1, undefined],
    ]);
    // Who witnesses only the second event has to see the first one receipted by others.
    expect(open(fresh)).toEqual([[2, 4, expect.stringContaining('0 of 3 receipts')]]);
    await memory.receipt(next, 'witness.0.0', 'witness.0.1', 'witness.0.2');
    expect(open(fresh)).toEqual([[2, 4, undefined]]);
  });

  test.each<[reason: string, what: string, index: number, prior: number, isReceipt: boolean]>([
    ['wrong-key', 'a receipt that says it is a controller', 0, 0, false],
    ['wrong-witness', 'an index of another witness', 1, 1, true],
    ['signature-form', 'a prior index of its own', 0, 1, true],
    ['wrong-witness', 'an index beyond the witnesses', 5, 5, true],
  ])('collect() refuses (%s) %s', async (reason, _, index, prior, isReceipt) => {
    const { memory, batch } = await company();
    const [event] = batch.events;
    if (event === undefined) throw new Error('one event');
    const signer = memory.ring.witness('witness.0.0');
    const raw = await memory.ring.signer(signer).sign(event.bytes);
    const one = { event: event.said, signature: ed25519Signature(raw, index, prior) };
    const { bytes } = isReceipt
      ? encodeContribution(batch.id, signer, [], [], [one])
      : encodeContribution(batch.id, signer, [one]);
    const outcome = await collect(memory.log, bytes);
    expect(outcome).toMatchObject({ ok: false, problem: { reason } });
  });

  test('collect() refuses a receipt over other bytes, and parseContribution() an empty list of receipts', async () => {
    const { memory, batch } = await company();
    const [event] = batch.events;
    const signer = memory.ring.witness('witness.0.0');
    const raw = await memory.ring.signer(signer).sign(new Uint8Array(3));
    const receipt = { event: event?.said ?? '', signature: ed25519Signature(raw, 0, 0) };
    const made = encodeContribution(batch.id, signer, [], [], [receipt]);
    expect(await collect(memory.log, made.bytes)).toMatchObject({
      ok: false,
      problem: { reason: 'bad-signature' },
    });
    expect(parseContribution(made.bytes)).toEqual(made);
    const empty = new TextEncoder().encode(
      new TextDecoder().decode(made.bytes).replace(/"receipts":\[[^\]]*\]/, '"receipts":[]'),
    );
    expect(await reasonOf(() => parseContribution(empty))).toBe('contribution-empty');
  });

  test('restage() keeps receipts of what is still free, and such an event is not let go', async () => {
    const { memory, batch } = await company();
    const ada = memory.log.contents.genesis?.founder ?? '';
    const both = await memory.stage([
      memory.anchor(ada, digestSeal(ada)),
      ...batch.events.map(() =>
        memory.create('company', 5, '3', {
          witnesses: memory.witnesses(WITNESSES),
          witnessThreshold: 3,
        }),
      ),
    ]);
    await memory.sign(both, ...COMPANY, 'ada.0.0');
    expect(receiptedEvents(memory.log, both)).toEqual([]);
    expect(() => requireUnreceipted(memory.log, both, 'withdraw')).not.toThrow();
    await memory.receipt(both, ...WITNESSES.slice(0, 3));
    await memory.write([memory.anchor(ada)], 'ada.0.0');
    expect(batchState(memory.log, both).state).toBe('conflict');
    expect(receiptedEvents(memory.log, both).map(({ said }) => said)).toEqual([
      both.events[1]?.said,
    ]);
    expect(await reasonOf(() => requireUnreceipted(memory.log, both, 'withdraw'))).toBe(
      'receipted',
    );
    const next = await restage(memory.log, memory.ground(), both);
    expect(wordsOf(memory, next)).toEqual(['kt 5 of 3 (index 0, 1, 2, 3, 4) · witnesses 3 of 3']);
    expect(await memory.commit(next, COMPANY)).toMatchObject({ status: 'committed' });
    expect(receiptedEvents(memory.log, both)).toEqual([]);
  });

  test('holdsReceipted() tells of receipts also where the batch can no longer be planned', async () => {
    const { memory, batch } = await company();
    const odd = encodeStagedBatch(memory.crypto, { ...batch, requests: [] });
    await putBatch(memory.log, odd);
    expect(holdsReceipted(memory.log, odd.id)).toBe(false);
    const [event] = batch.events;
    const signer = memory.ring.witness('witness.0.0');
    const raw = await memory.ring.signer(signer).sign(event?.bytes ?? new Uint8Array());
    const receipt = { event: event?.said ?? '', signature: ed25519Signature(raw, 0, 0) };
    const { bytes } = encodeContribution(odd.id, signer, [], [], [receipt]);
    await putContribution(memory.log, odd.id, signer, bytes);
    expect(await reasonOf(() => batchState(memory.log, odd))).toBe('requests-differ');
    expect(holdsReceipted(memory.log, odd.id)).toBe(true);
    expect(holdsReceipted(memory.log, batch.id)).toBe(false);
  });

  test('a witness whose key controls the identity is refused, and so is one that stands twice', async () => {
    const memory = new MemoryLog();
    await memory.member('ada');
    const staged = async (witnesses: readonly string[]) =>
      reasonOf(async () => memory.stage([memory.create('team', 2, '2', { witnesses })]));
    expect(await staged([memory.ring.witness('team.0.1')])).toBe('witness-controller');
    const one = memory.ring.witness('w');
    expect(await staged([one, one])).toBe('duplicate-witness');
  });
});

describe('witnessThresholdWarning()', () => {
  test.each([
    [1, 1, undefined],
    [2, 3, undefined],
    [3, 4, undefined],
    [4, 5, undefined],
    [3, 5, 'few'],
    [5, 5, 'many'],
    [4, 4, 'many'],
    [2, 4, 'few'],
    [7, 10, undefined],
    [0, 0, undefined],
  ])('of %i of %i witnesses says %s', (threshold, witnesses, word) => {
    const warning = witnessThresholdWarning(threshold, witnesses);
    if (word === undefined) expect(warning).toBeUndefined();
    else expect(warning).toContain(word);
  });
});
