import { expect, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { explainTrust } from '../../src/trust/explained-paths.ts';
import type { VouchFact } from '../../src/trust/facts.ts';
import { statedPolicy } from '../../src/trust/stated-policy.ts';
import { viewpointOf } from '../../src/trust/viewpoint.ts';

function vouch(by: string, about: string, more: Partial<VouchFact> = {}): VouchFact {
  return {
    said: `${by}-${about}`,
    issuer: by,
    sn: 1,
    controller: by,
    findControl: () => ({ foldedController: by }),
    position: 1,
    standing: 'counts',
    why: '',
    about,
    level: 'high',
    scope: {},
    grants: [],
    from: 0,
    until: 100,
    ...more,
  };
}

function explained(vouches: readonly VouchFact[], aid: string, now = 10) {
  const policy = statedPolicy(nativeCrypto, {
    roots: [{ aid: 'root', level: 'high', names: [] }],
    criteria: [],
    require: {},
  });
  const of = (by: string): readonly VouchFact[] => vouches.filter((one) => one.controller === by);
  return explainTrust(viewpointOf(policy, of, now), aid, { name: '' });
}

test.each<readonly [string | undefined, Partial<VouchFact>]>([
  [undefined, {}],
  ['expired', { until: 10 }],
  ['taken-back', { standing: 'retracted' }],
  ['other-scope', { scope: { names: ['pdf'] } }],
])('explainTrust() says of a step that is cut: %s', (cut, more) => {
  const { paths, isWhole } = explained([vouch('root', 'a'), vouch('a', 'b', more)], 'b');
  expect(paths.map(({ broken, steps }) => [broken, steps.map((step) => step.cut)])).toEqual([
    [cut, [undefined, cut]],
  ]);
  expect(isWhole).toBe(true);
});

test('explainTrust() says that a path costs too much', () => {
  const low = ['root', 'a', 'b'].map((by, at) =>
    vouch(by, ['a', 'b', 'c'][at] ?? '', { level: 'low' }),
  );
  expect(explained(low, 'c').paths).toMatchObject([{ cost: 15, broken: 'too-far' }]);
  expect(explained([...low, vouch('root', 'b')], 'c').paths).toMatchObject([
    { cost: 5, level: 'low', broken: undefined },
    { cost: 15, level: 'low', broken: 'too-far' },
  ]);
});

test('explainTrust() tells the shortest of many paths, in bounded time, and that there are more', () => {
  const layers = Array.from({ length: 8 }, (_, layer) =>
    Array.from({ length: 8 }, (__, at) => `n${layer}-${at}`),
  );
  const all = [['root'], ...layers, ['end']].flatMap((from, at, list) =>
    from.flatMap((by) => (list[at + 1] ?? []).map((about) => vouch(by, about))),
  );
  const { paths, isWhole } = explained([...all, vouch('root', 'end')], 'end');
  expect(paths[0]?.steps).toHaveLength(1);
  expect(paths.length).toBeLessThanOrEqual(LIMITS.explainedPaths);
  expect(isWhole).toBe(false);
});
