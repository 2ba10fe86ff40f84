import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import type { TrustScope, VouchFact } from '../../src/trust/facts.ts';
import {
  PATH_COST,
  rankOf,
  STEP_COSTS,
  type TrustLevel,
  VOUCH_LEVELS,
  type VouchLevel,
} from '../../src/trust/level.ts';
import { stepsOf } from '../../src/trust/paths.ts';
import type { TrustRoot } from '../../src/trust/trust-policy.ts';
import { viewpointOf } from '../../src/trust/viewpoint.ts';
import { criterion, NOW, policyOf, root, viewOf, vouch } from './making.ts';

const LONG = Number(process.env['GITKEL_LONG'] ?? 1);
const QUESTION = { name: 'deploy', criterion: criterion('safe-to-run') };

function levelsAt(
  roots: readonly TrustRoot[],
  vouches: readonly VouchFact[],
  now = NOW,
): Readonly<Record<string, TrustLevel>> {
  const { trusted } = viewOf(policyOf(roots), vouches, now).trust(QUESTION);
  return Object.fromEntries([...trusted].map(([aid, { level }]) => [aid, level]));
}

describe('effectiveTrust()', () => {
  it('is as strong as the weakest step of the best path', () => {
    const vouches = [
      vouch('root', 'a', 'high'),
      vouch('a', 'b', 'medium'),
      vouch('b', 'c', 'high'),
      vouch('root', 'c', 'low'),
    ];
    expect(levelsAt([root('root')], vouches)).toEqual({
      root: 'high',
      a: 'high',
      b: 'medium',
      c: 'medium',
    });
    const { trusted } = viewOf(policyOf([root('root')]), vouches).trust(QUESTION);
    const path = trusted.get('c');
    expect(path === undefined ? [] : stepsOf(path.reached)).toEqual(vouches.slice(0, 3));
    expect(path?.reached.cost).toBe(1);
  });

  it('takes no path that costs more than 10', () => {
    const names = Array.from({ length: 13 }, (_, index) => `a${index}`);
    const medium = names.map((about, index) => vouch(names[index - 1] ?? 'root', about, 'medium'));
    expect(Object.keys(levelsAt([root('root')], medium))).toEqual(['root', ...names.slice(0, 10)]);
    expect(Object.keys(levelsAt([root('root', 'low')], medium))).toHaveLength(6);
    const low = names.map((about, index) => vouch(names[index - 1] ?? 'root', about, 'low'));
    expect(Object.keys(levelsAt([root('root')], low))).toEqual(['root', 'a0', 'a1']);
    // A longer path at a higher level is better than a short one at a lower level.
    expect(levelsAt([root('root')], [...medium, vouch('root', 'a9', 'low')])).toMatchObject({
      a9: 'medium',
    });
  });

  it('takes no path that has more steps than the bound', () => {
    const names = Array.from({ length: LIMITS.trustDepth + 3 }, (_, index) => `a${index}`);
    const high = names.map((about, index) => vouch(names[index - 1] ?? 'root', about, 'high'));
    expect(Object.keys(levelsAt([root('root')], high))).toEqual([
      'root',
      ...names.slice(0, LIMITS.trustDepth),
    ]);
  });

  it('hears only what is in force', () => {
    const seen = (more: Partial<VouchFact>, now = NOW): boolean =>
      'a' in levelsAt([root('root')], [vouch('root', 'a', 'high', more)], now);
    expect(seen({})).toBe(true);
    expect(seen({ from: NOW })).toBe(true);
    expect(seen({ from: NOW + 1 })).toBe(false);
    expect(seen({ until: NOW + 1 })).toBe(true);
    expect(seen({ until: NOW })).toBe(false);
    expect(seen({ standing: 'retracted' })).toBe(false);
    expect(seen({ standing: 'void' })).toBe(false);
  });

  it('keeps to the scopes of roots and vouches', () => {
    const seen = (scope: TrustScope): boolean =>
      'a' in levelsAt([root('root')], [vouch('root', 'a', 'high', { scope })]);
    expect(seen({ names: ['dep*', 'other'] })).toBe(true);
    expect(seen({ names: ['other'] })).toBe(false);
    expect(seen({ criteria: [criterion('safe-unsandboxed')] })).toBe(true);
    expect(seen({ criteria: [criterion('safe-to-read')] })).toBe(false);
    expect(seen({ names: [] })).toBe(false);
    expect('a' in levelsAt([root('a', 'high', { names: ['x*'] })], [])).toBe(false);
    expect('a' in levelsAt([root('a', 'high', { names: ['d*'] })], [])).toBe(true);
  });

  it('lets the newest vouch take the place of older ones, even where it is over', () => {
    const old = vouch('root', 'a', 'high');
    const last = (level: VouchLevel, more: Partial<VouchFact> = {}): object =>
      levelsAt([root('root')], [vouch('root', 'a', level, more), old].toReversed());
    expect(last('low')).toEqual({ root: 'high', a: 'low' });
    expect(last('none')).toEqual({ root: 'high' });
    expect(last('low', { until: NOW })).toEqual({ root: 'high' });
    expect(last('low', { standing: 'retracted' })).toEqual({ root: 'high' });
    expect(last('distrust', { until: NOW })).toEqual({ root: 'high' });
    expect(last('low', { from: NOW + 1 })).toMatchObject({ a: 'high' });
    expect(last('low', { standing: 'void' })).toMatchObject({ a: 'high' });
    expect(last('low', { scope: { names: ['other'] } })).toMatchObject({ a: 'high' });
    expect(last('low', { position: 0 })).toMatchObject({ a: 'high' });
    // At one place, what says less is the newer one.
    const { position, sn } = old;
    expect(last('low', { position, sn, said: 'A' })).toMatchObject({ a: 'low' });
  });

  it('keeps every distrust that is in force until it is followed by something else', () => {
    const first = vouch('root', 'a', 'distrust', { until: NOW + 50 });
    const second = vouch('root', 'a', 'distrust', { until: NOW });
    const roots = [root('root'), root('other')];
    const other = vouch('other', 'a', 'high');
    expect(levelsAt(roots, [first, second, other])).not.toHaveProperty('a');
    expect(levelsAt(roots, [first, other], NOW + 50)).toHaveProperty('a');
    expect(levelsAt(roots, [first, vouch('root', 'a', 'none'), other])).toHaveProperty('a');
  });

  it('lets distrust take trust away at the same level or above, and all that leads through it', () => {
    const roots = [root('root')];
    const base = [
      vouch('root', 'high', 'high'),
      vouch('root', 'medium', 'medium'),
      vouch('root', 'low', 'low'),
      vouch('medium', 'below', 'high'),
    ];
    const without = (by: string, about: string): readonly string[] =>
      Object.keys(levelsAt(roots, [...base, vouch(by, about, 'distrust')]));
    expect(without('high', 'medium')).toEqual(['root', 'high', 'low']);
    expect(without('medium', 'low')).toEqual(['root', 'high', 'medium', 'below']);
    expect(without('low', 'medium')).toEqual(['root', 'high', 'medium', 'below', 'low']);
    expect(without('medium', 'high')).toContain('high');
    expect(without('stranger', 'high')).toContain('high');
    expect(without('high', 'root')).toEqual([]);
  });

  it('takes both away who distrust each other, whoever was first', () => {
    const base = [vouch('root', 'a', 'high'), vouch('root', 'b', 'high')];
    const both = [vouch('a', 'b', 'distrust'), vouch('b', 'a', 'distrust')];
    expect(levelsAt([root('root')], [...base, ...both])).toEqual({ root: 'high' });
  });

  it('hears the distrust of who is distrusted, or was trusted once', () => {
    const roots = [root('root')];
    const base = [vouch('root', 'a', 'high'), vouch('root', 'b', 'high')];
    const warning = vouch('a', 'b', 'distrust');
    for (const more of [
      [vouch('root', 'a', 'distrust')],
      [vouch('root', 'a', 'none')],
      [vouch('root', 'a', 'low', { standing: 'retracted' })],
    ])
      expect(levelsAt(roots, [...base, warning, ...more])).not.toHaveProperty('b');
    const over = vouch('root', 'a', 'high', { until: NOW - 1 });
    expect(levelsAt(roots, [over, vouch('root', 'b', 'high'), warning])).toEqual({ root: 'high' });
  });

  it('hears nothing of whom the viewer distrusts', () => {
    const base = [
      vouch('root', 'a', 'high'),
      vouch('root', 'b', 'high'),
      vouch('a', 'b', 'distrust'),
      vouch('a', 'c', 'high'),
    ];
    expect(levelsAt([root('root'), root('a', 'distrust')], base)).toEqual({
      root: 'high',
      b: 'high',
    });
    // Where that is limited to other skills, it is not for these.
    const elsewhere = root('a', 'distrust', { names: ['x'] });
    expect(levelsAt([root('root'), elsewhere], base)).toEqual({
      root: 'high',
      a: 'high',
      c: 'high',
    });
  });

  it('reaches with distrust whom the loss of others lowered', () => {
    // b is trusted high through a, and low otherwise; c may take away only what is low.
    const base = [
      vouch('root', 'a', 'high'),
      vouch('a', 'b', 'high'),
      vouch('root', 'b', 'low'),
      vouch('root', 'c', 'low'),
      vouch('c', 'b', 'distrust'),
    ];
    expect(levelsAt([root('root')], base)).toMatchObject({ b: 'high' });
    const doubt = [vouch('root', 'd', 'high'), vouch('d', 'a', 'distrust')];
    expect(levelsAt([root('root')], [...base, ...doubt])).not.toHaveProperty('b');
  });

  it('gives no trust for what somebody says of themselves', () => {
    expect(
      levelsAt([root('root')], [vouch('a', 'a', 'high'), vouch('root', 'root', 'low')]),
    ).toEqual({ root: 'high' });
  });
});

const AIDS = ['r', 'a', 'b', 'c', 'd', 'e'];

const anyVouch = fc
  .record({
    by: fc.constantFrom(...AIDS),
    about: fc.constantFrom(...AIDS),
    level: fc.constantFrom(...VOUCH_LEVELS),
    position: fc.nat(5),
    from: fc.constantFrom(NOW - 5, NOW, NOW + 1),
    until: fc.constantFrom(NOW, NOW + 1, NOW + 9),
    standing: fc.constantFrom('counts', 'counts', 'counts', 'retracted', 'void'),
    names: fc.constantFrom(undefined, undefined, ['d*'], ['x']),
  })
  .map(({ by, about, level, names, ...more }) =>
    vouch(by, about, level, { ...more, sn: 0, scope: { names } }),
  );

const anyRoots = fc.array(
  fc.record({
    aid: fc.constantFrom(...AIDS),
    level: fc.constantFrom(...VOUCH_LEVELS),
    scope: fc.constant({}),
  }),
  { minLength: 1, maxLength: 3 },
);

/** All simple paths of vouches from the roots, each with its levels and its end: the definition, tried out. */
function bestBySimplePaths(
  roots: readonly TrustRoot[],
  edges: readonly VouchFact[],
  banned: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  const walk = (at: string, seen: readonly string[], rank: number, cost: number): void => {
    if (cost > PATH_COST || banned.has(at)) return;
    best.set(at, Math.max(best.get(at) ?? 0, rank));
    for (const { controller, about, level } of edges) {
      if (controller !== at || seen.includes(about) || rankOf(level) === 0) continue;
      const step = STEP_COSTS[level as TrustLevel];
      walk(about, [...seen, about], Math.min(rank, rankOf(level)), cost + step);
    }
  };
  for (const { aid, level } of roots)
    if (rankOf(level) > 0) walk(aid, [aid], rankOf(level), STEP_COSTS[level as TrustLevel]);
  return best;
}

function naiveTrust(
  roots: readonly TrustRoot[],
  all: readonly VouchFact[],
): Readonly<Record<string, number>> {
  const own = roots.filter(({ level }) => level === 'distrust').map(({ aid }) => aid);
  const begun = all.filter(
    ({ about, controller, standing, from, scope }) =>
      about !== controller && standing !== 'void' && from <= NOW && scope.names?.[0] !== 'x',
  );
  const ever = bestBySimplePaths(roots, begun, new Set(own));
  // Of each pair the newest; of several at one position the one that says least, then the last by its SAID.
  const order = VOUCH_LEVELS.toReversed();
  const newer = (a: VouchFact, b: VouchFact): number =>
    b.position - a.position ||
    order.indexOf(b.level) - order.indexOf(a.level) ||
    (a.said < b.said ? 1 : -1);
  const inForce = ({ standing, until }: VouchFact): boolean => standing === 'counts' && NOW < until;
  const edges: VouchFact[] = [];
  const doubts: VouchFact[] = [];
  for (const by of AIDS) {
    for (const about of AIDS) {
      const said = begun
        .filter((each) => each.controller === by && each.about === about)
        .toSorted(newer);
      edges.push(...said.slice(0, 1).filter(inForce));
      const kinder = said.findIndex(({ level }) => level !== 'distrust');
      doubts.push(...said.slice(0, kinder < 0 ? said.length : kinder).filter(inForce));
    }
  }
  const banned = new Set(own);
  for (let before = -1; before < banned.size;) {
    before = banned.size;
    const now = bestBySimplePaths(roots, edges, banned);
    // One at a time, the last first: any order comes to the same.
    const doubt = doubts.findLast(
      ({ controller, about }) =>
        !banned.has(about) && (ever.get(controller) ?? 0) >= Math.max(1, now.get(about) ?? 0),
    );
    if (doubt !== undefined) banned.add(doubt.about);
  }
  return Object.fromEntries(bestBySimplePaths(roots, edges, banned));
}

describe('effectiveTrust(), by properties', () => {
  const numbers = (roots: readonly TrustRoot[], all: readonly VouchFact[]): object =>
    Object.fromEntries(
      Object.entries(levelsAt(roots, all)).map(([aid, level]) => [aid, rankOf(level)]),
    );

  it('is what trying out all simple paths comes to', () => {
    fc.assert(
      fc.property(anyRoots, fc.array(anyVouch, { maxLength: 14 }), (roots, vouches) => {
        expect(numbers(roots, vouches)).toEqual(naiveTrust(roots, vouches));
      }),
      { numRuns: 400 * LONG },
    );
  });

  it('asks for the vouches of whom roots ever reach once, and of nobody else', () => {
    fc.assert(
      fc.property(anyRoots, fc.array(anyVouch, { maxLength: 14 }), (roots, vouches) => {
        const asked: string[] = [];
        const view = viewpointOf(
          policyOf(roots),
          (aid) => {
            asked.push(aid);
            return vouches.filter(({ controller }) => controller === aid);
          },
          NOW,
        );
        view.trust(QUESTION);
        view.trust({ name: 'other' });
        view.heard('deploy');
        expect(asked).toHaveLength(new Set(asked).size);
        const own = roots.filter(({ level }) => level === 'distrust').map(({ aid }) => aid);
        const begun = vouches.filter(
          ({ standing, from, about, controller }) =>
            standing !== 'void' && from <= NOW && about !== controller,
        );
        const reached = bestBySimplePaths(roots, begun, new Set(own));
        expect(asked.toSorted()).toEqual([...reached.keys()].toSorted());
      }),
      { numRuns: 200 * LONG },
    );
  });
});

describe('networkOf()', () => {
  const many = (count: number): readonly VouchFact[] =>
    Array.from({ length: count }, (_, index) => vouch('root', `a${index}`, 'low'));

  it('is not whole where more identities follow than are looked at', () => {
    const isWhole = (vouches: readonly VouchFact[]): boolean =>
      viewpointOf(policyOf([root('root')]), (aid) => (aid === 'root' ? vouches : []), NOW).network
        .isWhole;
    expect(isWhole(many(LIMITS.trustIdentities - 1))).toBe(true);
    expect(isWhole(many(LIMITS.trustIdentities))).toBe(false);
  });

  it('reads no more vouches than the bound', () => {
    let read = 0;
    const same = vouch('root', 'a', 'low');
    function* endless(): Generator<VouchFact> {
      for (;;) {
        read += 1;
        yield same;
      }
    }
    const { network } = viewpointOf(policyOf([root('root')]), endless, NOW);
    expect(network.isWhole).toBe(false);
    // One of each of the two who are reached is read to find out that there are more.
    expect(read).toBe(LIMITS.trustVouches + 2);
  });
});
