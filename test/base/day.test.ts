import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayNumber, dayOfSeconds, dayText, parseDay } from '../../src/base/day.ts';
import { reasonOf } from '../support/thrown.ts';

test('dayNumber() reads what dayText() writes, in order', () => {
  expect([dayText(0), dayText(59), dayText(2_932_896)]).toEqual([
    '1970-01-01',
    '1970-03-01',
    '9999-12-31',
  ]);
  const days = fc.integer({ min: 0, max: 2_932_896 });
  fc.assert(
    fc.property(days, days, (one, other) => {
      expect(dayNumber(dayText(one))).toBe(one);
      expect(dayText(one) < dayText(other)).toBe(one < other);
    }),
  );
});

test.each(['2026-02-29', '2026-13-01', '2026-1-1', '1969-12-31', ' 2026-01-01', '20260101', ''])(
  'dayNumber() of %j is undefined',
  async (text) => {
    expect(dayNumber(text)).toBeUndefined();
    expect(await reasonOf(() => parseDay(text))).toBe('day');
  },
);

test('dayOfSeconds() changes at midnight in UTC', () => {
  const midnight = Date.parse('2026-11-21T00:00:00Z') / 1000;
  expect([midnight - 1, midnight].map((at) => dayText(dayOfSeconds(at)))).toEqual([
    '2026-11-20',
    '2026-11-21',
  ]);
});
