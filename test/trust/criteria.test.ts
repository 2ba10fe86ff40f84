import { statedPolicy, type StatedTrust } from '../../src/trust/stated-policy.ts';
import { TIERS } from '../../src/trust/trust-policy.ts';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { digestText } from '../../src/cesr/digest.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { portableCrypto } from '../../src/crypto/portable.ts';
import { BUILT_IN_CRITERIA } from '../../src/trust/built-in-criteria.ts';
import {
  coversCriterion,
  criteriaOf,
  criterionNamed,
  criterionSaid,
} from '../../src/trust/criteria.ts';
import { reasonThrown } from '../support/thrown.ts';
import { CRITERIA, criterion } from './making.ts';

const define = (name: string, implies: readonly string[] = [], text = `about ${name}`) => ({
  name,
  text,
  implies,
});

describe('criteriaOf()', () => {
  it('knows the built-in criteria by the digests of their texts, on every platform', () => {
    expect([...CRITERIA.values()].map(({ name }) => name)).toEqual(
      BUILT_IN_CRITERIA.map(({ name }) => name),
    );
    for (const { name, text } of BUILT_IN_CRITERIA) {
      expect(criterion(name)).toBe(digestText(nativeCrypto, utf8(text)));
      expect(criterionSaid(portableCrypto, text)).toBe(criterion(name));
    }
  });

  it('follows implications to their ends', () => {
    const criteria = criteriaOf(nativeCrypto, [
      define('house', ['safe-unsandboxed', criterion('manifest-accurate')]),
    ]);
    const house = criterionNamed(criteria, 'house');
    const covered = [...(house?.covers ?? [])].map((said) => criteria.get(said)?.name ?? '');
    expect(covered.toSorted()).toEqual([
      'house',
      'manifest-accurate',
      'safe-to-read',
      'safe-to-run',
      'safe-unsandboxed',
    ]);
    expect(coversCriterion(criteria, [house?.said ?? ''], criterion('safe-to-read'))).toBe(true);
    expect(coversCriterion(criteria, [criterion('safe-to-read')], criterion('safe-to-run'))).toBe(
      false,
    );
    expect(coversCriterion(criteria, ['EUnknown'], 'EUnknown')).toBe(true);
  });

  it('tells which criteria no audit can meet', () => {
    const computed = [...CRITERIA.values()].flatMap((each) => each.computed ?? []);
    expect(computed).toEqual(['content-intact', 'author-anchored']);
  });

  it.each([
    ['criterion-name', [define('Safe')]],
    ['criterion-name', [define('a--b')]],
    ['criterion-name', [define('a'.repeat(LIMITS.nameCharacters + 1))]],
    ['criterion-text', [define('empty', [], ' \n')]],
    ['criterion-text', [define('half', [], 'a \ud800')]],
    ['criterion-text', [define('long', [], 'a'.repeat(LIMITS.criterionBytes + 1))]],
    ['criterion-twice', [define('scanned')]],
    ['criterion-twice', [define('one', [], 'same'), define('two', [], 'same')]],
    ['criterion-twice', [define('mine', [], BUILT_IN_CRITERIA[5].text)]],
    ['criterion-implies', [define('one', ['two'])]],
    ['criterion-implies', [define('one', ['scanned', criterion('scanned')])]],
    ['criterion-implies', [define('one', ['author-anchored'])]],
    [
      'criterion-implies',
      [define('one', Array<string>(LIMITS.criterionImplies + 1).fill('scanned'))],
    ],
    ['criterion-cycle', [define('one', ['one'])]],
    [
      'criterion-cycle',
      [define('one', ['two']), define('two', ['three']), define('three', ['one'])],
    ],
    ['criterion-count', Array.from({ length: LIMITS.criteria }, (_, index) => define(`c${index}`))],
  ])('refuses with %s what cannot be used (%#)', (reason, definitions) => {
    expect(reasonThrown(() => criteriaOf(nativeCrypto, definitions))).toBe(reason);
  });

  it('takes a long chain of implications', () => {
    const names = Array.from({ length: 200 }, (_, index) => `c${index}`);
    const criteria = criteriaOf(
      nativeCrypto,
      names.map((name, index) => define(name, names.slice(index + 1, index + 2))),
    );
    expect(criterionNamed(criteria, 'c0')?.covers.size).toBe(200);
  });
});

describe('statedPolicy()', () => {
  const asks = (...criteria: readonly string[]) =>
    ({ criteria, trust: 'low', redundancy: 1, methods: [] }) as const;
  const asked = (require: StatedTrust['require']): readonly (string | undefined)[] => {
    const { requirements, criteria } = statedPolicy(nativeCrypto, {
      roots: [],
      criteria: [],
      require,
    });
    return TIERS.map((tier) => {
      const [said = ''] = requirements[tier]?.criteria ?? [];
      return criteria.get(said)?.name;
    });
  };

  it('asks no tier for less than a lower one because nothing is said of it', () => {
    const T1 = asks('safe-to-read');
    expect(asked({ T1 })).toEqual([undefined, 'safe-to-read', 'safe-to-read', 'safe-to-read']);
    const T2 = asks('safe-to-run');
    expect(asked({ T1, T2 })).toEqual([undefined, 'safe-to-read', 'safe-to-run', 'safe-to-run']);
    const all = asks('scanned');
    expect(asked({ T1, all })).toEqual(['scanned', 'safe-to-read', 'scanned', 'scanned']);
  });
});
