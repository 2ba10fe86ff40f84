/** Records that no log takes, where they could come from: an operation, a batch of others, a contribution. */
import { describe, expect, test } from 'vitest';
import { keyLogsOf } from '../../src/batch/key-logs.ts';
import { encodeContribution } from '../../src/batch/contribution.ts';
import { importExport } from '../../src/batch/import-export.ts';
import { putBatch } from '../../src/batch/mailbox.ts';
import { planBatch } from '../../src/batch/planned.ts';
import { readSet } from '../../src/batch/read-set.ts';
import { requestsJson } from '../../src/batch/requests.ts';
import { type BatchParts, encodeStagedBatch } from '../../src/batch/staged-batch.ts';
import { LIMITS } from '../../src/base/limits.ts';
import {
  batchIds,
  buildInteraction,
  collect,
  dropBatch,
  encodeExport,
  GitkelError,
  type KeyEvent,
  loadCollected,
  type Operation,
  parseStagedBatch,
  type Seal,
  type StagedBatch,
  verifyExport,
} from '../../src/index.ts';
import {
  buildRecord,
  type RecordBody,
  signedBytes,
  type UnsignedRecord,
} from '../../src/records/record.ts';
import type { RecordHead } from '../../src/records/record-head.ts';
import { recordSeal } from '../../src/records/record-seal.ts';
import { aidOf, MemoryLog, names } from '../support/memory-log.ts';
import { link, policy, revocation, SHA256, statement } from '../support/record-forge.ts';
import { reasonOf } from '../support/thrown.ts';

const DIGEST = `E${'A'.repeat(43)}`;

/** The founder Ada, a team of two of three, and three devices: the team has linked `ci`. */
class World {
  readonly memory = new MemoryLog();
  ada = '';
  team = '';
  ci = '';
  phone = '';

  static async make(): Promise<World> {
    const world = new World();
    const { memory } = world;
    world.ada = await memory.member('ada');
    world.team = await memory.member('team', 3, '2');
    world.ci = await memory.member('ci');
    world.phone = await memory.member('phone', 2, '2');
    await memory.write([world.seal('team', link(world.ci))], 'team.0.0', 'team.0.1', 'ci.0.0');
    return world;
  }

  aid(who: Who): string {
    return this[who];
  }

  seal(who: Who, ...bodies: readonly RecordBody[]): Operation {
    return { kind: 'seal', aid: this.aid(who), bodies };
  }

  get logId(): string {
    return this.memory.log.contents.genesis?.logId ?? '';
  }

  record(who: Who, body: RecordBody, head: Partial<RecordHead> = {}): UnsignedRecord {
    const { aid, sn } = this.memory.stateOf(this.aid(who));
    return buildRecord(
      this.memory.crypto,
      { issuer: aid, sn: sn + 1, logId: this.logId, ...head },
      body,
    );
  }

  event(who: Who, ...seals: readonly Seal[]): KeyEvent {
    return buildInteraction(this.memory.crypto, this.memory.stateOf(this.aid(who)), seals);
  }

  sealOf({ body, said }: UnsignedRecord): Seal {
    return recordSeal(body.type, this.logId, said);
  }

  /** A batch that nobody has checked: its requests, its read set and its id are those of its events and records. */
  batch(events: readonly KeyEvent[], records: readonly UnsignedRecord[]): StagedBatch {
    const { crypto, log } = this.memory;
    const parts: BatchParts = {
      logId: this.logId,
      genesis: undefined,
      events,
      records,
      requests: this.#requests(events, records),
      reads: readSet(keyLogsOf(log.contents), events, records),
      expires: undefined,
    };
    return encodeStagedBatch(crypto, parts);
  }

  #requests(events: readonly KeyEvent[], records: readonly UnsignedRecord[]) {
    const { crypto, log } = this.memory;
    try {
      return requestsJson(crypto, planBatch(crypto, keyLogsOf(log.contents), events, records));
    } catch (error) {
      if (error instanceof GitkelError) return [];
      throw error;
    }
  }
}

type Who = 'ada' | 'team' | 'ci' | 'phone';

/** For tests that leave the log and its staged batches as they are. */
const shared = World.make();

describe('stage()', () => {
  test.each<readonly [string, string, (of: World) => readonly Operation[]]>([
    ['link-self', 'a device of its own', (of) => [of.seal('ci', link(of.ci))]],
    ['link-twice', 'a link that is in force', (of) => [of.seal('team', link(of.ci, []))]],
    [
      'link-twice',
      'two links of a device in one event',
      (of) => [of.seal('team', link(of.phone), link(of.phone, []))],
    ],
    [
      'link-twice',
      'two links of a device in two events',
      (of) => [of.seal('team', link(of.phone)), of.seal('team', link(of.phone, []))],
    ],
    [
      'link-twice',
      'a new link before the revocation of the old one',
      (of) => [of.seal('team', link(of.ci, []), revocation(of.ci))],
    ],
    [
      'revoke-without-link',
      'the revocation of a device that was never linked',
      (of) => [of.seal('team', revocation(of.phone))],
    ],
    [
      'revoke-without-link',
      "the revocation of another controller's device",
      (of) => [of.seal('ada', revocation(of.ci))],
    ],
    [
      'revoke-without-link',
      'two revocations of one link',
      (of) => [of.seal('team', revocation(of.ci)), of.seal('team', revocation(of.ci))],
    ],
    [
      'policy-issuer',
      'the policy of somebody else than the founder',
      (of) => [of.seal('team', policy('open'))],
    ],
    ['record-signer', 'a device that is not in the log', (of) => [of.seal('team', link(DIGEST))]],
    [
      'record-sealed-twice',
      'one record twice in one event',
      (of) => [of.seal('team', revocation(of.ci), revocation(of.ci))],
    ],
    [
      'capabilities',
      'capabilities in another order',
      (of) => [of.seal('team', link(of.phone, ['b', 'a']))],
    ],
    ['device-name', 'an empty name', (of) => [of.seal('team', link(of.phone, [], ''))]],
    [
      'revocation-reason',
      'a reason that is too long',
      (of) => [of.seal('team', revocation(of.ci, 'r'.repeat(257)))],
    ],
    ['writers', 'a writer twice', (of) => [of.seal('ada', policy('closed', ['a', 'a']))]],
    [
      'subjects',
      'a statement about nothing',
      (of) => [of.seal('ci', { type: 'statement', subjects: [], controller: of.team })],
    ],
    [
      'subject-digest',
      'a digest in capitals',
      (of) => [
        of.seal('ci', {
          type: 'statement',
          subjects: [{ name: 'x', sha256: 'AA'.repeat(32) }],
          controller: of.team,
        }),
      ],
    ],
    [
      'too-large',
      'a statement whose envelope would be larger than a file may be',
      (of) => [of.seal('ci', statement(of.team, 'x'.repeat(LIMITS.fileBytes * 0.75)))],
    ],
    [
      'seal-without-record',
      'a seal of a record that there is not',
      (of) => [of.memory.anchor(of.team, recordSeal('statement', of.logId, DIGEST))],
    ],
    [
      'record-type',
      'a seal of an unknown type',
      (of) => [of.memory.anchor(of.team, recordSeal('provenance', of.logId, DIGEST))],
    ],
    [
      'seal-without-record',
      'a seal of a record in a rotation',
      (of) => [
        {
          ...of.memory.rotate(of.ci, 'ci', 1),
          seals: [recordSeal('statement', of.logId, DIGEST)],
        } as Operation,
      ],
    ],
    [
      'seal-in-inception',
      'a seal of a record in an inception',
      (of) => [
        of.memory.create('new', 1, '1', { seals: [recordSeal('statement', of.logId, DIGEST)] }),
      ],
    ],
    [
      'record-sealed-twice',
      'a record that an event of another AID seals, too',
      (of) => [
        of.seal('team', revocation(of.ci)),
        of.memory.anchor(of.ci, of.sealOf(of.record('team', revocation(of.ci)))),
      ],
    ],
  ])('refuses (%s) %s, and keeps nothing', async (reason, _, operations) => {
    const of = await shared;
    expect(await reasonOf(async () => of.memory.stage(operations(of)))).toBe(reason);
    expect(batchIds(of.memory.log)).toEqual([]);
  });

  test('refuses records in a log without a batch', async () => {
    const memory = new MemoryLog();
    const create = memory.create('ada');
    const first = await memory.stage([create]);
    await dropBatch(memory.log, first.id);
    const seal: Operation = { kind: 'seal', aid: aidOf(first), bodies: [policy('open')] };
    expect(await reasonOf(async () => memory.stage([create, seal]))).toBe('genesis-founder');
    expect(batchIds(memory.log)).toEqual([]);
  });
});

/** A batch that somebody else made, with everything right but one thing. */
type Hostile = readonly [reason: string, what: string, make: (of: World) => StagedBatch];

/** What no log at all would take: also seen where there is no log. */
const NOWHERE: readonly Hostile[] = [
  [
    'record-issuer',
    'a record that another AID seals',
    (of) => {
      const record = of.record('team', revocation(of.ci), { sn: 2 });
      return of.batch([of.event('team'), of.event('ci', of.sealOf(record))], [record]);
    },
  ],
  [
    'record-sealed-twice',
    'a record that two events seal',
    (of) => {
      const record = of.record('team', revocation(of.ci));
      const seal = of.sealOf(record);
      return of.batch([of.event('team', seal), of.event('ci', seal)], [record]);
    },
  ],
  [
    'record-unsealed',
    'a record that nothing seals',
    (of) => of.batch([of.event('team')], [of.record('team', revocation(of.ci))]),
  ],
  [
    'record-unsealed',
    'a record whose event is not in it',
    (of) => of.batch([of.event('ci')], [of.record('team', revocation(of.ci))]),
  ],
  [
    'seal-without-record',
    'a seal without its record',
    (of) => of.batch([of.event('team', of.sealOf(of.record('team', revocation(of.ci))))], []),
  ],
  [
    'record-type',
    'a seal of an unknown type',
    (of) => of.batch([of.event('team', recordSeal('provenance', of.logId, DIGEST))], []),
  ],
  [
    'record-log',
    'a record of another log',
    (of) => {
      const record = of.record('team', revocation(of.ci), { logId: DIGEST });
      return of.batch([of.event('team', of.sealOf(record))], [record]);
    },
  ],
  [
    'record-order',
    'a record twice',
    (of) => {
      const record = of.record('team', revocation(of.ci));
      return of.batch([of.event('team', of.sealOf(record))], [record, record]);
    },
  ],
  [
    'record-order',
    'records in another order than their seals',
    (of) => {
      const [open, closed] = [of.record('ada', policy('open')), of.record('ada', policy('closed'))];
      return of.batch([of.event('ada', of.sealOf(open), of.sealOf(closed))], [closed, open]);
    },
  ],
];

/** What this log would not take, as it is now. */
const HERE: readonly Hostile[] = (
  [
    ['link-self', 'a device of its own', 'ci', (of) => [link(of.ci)]],
    ['link-twice', 'a link that is in force', 'team', (of) => [link(of.ci, [])]],
    ['link-twice', 'two links of a device', 'team', (of) => [link(of.phone), link(of.phone, [])]],
    [
      'revoke-without-link',
      "the revocation of another controller's device",
      'ada',
      (of) => [revocation(of.ci)],
    ],
    ['policy-issuer', 'the policy of a device', 'ci', (of) => [policy('closed', [of.ci])]],
  ] as readonly (readonly [string, string, Who, (of: World) => readonly RecordBody[]])[]
).map(([reason, what, who, bodies]): Hostile => {
  const make = (of: World): StagedBatch => {
    const records = bodies(of).map((body) => of.record(who, body));
    return of.batch([of.event(who, ...records.map((record) => of.sealOf(record)))], records);
  };
  return [reason, what, make];
});

describe('a batch of others', () => {
  test.each([...NOWHERE, ...HERE])(
    'is not followed, so not signed: (%s) %s',
    async (reason, _, make) => {
      const of = await shared;
      const batch = parseStagedBatch(of.memory.crypto, make(of).bytes);
      await putBatch(of.memory.log, batch);
      expect(await reasonOf(async () => loadCollected(of.memory.log, batch))).toBe(reason);
      const bytes = encodeContribution(
        batch.id,
        of.memory.ring.key('ci.0.0'),
        [],
        [{ record: batch.records[0]?.said ?? DIGEST, index: 0, raw: new Uint8Array(64) }],
      ).bytes;
      expect(await reasonOf(async () => collect(of.memory.log, bytes))).toBe(reason);
      expect(await reasonOf(async () => of.memory.commit(batch, names('team', 3)))).toBe(reason);
      await dropBatch(of.memory.log, batch.id);
    },
  );

  test.each(NOWHERE)('is not signed away from the log: (%s) %s', async (reason, _, make) => {
    const of = await shared;
    expect(await reasonOf(async () => verifyExport(of.memory.crypto, exported(of, make(of))))).toBe(
      reason,
    );
  });

  test.each(HERE)('is not taken from an export: (%s) %s', async (reason, _, make) => {
    const of = await shared;
    const verified = verifyExport(of.memory.crypto, exported(of, make(of)));
    expect(await reasonOf(async () => importExport(of.memory.log, verified))).toBe(reason);
    expect(batchIds(of.memory.log)).toEqual([]);
  });

  test('has no more events and records than a batch may', async () => {
    const of = await shared;
    const record = of.record('ci', statement(undefined));
    const batch = of.batch(
      [of.event('ci')],
      Array.from({ length: LIMITS.filesPerBatch }, () => record),
    );
    expect(await reasonOf(async () => parseStagedBatch(of.memory.crypto, batch.bytes))).toBe(
      'batch-records',
    );
  });
});

/** The export of a batch that this log would not follow. */
function exported({ memory }: World, batch: StagedBatch): Uint8Array {
  return encodeExport(memory.log, {
    batch,
    planned: [],
    plannedRecords: [],
    contributions: [],
    withdrawals: [],
    signatures: new Map(),
    receipts: new Map(),
    recordSignatures: new Map(),
  });
}

describe('collect()', () => {
  /** The team links `phone`, of which both keys have to accept. */
  async function linking(): Promise<{
    readonly of: World;
    readonly batch: StagedBatch;
    readonly record: UnsignedRecord;
  }> {
    const of = await World.make();
    const batch = await of.memory.stage([of.seal('team', link(of.phone))]);
    const [record] = batch.records;
    if (record === undefined) throw new Error('a link is sealed');
    return { of, batch, record };
  }

  test.each<
    readonly [
      reason: string,
      what: string,
      signer: string,
      over: (of: World, record: UnsignedRecord) => UnsignedRecord,
      index: number,
    ]
  >([
    ['wrong-key', 'of another device', 'ci.0.0', (_, record) => record, 0],
    ['wrong-key', 'of the controller', 'team.0.0', (_, record) => record, 0],
    ['wrong-key', 'of a next key', 'phone.1.0', (_, record) => record, 0],
    ['wrong-key', 'of a key at the index of another', 'phone.0.0', (_, record) => record, 1],
    ['wrong-key', 'of a key at no index', 'phone.0.0', (_, record) => record, 7],
    [
      'bad-signature',
      'of another link',
      'phone.0.0',
      (of) => of.record('team', link(of.phone, [])),
      0,
    ],
    [
      'bad-signature',
      'of the same link for another event',
      'phone.0.0',
      (of) => of.record('team', link(of.phone), { sn: 9 }),
      0,
    ],
    [
      'bad-signature',
      'of the same link in another log',
      'phone.0.0',
      (of) => of.record('team', link(of.phone), { logId: DIGEST }),
      0,
    ],
  ])('refuses (%s) the acceptance %s', async (reason, _, signer, over, index) => {
    const { of, batch, record } = await linking();
    const { memory } = of;
    const raw = await memory.signer(signer).sign(signedBytes(over(of, record)));
    const { bytes } = encodeContribution(
      batch.id,
      memory.ring.key(signer),
      [],
      [{ record: record.said, index, raw }],
    );
    expect(await collect(memory.log, bytes)).toMatchObject({ ok: false, problem: { reason } });
    expect(loadCollected(memory.log, batch).contributions).toEqual([]);
  });

  test('refuses a signature over a record that asks for none, and one twice', async () => {
    const of = await World.make();
    const { memory } = of;
    const batch = await memory.stage([
      of.seal('team', revocation(of.ci)),
      of.seal('ci', statement(of.team)),
    ]);
    const [revoked, stated] = batch.records;
    if (revoked === undefined || stated === undefined) throw new Error('two records');
    const signed = async (name: string, record: UnsignedRecord, times: number) => {
      const raw = await memory.signer(name).sign(signedBytes(record));
      const one = { record: record.said, index: 0, raw };
      return collect(
        memory.log,
        encodeContribution(
          batch.id,
          memory.ring.key(name),
          [],
          Array.from({ length: times }, () => one),
        ).bytes,
      );
    };
    expect(await signed('team.0.0', revoked, 1)).toMatchObject({
      problem: { reason: 'record-unknown' },
    });
    expect(await signed('ci.0.0', stated, 2)).toMatchObject({
      problem: { reason: 'signature-twice' },
    });
    expect(await signed('ci.0.0', stated, 1)).toMatchObject({ ok: true, isNew: true });
    expect(await signed('ci.0.0', stated, 1)).toMatchObject({ ok: true, isNew: false });
  });

  test('an acceptance of a device that has rotated since counts no more', async () => {
    const { of, batch } = await linking();
    const { memory } = of;
    await memory.sign(batch, 'team.0.0', 'team.0.1', ...names('phone', 2));
    await memory.write([memory.rotate(of.phone, 'phone', 1, 2, '2')], ...names('phone', 2, 1));
    expect(await memory.commit(batch, names('team', 3))).toMatchObject({
      status: 'conflict',
      reason: 'read-set',
    });
  });

  test('a link is not committed before enough of its device have accepted', async () => {
    const { of, batch } = await linking();
    const { memory } = of;
    await memory.sign(batch, 'team.0.0', 'team.0.1');
    const committing = () => memory.commit(batch, names('team', 3));
    expect(await committing()).toMatchObject({ status: 'incomplete' });
    await memory.sign(batch, 'phone.0.1');
    expect(await committing()).toMatchObject({ status: 'incomplete' });
    await memory.sign(batch, 'phone.0.0');
    expect(await committing()).toMatchObject({ status: 'committed' });
  });

  test('a device is created and linked in one batch, and the other way round refused', async () => {
    const of = await World.make();
    const { memory } = of;
    const create = memory.create('new');
    const { events } = await memory.stage([create]);
    const aid = events[0]?.aid ?? '';
    expect(await reasonOf(async () => memory.stage([of.seal('team', link(aid)), create]))).toBe(
      'record-signer',
    );
    await memory.write([create, of.seal('team', link(aid))], 'new.0.0', 'team.0.0', 'team.0.2');
    expect(memory.again().contents.records.linkInForce(of.team, aid)).toBeDefined();
  });

  test('two statements about one file are two records, each sealed once', async () => {
    const of = await World.make();
    await of.memory.write([of.seal('ci', statement(of.team))], 'ci.0.0');
    await of.memory.write([of.seal('ci', statement(of.team))], 'ci.0.0');
    const entries = of.memory.again().contents.records.statementsOf(of.ci);
    expect(new Set(entries.map(({ said }) => said)).size).toBe(2);
    expect(entries.map((entry) => entry.statement.subjects)).toEqual(
      entries.map(() => [{ name: 'build.tgz', sha256: SHA256 }]),
    );
  });
});
