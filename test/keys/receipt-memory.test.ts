import { describe, expect, test } from 'vitest';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { receiptMemoryDamage, receiptsOf, rememberReceipt } from '../../src/keys/receipt-memory.ts';
import { hasKey, findSigner } from '../../src/keys/find-signer.ts';
import { backUpKeys, restoreKeys } from '../../src/keys/backup.ts';
import { createKey, listKeys, nextKey, showKey } from '../../src/keys/keystore.ts';
import { createWitnessKey, listWitnesses, showWitness } from '../../src/keys/witness-key.ts';
import { errorOf, freshHome, GROUNDS, readText, secondHome, writeText } from './homes.ts';

const text = (code: string, fill: number): string =>
  encodePrimitive({ code, raw: new Uint8Array(32).fill(fill) });
const AID = text('E', 3);
const WITNESS = text('B', 1);
const RECEIPT = {
  witness: WITNESS,
  sn: 2,
  said: text('E', 4),
  prior: text('E', 5),
  type: 'drt',
  anchor: { sn: 7, seal: 1 },
};
const NO_PASSPHRASE = { passphrase: undefined };
const never = async (): Promise<string> => Promise.reject(new Error('no passphrase'));

describe.each(GROUNDS)('receipts on %s', (_, ground) => {
  test('rememberReceipt() shows what the witness receipted before, also after a restart', async () => {
    const home = freshHome(ground());
    await rememberReceipt(home, AID, RECEIPT, () => 'new');
    const other = { ...RECEIPT, witness: text('B', 2), prior: undefined, anchor: undefined };
    await rememberReceipt(home, AID, other, (before) => {
      expect(before).toEqual([]);
      return 'supersedes';
    });
    const again = secondHome(home);
    const seen: unknown[] = [];
    await rememberReceipt(again, AID, RECEIPT, (before) => {
      seen.push(...before);
      return 'again';
    });
    const first = { ...RECEIPT, supersedes: false, at: 1_700_000_000 };
    expect(seen).toEqual([first]);
    expect(receiptsOf(again, AID)).toEqual([
      first,
      { ...other, supersedes: true, at: 1_700_000_000 },
    ]);
    expect(receiptsOf(again, text('E', 9))).toEqual([]);
  });

  test('rememberReceipt() remembers first what an event follows on', async () => {
    const home = freshHome(ground());
    const rotation = { ...RECEIPT, type: 'rot', anchor: undefined, said: text('E', 6), sn: 1 };
    await rememberReceipt(home, AID, RECEIPT, () => rotation);
    expect(receiptsOf(home, AID)).toMatchObject([
      { ...rotation, supersedes: true },
      { ...RECEIPT, supersedes: false },
    ]);
  });

  test('rememberReceipt() remembers nothing of what is refused', async () => {
    const home = freshHome(ground());
    const refused = new GitkelError('refused', 'a rival', { reason: 'already-receipted' });
    expect(await errorOf(() => rememberReceipt(home, AID, RECEIPT, () => refused))).toBe(refused);
    expect(receiptsOf(home, AID)).toEqual([]);
  });

  test('rememberReceipt() refuses when a line is damaged, and goes on after an append that was cut off', async () => {
    const home = freshHome(ground());
    await rememberReceipt(home, AID, RECEIPT, () => 'new');
    const file = `${home.dir}/receipts/${AID}.jsonl`;
    const whole = readText(home, file);
    writeText(home, file, `${whole}{"at":17`);
    await rememberReceipt(home, AID, { ...RECEIPT, sn: 3 }, () => 'new');
    expect(receiptsOf(home, AID).map(({ sn }) => sn)).toEqual([2, 3]);
    expect(receiptMemoryDamage(home)).toEqual([]);
    writeText(home, file, whole.replace('"sn":2', '"sn":"2"'));
    expect(await errorOf(() => rememberReceipt(home, AID, RECEIPT, () => 'new'))).toMatchObject({
      code: 'malformed',
      reason: 'receipt-memory',
    });
    expect(receiptMemoryDamage(home)).toHaveLength(1);
  });

  test('a witness key signs as a witness only, and never rotates', async () => {
    const home = freshHome(ground());
    const { aid } = await createWitnessKey(home, 'wit', NO_PASSPHRASE);
    expect(aid).toMatch(/^B/);
    expect(listWitnesses(home)).toEqual([{ name: 'wit', aid }]);
    expect(showWitness(home, 'wit')).toEqual({ name: 'wit', aid });
    expect([hasKey(home, aid), hasKey(home, `D${aid.slice(1)}`)]).toEqual([true, false]);
    expect((await findSigner(home, aid, never))?.publicKey).toBe(aid);
    expect(await findSigner(home, `D${aid.slice(1)}`, never)).toBeUndefined();
    expect(listKeys(home)).toMatchObject([{ name: 'wit', publicKey: aid, label: 'witness' }]);
    for (const step of [
      () => showKey(home, 'wit'),
      async () => nextKey(home, 'wit', NO_PASSPHRASE),
    ]) {
      expect(await errorOf(step)).toMatchObject({ code: 'refused', reason: 'witness-key' });
    }
    expect(await errorOf(() => createKey(home, 'WIT', NO_PASSPHRASE))).toMatchObject({
      reason: 'name-taken',
    });
    await createKey(home, 'own', NO_PASSPHRASE);
    expect(showWitness(home, 'own')).toBeUndefined();
  });

  test('restoreKeys() brings a witness back as one', async () => {
    const place = ground();
    const home = freshHome(place);
    const { aid } = await createWitnessKey(home, 'wit', NO_PASSPHRASE);
    const { bytes } = await backUpKeys(home, 'wit', never, { passphrase: 'x', workFactor: 2 });
    const other = freshHome(place, 'other');
    await restoreKeys(other, bytes, async () => 'x', { protection: 'plain', workFactor: 2 });
    expect(listWitnesses(other)).toEqual([{ name: 'wit', aid }]);
    const third = freshHome(place, 'third');
    await createKey(third, 'wit', NO_PASSPHRASE);
    const wrong = async () =>
      restoreKeys(third, bytes, async () => 'x', { protection: 'plain', workFactor: 2 });
    expect(await errorOf(wrong)).toMatchObject({ reason: 'other-keys' });
  });
});
