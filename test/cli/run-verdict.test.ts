/** Which of several seals of one run decides. */
import { expect, test } from 'vitest';
import { verdictOf } from '../../src/cli/verify-run.ts';

const seal = (
  position: number,
  difference: string | null,
  counts = true,
): Parameters<typeof verdictOf>[1][number] => ({ position, difference, counts });

test.each([
  ['no seal', [], false, 'whole'],
  ['one that is right', [seal(4, null)], false, 'sealed'],
  ['one that is not', [seal(4, 'it has 3 lines')], false, 'not-as-sealed'],
  // Whoever changed a log can seal what they made of it in their own name.
  [
    'a later one by somebody else',
    [seal(9, null), seal(4, 'it has 3 lines')],
    false,
    'not-as-sealed',
  ],
  ['a later one of something else', [seal(4, null), seal(9, 'it has 3 lines')], false, 'sealed'],
  [
    'two of one batch that differ',
    [seal(4, null), seal(4, 'it has 3 lines')],
    false,
    'not-as-sealed',
  ],
  ['an earlier one that does not count', [seal(2, 'other', false), seal(4, null)], false, 'sealed'],
  ['one that does not count', [seal(4, null, false)], false, 'whole'],
  ['one that was asked for and does not count', [seal(4, null, false)], true, 'not-as-sealed'],
] as const)('verdictOf() with %s', (_, seals, isNamed, verdict) => {
  expect(verdictOf('whole', seals, isNamed)).toBe(verdict);
});

test('verdictOf() calls a broken log broken, whatever was sealed', () => {
  expect(verdictOf('broken', [seal(4, null)], true)).toBe('broken');
  expect(verdictOf('unfinished', [], false)).toBe('unfinished');
});
