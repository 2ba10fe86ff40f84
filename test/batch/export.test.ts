import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { canonicalBytes, type Json } from '../../src/base/canonical-json.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { isExport } from '../../src/batch/export-file.ts';
import { importExport } from '../../src/batch/import-export.ts';
import { putContribution } from '../../src/batch/mailbox.ts';
import { batchState, buildInteraction, encodeExport, loadCollected, portableCrypto, signWithdrawal, type StagedBatch, verifyExport } from '../../src/index.ts';
import { MemoryLog, names, replaced } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

type Document = { readonly batch: string; readonly contributions: readonly string[]; readonly format: string; readonly kels: readonly { readonly aid: string; readonly events: readonly string[] }[] };

interface Case {
  readonly memory: MemoryLog;
  readonly batch: StagedBatch;
  readonly team: string;
  readonly ada: string;
  readonly bytes: Uint8Array;
  readonly document: Document;
}

/** The export of a batch that rotates a team of three, creates somebody and anchors in ada, signed by one and withdrawn by another. */
async function exported(): Promise<Case> {
  const memory = new MemoryLog();
  const ada = await memory.member('ada');
  const team = await memory.member('team', 3, '2');
  await memory.write([memory.anchor(team, { d: 'x' })], ...names('team', 2));
  const batch = await memory.stage([memory.rotate(team, 'team', 1, 3, '2'), memory.create('new'), memory.anchor(ada, { d: team })]);
  await memory.sign(batch, 'team.1.0');
  const { signer, bytes: withdrawal } = await signWithdrawal(memory.crypto, batch.id, 'no', memory.signer('team.1.2'));
  await putContribution(memory.log, batch.id, signer, withdrawal);
  const bytes = encodeExport(memory.log, loadCollected(memory.log, batch));
  return { memory, batch, team, ada, bytes, document: JSON.parse(fromUtf8(bytes) ?? '') as Document };
}

const written = (document: { readonly [key: string]: Json } | Document): Uint8Array => canonicalBytes(document as unknown as Json);

describe('encodeExport() and verifyExport()', () => {
  test('carry the batch, what was contributed, and the complete KELs of its AIDs', async () => {
    const { memory, batch, team, ada, bytes } = await exported();
    const { collected, kels } = verifyExport(portableCrypto, bytes);
    expect(collected.batch).toEqual(batch);
    expect(collected).toEqual(loadCollected(memory.log, batch));
    expect([...kels.keys()]).toEqual([ada, team].toSorted());
    expect(kels.get(team)).toMatchObject({ state: memory.stateOf(team), saids: [team, memory.stateOf(team).said] });
    expect(isExport(bytes)).toBe(true);
    expect(isExport(batch.bytes)).toBe(false);
    expect(encodeExport(memory.log, collected)).toEqual(bytes);
  });

  test('what was signed from the file alone is taken by the log', async () => {
    const { memory, batch, bytes } = await exported();
    const given = await memory.contributions(verifyExport(portableCrypto, bytes).collected, ['team.1.1', 'new.0.0', 'ada.0.0']);
    for (const { signer, bytes: file } of given) await putContribution(memory.log, batch.id, signer, file);
    expect(await memory.commit(batch, ['team.1.1'])).toMatchObject({ status: 'committed' });
  });

  test('every changed byte is noticed, and nothing but a GitkelError is thrown', async () => {
    const { memory, bytes, document, batch } = await exported();
    const start = (fromUtf8(bytes) ?? '').indexOf('"format"');
    const end = start + JSON.stringify(document.format).length + 10;
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        fc.pre(byte !== bytes[at] && (at < start || at > end));
        let verified: ReturnType<typeof verifyExport>;
        try {
          verified = verifyExport(memory.crypto, bytes.with(at, byte));
        } catch (error) {
          expect(error).toMatchObject({ name: 'GitkelError' });
          return;
        }
        // Only a contribution may change, and then it does not count; or a KEL, in a signature that was not needed.
        expect(verified.collected.batch).toEqual(batch);
        expect([...verified.kels].map(([aid, { state }]) => [aid, state])).toEqual([...verifyExport(memory.crypto, bytes).kels].map(([aid, { state }]) => [aid, state]));
      }),
      { numRuns: 200 },
    );
  });

  type Change = (of: Case) => { readonly [key: string]: Json } | Document;
  const kel = (of: Case, aid: string) => of.document.kels.find((one) => one.aid === aid) ?? { aid, events: [] };
  const withKel = (of: Case, aid: string, events: readonly string[]): Document => ({ ...of.document, kels: of.document.kels.map((one) => (one.aid === aid ? { aid, events } : one)) });
  test.each<[reason: string, what: string, change: Change]>([
    ['export-format', 'another format', ({ document }) => ({ ...document, format: 'gitkel-export/2' })],
    ['field', 'a field more', ({ document }) => ({ ...document, note: '' })],
    ['field', 'no KELs', ({ document }) => ({ batch: document.batch, contributions: [], format: document.format })],
    ['field', 'a batch that is no text', ({ document }) => ({ ...document, batch: {} })],
    ['field', 'contributions that are no text', ({ document }) => ({ ...document, contributions: [{}] })],
    ['field', 'a KEL with a field more', ({ document }) => ({ ...document, kels: [{ aid: '', events: [], x: 1 }] })],
    ['said', 'a batch that was changed', ({ document, batch }) => ({ ...document, batch: document.batch.replace(batch.logId, `E${'A'.repeat(43)}`) })],
    ['kel-twice', 'a KEL twice', ({ document }) => ({ ...document, kels: [...document.kels, ...document.kels] })],
    ['kel-unasked', 'a KEL that the batch has nothing to do with', ({ document }) => ({ ...document, kels: [...document.kels, { aid: `E${'A'.repeat(43)}`, events: [] }] })],
    ['read-set', 'a KEL missing', (of) => ({ ...of.document, kels: of.document.kels.filter(({ aid }) => aid !== of.team) })],
    ['empty-kel', 'an empty KEL', (of) => withKel(of, of.team, [])],
    ['out-of-order', 'a KEL that begins later', (of) => withKel(of, of.team, kel(of, of.team).events.slice(1))],
    ['out-of-order', 'a KEL that ends earlier than the batch says', (of) => withKel(of, of.team, kel(of, of.team).events.slice(0, 1))],
    ['duplicate', 'an event twice', (of) => withKel(of, of.team, kel(of, of.team).events.flatMap((text) => [text, text]))],
    ['other-aid', 'the KEL of another AID', (of) => withKel(of, of.team, kel(of, of.ada).events)],
    ['no-valid-signature', 'an event without signatures', (of) => withKel(of, of.team, kel(of, of.team).events.map((text) => text.slice(0, text.lastIndexOf('}') + 1)))],
    ['version-string', 'an event that is none', (of) => withKel(of, of.team, ['{}'])],
    ['said', 'an event that was changed', (of) => withKel(of, of.team, kel(of, of.team).events.map((text) => text.replace('"d":"x"', '"d":"y"')))],
  ])('verifyExport() refuses (%s) %s', async (reason, _, change) => {
    const of = await exported();
    expect(await reasonOf(() => verifyExport(of.memory.crypto, written(change(of))))).toBe(reason);
  });

  test('verifyExport() leaves out contributions that do not hold', async () => {
    const { memory, document, batch } = await exported();
    const [contribution = '', withdrawal = ''] = document.contributions;
    const other = replaced(utf8(contribution), batch.id, `E${'B'.repeat(43)}`);
    const { collected } = verifyExport(
      memory.crypto,
      written({ ...document, contributions: ['junk', '[1e999]', `["${']'.repeat(99)}",${'['.repeat(99)}`, fromUtf8(other) ?? '', withdrawal.replace('"no"', '"yes"'), contribution, contribution] }),
    );
    expect(collected.contributions.map(({ signer }) => signer)).toEqual(memory.keys(['team.1.0', 'team.1.0']));
    expect(collected.withdrawals).toEqual([]);
    expect([...collected.signatures.values()].map(({ length }) => length)).toEqual([1]);
  });

  test('verifyExport() refuses a file that is too large, or no JSON', async () => {
    const { memory } = await exported();
    expect(await reasonOf(() => verifyExport(memory.crypto, new Uint8Array(LIMITS.batchFileBytes + 1)))).toBe('too-large');
    expect(await reasonOf(() => verifyExport(memory.crypto, utf8('gitkel-export/1')))).toBe('not-json');
  });

  test('an older KEL shows itself where the log goes on: the batch is judged by the KELs that the log has', async () => {
    const { memory, batch, team, bytes } = await exported();
    await memory.write([memory.rotate(team, 'team', 1, 3, '2')], ...names('team', 3, 1));
    const old = verifyExport(memory.crypto, bytes);
    expect(old.collected.batch).toEqual(batch);
    expect(await importExport(memory.log, old)).toMatchObject({ status: 'conflict', batch: batch.id, reason: 'partly-committed' });
  });
});

describe('importExport()', () => {
  test('stages the batch with its signatures in another copy of the log', async () => {
    const { memory, batch, bytes } = await exported();
    const copy = memory.again();
    for (const [ref, oid] of memory.log.refs.list('refs/gitkel/')) await memory.log.moveRef(ref, oid, undefined);
    expect(await importExport(copy, verifyExport(memory.crypto, bytes))).toEqual({ status: 'staged', batch: batch.id, signers: memory.keys(['team.1.0']) });
    expect(batchState(copy, batch)).toMatchObject({ state: 'withdrawn', events: [{ words: 'kt 1 of 2 (index 0) · prior nt 1 of 2 (index 0)' }, {}, {}] });
    await memory.sign(batch, 'team.1.1', 'new.0.0', 'ada.0.0');
    expect(await memory.commit(batch, ['ada.0.0'])).toMatchObject({ status: 'committed' });
    expect(await importExport(memory.log, verifyExport(memory.crypto, bytes))).toMatchObject({ status: 'committed', batch: batch.id, position: 3 });
  });

  test('refuses a batch for another log, and one whose place is taken', async () => {
    const { memory, bytes, ada } = await exported();
    const other = new MemoryLog();
    await other.member('founder');
    expect(await importExport(other.log, verifyExport(memory.crypto, bytes))).toMatchObject({ status: 'conflict', reason: 'other-log' });
    await memory.write([memory.anchor(ada, { d: 'faster' })], 'ada.0.0');
    expect(await importExport(memory.log, verifyExport(memory.crypto, bytes))).toMatchObject({ status: 'conflict', reason: 'place-taken' });
  });
});

test('an export of an event that the log does not have yet holds no KEL of it', async () => {
  const memory = new MemoryLog();
  const batch = await memory.stage([memory.create('ada')]);
  const { kels, collected } = verifyExport(memory.crypto, encodeExport(memory.log, loadCollected(memory.log, batch)));
  expect(kels.size).toBe(0);
  expect(collected.batch.genesis).toEqual(batch.genesis);
  const [before] = collected.planned.map(({ after }) => after);
  if (before === undefined) throw new Error('one event is planned');
  expect(buildInteraction(memory.crypto, before, []).sn).toBe(1);
});
