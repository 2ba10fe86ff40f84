/** What the homes of witnesses and co-signers hold exports against, in process. */
import { describe, expect, test } from 'vitest';
import type { VerifiedExport } from '../../src/batch/export-file.ts';
import { rememberReceiptOf } from '../../src/batch/remember-receipt.ts';
import { receiptsFor, signReceipts } from '../../src/batch/receipts.ts';
import { checkExport, rememberExport } from '../../src/cli/known-export.ts';
import { requireReceiptable } from '../../src/cli/witness.ts';
import {
  type Contribution,
  digestSeal,
  dropBatch,
  findSigner,
  type Home,
  type Operation,
  type StagedBatch,
} from '../../src/index.ts';
import { createWitnessKey, listWitnesses } from '../../src/keys/witness-key.ts';
import { freshHome, inMemory, secondHome } from '../keys/homes.ts';
import { aidOf, MemoryLog } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

const never = async (): Promise<string> => Promise.reject(new Error('no passphrase'));

interface Witnessed {
  readonly memory: MemoryLog;
  readonly home: Home;
  readonly witness: string;
  readonly ada: string;
}

/** Receipts all that a home is asked for in an export, as the command does. */
async function receipt(home: Home, verified: VerifiedExport): Promise<readonly Contribution[]> {
  const { collected } = verified;
  const own = new Set(listWitnesses(home).map(({ aid }) => aid));
  const open = receiptsFor(home.host.crypto, collected, (aid) => own.has(aid));
  requireReceiptable(collected, open);
  return signReceipts(
    home.host.crypto,
    collected,
    open,
    async (key) => findSigner(home, key, never),
    async (one) => rememberReceiptOf(home, verified, one),
  );
}

/**
 * Ada, of whose witnesses one has a home, in a log that she has opened with its receipt.
 * @param others the names of further witnesses, whose homes are elsewhere
 */
async function witnessed(...others: readonly string[]): Promise<Witnessed> {
  const memory = new MemoryLog();
  const home = freshHome(inMemory());
  const { aid: witness } = await createWitnessKey(home, 'w', { passphrase: undefined });
  const witnesses = [witness, ...memory.witnesses(others)];
  const batch = await memory.stage([
    memory.create('ada', 1, '1', { witnesses, witnessThreshold: 1 }),
  ]);
  const of = { memory, home, witness, ada: aidOf(batch) };
  await memory.sign(batch, 'ada.0.0');
  await commit(of, batch, 'ada.0.0');
  return of;
}

async function commit({ memory, home }: Witnessed, batch: StagedBatch, key: string): Promise<void> {
  const made = await receipt(home, memory.exported(batch));
  for (const { bytes } of made) expect(await memory.add(bytes)).toMatchObject({ ok: true });
  expect(await memory.commit(batch, [key])).toMatchObject({ status: 'committed' });
}

/** A batch of one operation, signed by a key. */
async function signed(
  { memory }: Witnessed,
  operation: Operation,
  key: string,
): Promise<StagedBatch> {
  const batch = await memory.stage([operation]);
  await memory.sign(batch, key);
  return batch;
}

describe('a witness', () => {
  test('refuses before the controllers have signed, and what does not name it', async () => {
    const of = await witnessed();
    const { memory, home, ada } = of;
    const batch = await memory.stage([memory.anchor(ada)]);
    expect(await reasonOf(async () => receipt(home, memory.exported(batch)))).toBe('not-ready');
    const other = await memory.stage([memory.create('bob')]);
    expect(await reasonOf(async () => receipt(home, memory.exported(other)))).toBe('not-requested');
  });

  test('refuses a rival at the same place, also after a restart, and gives the same receipt again', async () => {
    const of = await witnessed();
    const { memory, home, ada } = of;
    const first = await signed(of, memory.anchor(ada, digestSeal(ada)), 'ada.0.0');
    const given = await receipt(home, memory.exported(first));
    expect(given).toHaveLength(1);
    const exported = memory.exported(first);
    await dropBatch(memory.log, first.id);
    const rival = await signed(of, memory.anchor(ada), 'ada.0.0');
    for (const place of [home, secondHome(home)]) {
      expect(await reasonOf(async () => receipt(place, memory.exported(rival)))).toBe(
        'already-receipted',
      );
    }
    expect(await receipt(secondHome(home), exported)).toEqual(given);
  });

  test('receipts a rotation that supersedes what it receipted, and then goes on with it', async () => {
    const of = await witnessed();
    const { memory, home, ada } = of;
    const stolen = await signed(of, memory.anchor(ada, digestSeal(ada)), 'ada.0.0');
    await commit(of, stolen, 'ada.0.0');
    const lost = await signed(of, memory.anchor(ada), 'ada.0.0');
    await receipt(home, memory.exported(lost));
    const recovery = { ...memory.rotate(ada, 'ada', 1), supersede: 1 } as Operation;
    await commit(of, await signed(of, recovery, 'ada.1.0'), 'ada.1.0');
    const next = await signed(of, memory.anchor(ada), 'ada.1.0');
    expect(next.events[0]?.sn).toBe(2);
    await commit(of, next, 'ada.1.0');
  });

  test('holds to a recovery that others receipted, once it receipted what follows on it', async () => {
    const of = await witnessed('other');
    const { memory, home, ada } = of;
    const stolen = await signed(of, memory.anchor(ada, digestSeal(ada)), 'ada.0.0');
    await commit(of, stolen, 'ada.0.0');
    const recovery = { ...memory.rotate(ada, 'ada', 1), supersede: 1 } as Operation;
    const second = { ...recovery, nextDigests: memory.digests(['ada.3.0']) } as Operation;
    const rival = memory.exported(await signed(of, second, 'ada.1.0'));
    const batch = await signed(of, recovery, 'ada.1.0');
    await memory.receipt(batch, 'other');
    expect(await memory.commit(batch, ['ada.1.0'])).toMatchObject({ status: 'committed' });
    await commit(of, await signed(of, memory.anchor(ada), 'ada.1.0'), 'ada.1.0');
    expect(await reasonOf(async () => receipt(home, rival))).toBe('already-receipted');
  });
});

describe('checkExport()', () => {
  test('takes an event that was seen and then superseded for what it is', async () => {
    const of = await witnessed();
    const { memory, ada } = of;
    const home = freshHome(inMemory(), 'reader');
    const stolen = await signed(of, memory.anchor(ada, digestSeal(ada)), 'ada.0.0');
    await commit(of, stolen, 'ada.0.0');
    const before = memory.exported(await memory.stage([memory.anchor(ada)]));
    await rememberExport(home, before);
    const recovery = { ...memory.rotate(ada, 'ada', 1), supersede: 1 } as Operation;
    await commit(of, await signed(of, recovery, 'ada.1.0'), 'ada.1.0');
    const after = memory.exported(await memory.stage([memory.anchor(ada)]));
    expect(checkExport(home, after)).toEqual([`${ada}: seen before, consistent with it`]);
    await rememberExport(home, after);
    // Who has seen the recovery does not go back to what it superseded.
    expect(await reasonOf(() => checkExport(home, before))).toBe('aid-conflict');
  });
});
