import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestSeal, nativeCrypto } from '../../src/index.ts';
import { toHex } from '../../src/base/bytes.ts';
import { allowedSigners, everCurrentKeys } from '../../src/log/allowed-signers.ts';
import { actingFor, positionsOf } from '../../src/log/involvement.ts';
import { recordStanding } from '../../src/log/record-standing.ts';
import { batchReader } from '../../src/log/read-batch.ts';
import { tellBatch } from '../../src/log/story.ts';
import type { UnsignedRecord } from '../../src/records/record.ts';
import { inception, keysAt, rotation, SeededLog } from '../support/seeded-log.ts';

const seeded = new SeededLog();
const { contents } = seeded.log;
const sha256 = toHex(nativeCrypto.digest('sha2-256', new Uint8Array()));
let owner = '';
let device = '';

function record(position: number): UnsignedRecord {
  const { events } = tellBatch(nativeCrypto, contents, batchReader(seeded.log)(position));
  const [first] = events.flatMap(({ records }) => records);
  if (first === undefined) throw new Error(`batch ${position} holds no record`);
  return first.record;
}

/** 0 owner, 1 device, 2 link, 3 statement, 4 revocation, 5 statement, 6 link again, 7 statement, 8 rotation, 9 policy. */
beforeAll(async () => {
  await seeded.commit([inception([0], [1], '1')], [0]);
  await seeded.commit([inception([2], [3], '1')], [2]);
  [owner, device] = [seeded.aid(0), seeded.aid(1)];
  const link = {
    type: 'device-link',
    device,
    name: 'ci',
    capabilities: ['sign-statement'],
  } as const;
  const statement = {
    type: 'statement',
    subjects: [{ name: 'a', sha256 }],
    controller: owner,
  } as const;
  const say = async (): Promise<number> =>
    seeded.commit([{ kind: 'seal', aid: device, bodies: [statement] }], [2]);
  await seeded.commit([{ kind: 'seal', aid: owner, bodies: [link] }], [0, 2]);
  await say();
  await seeded.commit(
    [{ kind: 'seal', aid: owner, bodies: [{ type: 'device-revoke', device, reason: 'lost' }] }],
    [0],
  );
  await say();
  await seeded.commit([{ kind: 'seal', aid: owner, bodies: [link] }], [0, 2]);
  await say();
  await seeded.commit([rotation(device, [3], [4], '1')], [3]);
  await seeded.commit(
    [
      {
        kind: 'seal',
        aid: owner,
        bodies: [{ type: 'log-policy', admission: 'closed', writers: [] }],
      },
    ],
    [0],
  );
  await seeded.commit([{ kind: 'anchor', aid: owner, seals: [digestSeal(owner)] }], [0]);
});
afterAll(() => {
  seeded.close();
});

describe('actingFor()', () => {
  test('counts what lies after a link and before its revocation, by position alone', () => {
    const counts = (position: number): readonly boolean[] =>
      actingFor(contents, device, position).map((one) => one.linked);
    expect([1, 2, 3, 4, 5, 6, 7, 99].map(counts)).toEqual([
      [false, false],
      [false, false],
      [true, false],
      [false, false],
      [false, false],
      [false, false],
      [false, true],
      [false, true],
    ]);
    expect(actingFor(contents, owner, 5)).toEqual([]);
  });

  test('says why', () => {
    const why = (position: number): readonly string[] =>
      actingFor(contents, device, position).map((one) => one.why);
    expect(why(2)[0]).toBe('at position 2, not after the link at 2');
    expect(why(3)[0]).toBe('at position 3, after the link at 2 and before its revocation at 4');
    expect(why(4)[0]).toBe('at position 4, not before the revocation at 4');
    expect(why(7)[1]).toBe('at position 7, after the link at 6');
    expect(actingFor(contents, device, 3)[0]).toMatchObject({
      controller: owner,
      name: 'ci',
      capabilities: ['sign-statement'],
    });
  });
});

describe('positionsOf()', () => {
  test('gives the batches of own events, and those that link or revoke it', () => {
    expect(positionsOf(contents, device)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(positionsOf(contents, owner)).toEqual([0, 2, 4, 6, 9, 10]);
    expect(positionsOf(contents, 'nobody')).toEqual([]);
  });
});

describe('recordStanding()', () => {
  test('tells of each type of record whether it counts', () => {
    expect(recordStanding(contents, record(2))).toMatchObject({
      counts: false,
      why: expect.stringContaining('revoked at position 4') as string,
    });
    expect(recordStanding(contents, record(6))).toMatchObject({
      counts: true,
      why: expect.stringContaining('after position 6') as string,
    });
    expect(recordStanding(contents, record(4))).toMatchObject({
      counts: true,
      why: expect.stringContaining('from position 4') as string,
    });
    expect([3, 5, 7].map((position) => recordStanding(contents, record(position)).counts)).toEqual([
      true,
      false,
      true,
    ]);
    expect(recordStanding(contents, record(9))).toMatchObject({
      counts: true,
      why: expect.stringContaining('after position 9') as string,
    });
  });
});

describe('allowedSigners()', () => {
  test('has a line for every key that ever was current, sorted, each once', () => {
    expect(everCurrentKeys(contents)).toEqual([
      { aid: owner, publicKey: keysAt(0)[0] },
      { aid: device, publicKey: keysAt(2)[0] },
      { aid: device, publicKey: keysAt(3)[0] },
    ]);
    const lines = allowedSigners(contents).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines).toEqual([...new Set(lines)].toSorted());
    for (const line of lines)
      expect(line).toMatch(
        /^E[\w-]{43} namespaces="git" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}$/,
      );
    expect(lines.filter((line) => line.startsWith(device))).toHaveLength(2);
  });

  test('is empty for a log without a batch', () => {
    expect(allowedSigners(new SeededLog().log.contents)).toBe('');
  });

  test('names a key that stayed over a rotation once', async () => {
    const other = new SeededLog();
    await other.commit([inception([0], [0], '1')], [0]);
    await other.commit([rotation(other.aid(0), [0], [1], '1')], [0]);
    expect(allowedSigners(other.log.contents).trimEnd().split('\n')).toHaveLength(1);
    other.close();
  });
});
