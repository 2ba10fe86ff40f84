import { expect, test } from 'vitest';
import { RecentlyUsed } from '../../src/base/recently-used.ts';

test('RecentlyUsed keeps what is used, and at most twice the bound of the rest', () => {
  const kept = new RecentlyUsed<number>(10);
  kept.add('used', 0, 1);
  for (let n = 1; n < 100; n++) {
    kept.add(`other ${n}`, n, 1);
    expect(kept.get('used')).toBe(0);
  }
  const others = Array.from({ length: 99 }, (_, n) => kept.get(`other ${n + 1}`));
  expect(others.filter((value) => value !== undefined).length).toBeLessThanOrEqual(20);
  expect(others.at(-1)).toBe(99);
  expect(others[0]).toBeUndefined();
});

test('RecentlyUsed counts by size, and clear() forgets all', () => {
  const kept = new RecentlyUsed<string>(10);
  kept.add('small', 'a', 1);
  kept.add('large', 'b', 10);
  kept.add('other', 'c', 10);
  expect(kept.get('small')).toBeUndefined();
  expect(kept.get('large')).toBe('b');
  kept.clear();
  expect(kept.get('large')).toBeUndefined();
  expect(kept.get('other')).toBeUndefined();
});
