/** Recovery rotations, what became of the records that superseded events sealed, and lifts; held against a plain oracle. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { recall, rememberLog } from '../../src/cli/memory.ts';
import type { KeyEvent } from '../../src/keri/event.ts';
import { VerifiedMemory } from '../../src/keys/verified-memory.ts';
import { everCurrentKeys } from '../../src/log/allowed-signers.ts';
import { devicesAt, standingOf } from '../../src/log/devices.ts';
import type { AddedFile } from '../../src/log/folding.ts';
import { stateAt } from '../../src/log/history.ts';
import { lookUp } from '../../src/log/lookup.ts';
import { recordStanding } from '../../src/log/record-standing.ts';
import type { DeviceLink } from '../../src/records/device-link.ts';
import type { DeviceRevoke } from '../../src/records/device-revoke.ts';
import type { RecordBody, UnsignedRecord } from '../../src/records/record.ts';
import type { Statement } from '../../src/records/statement.ts';
import { freshHome, inMemory } from '../keys/homes.ts';
import { FoldedLog } from '../support/folded-log.ts';

const LONG = Number(process.env['GITKEL_LONG'] ?? 1);
const SUBJECTS = [{ name: 's', sha256: '00'.repeat(32) }] as const;

/** Deeds of people in a log: each is one batch of one event with its records. */
class Doing {
  readonly log: FoldedLog;
  readonly aids: Readonly<Record<string, string>>;
  readonly #generations = new Map<string, number>();

  private constructor(log: FoldedLog, aids: Readonly<Record<string, string>>) {
    this.log = log;
    this.aids = aids;
  }

  static async begin(...names: readonly string[]): Promise<Doing> {
    const log = await FoldedLog.begin();
    const aids: Record<string, string> = { founder: log.founder };
    for (const name of names) aids[name] = await log.member(name);
    return new Doing(log, aids);
  }

  aid(name: string): string {
    return this.aids[name] ?? '';
  }

  #key(name: string): string {
    return this.log.ring.key(`${name}.${this.#generations.get(name) ?? 0}.0`);
  }

  async #files(
    event: KeyEvent,
    records: readonly UnsignedRecord[],
    before: ReturnType<FoldedLog['state']>,
  ) {
    const files: AddedFile[] = [await this.log.file(event, before)];
    for (const record of records) {
      const { body, issuer } = record;
      const signer =
        body.type === 'device-link' ? body.device : body.type === 'statement' ? issuer : undefined;
      const name = Object.keys(this.aids).find((one) => this.aid(one) === signer);
      files.push(await this.log.recordFile(record, name === undefined ? [] : [this.#key(name)]));
    }
    return files;
  }

  /** Somebody seals records in the next interaction. */
  async seal(name: string, ...bodies: readonly RecordBody[]): Promise<readonly UnsignedRecord[]> {
    const aid = this.aid(name);
    const before = this.log.state(aid);
    const records = bodies.map((body) => this.log.record(aid, before.sn + 1, body));
    const seals = records.map((record) => this.log.seal(record));
    const event = this.log.interaction(aid, seals);
    this.log.apply(await this.#files(event, records, before));
    return records;
  }

  /** The batch of a rotation at a place of the trunk, with records that it seals. */
  async recovery(name: string, sn: number, ...bodies: readonly RecordBody[]) {
    const aid = this.aid(name);
    const before = this.log.contents.kel(aid)?.stateAt(sn - 1);
    if (before === undefined) throw new Error('nothing to rotate');
    const generation = (this.#generations.get(name) ?? 0) + 1;
    const records = bodies.map((body) => this.log.record(aid, sn, body));
    const event = this.log.rotation(
      aid,
      generation,
      records.map((record) => this.log.seal(record)),
      before,
    );
    const files = await this.#files(event, records, before);
    return {
      event,
      records,
      files,
      apply: () => {
        this.log.apply(files);
        this.#generations.set(name, generation);
      },
    };
  }
}

const linkTo = (device: string): DeviceLink => ({
  type: 'device-link',
  device,
  name: 'd',
  capabilities: ['sign-statement'],
});
const revoke = (device: string): DeviceRevoke => ({ type: 'device-revoke', device, reason: '' });
const state = (controller: string): Statement => ({
  type: 'statement',
  subjects: SUBJECTS,
  controller,
});
const lift = (...records: readonly UnsignedRecord[]): RecordBody => ({
  type: 'lift',
  records: records.map(({ said }) => said).toSorted(),
  reason: '',
});

describe('a superseding rotation', () => {
  let doing: Doing;
  let log: FoldedLog;
  beforeEach(async () => {
    doing = await Doing.begin('ada', 'ci', 'evil');
    ({ log } = doing);
  });
  const ada = () => doing.aid('ada');
  const kel = () => {
    const found = log.contents.kel(ada());
    if (found === undefined) throw new Error('no KEL');
    return found;
  };

  test('takes the place of interactions in the trunk; they stay readable beside it', async () => {
    const [first] = await doing.seal('ada', linkTo(doing.aid('ci')));
    const saids = [kel().saidAt(1) ?? ''];
    await doing.seal('ada', state(doing.aid('ada')));
    saids.push(kel().saidAt(2) ?? '');
    const { event, apply } = await doing.recovery('ada', 1);
    const at = log.contents.batches;
    const before = stateAt(kel(), { position: at - 1 })?.state;
    apply();
    expect([kel().length, kel().accepted, kel().files]).toEqual([2, 4, 4]);
    expect(kel().saidAt(1)).toBe(event.said);
    expect([kel().saidAt(2), kel().fileAt(1)?.ordinal, kel().fileAt(2)]).toEqual([
      undefined,
      3,
      undefined,
    ]);
    const by = { sn: 1, said: event.said, position: at };
    expect(kel().disputed).toEqual([
      { said: saids[0], type: 'ixn', sn: 1, ordinal: 1, position: at - 2, by },
      { said: saids[1], type: 'ixn', sn: 2, ordinal: 2, position: at - 1, by },
    ]);
    expect(stateAt(kel(), { position: at - 1 })?.state).toEqual(before);
    expect(stateAt(kel(), { position: at })?.state.said).toBe(event.said);
    expect(lookUp(log.contents, saids[1] ?? '')).toMatchObject({ kind: 'event', sn: 2 });
    expect(everCurrentKeys(log.contents).filter(({ aid }) => aid === ada())).toHaveLength(2);
    expect(recordStanding(log.contents, first as UnsignedRecord)).toMatchObject({ counts: false });
    const next = log.interaction(ada());
    expect([next.sn, (await log.take(next)).said]).toEqual([2, kel().saidAt(2)]);
    expect(kel().fileAt(2)?.ordinal).toBe(4);
  });

  test('is refused where it may not stand', async () => {
    await doing.seal('ada', state(ada()));
    (await doing.recovery('ada', 2)).apply();
    const old = log.contents.kel(ada())?.stateAt(0);
    const rival = await log.file(log.rotation(ada(), 1, [], old), old);
    expect(log.fold([rival])).toMatchObject({ ok: false, reason: 'duplicity' });
    const replay = await log.file(log.interaction(ada(), ['x'], old), old);
    expect(log.fold([replay])).toMatchObject({ ok: false, reason: 'duplicity' });
  });

  test('makes links and statements of superseded events absent, from its position on', async () => {
    await doing.seal('ada', linkTo(doing.aid('evil')));
    const linked = log.contents.batches - 1;
    const [statement] = await doing.seal('evil', state(ada()));
    const counts = () => {
      const [entry] = log.contents.records.statementsOf(doing.aid('evil'));
      if (entry === undefined) throw new Error('no statement');
      return standingOf(log.contents, entry);
    };
    expect(counts().counts).toBe(true);
    (await doing.recovery('ada', 1)).apply();
    expect(counts()).toMatchObject({ counts: false });
    expect(counts().why).toContain('superseded');
    expect(recordStanding(log.contents, statement as UnsignedRecord).counts).toBe(false);
    expect(log.contents.records.linkInForce(ada(), doing.aid('evil'))).toBeUndefined();
    expect(devicesAt(log.contents, ada(), linked)).toMatchObject([{ standing: 'linked' }]);
    expect(devicesAt(log.contents, ada(), log.contents.batches)).toMatchObject([
      { standing: 'superseded', supersededAt: log.contents.batches - 1 },
    ]);
    const again = await doing.seal('ada', linkTo(doing.aid('evil')));
    expect(again).toHaveLength(1);
  });

  test('leaves revocations in force until a lift names them', async () => {
    await doing.seal('ada', linkTo(doing.aid('ci')));
    const [revocation] = await doing.seal('ada', revoke(doing.aid('ci')));
    await doing.seal('ci', state(ada()));
    if (revocation === undefined) throw new Error('no record');
    (await doing.recovery('ada', 2)).apply();
    const counts = () =>
      log.contents.records
        .statementsOf(doing.aid('ci'))
        .map((entry) => standingOf(log.contents, entry).counts);
    expect(counts()).toEqual([false]);
    expect(recordStanding(log.contents, revocation)).toMatchObject({ counts: true });
    expect(devicesAt(log.contents, ada(), 99)).toMatchObject([{ standing: 'revoked' }]);
    const [lifting] = await doing.seal('ada', lift(revocation));
    expect(counts()).toEqual([true]);
    expect(recordStanding(log.contents, revocation)).toMatchObject({ counts: false });
    expect(recordStanding(log.contents, lifting as UnsignedRecord)).toMatchObject({ counts: true });
    expect(devicesAt(log.contents, ada(), 99)).toMatchObject([{ standing: 'linked' }]);
    // The lift is superseded in its turn: it counts as absent, so that the revocation is in force again.
    (await doing.recovery('ada', 3)).apply();
    expect(counts()).toEqual([false]);
    expect(log.contents.records.liftOf(revocation.said)).toBeUndefined();
  });

  test('can seal the lift itself, and a new link after it', async () => {
    await doing.seal('ada', linkTo(doing.aid('ci')));
    const [revocation] = await doing.seal('ada', revoke(doing.aid('ci')));
    if (revocation === undefined) throw new Error('no record');
    const twice = await doing.recovery('ada', 2, lift(revocation), linkTo(doing.aid('ci')));
    expect(log.fold(twice.files)).toMatchObject({ ok: false, reason: 'link-twice' });
    const both = await doing.recovery('ada', 2, lift(revocation), linkTo(doing.aid('evil')));
    both.apply();
    expect(devicesAt(log.contents, ada(), 99).map(({ standing }) => standing)).toEqual([
      'linked',
      'linked',
    ]);
  });

  test('a lift names revocations that superseded events of the same issuer sealed, each once', async () => {
    const [link] = await doing.seal('ada', linkTo(doing.aid('ci')));
    const [revocation] = await doing.seal('ada', revoke(doing.aid('ci')));
    if (link === undefined || revocation === undefined) throw new Error('no record');
    const reasonOf = async (name: string, ...bodies: readonly RecordBody[]) => {
      try {
        await doing.seal(name, ...bodies);
        return 'taken';
      } catch (error) {
        return error instanceof Error ? error.message.split(':')[0] : '';
      }
    };
    expect(await reasonOf('ada', lift(revocation))).toBe('lift-target');
    (await doing.recovery('ada', 1)).apply();
    expect(await reasonOf('ada', lift(link))).toBe('lift-target');
    expect(await reasonOf('ada', lift(link, revocation))).toBe('lift-target');
    expect(await reasonOf('ci', lift(revocation))).toBe('lift-target');
    expect(await reasonOf('ada', { type: 'lift', records: ['Enone'], reason: '' })).toBe(
      'lift-target',
    );
    expect(await reasonOf('ada', { type: 'lift', records: [], reason: '' })).toBe('lift-records');
    const { said } = revocation;
    expect(await reasonOf('ada', { type: 'lift', records: [said, said], reason: '' })).toBe(
      'lift-records',
    );
    const wordy = { type: 'lift', records: [said], reason: 'x'.repeat(257) } as const;
    expect(await reasonOf('ada', wordy)).toBe('lift-reason');
    expect(await reasonOf('ada', lift(revocation))).toBe('taken');
    expect(await reasonOf('ada', lift(revocation))).toBe('lift-twice');
  });

  test('raises no alarm in a home that has seen what it supersedes', async () => {
    await doing.seal('ada', linkTo(doing.aid('ci')));
    await doing.seal('ada', state(ada()));
    const home = freshHome(inMemory());
    const memory = new VerifiedMemory(home);
    await rememberLog(home, memory, log.contents);
    (await doing.recovery('ada', 1)).apply();
    const { aids } = log.contents;
    expect(recall(home, log.contents, aids)).toMatchObject({ known: true, alarms: [], notes: [] });
    await rememberLog(home, memory, log.contents);
    await doing.seal('ada', linkTo(doing.aid('evil')));
    expect(recall(home, log.contents, aids)).toMatchObject({ alarms: [], notes: [] });
    memory.close();
  });

  test('of the founder brings back the policy before', async () => {
    const policy = (writers: readonly string[]): RecordBody => ({
      type: 'log-policy',
      admission: 'closed',
      writers,
    });
    const { genesis } = log.contents;
    if (genesis === undefined) throw new Error('no genesis');
    await doing.seal('founder', policy([ada()]));
    await doing.seal('founder', policy([]), policy([doing.aid('evil')]));
    expect(log.contents.records.policy(genesis).writers).toEqual([doing.aid('evil')]);
    (await doing.recovery('founder', 2)).apply();
    expect(log.contents.records.policy(genesis).writers).toEqual([ada()]);
    await doing.seal('founder', policy([doing.aid('ci')]));
    expect(log.contents.records.policy(genesis).writers).toEqual([doing.aid('ci')]);
  });
});

const CONTROLLERS = ['ada', 'bob'] as const;
const DEVICES = ['ci', 'phone'] as const;
type Name = (typeof CONTROLLERS)[number] | (typeof DEVICES)[number];

type Deed =
  | { readonly kind: 'link' | 'revoke'; readonly by: Name; readonly device: Name }
  | { readonly kind: 'state'; readonly by: Name; readonly controller: Name }
  | { readonly kind: 'recover'; readonly by: Name; readonly depth: number; readonly lifts: number }
  | { readonly kind: 'lift'; readonly by: Name; readonly lifts: number };

/** A record as the oracle has it. */
interface Past {
  readonly said: string;
  readonly kind: 'link' | 'revoke' | 'state' | 'lift';
  readonly by: Name;
  readonly sn: number;
  readonly position: number;
  readonly other: Name | undefined;
  /** Links that a revocation ends, revocations that a lift names. */
  readonly targets: readonly Past[];
  supersededAt?: number;
}

/** Knows the order of what happened, and looks at all of it for every question. */
class Oracle {
  readonly past: Past[] = [];

  isAbsent(one: Past): boolean {
    if (one.supersededAt === undefined) return false;
    return one.kind !== 'revoke' || this.isLifted(one);
  }

  isLifted(one: Past): boolean {
    return this.past.some(
      (lifting) =>
        lifting.kind === 'lift' && lifting.targets.includes(one) && !this.isAbsent(lifting),
    );
  }

  /** The revocations that end a link, of those that are not absent. */
  endsOf(link: Past): readonly Past[] {
    return this.past.filter(
      (one) => one.kind === 'revoke' && one.targets.includes(link) && !this.isAbsent(one),
    );
  }

  linksInForce(by: Name, device: Name): readonly Past[] {
    return this.past.filter(
      (one) =>
        one.kind === 'link' &&
        one.by === by &&
        one.other === device &&
        !this.isAbsent(one) &&
        this.endsOf(one).length === 0,
    );
  }

  /** The revocations of somebody that can be lifted. */
  liftable(by: Name): readonly Past[] {
    return this.past.filter(
      (one) =>
        one.kind === 'revoke' &&
        one.by === by &&
        one.supersededAt !== undefined &&
        !this.isLifted(one),
    );
  }

  supersede(by: Name, sn: number, at: number): void {
    for (const one of this.past)
      if (one.by === by && one.sn >= sn && one.supersededAt === undefined) one.supersededAt = at;
  }

  counts(statement: Past): boolean {
    if (this.isAbsent(statement)) return false;
    return this.past.some(
      (link) =>
        link.kind === 'link' &&
        link.by === statement.other &&
        link.other === statement.by &&
        !this.isAbsent(link) &&
        link.position < statement.position &&
        this.endsOf(link).every((end) => end.position > statement.position),
    );
  }
}

const controller = fc.constantFrom<Name>(...CONTROLLERS);
const device = fc.constantFrom<Name>(...DEVICES);
const deeds = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('link' as const), by: controller, device }),
    fc.record({ kind: fc.constant('revoke' as const), by: controller, device }),
    fc.record({ kind: fc.constant('state' as const), by: device, controller }),
    fc.record({
      kind: fc.constant('recover' as const),
      by: fc.oneof({ weight: 4, arbitrary: controller }, { weight: 1, arbitrary: device }),
      depth: fc.integer({ min: 1, max: 4 }),
      lifts: fc.nat(3),
    }),
    fc.record({ kind: fc.constant('lift' as const), by: controller, lifts: fc.nat(3) }),
  ),
  { minLength: 6, maxLength: 24 },
);

/** Every history begins with a link, a statement by it, its revocation, and a recovery that supersedes the last. */
const START: readonly Deed[] = [
  { kind: 'link', by: 'ada', device: 'ci' },
  { kind: 'state', by: 'ci', controller: 'ada' },
  { kind: 'revoke', by: 'ada', device: 'ci' },
  { kind: 'state', by: 'ci', controller: 'ada' },
  { kind: 'recover', by: 'ada', depth: 1, lifts: 0 },
];

describe('the standing of records, where events are superseded', () => {
  /** The bit mask picks which of several. */
  const picked = <T>(items: readonly T[], mask: number): readonly T[] =>
    items.filter((_, at) => ((mask >> (at % 2)) & 1) === 1);

  async function play(all: readonly Deed[]): Promise<readonly number[]> {
    const doing = await Doing.begin(...CONTROLLERS, ...DEVICES);
    const { log } = doing;
    const oracle = new Oracle();
    let [superseded, lifted] = [0, 0];
    const sealed = async (
      by: Name,
      body: RecordBody | undefined,
      past: Pick<Past, 'kind' | 'other' | 'targets'>,
    ) => {
      if (body === undefined) return;
      const [record] = await doing.seal(by, body);
      if (record === undefined) throw new Error('no record');
      const { said, sn } = record;
      oracle.past.push({ ...past, said, sn, by, position: log.contents.batches - 1 });
    };
    for (const [at, deed] of all.entries()) {
      const { by } = deed;
      // A record that says the same at the same number again is the same record, and there already.
      const name = `the deed ${at}`;
      switch (deed.kind) {
        case 'link': {
          const isLinked = oracle.linksInForce(by, deed.device).length > 0;
          const body = isLinked ? undefined : { ...linkTo(doing.aid(deed.device)), name };
          await sealed(by, body, { kind: 'link', other: deed.device, targets: [] });
          break;
        }
        case 'revoke': {
          const targets = oracle.linksInForce(by, deed.device);
          const body =
            targets.length === 0 ? undefined : { ...revoke(doing.aid(deed.device)), reason: name };
          await sealed(by, body, { kind: 'revoke', other: deed.device, targets });
          break;
        }
        case 'state': {
          const past = { kind: 'state', other: deed.controller, targets: [] } as const;
          const subjects = [{ ...SUBJECTS[0], name }];
          await sealed(by, { ...state(doing.aid(deed.controller)), subjects }, past);
          break;
        }
        case 'lift': {
          const targets = picked(oracle.liftable(by), deed.lifts);
          const records = targets.map(({ said }) => said).toSorted();
          const body =
            records.length === 0 ? undefined : ({ type: 'lift', records, reason: name } as const);
          await sealed(by, body, { kind: 'lift', other: undefined, targets });
          lifted += targets.length;
          break;
        }
        case 'recover': {
          const { sn: head, lastEstablishment } = log.state(doing.aid(by));
          const sn = Math.max(lastEstablishment.sn + 1, head + 1 - deed.depth);
          if (sn > head) break;
          oracle.supersede(by, sn, log.contents.batches);
          const targets = picked(oracle.liftable(by), deed.lifts);
          const records = targets.map(({ said }) => said).toSorted();
          const bodies =
            records.length === 0 ? [] : [{ type: 'lift', records, reason: name } as const];
          const recovery = await doing.recovery(by, sn, ...bodies);
          const position = log.contents.batches;
          recovery.apply();
          for (const { said } of recovery.records)
            oracle.past.push({ kind: 'lift', said, sn, by, position, other: undefined, targets });
          superseded++;
          lifted += targets.length;
          break;
        }
      }
      compare(doing, oracle);
    }
    return [superseded, lifted];
  }

  function compare({ log, aids }: Doing, oracle: Oracle): void {
    const { contents } = log;
    const told = DEVICES.flatMap((name) =>
      contents.records
        .statementsOf(aids[name] ?? '')
        .map((entry) => [entry.said, standingOf(contents, entry).counts]),
    );
    const expected = oracle.past.flatMap((one) =>
      one.kind === 'state' ? [[one.said, oracle.counts(one)]] : [],
    );
    expect(new Map(told as [string, boolean][])).toEqual(new Map(expected as [string, boolean][]));
    for (const one of oracle.past) {
      expect(contents.records.isAbsent(one.said)).toBe(oracle.isAbsent(one));
      expect(contents.records.disputed(one.said)?.at).toBe(one.supersededAt);
    }
    for (const by of CONTROLLERS) {
      for (const other of DEVICES) {
        const [own, theirs] = [aids[by] ?? '', aids[other] ?? ''];
        const links = contents.records
          .linksOf(own)
          .filter((link) => link.link.device === theirs && link.revocation === undefined);
        expect(links.map(({ said }) => said)).toEqual(
          oracle.linksInForce(by, other).map(({ said }) => said),
        );
      }
    }
  }

  test('is what an oracle says that looks at everything that happened', async () => {
    let [superseded, lifted] = [0, 0];
    await fc.assert(
      fc.asyncProperty(deeds, async (more) => {
        const [recoveries = 0, lifts = 0] = await play([...START, ...more]);
        superseded += recoveries;
        lifted += lifts;
      }),
      { numRuns: 10 * LONG },
    );
    expect(superseded).toBeGreaterThan(0);
    expect(lifted).toBeGreaterThan(0);
  });
});
