import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestSeal } from '../../src/index.ts';
import { batchReader, type CommittedBatch } from '../../src/log/read-batch.ts';
import { type BatchStory, type Signatories, tellBatch } from '../../src/log/story.ts';
import { inception, keyAt, keysAt, rotation, SeededLog } from '../support/seeded-log.ts';

const seeded = new SeededLog();
let team = '';
let device = '';

/** A founder, a 2-of-3 team, a device with one key, a link in the batch in which the device rotates, a partial rotation. */
beforeAll(async () => {
  await seeded.commit([inception([0], [1], '1')], [0]);
  await seeded.commit([inception([2, 3, 4], [5, 6, 7], '2')], [2, 4]);
  await seeded.commit([inception([8], [9], '1')], [8]);
  team = seeded.aid(1);
  device = seeded.aid(2);
  const link = { type: 'device-link', device, name: 'ci', capabilities: [] } as const;
  await seeded.commit(
    [rotation(device, [9], [10], '1'), { kind: 'seal', aid: team, bodies: [link] }],
    [2, 3, 4, 9],
  );
  await seeded.commit(
    [
      rotation(team, [5, 6, 11], [7, 12], '2', '1'),
      { kind: 'anchor', aid: team, seals: [digestSeal(team)] },
    ],
    [5, 6],
  );
  await seeded.commit(
    [{ kind: 'seal', aid: team, bodies: [{ type: 'device-revoke', device, reason: 'gone' }] }],
    [5, 11],
  );
});
afterAll(() => {
  seeded.close();
});

function read(position: number): CommittedBatch {
  return batchReader(seeded.log)(position);
}

function told(position: number): BatchStory {
  return tellBatch(seeded.log.host.crypto, seeded.log.contents, read(position));
}

function signed({ keys }: Signatories): readonly number[] {
  return keys.filter((key) => key.signed).map(({ index }) => index);
}

describe('tellBatch()', () => {
  test('tells the genesis, and who signed of all who could', () => {
    const first = told(0);
    expect(first.genesis).toMatchObject({ founder: seeded.aid(0), admission: 'open' });
    expect(first.events).toHaveLength(1);
    const [event] = told(1).events;
    expect(event?.event).toMatchObject({ type: 'icp', aid: team });
    expect(event?.before).toBeUndefined();
    expect(event?.revealed).toBeUndefined();
    expect(event?.signatories).toEqual({
      aid: team,
      threshold: '2',
      keys: [2, 3, 4].map((place, index) => ({
        index,
        publicKey: keyAt(place),
        signed: place !== 3,
      })),
    });
    expect(told(1).genesis).toBeUndefined();
  });

  test('counts the acceptance of a device that rotates in the same batch by its new keys', () => {
    const { events } = told(3);
    expect(events.map(({ event }) => [event.type, event.aid])).toEqual([
      ['rot', device],
      ['ixn', team],
    ]);
    expect(events[0]?.records).toEqual([]);
    const [link] = events[1]?.records ?? [];
    expect(link?.record.body).toMatchObject({ type: 'device-link', device });
    expect(link?.signatories).toEqual({
      aid: device,
      threshold: '1',
      keys: [{ index: 0, publicKey: keyAt(9), signed: true }],
    });
    expect(events[1]?.signatories.keys.map(({ publicKey }) => publicKey)).toEqual(keysAt(2, 3, 4));
  });

  test('tells of a rotation which prior next keys were revealed, and of the event after it by the new keys', () => {
    const { events } = told(4);
    const [rotated, anchored] = events;
    expect(rotated?.revealed).toEqual({ threshold: '2', indices: [0, 1], size: 3 });
    expect(rotated?.before?.publicKeys).toEqual(keysAt(2, 3, 4));
    expect(signed(rotated?.signatories ?? { aid: '', threshold: '', keys: [] })).toEqual([0, 1]);
    expect(anchored?.before?.sn).toBe(2);
    expect(anchored?.signatories.keys).toEqual(
      [5, 6, 11].map((place, index) => ({ index, publicKey: keyAt(place), signed: place !== 11 })),
    );
  });

  test('tells of a record that is sealed only that nobody signed it beside the seal', () => {
    const [record] = told(5).events[0]?.records ?? [];
    expect(record?.record.body).toEqual({ type: 'device-revoke', device, reason: 'gone' });
    expect(record?.signatories).toBeUndefined();
  });

  test("names the committer's key, and gives what is attached as text", () => {
    const story = told(4);
    expect(story.committerKey).toBe(keyAt(5));
    expect(story.batch.record.committer).toEqual({ aid: team, establishment: 2, keyIndex: 0 });
    for (const { event, attachments } of story.events) {
      const file = story.batch.files.find(({ path }) => path.includes(event.said));
      expect(new TextDecoder().decode(file?.bytes)).toBe(
        `${new TextDecoder().decode(event.bytes)}${attachments}`,
      );
      expect(attachments).toMatch(/^-[A-Z]/);
    }
  });
});

describe('batchReader()', () => {
  test('gives subject, record and files of any batch', () => {
    const batch = read(5);
    expect(batch.subject).toMatch(/^revoke device /);
    expect(batch.record).toMatchObject({ number: 5, logId: seeded.log.contents.genesis?.logId });
    expect(batch.files.map(({ path }) => path)).toEqual(batch.record.files.map(({ path }) => path));
    expect(batch.mark).toBe(seeded.log.contents.batchAt(5));
  });

  test('refuses a position beyond the log, and any in a log without a batch', () => {
    expect(() => read(6)).toThrow(/ends at batch 5/);
    const unborn = new SeededLog();
    expect(() => batchReader(unborn.log)(0)).toThrow(/has none yet/);
  });

  /** The log with a store that gives other objects for some ids than it did when the log was verified. */
  function changed(give: (oid: string) => string | Uint8Array | undefined): () => CommittedBatch {
    const { log } = seeded;
    const store = {
      read: (oid: string, limit: number) => {
        const other = give(oid);
        if (other === undefined) return log.store.read(oid, limit);
        return typeof other === 'string'
          ? log.store.read(other, limit)
          : { type: 'blob', bytes: other };
      },
    };
    return () =>
      batchReader({ host: log.host, contents: log.contents, store } as unknown as typeof log)(1);
  }

  test('refuses what is no longer what was verified', () => {
    const { contents, store } = seeded.log;
    const [first = '', second = '', last = ''] = [0, 1, 5].map(
      (position) => contents.batchAt(position)?.commit,
    );
    expect(changed(() => undefined)().position).toBe(1);
    expect(changed((oid) => (oid === second ? first : undefined))).toThrow(
      expect.objectContaining({ code: 'refused', reason: 'prior-digest' }),
    );
    expect(changed((oid) => (oid === second ? new Uint8Array() : undefined))).toThrow(
      expect.objectContaining({ reason: 'object-missing' }),
    );
    expect(changed((oid) => (oid === last ? new Uint8Array() : undefined))).toThrow(
      expect.objectContaining({ reason: 'object-missing' }),
    );
    const [file] = read(1).files;
    const bytes = file?.bytes ?? new Uint8Array();
    const flipped = bytes.with(40, (bytes[40] ?? 0) ^ 1);
    const isFile = (oid: string): boolean => {
      const object = store.read(oid);
      return object?.type === 'blob' && Buffer.from(object.bytes).equals(Buffer.from(bytes));
    };
    expect(changed((oid) => (isFile(oid) ? flipped : undefined))).toThrow(
      expect.objectContaining({ code: 'refused', reason: 'file-digest' }),
    );
    expect(changed((oid) => (isFile(oid) ? bytes.subarray(1) : undefined))).toThrow(
      expect.objectContaining({ reason: 'file-digest' }),
    );
  });
});
