/** Which paths a rule of a policy takes in, and which of two rules decides. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  compareSpecificity,
  matchesPath,
  overlaps,
  parsePattern,
  reachesBelow,
} from '../../src/gate/path-pattern.ts';
import { reasonThrown } from '../support/thrown.ts';

const matches = (pattern: string, path: string): boolean =>
  matchesPath(parsePattern(pattern), path);

/** Patterns and paths over few letters, so that many of them meet. */
const part = fc.constantFrom('a', 'b', 'ab', 'a*', '*b', '*', 'a*b', '**');
const pattern = fc
  .array(part, { minLength: 1, maxLength: 5 })
  .filter((parts) => parts.every((one, at) => one !== '**' || parts[at + 1] !== '**'))
  .map((parts) => parts.join('/'));
const path = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'aab', 'ba'), { maxLength: 5 })
  .map((parts) => parts.join('/'));

/** The same rule as a regular expression, on a path with a slash behind each part. */
function oracle(text: string): RegExp {
  const parts = text.split('/').map((one) => {
    if (one === '**') return '(?:[^/]+/)*';
    return `${one.replaceAll('*', '[^/]*')}/`;
  });
  return new RegExp(`^${parts.join('')}$`);
}

const slashed = (text: string): string => (text === '' ? '' : `${text}/`);

describe('parsePattern()', () => {
  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    './a',
    'a/../b',
    'a/**b',
    'a**',
    '***',
    'a/**/**/b',
    'a\\b',
    'a?',
    'a:b',
    'a"b',
    'e\u0301',
    'a\u200bb',
    'a\nb',
    'a./b',
    'con/x',
    'x/'.repeat(20) + 'x',
    'x'.repeat(300),
  ])('refuses %j', (text) => {
    expect(reasonThrown(() => parsePattern(text))).toBe('policy-match');
  });
});

describe('matchesPath()', () => {
  it.each([
    ['.', '', true],
    ['.', 'a', false],
    ['**', '', true],
    ['**', 'a/b/c', true],
    ['*', '', false],
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['skills/*', 'skills/pdf', true],
    ['skills/*', 'skills/pdf/in', false],
    ['skills/**', 'skills', true],
    ['skills/**', 'skills/a/b', true],
    ['skills/**', 'skills-2/a', false],
    ['skills/**/pdf', 'skills/pdf', true],
    ['skills/**/pdf', 'skills/a/b/pdf', true],
    ['skills/**/pdf', 'skills/a/pdf/b', false],
    ['skills/team-*/x', 'skills/team-a/x', true],
    ['skills/team-*/x', 'skills/team-/x', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*a*b*', 'xbxaxb', true],
    ['Skills/*', 'skills/a', false],
    ['a.c', 'abc', false],
  ])('of %j and %j is %j', (text, at, expected) => {
    expect(matches(text, at)).toBe(expected);
  });

  test('is what the regular expression of the pattern says', () => {
    fc.assert(
      fc.property(pattern, path, (text, at) => {
        expect(matches(text, at)).toBe(oracle(text).test(slashed(at)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('of a hostile pattern ends soon', () => {
    const many = parsePattern('**/*a'.repeat(1) + '/**/*a'.repeat(7));
    expect(matchesPath(many, Array.from({ length: 400 }, () => 'a').join('/') + '/b')).toBe(false);
    expect(matches(`${'*a'.repeat(100)}b`, 'a'.repeat(250))).toBe(false);
  });
});

describe('reachesBelow()', () => {
  test('is true wherever the pattern matches a path at or below', () => {
    fc.assert(
      fc.property(pattern, path, path, (text, at, more) => {
        const deeper = [at, more].filter((each) => each !== '').join('/');
        if (matches(text, deeper)) expect(reachesBelow(parsePattern(text), at)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(reachesBelow(parsePattern('skills/*'), 'docs')).toBe(false);
    expect(reachesBelow(parsePattern('skills/*'), 'skills/a/b')).toBe(false);
    expect(reachesBelow(parsePattern('skills/a/b'), 'skills')).toBe(true);
  });
});

describe('compareSpecificity()', () => {
  it.each([
    ['skills/pdf', 'skills/*'],
    ['skills/pdf/**', 'skills/*/x'],
    ['skills/team-*', 'skills/*'],
    ['skills/*', 'skills/*/**'],
    ['skills/*', 'skills/**'],
    ['skills/**/pdf', 'skills/**'],
    ['skills/**', '**'],
    ['*/**', '**'],
    ['**/pdf', '**'],
    ['.', '**'],
  ])('puts %j before %j', (narrow, wide) => {
    const [one, other] = [parsePattern(narrow), parsePattern(wide)];
    expect(compareSpecificity(one, other)).toBeGreaterThan(0);
    expect(compareSpecificity(other, one)).toBeLessThan(0);
  });
});

describe('overlaps()', () => {
  test('is true of two patterns that match one path', () => {
    fc.assert(
      fc.property(pattern, pattern, path, (a, b, at) => {
        if (matches(a, at) && matches(b, at))
          expect(overlaps(parsePattern(a), parsePattern(b))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['skills/a-*', 'skills/b-*', false],
    ['skills/*-a', 'skills/b-*', true],
    ['**/a', '**/b', false],
    ['a/**', '**/b', true],
    ['a/*', 'a/b/c', false],
    ['a*b*c', 'ab', false],
    ['**', '.', true],
  ])('of %j and %j is %j', (a, b, expected) => {
    expect(overlaps(parsePattern(a), parsePattern(b))).toBe(expected);
    expect(overlaps(parsePattern(b), parsePattern(a))).toBe(expected);
  });
});
