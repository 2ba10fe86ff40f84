import { describe, expect, test } from 'vitest';
import { fitted, screenOf } from '../../src/cli/terminal-text.ts';

const AID = 'EHp9eo0dZgZFGFpTSIZ7e_Y9SDfP5qglYmGq2tK-5Y8j';
const bare = { argv: ['node', 'gitkel', 'log'], env: {} };

describe('screenOf()', () => {
  test('knows no screen behind a pipe or a file', () => {
    expect(screenOf({ columns: 80 }, bare)).toBeUndefined();
  });

  test('has colour unless NO_COLOR, --no-color or the terminal says no', () => {
    const at = { isTTY: true, columns: 80 };
    expect(screenOf(at, bare)).toEqual({ columns: 80, hasColour: true });
    expect(screenOf(at, { ...bare, env: { NO_COLOR: '' } })?.hasColour).toBe(true);
    for (const without of [
      { ...bare, env: { NO_COLOR: '1' } },
      { ...bare, env: { TERM: 'dumb' } },
      { ...bare, argv: ['node', 'gitkel', 'log', '--no-color'] },
    ])
      expect(screenOf(at, without)?.hasColour).toBe(false);
    const run = ['node', 'gitkel', 'skill', 'run', 'x', '--', 'ls', '--no-color'];
    expect(screenOf(at, { ...bare, argv: run })?.hasColour).toBe(true);
  });
});

describe('fitted()', () => {
  const LINE = `  missing: icp 0 of ${AID}: kt: 1 more (from index 1, 2), and more than fits`;

  test('leaves lines as they are where nobody looks', () => {
    expect(fitted([LINE, 'ok  x'], undefined)).toEqual([LINE, 'ok  x']);
  });

  test('breaks lines between words, and leaves each word whole', () => {
    const lines = fitted([LINE], { columns: 50, hasColour: false });
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join(' ').replaceAll(/ +/g, ' ').trim()).toBe(LINE.trim());
    expect(lines.some((line) => line.includes(AID))).toBe(true);
    expect(lines.filter((line) => !line.includes(AID)).every(({ length }) => length <= 50)).toBe(
      true,
    );
    expect(lines.slice(1).every((line) => line.startsWith('      '))).toBe(true);
  });

  test('colours the beginnings that are its own, and nothing behind them', () => {
    const screen = { columns: undefined, hasColour: true };
    expect(fitted([`ok  ${AID}`], screen)).toEqual([`\u001b[32mok\u001b[0m  ${AID}`]);
    expect(fitted(['  next: gitkel sync'], screen)).toEqual([
      '\u001b[1m  next:\u001b[0m gitkel sync',
    ]);
    expect(fitted(['okay', 'team NO'], screen)).toEqual(['okay', 'team NO']);
  });
});
