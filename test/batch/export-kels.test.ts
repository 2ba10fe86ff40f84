/** KELs in exports: with their delegators, and with what they superseded. All of it may come from anybody. */
import { beforeAll, describe, expect, test } from 'vitest';
import { fromUtf8 } from '../../src/base/bytes.ts';
import { canonicalBytes, type Json } from '../../src/base/canonical-json.ts';
import {
  digestSeal,
  encodeExport,
  loadCollected,
  type Operation,
  verifyExport,
} from '../../src/index.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { reasonOf } from '../support/thrown.ts';

interface KelText {
  readonly aid: string;
  readonly events: readonly string[];
  readonly superseded?: readonly string[];
}

interface Document {
  readonly kels: readonly KelText[];
}

interface Case {
  readonly memory: MemoryLog;
  /** A company, its team, and the squad of that; the squad has superseded events 1 and 2. */
  readonly company: string;
  readonly team: string;
  readonly squad: string;
  readonly document: Document;
}

const written = (document: Document): Json => ({
  ...document,
  kels: document.kels.map((kel) => ({ ...kel })),
});

async function delegate(memory: MemoryLog, name: string, delegator: string, key: string) {
  const batch = await memory.write(
    [memory.create(name, 1, '1', { delegator })],
    key,
    `${name}.0.0`,
  );
  return batch.events[1]?.aid ?? '';
}

async function exported(): Promise<Case> {
  const memory = new MemoryLog();
  const company = await memory.member('company');
  const team = await delegate(memory, 'team', company, 'company.0.0');
  const squad = await delegate(memory, 'squad', team, 'team.0.0');
  await memory.write([memory.anchor(squad, digestSeal(squad))], 'squad.0.0');
  await memory.write([memory.anchor(squad)], 'squad.0.0');
  await memory.write(
    [{ ...memory.rotate(squad, 'squad', 1), supersede: 1 } as Operation],
    'squad.1.0',
    'team.0.0',
  );
  const batch = await memory.stage([memory.anchor(squad)]);
  const bytes = encodeExport(memory.log, loadCollected(memory.log, batch));
  return { memory, company, team, squad, document: JSON.parse(fromUtf8(bytes) ?? '') as Document };
}

describe('verifyExport()', () => {
  let of: Case;
  beforeAll(async () => {
    of = await exported();
  });

  test('replays delegators all the way up, and knows what was superseded', async () => {
    const { memory, company, team, squad, document } = of;
    expect(document.kels.map(({ aid }) => aid)).toEqual([company, team, squad].toSorted());
    const { kels } = verifyExport(memory.crypto, canonicalBytes(written(document)));
    expect(kels.get(squad)?.states.map(({ lastType }) => lastType)).toEqual(['dip', 'drt']);
    const superseded = document.kels.find(({ aid }) => aid === squad)?.superseded ?? [];
    expect(superseded.map((text) => /"s":"(\d)"/.exec(text)?.[1])).toEqual(['1', '2']);
    for (const [at, text] of superseded.entries()) {
      const said = /"d":"([^"]*)"/.exec(text)?.[1] ?? '';
      expect(kels.get(squad)?.isSuperseded(at + 1, said)).toBe(true);
      expect(kels.get(squad)?.isSuperseded(at + 2, said)).toBe(false);
    }
  });

  test('replays what was approved by an event that its delegator has superseded', async () => {
    const memory = new MemoryLog();
    const company = await memory.member('company');
    const team = await delegate(memory, 'team', company, 'company.0.0');
    const recovery = { ...memory.rotate(company, 'company', 1), supersede: 1 } as Operation;
    await memory.write([recovery], 'company.1.0');
    const { kels } = memory.exported(await memory.stage([memory.anchor(team)]));
    expect(kels.get(team)?.state).toMatchObject({ sn: 0, delegator: company });
    // What is approved by nothing else is not approved anew.
    const again = await memory.stage([memory.rotate(team, 'team', 1)]);
    expect(again.events.map(({ type }) => type)).toEqual(['ixn', 'drt']);
    expect(memory.exported(again).collected.planned[1]?.anchor?.sn).toBe(2);
  });

  test('refuses as superseded a delegated rotation that was approved later than the one in its place', async () => {
    const memory = new MemoryLog();
    const company = await memory.member('company');
    const team = await delegate(memory, 'team', company, 'company.0.0');
    const thief = {
      ...memory.rotate(team, 'team', 1),
      nextDigests: memory.digests(['thief.2.0']),
    } as Operation;
    await memory.write([thief], 'company.0.0', 'team.1.0');
    const recovery = { ...memory.rotate(team, 'team', 1), supersede: 1 } as Operation;
    await memory.write([recovery], 'company.0.0', 'team.1.0');
    const batch = await memory.stage([memory.anchor(team)]);
    const bytes = encodeExport(memory.log, loadCollected(memory.log, batch));
    verifyExport(memory.crypto, bytes);
    const document = JSON.parse(fromUtf8(bytes) ?? '') as Document;
    const kels = document.kels.map(({ aid, events, superseded = [] }) =>
      aid === team
        ? { aid, events: [...events.slice(0, 1), ...superseded], superseded: events.slice(1) }
        : { aid, events },
    );
    const turned = canonicalBytes(written({ ...document, kels }));
    expect(await reasonOf(() => verifyExport(memory.crypto, turned))).toBe('superseded');
  });

  type Change = (kel: KelText, of: Case) => readonly KelText[];
  const withSuperseded =
    (change: (texts: readonly string[], kel: KelText) => readonly string[]): Change =>
    (kel, { squad }) =>
      kel.aid === squad ? [{ ...kel, superseded: change(kel.superseded ?? [], kel) }] : [kel];

  test.each<[reason: string, what: string, change: Change]>([
    [
      'missing-delegation',
      'a KEL without its delegator',
      (kel, { team }) => (kel.aid === team ? [] : [kel]),
    ],
    [
      'missing-delegation',
      'the KEL above that missing',
      (kel, { company }) => (kel.aid === company ? [] : [kel]),
    ],
    ['export-form', 'an empty list of superseded events', withSuperseded(() => [])],
    [
      'superseded',
      'an event of the trunk as superseded',
      withSuperseded((_, { events }) => events.slice(1)),
    ],
    ['superseded', 'the later superseded event alone', withSuperseded((texts) => texts.slice(1))],
    [
      'superseded',
      'superseded events in another order',
      withSuperseded((texts) => texts.toReversed()),
    ],
    [
      'partial-signature',
      'a superseded event that nobody signed',
      withSuperseded((texts) => texts.map((text) => text.slice(0, text.lastIndexOf('}') + 1))),
    ],
    [
      'said',
      'a superseded event of other bytes',
      withSuperseded((texts) => texts.map((text) => text.replace('"s":"2"', '"s":"3"'))),
    ],
    [
      'superseded',
      'as superseded what no rotation took the place of',
      (kel, { squad }) => {
        const [dip = ''] = kel.events;
        return kel.aid === squad
          ? [
              {
                aid: kel.aid,
                events: [dip, ...(kel.superseded ?? [])],
                superseded: kel.events.slice(1),
              },
            ]
          : [kel];
      },
    ],
    [
      'superseding',
      'the superseded branch in front of the rotation',
      (kel, { squad }) => {
        const [dip = '', drt = ''] = kel.events;
        return kel.aid === squad
          ? [{ aid: kel.aid, events: [dip, ...(kel.superseded ?? []), drt] }]
          : [kel];
      },
    ],
  ])('refuses (%s) %s', async (reason, _, change) => {
    const kels = of.document.kels.flatMap((kel) => change(kel, of)).map((kel) => ({ ...kel }));
    const bytes = canonicalBytes(written({ ...of.document, kels }));
    expect(await reasonOf(() => verifyExport(of.memory.crypto, bytes))).toBe(reason);
  });
});
