/** What it costs to look whether a name is within what vouches are limited to. */
import { expect, test, vi } from 'vitest';
import { decide } from '../../src/trust/decide.ts';
import { audit, policyOf, root, skill, viewOf, vouch } from './making.ts';

const looked = vi.hoisted(() => ({ patterns: 0 }));

vi.mock(import('../../src/records/name-pattern.ts'), async (original) => {
  const actual = await original();
  return {
    ...actual,
    fitsPattern: (pattern: string, text: string) => {
      looked.patterns++;
      return actual.fitsPattern(pattern, text);
    },
  };
});

test('decide() looks at the patterns of vouches as often for many audits as for few', () => {
  const auditors = Array.from({ length: 40 }, (_, at) => `auditor ${at}`);
  const names = (auditor: string): readonly string[] => ['d*', `${auditor} *`, `* ${auditor}`];
  const vouches = auditors.map((each) =>
    vouch('root', each, 'high', { scope: { names: names(each) } }),
  );
  const costOf = (count: number): number => {
    const before = looked.patterns;
    const audits = auditors.slice(0, count).map((each) => audit(each));
    const view = viewOf(policyOf([root('root')]), vouches);
    expect(decide(skill({ audits }), view).decision).toBe('accept');
    return looked.patterns - before;
  };
  const few = costOf(2);
  expect(few).toBeGreaterThan(auditors.length);
  expect(costOf(auditors.length)).toBe(few);
});
