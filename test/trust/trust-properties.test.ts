import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainOf } from '../../src/trust/chain.ts';
import { decide } from '../../src/trust/decide.ts';
import { type Decision, DECISIONS } from '../../src/trust/decision.ts';
import {
  AUDIT_METHODS,
  type AuditFact,
  type RevocationFact,
  type SkillFacts,
  type VouchFact,
} from '../../src/trust/facts.ts';
import { DEPTHS, TRUST_LEVELS, VOUCH_LEVELS } from '../../src/trust/level.ts';
import { score } from '../../src/trust/score.ts';
import type { Requirement, TrustRoot } from '../../src/trust/trust-policy.ts';
import { viewpointOf } from '../../src/trust/viewpoint.ts';
import {
  audit,
  criterion,
  FILES,
  imported,
  NOW,
  policyOf,
  release,
  revocation,
  root,
  skill,
  viewOf,
  vouch,
} from './making.ts';

const LONG = Number(process.env['GITKEL_LONG'] ?? 1);
const RUNS = { numRuns: 150 * LONG };

const AIDS = ['root', 'ann', 'bob', 'carl', 'publisher'];
const STRANGERS = ['x', 'y'];
const CRITERIA_ASKED = ['safe-to-run', 'scanned'].map((name) => criterion(name));

interface World {
  readonly roots: readonly TrustRoot[];
  readonly requirement: Partial<Requirement>;
  readonly vouches: readonly VouchFact[];
  readonly facts: SkillFacts;
}

const anyStanding = fc.constantFrom('counts', 'counts', 'counts', 'retracted', 'void');
const anyPlace = { position: fc.nat(9), sn: fc.nat(1) };
const anyNames = fc.constantFrom(undefined, undefined, ['deploy'], ['other']);
const anyCriteria = fc.constantFrom(undefined, undefined, [criterion('safe-to-read')]);

const vouchBy = (...aids: readonly string[]): fc.Arbitrary<VouchFact> =>
  fc
    .record({
      ...anyPlace,
      by: fc.constantFrom(...aids),
      about: fc.constantFrom(...AIDS),
      level: fc.constantFrom(...VOUCH_LEVELS),
      names: anyNames,
      criteria: anyCriteria,
      grants: fc.constantFrom([], [], [criterion('safe-unsandboxed')]),
      from: fc.constantFrom(NOW - 9, NOW - 9, NOW, NOW + 1),
      until: fc.constantFrom(NOW, NOW + 1, NOW + 9, NOW + 9),
      standing: anyStanding,
    })
    .map(({ by, about, level, names, criteria, ...more }) =>
      vouch(by, about, level, { ...more, scope: { names, criteria } }),
    );

const auditBy = (...aids: readonly string[]): fc.Arbitrary<AuditFact> =>
  fc
    .record({
      ...anyPlace,
      by: fc.constantFrom(...aids),
      folded: fc.constantFrom(undefined, undefined, undefined, 'carl', 'publisher'),
      edge: fc.constantFrom([FILES], [FILES], ['E1'], [FILES, 'E1'], ['E1', FILES]),
      criteria: fc.subarray([...CRITERIA_ASKED, criterion('safe-unsandboxed'), 'EUnknown'], {
        minLength: 1,
      }),
      result: fc.constantFrom('pass', 'pass', 'pass', 'pass', 'pass', 'fail'),
      method: fc.constantFrom(...AUDIT_METHODS, 'human' as const, 'human' as const),
      thoroughness: fc.constantFrom(...DEPTHS),
      understanding: fc.constantFrom(...DEPTHS),
      issued: fc.constantFrom(NOW - 9, NOW - 9, NOW, NOW + 1),
      expires: fc.constantFrom(NOW, NOW + 1, NOW + 9, NOW + 9),
      standing: anyStanding,
    })
    .map(({ by, folded, edge: [manifest = FILES, from], ...more }) =>
      audit(by, { ...more, foldedController: folded ?? by, manifest, from }),
    );

const revocationBy = (...aids: readonly string[]): fc.Arbitrary<RevocationFact> =>
  fc
    .record({ ...anyPlace, by: fc.constantFrom(...aids), standing: anyStanding })
    .map(({ by, ...more }) => revocation(by, more));

/** Worlds in which a yes is not rare: most of what is said in them speaks for the skill. */
const anyWorld: fc.Arbitrary<World> = fc
  .record({
    more: fc.array(
      fc.record({
        aid: fc.constantFrom(...AIDS),
        level: fc.constantFrom(...VOUCH_LEVELS),
        names: anyNames,
      }),
      { maxLength: 1 },
    ),
    requirement: fc.record({
      criteria: fc.subarray(CRITERIA_ASKED, { minLength: 1 }),
      trust: fc.constantFrom(...TRUST_LEVELS),
      redundancy: fc.constantFrom(1, 1, 2),
      methods: fc.constantFrom(undefined, undefined, ['human'] as const, AUDIT_METHODS),
    }),
    trusted: fc.subarray(['ann', 'bob', 'carl']),
    passing: fc.subarray(['ann', 'bob', 'carl']),
    vouches: fc.array(vouchBy(...AIDS), { maxLength: 5 }),
    audits: fc.array(auditBy(...AIDS), { maxLength: 4 }),
    importers: fc.subarray(AIDS, { maxLength: 1 }),
    revocations: fc.array(revocationBy(...AIDS), { maxLength: 1 }),
    hasRevocations: fc.constantFrom(false, false, true),
  })
  .map(({ more, requirement, trusted, passing, vouches, audits, importers, ...others }) => {
    const both = [...CRITERIA_ASKED];
    return {
      roots: [root('root'), ...more.map(({ aid, level, names }) => root(aid, level, { names }))],
      requirement,
      vouches: [...trusted.map((aid) => vouch('root', aid, 'high', { position: 1 })), ...vouches],
      facts: skill({
        release: release('publisher', { said: 'ERelease', position: 1, sn: 1 }),
        audits: [...passing.map((by) => audit(by, { criteria: both, position: 2 })), ...audits],
        imports: importers.map((by) => imported(by)),
        revocations: others.hasRevocations ? others.revocations : [],
      }),
    };
  });

const viewOfWorld = ({ roots, requirement, vouches }: World) =>
  viewOf(policyOf(roots, requirement), vouches);

function seen(world: World): object {
  const view = viewOfWorld(world);
  const { facts } = world;
  return {
    decision: decide(facts, view),
    score: score(facts, view),
    chain: chainOf(facts, view),
  };
}

const gravity = ({ decision }: Decision): number => DECISIONS.indexOf(decision);

const decided = (world: World): Decision => decide(world.facts, viewOfWorld(world));
const valued = (world: World): number => score(world.facts, viewOfWorld(world)).value;

/** What somebody may say against the skill, against somebody else, or of what they said before. */
type Negative =
  | { readonly kind: 'fail'; readonly fact: AuditFact }
  | { readonly kind: 'distrust'; readonly fact: VouchFact }
  | { readonly kind: 'revoke'; readonly fact: RevocationFact }
  | { readonly kind: 'retract'; readonly index: number };

const anyNegative: fc.Arbitrary<Negative> = fc.oneof(
  auditBy(...AIDS, ...STRANGERS).map((fact) => ({
    kind: 'fail' as const,
    fact: { ...fact, result: 'fail' as const },
  })),
  vouchBy(...AIDS, ...STRANGERS).map((fact) => ({
    kind: 'distrust' as const,
    fact: { ...fact, level: 'distrust' as const, grants: [] },
  })),
  revocationBy(...AIDS, ...STRANGERS).map((fact) => ({ kind: 'revoke' as const, fact })),
  fc.nat(20).map((index) => ({ kind: 'retract' as const, index })),
);

/** Takes back one of the statements that speak for something: not a fail, not distrust, not what never counted. */
function retracted<T extends AuditFact | VouchFact>(
  all: readonly T[],
  index: number,
  speaksAgainst: (fact: T) => boolean,
): readonly T[] {
  return all.map((fact, at) =>
    at === index && fact.standing === 'counts' && !speaksAgainst(fact)
      ? { ...fact, standing: 'retracted' }
      : fact,
  );
}

function withNegative(world: World, negative: Negative): World {
  const { facts, vouches } = world;
  switch (negative.kind) {
    case 'fail':
      return { ...world, facts: { ...facts, audits: [...facts.audits, negative.fact] } };
    case 'distrust':
      return { ...world, vouches: [...vouches, negative.fact] };
    case 'revoke':
      return { ...world, facts: { ...facts, revocations: [...facts.revocations, negative.fact] } };
    case 'retract': {
      const { index } = negative;
      const audits = retracted(facts.audits, index, ({ result }) => result === 'fail');
      const later = index - facts.audits.length;
      return {
        ...world,
        facts: { ...facts, audits },
        vouches: retracted(vouches, later, ({ level }) => level === 'distrust'),
      };
    }
  }
}

describe('decide(), score() and chainOf(), by properties', () => {
  it('come to yes and to no in the worlds of these tests', () => {
    const tally = new Map<string, number>();
    for (const world of fc.sample(anyWorld, { numRuns: 300, seed: 7 })) {
      const { decision } = decided(world);
      tally.set(decision, (tally.get(decision) ?? 0) + 1);
    }
    expect(Math.min(...tally.values())).toBeGreaterThan(30);
    expect([...tally.keys()].toSorted()).toEqual(['accept', 'needs-review', 'reject']);
  });

  it('do not depend on the order in which statements are given', () => {
    fc.assert(
      fc.property(
        anyWorld,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (world, draws) => {
          const shuffled = <T>(all: readonly T[]): readonly T[] =>
            all
              .map((each) => [Number(draws.next().value), each] as const)
              .toSorted(([a], [b]) => a - b)
              .map(([, each]) => each);
          const { facts } = world;
          const other: World = {
            ...world,
            roots: shuffled(world.roots),
            vouches: shuffled(world.vouches),
            facts: {
              ...facts,
              audits: shuffled(facts.audits),
              imports: shuffled(facts.imports),
              revocations: shuffled(facts.revocations),
            },
          };
          expect(seen(other)).toEqual(seen(world));
        },
      ),
      RUNS,
    );
  });

  it('are never better for something that is said against something', () => {
    fc.assert(
      fc.property(
        anyWorld,
        fc.array(anyNegative, { minLength: 1, maxLength: 3 }),
        (world, negatives) => {
          let before = world;
          for (const negative of negatives) {
            const after = withNegative(before, negative);
            expect(gravity(decided(after))).toBeGreaterThanOrEqual(gravity(decided(before)));
            expect(valued(after)).toBeLessThanOrEqual(valued(before));
            before = after;
          }
        },
      ),
      { numRuns: 300 * LONG },
    );
  });

  it('are the same whatever is said by whom nobody reaches, and ask for nothing of them', () => {
    const noise = fc.record({
      vouches: fc.array(vouchBy(...STRANGERS), { maxLength: 4 }),
      audits: fc.array(auditBy(...STRANGERS), { maxLength: 4 }),
      revocations: fc.array(revocationBy(...STRANGERS), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(anyWorld, noise, (world, { vouches, audits, revocations }) => {
        const { facts } = world;
        const noisy: World = {
          ...world,
          vouches: [...world.vouches, ...vouches],
          facts: {
            ...facts,
            audits: [...audits, ...facts.audits],
            imports: [...STRANGERS.map((by) => imported(by)), ...facts.imports],
            revocations: [...revocations, ...facts.revocations],
          },
        };
        expect(seen(noisy)).toEqual(seen(world));
        const asked: string[] = [];
        const view = viewpointOf(
          policyOf(noisy.roots, noisy.requirement),
          (aid) => {
            asked.push(aid);
            return noisy.vouches.filter(({ controller }) => controller === aid);
          },
          NOW,
        );
        decide(noisy.facts, view);
        score(noisy.facts, view);
        expect(asked.filter((aid) => STRANGERS.includes(aid))).toEqual([]);
        expect(asked).toHaveLength(new Set(asked).size);
      }),
      RUNS,
    );
  });

  it('score in whole numbers from 0 to 100, the same when computed again', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const found = score(world.facts, viewOfWorld(world));
        const { value, integrity, author, audit: audited, transparency, criteria } = found;
        const numbers = [
          value,
          integrity,
          author,
          audited ?? 0,
          transparency,
          ...criteria.map((each) => each.score),
        ];
        for (const each of numbers) {
          expect(Number.isInteger(each)).toBe(true);
          expect(each).toBeGreaterThanOrEqual(0);
          expect(each).toBeLessThanOrEqual(100);
        }
        for (const { weight } of criteria.flatMap(({ votes }) => votes)) {
          expect(Number.isInteger(weight)).toBe(true);
          expect(weight).toBeLessThanOrEqual(900_000);
        }
        expect(score(world.facts, viewOfWorld(world))).toEqual(found);
      }),
      RUNS,
    );
  });

  it('are no worse for more trust, where nobody speaks against anything', () => {
    fc.assert(
      fc.property(anyWorld, fc.nat(9), fc.boolean(), (world, index, isRoot) => {
        const { facts } = world;
        const kind: World = {
          ...world,
          roots: world.roots.filter(({ level }) => level !== 'distrust'),
          vouches: world.vouches.filter(({ level }) => level !== 'distrust'),
          facts: {
            ...facts,
            audits: facts.audits.filter(({ result }) => result === 'pass'),
            revocations: [],
          },
        };
        const raise = <T extends { readonly level: VouchFact['level'] }>(all: readonly T[]) =>
          all.map((each, at): T => {
            if (at !== index) return each;
            return { ...each, level: each.level === 'low' ? 'medium' : 'high' };
          });
        const more: World = isRoot
          ? { ...kind, roots: raise(kind.roots) }
          : { ...kind, vouches: raise(kind.vouches) };
        expect(gravity(decided(more))).toBeLessThanOrEqual(gravity(decided(kind)));
        expect(valued(more)).toBeGreaterThanOrEqual(valued(kind));
      }),
      RUNS,
    );
  });

  it('tell as much of every claim in the chain as the gate holds for met', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const view = viewOfWorld(world);
        const hops = chainOf(world.facts, view);
        const names = hops.map(({ kind, statement, who }) => `${kind} ${statement ?? who}`);
        expect(names).toHaveLength(new Set(names).size);
        for (const { strength, why, claim } of hops) {
          expect(Number.isInteger(strength) && strength >= 0 && strength <= 100).toBe(true);
          expect(why).not.toBe('');
          expect(claim).not.toBe('');
        }
        if (decide(world.facts, view).decision === 'accept') {
          const speaking = hops.filter(
            ({ kind, counts }) => counts && ['audit', 'import', 'grant'].includes(kind),
          );
          expect(speaking.length).toBeGreaterThanOrEqual(world.requirement.redundancy ?? 1);
        }
      }),
      RUNS,
    );
  });
});
