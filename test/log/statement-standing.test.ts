/** Which statements of devices count, held against an oracle that knows nothing but the order of what happened. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collect, loadCollected, type Operation, type StagedBatch } from '../../src/index.ts';
import { standingOf } from '../../src/log/devices.ts';
import { recordStanding } from '../../src/log/record-standing.ts';
import type { RecordBody } from '../../src/records/record.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { link, revocation, statement } from '../support/record-forge.ts';
import { reasonOf } from '../support/thrown.ts';

const LONG = Number(process.env['GITKEL_LONG'] ?? 1);
const CONTROLLERS = ['ada', 'bob'] as const;
const DEVICES = ['ci', 'phone'] as const;
type Name = (typeof CONTROLLERS)[number] | (typeof DEVICES)[number];

/** One thing that somebody does; several can be in one batch. */
type Deed =
  | { readonly kind: 'link'; readonly by: Name; readonly device: Name; readonly may: boolean }
  | { readonly kind: 'revoke'; readonly by: Name; readonly device: Name }
  | { readonly kind: 'relink'; readonly by: Name; readonly device: Name; readonly may: boolean }
  | { readonly kind: 'state'; readonly device: Name; readonly controller: Name }
  | { readonly kind: 'rotate'; readonly who: Name };

const controller = fc.constantFrom<Name>(...CONTROLLERS);
const device = fc.constantFrom<Name>(...DEVICES);
/** Mostly allowed. */
const may = fc.nat(4).map((number) => number > 0);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constant('link' as const), by: controller, device, may }),
  fc.record({ kind: fc.constant('revoke' as const), by: controller, device }),
  fc.record({ kind: fc.constant('relink' as const), by: controller, device, may }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('state' as const), device, controller }) },
  fc.record({ kind: fc.constant('rotate' as const), who: fc.oneof(controller, device) }),
);
/**
 * Always begins with a link, a statement that counts, a link that is one too many, and statements in the batch of a link
 * and in that of a revocation, which do not count.
 */
const history = fc
  .array(fc.array(deed, { minLength: 1, maxLength: 3 }), { maxLength: 8 })
  .map((batches): readonly (readonly Deed[])[] => [
    [{ kind: 'link', by: 'ada', device: 'ci', may: true }],
    [{ kind: 'state', device: 'ci', controller: 'ada' }],
    [{ kind: 'link', by: 'ada', device: 'ci', may: false }],
    [
      { kind: 'link', by: 'bob', device: 'phone', may: true },
      { kind: 'state', device: 'phone', controller: 'bob' },
    ],
    [
      { kind: 'state', device: 'phone', controller: 'bob' },
      { kind: 'relink', by: 'bob', device: 'phone', may: true },
    ],
    ...batches,
  ]);

/** The oracle: a plain list of what is in the log. */
class Oracle {
  readonly #past: { readonly position: number; readonly deed: Deed }[] = [];

  /** The link between two in force after everything before a position: what it allows, or `undefined` for none. */
  #linkBefore(end: number, by: Name, to: Name): { readonly may: boolean } | undefined {
    let found: { readonly may: boolean } | undefined;
    for (const one of this.#past) {
      if (one.position >= end || !('by' in one.deed)) continue;
      if (one.deed.by !== by || one.deed.device !== to) continue;
      found = one.deed.kind === 'revoke' ? undefined : one.deed;
    }
    return found;
  }

  /** Whether a batch may be written, and if so takes it down. */
  takes(position: number, deeds: readonly Deed[]): boolean {
    const before = this.#past.length;
    for (const one of deeds) {
      const isLinked = 'by' in one && this.#linkBefore(Infinity, one.by, one.device) !== undefined;
      const isWrong = one.kind === 'link' ? isLinked : 'by' in one ? !isLinked : false;
      if (isWrong) {
        this.#past.length = before;
        return false;
      }
      this.#past.push({ position, deed: one });
    }
    return true;
  }

  /** Whether what a device said at a position counts: it was linked before, and not revoked up to then. */
  counts(position: number, by: Name, to: Name): boolean {
    const isRevokedNow = this.#past.some(
      ({ position: at, deed: one }) =>
        at === position &&
        (one.kind === 'revoke' || one.kind === 'relink') &&
        one.by === by &&
        one.device === to,
    );
    return !isRevokedNow && this.#linkBefore(position, by, to)?.may === true;
  }

  statements(): readonly {
    readonly position: number;
    readonly device: Name;
    readonly controller: Name;
  }[] {
    return this.#past.flatMap(({ position, deed: one }) =>
      one.kind === 'state' ? [{ position, device: one.device, controller: one.controller }] : [],
    );
  }
}

/** A log that the deeds are done in. */
class Doing {
  readonly memory = new MemoryLog();
  readonly #aids = new Map<Name, string>();
  readonly #generations = new Map<Name, number>();

  static async begin(): Promise<Doing> {
    const doing = new Doing();
    for (const name of [...CONTROLLERS, ...DEVICES])
      doing.#aids.set(name, await doing.memory.member(name));
    return doing;
  }

  aid(name: Name): string {
    return this.#aids.get(name) ?? '';
  }

  nameOf(aid: string): Name {
    const [name] = [...this.#aids].find(([, one]) => one === aid) ?? [];
    if (name === undefined) throw new Error(`nobody is ${aid}`);
    return name;
  }

  #operation(one: Deed, rotated: Map<Name, number>): Operation {
    const seal = (name: Name, ...bodies: readonly RecordBody[]): Operation => ({
      kind: 'seal',
      aid: this.aid(name),
      bodies,
    });
    switch (one.kind) {
      case 'link':
        return seal(one.by, link(this.aid(one.device), one.may ? ['sign-statement'] : []));
      case 'revoke':
        return seal(one.by, revocation(this.aid(one.device)));
      case 'relink':
        return seal(
          one.by,
          revocation(this.aid(one.device)),
          link(this.aid(one.device), one.may ? ['sign-statement'] : []),
        );
      case 'state':
        return seal(one.device, statement(this.aid(one.controller)));
      case 'rotate': {
        const generation = (rotated.get(one.who) ?? this.#generations.get(one.who) ?? 0) + 1;
        rotated.set(one.who, generation);
        return this.memory.rotate(this.aid(one.who), one.who, generation);
      }
    }
  }

  /** The keys of everybody, old and new. */
  #keys(rotated: ReadonlyMap<Name, number>): readonly string[] {
    return [...this.#aids.keys()].flatMap((name) =>
      Array.from(
        { length: (rotated.get(name) ?? this.#generations.get(name) ?? 0) + 1 },
        (_, generation) => `${name}.${generation}.0`,
      ),
    );
  }

  /** Stages, signs, delivers in the order that is given, and commits. */
  async write(
    deeds: readonly Deed[],
    ordered: <T>(items: readonly T[]) => readonly T[] = (items) => items,
  ): Promise<StagedBatch> {
    const { memory } = this;
    const rotated = new Map<Name, number>();
    const operations = deeds.map((one) => this.#operation(one, rotated));
    const batch = await memory.stage(operations);
    const keys = this.#keys(rotated);
    const contributions = await memory.contributions(loadCollected(memory.log, batch), keys);
    for (const { bytes } of ordered(contributions)) await collect(memory.log, bytes);
    const outcome = await memory.commit(batch, keys, memory.log.contents.aids);
    if (outcome.status !== 'committed')
      throw new Error(`staged, and not committed: ${JSON.stringify(outcome)}`);
    for (const [name, generation] of rotated) this.#generations.set(name, generation);
    return batch;
  }
}

describe('the standing of statements', () => {
  test('is what an oracle says that knows nothing but the order, and what stage() takes, a log takes', async () => {
    let counted = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(history, async (batches) => {
        const [doing, oracle] = [await Doing.begin(), new Oracle()];
        const { log } = doing.memory;
        for (const deeds of batches) {
          if (oracle.takes(log.contents.batches, deeds)) {
            await doing.write(deeds);
          } else {
            refused++;
            expect(await reasonOf(async () => doing.write(deeds))).toMatch(
              /^(?:link-twice|revoke-without-link)$/,
            );
          }
        }
        const { contents } = doing.memory.again();
        const told = DEVICES.flatMap((name) =>
          contents.records.statementsOf(doing.aid(name)).map((entry) => {
            const standing = standingOf(contents, entry);
            const record = { ...entry, body: entry.statement, logId: '', bytes: new Uint8Array() };
            expect(recordStanding(contents, record).counts).toBe(standing.counts);
            return [entry.position, name, doing.nameOf(standing.controller), standing.counts];
          }),
        );
        const expected = oracle
          .statements()
          .map(({ position, device: by, controller: to }) => [
            position,
            by,
            to,
            oracle.counts(position, to, by),
          ]);
        const sorted = (rows: readonly (readonly unknown[])[]): readonly string[] =>
          rows.map((row) => row.join(' ')).toSorted();
        expect(sorted(told)).toEqual(sorted(expected));
        counted += expected.filter((row) => row[3] === true).length;
      }),
      { numRuns: 8 * LONG },
    );
    expect(counted).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });

  test('and the commits are the same in whatever order contributions come, however often', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
        async (batches, picks) => {
          const shuffled = <T>(items: readonly T[]): readonly T[] => {
            const rest = [...items];
            return picks
              .flatMap((pick) => rest.splice(pick % Math.max(rest.length, 1), 1))
              .concat(rest, items);
          };
          const [one, other, oracle] = [await Doing.begin(), await Doing.begin(), new Oracle()];
          for (const deeds of batches) {
            if (!oracle.takes(one.memory.log.contents.batches, deeds)) continue;
            await one.write(deeds);
            await other.write(deeds, shuffled);
          }
          expect(other.memory.log.contents.lastBatch).toEqual(one.memory.log.contents.lastBatch);
        },
      ),
      { numRuns: 3 * LONG },
    );
  });
});
