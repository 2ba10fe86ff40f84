import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestSeal } from '../../src/index.ts';
import { lookUp } from '../../src/log/lookup.ts';
import { inception, SeededLog } from '../support/seeded-log.ts';

const seeded = new SeededLog();
const { log } = seeded;

beforeAll(async () => {
  await seeded.commit([inception([0], [1], '1')], [0]);
  await seeded.commit(
    [{ kind: 'anchor', aid: seeded.aid(0), seals: [digestSeal(seeded.aid(0))] }],
    [0],
  );
  await seeded.commit(
    [
      {
        kind: 'seal',
        aid: seeded.aid(0),
        bodies: [{ type: 'log-policy', admission: 'closed', writers: [] }],
      },
    ],
    [0],
  );
});
afterAll(() => {
  seeded.close();
});

function commit(position: number): string {
  return log.contents.batchAt(position)?.commit ?? '';
}

describe('lookUp()', () => {
  test('finds a batch by number, commit id or payload digest, also by the beginning of an id', () => {
    for (const text of [
      '1',
      '@1',
      commit(1),
      commit(1).slice(0, 10),
      `${commit(1).slice(0, 7)}...`,
      log.contents.batchAt(1)?.payloadDigest ?? '',
    ]) {
      expect(lookUp(log.contents, text), text).toEqual({ kind: 'batch', position: 1 });
    }
  });

  test('finds batch 0 by the log id', () => {
    const logId = log.contents.genesis?.logId ?? '';
    expect(lookUp(log.contents, logId)).toEqual({ kind: 'batch', position: 0 });
    expect(lookUp(log.contents, logId.slice(0, 12))).toEqual({ kind: 'batch', position: 0 });
  });

  test('finds events and records by SAID; an AID is the SAID of its inception', () => {
    const aid = seeded.aid(0);
    const said = log.contents.kel(aid)?.saidAt(1) ?? '';
    expect(lookUp(log.contents, said)).toEqual({ kind: 'event', position: 1, aid, sn: 1, said });
    expect(lookUp(log.contents, `${said.slice(0, 12)}...`)).toEqual({
      kind: 'event',
      position: 1,
      aid,
      sn: 1,
      said,
    });
    expect(lookUp(log.contents, aid)).toEqual({
      kind: 'event',
      position: 0,
      aid,
      sn: 0,
      said: aid,
    });
    const [[record = '', position] = []] = log.contents.records.positions;
    expect(lookUp(log.contents, record)).toEqual({ kind: 'record', position: 2, said: record });
    expect(position).toBe(2);
  });

  test('refuses what names nothing, or too little of it', () => {
    for (const text of [
      '3',
      '@9',
      '',
      '01',
      commit(1).slice(0, 6),
      'E',
      seeded.aid(0).slice(0, 6),
      `${seeded.aid(0)}A`,
      'E*******',
      '../../..',
    ]) {
      expect(() => lookUp(log.contents, text), text).toThrow(
        expect.objectContaining({ code: 'not-found' }),
      );
    }
    expect(() => lookUp(new SeededLog().log.contents, '0')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('there is none yet') as string }),
    );
  });

  test('names the candidates where several ids begin so', () => {
    const aid = seeded.aid(0);
    const twin = `${aid.slice(0, 20)}${'A'.repeat(24)}`;
    const { contents } = log;
    const withTwin = {
      batches: contents.batches,
      batchAt: (position: number) => contents.batchAt(position),
      genesis: contents.genesis,
      aids: contents.aids,
      kel: (one: string) => contents.kel(one),
      records: { positions: new Map([[twin, 2]]) },
      registries: contents.registries,
      marks: contents.marks,
    } as unknown as typeof contents;
    expect(() => lookUp(withTwin, aid.slice(0, 12))).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringContaining(`event ${aid}, record ${twin}`) as string,
      }),
    );
    expect(lookUp(withTwin, twin)).toEqual({ kind: 'record', position: 2, said: twin });
  });
});
