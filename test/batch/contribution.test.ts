import { planOf } from '../../src/batch/collected.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { canonicalBytes, type Json } from '../../src/base/canonical-json.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { encodeContribution } from '../../src/batch/contribution.ts';
import { carriedOver, contributionProblem } from '../../src/batch/contribution-problem.ts';
import {
  encodeIndexedSignature,
  ed25519Signature,
  type IndexedSignature,
} from '../../src/cesr/signature.ts';
import {
  type Collected,
  type Contribution,
  loadCollected,
  parseContribution,
  type StagedBatch,
} from '../../src/index.ts';
import { MemoryLog, names } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

interface Case {
  readonly memory: MemoryLog;
  readonly batch: StagedBatch;
  readonly collected: Collected;
  readonly team: string;
}

/** A rotation of a team of three, which keeps its second key in reserve and takes a new member, and an anchor of it. */
async function rotating(): Promise<Case> {
  const memory = new MemoryLog();
  await memory.member('ada');
  const team = await memory.member('team', 3, '2');
  const [first = '', , third = ''] = memory.keys(names('team', 3, 1));
  const rotation = memory.rotate(team, 'team', 1, 3, '2');
  const batch = await memory.stage([
    {
      ...rotation,
      publicKeys: [first, third, memory.ring.key('new.1.0')],
      nextDigests: memory.digests(names('team', 3, 2)),
    } as typeof rotation,
    memory.anchor(team, { d: 'x' }),
  ]);
  return { memory, batch, collected: loadCollected(memory.log, batch), team };
}

async function only(of: Case, key: string): Promise<Contribution> {
  const [contribution] = await of.memory.contributions(of.collected, [key]);
  if (contribution === undefined) throw new Error(`nobody asks ${key}`);
  return contribution;
}

const problemOf = ({ memory, batch, collected }: Case, contribution: Contribution) =>
  contributionProblem(memory.crypto, batch.id, planOf(collected), contribution);

describe('encodeContribution() and parseContribution()', () => {
  test('undo each other, in canonical JSON', async () => {
    const of = await rotating();
    for (const key of ['team.1.0', 'team.1.2', 'new.1.0']) {
      const contribution = await only(of, key);
      expect(parseContribution(contribution.bytes)).toEqual(contribution);
      expect(contribution).toMatchObject({ batch: of.batch.id, signer: of.memory.ring.key(key) });
      expect(contribution.signatures.map(({ event }) => event)).toEqual(
        of.batch.events.map(({ said }) => said),
      );
      expect(problemOf(of, contribution)).toBeUndefined();
    }
  });

  const SIGNATURE = encodeIndexedSignature(ed25519Signature(new Uint8Array(64), 0, 0));
  const FIELDS = {
    batch: 'E',
    format: 'gitkel-contribution/1',
    signatures: [{ event: 'E', signature: SIGNATURE }],
    signer: 'D',
  };
  test.each<[string, Uint8Array]>([
    ['contribution-format', canonicalBytes({ ...FIELDS, format: 'gitkel-contribution/2' })],
    ['field', canonicalBytes({ ...FIELDS, note: '' })],
    ['field', canonicalBytes({ ...FIELDS, batch: 1 })],
    ['field', canonicalBytes({ ...FIELDS, signatures: {} })],
    ['field', canonicalBytes({ ...FIELDS, signatures: [SIGNATURE] })],
    [
      'field',
      canonicalBytes({ ...FIELDS, signatures: [{ event: 'E', signature: SIGNATURE, x: 1 }] }),
    ],
    [
      'field',
      canonicalBytes(JSON.parse(JSON.stringify(FIELDS).replace('{', '{"__proto__":1,')) as Json),
    ],
    ['contribution-empty', canonicalBytes({ ...FIELDS, signatures: [] })],
    ['cesr-code', canonicalBytes({ ...FIELDS, signatures: [{ event: 'E', signature: '!!' }] })],
    [
      'cesr-trailing',
      canonicalBytes({ ...FIELDS, signatures: [{ event: 'E', signature: `${SIGNATURE}A` }] }),
    ],
    ['not-canonical', utf8(JSON.stringify(FIELDS, undefined, 1))],
    ['not-canonical', utf8('{"batch":1e999}')],
    ['json-depth', utf8(`{"batch":"${']'.repeat(100)}","format":${'['.repeat(100_000)}`)],
    ['not-json', utf8('')],
    ['too-large', new Uint8Array(LIMITS.contributionBytes + 1)],
  ])('parseContribution() refuses (%s)', async (reason, bytes) => {
    expect(await reasonOf(() => parseContribution(bytes))).toBe(reason);
  });

  test('parseContribution() throws nothing else, whatever the bytes', async () => {
    const { bytes } = await only(await rotating(), 'team.1.0');
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        try {
          const changed = bytes.with(at, byte);
          expect(encodeContribution(...partsOf(parseContribution(changed))).bytes).toEqual(changed);
        } catch (error) {
          expect(error).toMatchObject({ name: 'GitkelError', code: 'malformed' });
        }
      }),
      { numRuns: 300 },
    );
  });
});

function partsOf({
  batch,
  signer,
  signatures,
}: Contribution): Parameters<typeof encodeContribution> {
  return [batch, signer, signatures];
}

type Change = (contribution: Contribution, of: Case) => Contribution;

/** The same contribution with its first signature changed. */
function firstSignature(change: (signature: IndexedSignature) => IndexedSignature): Change {
  return ({ batch, signer, signatures }) =>
    encodeContribution(
      batch,
      signer,
      signatures.map(({ event, signature }, at) => ({
        event,
        signature: at === 0 ? change(signature) : signature,
      })),
    );
}

/** The same contribution with its second signature changed: that of the interaction. */
function secondSignature(change: (signature: IndexedSignature) => IndexedSignature): Change {
  return ({ batch, signer, signatures }) =>
    encodeContribution(
      batch,
      signer,
      signatures.map(({ event, signature }, at) => ({
        event,
        signature: at === 1 ? change(signature) : signature,
      })),
    );
}

describe('contributionProblem()', () => {
  test.each<[reason: string, what: string, change: Change]>([
    [
      'other-batch',
      'for another batch',
      ({ signer, signatures }) => encodeContribution(`E${'A'.repeat(43)}`, signer, signatures),
    ],
    [
      'event-unknown',
      'for an event that is not in it',
      ({ batch, signer, signatures: [first] }) =>
        encodeContribution(batch, signer, first === undefined ? [] : [{ ...first, event: batch }]),
    ],
    [
      'signature-twice',
      'that signs an event twice',
      ({ batch, signer, signatures }) =>
        encodeContribution(batch, signer, [...signatures, ...signatures]),
    ],
    [
      'wrong-key',
      'of a key that nobody asks',
      ({ batch, signatures }, { memory }) =>
        encodeContribution(batch, memory.ring.key('team.0.0'), signatures),
    ],
    [
      'wrong-key',
      'in the name of somebody else',
      ({ batch, signatures }, { memory }) =>
        encodeContribution(batch, memory.ring.key('new.1.0'), signatures),
    ],
    ['wrong-key', 'at the index of somebody else', firstSignature((one) => ({ ...one, index: 0 }))],
    [
      'wrong-key',
      'at an index that there is not',
      firstSignature((one) => ({ ...one, index: 63 })),
    ],
    [
      'bad-signature',
      'whose signature does not hold',
      firstSignature((one) => ({ ...one, raw: one.raw.with(3, (one.raw[3] ?? 0) ^ 1) })),
    ],
    [
      'bad-signature',
      'whose signatures are exchanged',
      ({ batch, signer, signatures }) =>
        encodeContribution(
          batch,
          signer,
          signatures.map(({ event }, at) => {
            const [mine, other] = [signatures[at]?.signature, signatures[1 - at]?.signature];
            if (mine === undefined || other === undefined) throw new Error('two signatures');
            return { event, signature: { ...mine, raw: other.raw } };
          }),
        ),
    ],
    [
      'prior-digest-mismatch',
      'that reveals the next key of somebody else',
      firstSignature((one) => ({ ...one, code: '2A', priorIndex: 0 })),
    ],
    [
      'no-such-prior-key',
      'that reveals a next key that there is not',
      firstSignature((one) => ({ ...one, code: '2A', priorIndex: 3 })),
    ],
    [
      'signature-form',
      'that does not say which next key it reveals',
      firstSignature(({ index, raw }) => ({ code: 'B', index, priorIndex: undefined, raw })),
    ],
    [
      'signature-form',
      'under a longer code than it needs',
      secondSignature(({ index, raw }) => ({ code: '2A', index, priorIndex: index, raw })),
    ],
    [
      'signature-form',
      'with a prior index where there is none',
      secondSignature(({ index, raw }) => ({ code: '2A', index, priorIndex: 7, raw })),
    ],
    [
      'unsupported-code',
      'under the code of another curve',
      firstSignature((one) => ({ ...one, code: '2C' })),
    ],
    [
      'unsupported-code',
      'under the code of Ed448',
      firstSignature((one) => ({ ...one, code: '0A', raw: new Uint8Array(114) })),
    ],
  ])('names (%s) one %s', async (reason, _, change) => {
    const of = await rotating();
    const changed = change(await only(of, 'team.1.2'), of);
    expect(problemOf(of, parseContribution(changed.bytes))).toMatchObject({
      reason,
      signer: changed.signer,
    });
  });

  test('names one of a high index that states another prior index than its own', async () => {
    const memory = new MemoryLog();
    const batch = await memory.stage([memory.create('crowd', 65)]);
    const of = { memory, batch, collected: loadCollected(memory.log, batch), team: '' };
    const good = await only(of, 'crowd.0.64');
    expect(good.signatures[0]?.signature).toMatchObject({ code: '2A', index: 64, priorIndex: 64 });
    expect(problemOf(of, good)).toBeUndefined();
    const changed = firstSignature((one) => ({ ...one, priorIndex: 3 }))(good, of);
    expect(problemOf(of, parseContribution(changed.bytes))).toMatchObject({
      reason: 'signature-form',
    });
  });

  test('takes part of what a key is asked for', async () => {
    const of = await rotating();
    const { batch, signer, signatures } = await only(of, 'team.1.2');
    for (const one of signatures)
      expect(problemOf(of, encodeContribution(batch, signer, [one]))).toBeUndefined();
  });
});

test('carriedOver() keeps what signs events of the new batch, byte for byte, and drops the rest', async () => {
  const of = await rotating();
  const { memory, batch, team } = of;
  const files = (await Promise.all(['team.1.0', 'new.1.0'].map((key) => only(of, key)))).map(
    ({ bytes }) => bytes,
  );
  const [rotation] = batch.events;
  const next = await memory.stage([memory.rotate(team, 'team', 1, 3, '2')]);
  const same = loadCollected(memory.log, {
    ...batch,
    events: batch.events.slice(0, 1),
    requests: batch.requests.slice(0, 1),
  });
  const kept = carriedOver(memory.crypto, batch.id, planOf(same), [
    ...files,
    utf8('junk'),
    utf8('{"batch":1e999}'),
  ]);
  expect(kept.map(({ signer }) => signer)).toEqual(memory.keys(['team.1.0', 'new.1.0']));
  for (const { signatures } of kept)
    expect(signatures.map(({ event }) => event)).toEqual([rotation?.said]);
  expect(
    carriedOver(memory.crypto, next.id, planOf(loadCollected(memory.log, next)), files),
  ).toEqual([]);
  expect(fromUtf8(kept[0]?.bytes ?? new Uint8Array())).not.toContain(batch.events[1]?.said);
});
