import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/base/bytes.ts';
import { canonicalBytes, canonicalText, type Json } from '../../src/base/canonical-json.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { keyLogsOf } from '../../src/batch/key-logs.ts';
import { noKeyLogs } from '../../src/keri/key-log.ts';
import { checkStaged } from '../../src/batch/collected.ts';
import {
  encodeStagedBatch,
  sameJson,
  shortCode,
  type StagedBatch,
} from '../../src/batch/staged-batch.ts';
import { stage } from '../../src/batch/stage.ts';
import { formatTime, parseTime } from '../../src/batch/time.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { dummy } from '../../src/cesr/said.ts';
import {
  type GitkelError,
  nativeCrypto,
  parseStagedBatch,
  portableCrypto,
  type StagingGround,
  typedSeal,
} from '../../src/index.ts';
import { aidOf, MemoryLog, replaced, START } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

const crypto = nativeCrypto;

type Document = { readonly [key: string]: Json };

/** A batch document with these fields, whatever they are, under its own digest. */
function document(fields: Document): Uint8Array {
  return canonicalBytes({
    ...fields,
    d: digestText(crypto, canonicalBytes({ ...fields, d: dummy('E') })),
  });
}

const fieldsOf = (batch: StagedBatch): Document =>
  JSON.parse(fromUtf8(batch.bytes) ?? '') as Document;

async function twoMembers(): Promise<{
  readonly memory: MemoryLog;
  readonly ada: string;
  readonly team: string;
}> {
  const memory = new MemoryLog();
  return { memory, ada: await memory.member('ada'), team: await memory.member('team', 3, '2') };
}

describe('encodeStagedBatch() and parseStagedBatch()', () => {
  test('undo each other, for events of several AIDs', async () => {
    const { memory, ada, team } = await twoMembers();
    const operations = [
      memory.rotate(team, 'team', 1, 3, '2'),
      memory.anchor(ada, { d: 'x' }, { text: 'ü\u{1f600}' }),
      memory.create('new', 2, '1/2,1/2'),
    ];
    const batch = stage(memory.ground(), operations, { expires: START });
    expect(parseStagedBatch(portableCrypto, batch.bytes)).toEqual(batch);
    expect(encodeStagedBatch(crypto, batch)).toEqual(batch);
    expect(batch.reads.map(({ aid, establishment }) => [aid, establishment.sn])).toEqual(
      [ada, team].toSorted().map((aid) => [aid, 0]),
    );
    expect(stage(memory.ground(2), operations, { expires: START }).id).toBe(batch.id);
    expect(stage(memory.ground(), operations.toReversed(), { expires: START }).id).not.toBe(
      batch.id,
    );
    expect(stage(memory.ground(), operations, { expires: START + 1 }).id).not.toBe(batch.id);
    expect(stage(memory.ground(), operations).expires).toBeUndefined();
  });

  test('undo each other for a batch that opens a log', async () => {
    const memory = new MemoryLog({ admission: 'closed' });
    const batch = stage(memory.ground(), [memory.create('ada')]);
    expect(parseStagedBatch(crypto, batch.bytes)).toEqual(batch);
    expect(batch).toMatchObject({
      logId: batch.genesis?.logId,
      genesis: { founder: aidOf(batch), admission: 'closed' },
      reads: [],
    });
    expect(stage(memory.ground(2), [memory.create('ada')]).id).not.toBe(batch.id);
  });

  test('the id is the digest of the document with a dummy in its place', async () => {
    const { memory, ada } = await twoMembers();
    const batch = stage(memory.ground(), [memory.anchor(ada)]);
    const { d, ...fields } = fieldsOf(batch);
    expect(d).toBe(batch.id);
    expect(document(fields)).toEqual(batch.bytes);
  });

  test('every changed byte is noticed', async () => {
    const { memory, ada } = await twoMembers();
    const { bytes } = stage(memory.ground(), [memory.anchor(ada, { d: 'x' })], { expires: START });
    fc.assert(
      fc.property(
        fc.nat({ max: bytes.length - 1 }),
        fc.nat({ max: 255 }),
        fc.boolean(),
        (at, byte, cut) => {
          fc.pre(cut || byte !== bytes[at]);
          expect(() =>
            parseStagedBatch(crypto, cut ? bytes.subarray(0, at) : bytes.with(at, byte)),
          ).toThrow(expect.objectContaining({ name: 'GitkelError', code: 'malformed' }));
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each<[reason: string, what: string, change: (fields: Document) => Document]>([
    ['batch-format', 'another format', (fields) => ({ ...fields, format: 'gitkel-batch/2' })],
    ['field', 'a field more', (fields) => ({ ...fields, note: '' })],
    [
      'field',
      'a field named __proto__',
      (fields) => JSON.parse(JSON.stringify(fields).replace('{', '{"__proto__":{},')) as Document,
    ],
    ['field', 'events that are no text', (fields) => ({ ...fields, events: [{}] })],
    ['batch-events', 'no event', (fields) => ({ ...fields, events: [] })],
    [
      'batch-events',
      'too many events',
      (fields) => ({
        ...fields,
        events: Array.from({ length: LIMITS.filesPerBatch + 1 }, () => ''),
      }),
    ],
    ['version-string', 'an event that is none', (fields) => ({ ...fields, events: ['{}'] })],
    ['field', 'requests that are no list', (fields) => ({ ...fields, requests: {} })],
    [
      'field',
      'a read mark with a field more',
      (fields) => ({ ...fields, reads: [{ aid: '', establishment: { sn: 0, said: '' }, x: 1 }] }),
    ],
    [
      'field',
      'a read mark of a negative event',
      (fields) => ({ ...fields, reads: [{ aid: '', establishment: { sn: -1, said: '' } }] }),
    ],
    [
      'time',
      'an expiry that is no time',
      (fields) => ({ ...fields, expires: '2026-02-30T00:00:00Z' }),
    ],
    ['field', 'an expiry that is a number', (fields) => ({ ...fields, expires: 5 })],
  ])('parseStagedBatch() refuses (%s) %s', async (reason, _, change) => {
    const { memory, ada } = await twoMembers();
    const { d: _d, ...fields } = fieldsOf(stage(memory.ground(), [memory.anchor(ada)]));
    expect(await reasonOf(() => parseStagedBatch(crypto, document(change(fields))))).toBe(reason);
  });

  test('parseStagedBatch() refuses a batch that says it opens another log than it would, or does more', async () => {
    const memory = new MemoryLog();
    const { d: _, ...fields } = fieldsOf(stage(memory.ground(), [memory.create('ada')]));
    const other = fieldsOf(stage(memory.ground(2), [memory.create('bob')]));
    expect(
      await reasonOf(() =>
        parseStagedBatch(crypto, document({ ...fields, log: other['log'] ?? '' })),
      ),
    ).toBe('log-id');
    expect(
      await reasonOf(() =>
        parseStagedBatch(crypto, document({ ...fields, events: other['events'] ?? [] })),
      ),
    ).toBe('genesis-founder');
    const both = [
      ...(fields['events'] as readonly string[]),
      ...(other['events'] as readonly string[]),
    ];
    expect(
      await reasonOf(() => parseStagedBatch(crypto, document({ ...fields, events: both }))),
    ).toBe('genesis-founder');
  });

  test('parseStagedBatch() takes canonical JSON only', async () => {
    const { memory, ada } = await twoMembers();
    const { bytes, id } = stage(memory.ground(), [memory.anchor(ada)]);
    expect(await reasonOf(() => parseStagedBatch(crypto, utf8(` ${fromUtf8(bytes) ?? ''}`)))).toBe(
      'not-canonical',
    );
    expect(
      await reasonOf(() => parseStagedBatch(crypto, replaced(bytes, id, `E${'A'.repeat(43)}`))),
    ).toBe('said');
  });
});

describe('checkStaged()', () => {
  const lookupOf = (memory: MemoryLog) => keyLogsOf(memory.log.contents);

  test.each<[reason: string, what: string, from: string, to: string]>([
    ['requests-differ', 'a lower threshold', '"threshold":"2"', '"threshold":"1"'],
    ['requests-differ', 'a lower prior threshold', '"priorThreshold":"2"', '"priorThreshold":"1"'],
    ['requests-differ', 'another prior index', '"priorIndex":2', '"priorIndex":1'],
    ['requests-differ', 'another index', '"index":2', '"index":3'],
    [
      'read-set',
      'another establishment event',
      '"establishment":{"said":"',
      '"establishment":{"said":"E',
    ],
    ['read-set', 'another number of the establishment event', '"sn":0}}]', '"sn":1}}]'],
  ])('refuses (%s) %s than what follows from the events', async (reason, _, from, to) => {
    const { memory, team } = await twoMembers();
    const batch = stage(memory.ground(), [memory.rotate(team, 'team', 1, 3, '2')]);
    expect(checkStaged(crypto, batch, lookupOf(memory)).events).toHaveLength(1);
    const { d: _d, ...fields } = JSON.parse(
      fromUtf8(replaced(batch.bytes, from, to)) ?? '',
    ) as Document;
    const tampered = parseStagedBatch(crypto, document(fields));
    expect(await reasonOf(() => checkStaged(crypto, tampered, lookupOf(memory)))).toBe(reason);
  });

  test.each<[string, (reads: readonly Json[]) => Json]>([
    ['none', () => []],
    ['one missing', (reads) => reads.slice(1)],
    ['one twice', (reads) => [...reads, ...reads.slice(0, 1)]],
    ['another order', (reads) => reads.toReversed()],
  ])('refuses a read set of the right marks with %s', async (_, change) => {
    const { memory, ada, team } = await twoMembers();
    const batch = stage(memory.ground(), [memory.anchor(team), memory.anchor(ada)]);
    const { d: _d, reads, ...fields } = fieldsOf(batch);
    const tampered = parseStagedBatch(
      crypto,
      document({ ...fields, reads: change(reads as readonly Json[]) }),
    );
    expect(await reasonOf(() => checkStaged(crypto, tampered, lookupOf(memory)))).toBe('read-set');
  });

  test('refuses what no log would take: events out of place, and seals of this log', async () => {
    const { memory, ada } = await twoMembers();
    const lookup = lookupOf(memory);
    const { events, ...batch } = stage(memory.ground(), [memory.anchor(ada), memory.anchor(ada)]);
    expect(
      await reasonOf(() =>
        checkStaged(
          crypto,
          encodeStagedBatch(crypto, { ...batch, events: events.slice(1) }),
          lookup,
        ),
      ),
    ).toBe('out-of-order');
    expect(
      await reasonOf(() =>
        checkStaged(
          crypto,
          encodeStagedBatch(crypto, { ...batch, events: [...events, ...events] }),
          lookup,
        ),
      ),
    ).toBe('duplicity');
    expect(
      await reasonOf(() =>
        checkStaged(crypto, encodeStagedBatch(crypto, { ...batch, events }), noKeyLogs),
      ),
    ).toBe('read-set');
    const elsewhere: StagingGround = { ...memory.ground(), genesis: undefined };
    const sealing = memory.anchor(ada, typedSeal(`gitkel/statement/${batch.logId}`, ada));
    expect(await reasonOf(() => stage(memory.ground(), [sealing]))).toBe('seal-without-record');
    expect(await reasonOf(() => stage(elsewhere, [sealing]))).toBe('genesis-founder');
    const other = new MemoryLog({ admission: 'closed' });
    expect(await other.member('ada')).toBe(ada);
    const sealed = stage(other.ground(), [sealing]);
    expect(
      await reasonOf(() =>
        checkStaged(crypto, encodeStagedBatch(crypto, { ...sealed, logId: batch.logId }), lookup),
      ),
    ).toBe('seal-without-record');
  });
});

describe('stage()', () => {
  test('builds on what it staged before, in order', async () => {
    const { memory, ada } = await twoMembers();
    const one = stage(memory.ground(), [memory.anchor(ada, { d: '1' })], { expires: START });
    const more = stage(
      memory.ground(),
      [memory.rotate(ada, 'ada', 1), memory.anchor(ada, { d: '2' })],
      { base: one },
    );
    expect(more.events[0]).toEqual(one.events[0]);
    expect(more.events.map(({ type, sn }) => [type, sn])).toEqual([
      ['ixn', 1],
      ['rot', 2],
      ['ixn', 3],
    ]);
    expect(more.expires).toBe(START);
    const request = more.requests[2] as {
      readonly keys: readonly { readonly publicKey: string }[];
    };
    expect(request.keys[0]?.publicKey).toBe(memory.ring.key('ada.1.0'));
  });

  test.each<[reason: string, what: string, step: (memory: MemoryLog, ada: string) => unknown]>([
    [
      'not-found',
      'an AID that is not in the log',
      (memory, ada) => stage(memory.ground(), [memory.anchor(`${ada.slice(0, -1)}A`)]),
    ],
    [
      'place-taken',
      'an AID that is there already',
      (memory) => stage(memory.ground(), [memory.create('ada')]),
    ],
    [
      'place-taken',
      'an AID twice in one batch',
      (memory) => stage(memory.ground(), [memory.create('new'), memory.create('new')]),
    ],
    ['batch-size', 'nothing', (memory) => stage(memory.ground(), [])],
    [
      'batch-size',
      'too many events',
      (memory, ada) =>
        stage(
          memory.ground(),
          Array.from({ length: LIMITS.filesPerBatch + 1 }, () => memory.anchor(ada)),
        ),
    ],
    [
      'next-keys-missing',
      'a rotation of strangers',
      (memory, ada) => stage(memory.ground(), [memory.rotate(ada, 'stranger', 1)]),
    ],
    [
      'time',
      'an expiry that no date can say',
      (memory, ada) => stage(memory.ground(), [memory.anchor(ada)], { expires: 1e15 }),
    ],
    [
      'genesis-founder',
      'an event in a log that is unborn',
      (memory, ada) => stage({ ...memory.ground(), genesis: undefined }, [memory.anchor(ada)]),
    ],
    [
      'genesis-founder',
      'two identities in a log that is unborn',
      () => {
        const unborn = new MemoryLog();
        return stage(unborn.ground(), [unborn.create('ada'), unborn.create('bob')]);
      },
    ],
  ])('refuses (%s) %s', async (reason, _, step) => {
    const { memory, ada } = await twoMembers();
    expect(await reasonOf(() => step(memory, ada))).toBe(reason);
  });

  test('keeps the nonce of a log that it opens when something is added in vain', async () => {
    const memory = new MemoryLog();
    const opening = stage(memory.ground(), [memory.create('ada')]);
    expect(
      await reasonOf(() =>
        stage(memory.ground(2), [memory.anchor(aidOf(opening))], { base: opening }),
      ),
    ).toBe('genesis-founder');
    expect(stage(memory.ground(2), [], { base: opening }).id).toBe(opening.id);
  });
});

describe('shortCode()', () => {
  test('is twenty letters that nobody mistakes, the same for the same batch', () => {
    const ids = Array.from({ length: 500 }, (_, number) =>
      digestText(crypto, utf8(`batch ${number}`)),
    );
    const codes = ids.map((id) => shortCode(crypto, id));
    for (const code of codes)
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){4}$/);
    expect(new Set(codes).size).toBe(ids.length);
    expect(new Set(codes.join('').replaceAll('-', '')).size).toBe(32);
    expect(ids.map((id) => shortCode(portableCrypto, id))).toEqual(codes);
  });
});

describe('formatTime() and parseTime()', () => {
  test('undo each other for every second from 1970 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        expect(formatTime(seconds)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        expect(parseTime(formatTime(seconds))).toBe(seconds);
      }),
    );
    expect([0, 1_800_000_000, 253_402_300_799].map(formatTime)).toEqual([
      '1970-01-01T00:00:00Z',
      '2027-01-15T08:00:00Z',
      '9999-12-31T23:59:59Z',
    ]);
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800, 1e20])(
    'formatTime() refuses %d',
    async (seconds) => {
      expect(await reasonOf(() => formatTime(seconds))).toBe('time');
    },
  );

  test.each([
    '',
    'tomorrow',
    '2026-11-21',
    '2026-11-21T09:00:00',
    '2026-11-21T09:00:00+00:00',
    '2026-11-21T09:00:00.000Z',
    '2026-11-21t09:00:00z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T09:00:60Z',
    '1969-12-31T23:59:59Z',
    '+012026-11-21T09:00:00Z',
    '2026-11-21T09:00:00Z\n',
    ' 2026-11-21T09:00:00Z',
  ])('parseTime() refuses %j', (text) => {
    expect(() => parseTime(text)).toThrow(
      expect.objectContaining<Partial<GitkelError>>({ code: 'malformed', reason: 'time' }),
    );
  });
});

test('sameJson() is true for what canonical JSON writes alike, and for nothing else', () => {
  const value = fc.jsonValue({ depthSize: 'small', maxDepth: 3 }).map((one) => one as Json);
  const turned = (one: Json): Json => {
    if (typeof one !== 'object' || one === null) return one;
    if (Array.isArray(one)) return one.map((item: Json) => turned(item));
    return Object.fromEntries(
      Object.entries(one)
        .toReversed()
        .map(([key, item]) => [key, turned(item)]),
    );
  };
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(sameJson(a, turned(a))).toBe(true);
      expect(sameJson(a, b)).toBe(canonicalText(a) === canonicalText(b));
      expect(sameJson([a, { a, b }], [turned(a), { b: turned(b), a }])).toBe(true);
      expect(sameJson([a, b], [b, a])).toBe(canonicalText([a, b]) === canonicalText([b, a]));
    }),
  );
});
