import { describe, expect, test } from 'vitest';
import { fitted, inColumns, screenOf, widthOf } from '../../src/cli/terminal-text.ts';

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

  const at = (columns: number, line: string): readonly string[] =>
    fitted([line], { columns, hasColour: false });

  test('keeps the last column in its place where it fits there', () => {
    expect(at(40, 'expires    the batch would be over before it began, or so')).toEqual([
      'expires    the batch would be over',
      '           before it began, or so',
    ]);
  });

  test('puts columns below each other where they do not fit, and breaks only what is wider alone', () => {
    expect(at(60, `${AID}  open       ixn 6 of EDmrzBz2VIjg...  missing: kt: 1 more`)).toEqual([
      `${AID}  open`,
      '    ixn 6 of EDmrzBz2VIjg...  missing: kt: 1 more',
    ]);
    expect(at(60, `alice            current   ${AID}  /home/alice/.gitkel/keys/${AID}`)).toEqual([
      'alice            current',
      `    ${AID}`,
      `    /home/alice/.gitkel/keys/${AID}`,
    ]);
    expect(at(60, `${AID}  missing: ixn 6 of ${AID}: kt: 1 more (from index 0)`)).toEqual([
      AID,
      '    missing: ixn 6 of',
      `        ${AID}: kt: 1`,
      '        more (from index 0)',
    ]);
  });

  test('lets a command be copied that goes on in the next line, and leaves what is said of it', () => {
    expect(at(60, `  next: gitkel batch sign ${AID} --log /srv/log`)).toEqual([
      '  next: gitkel batch sign \\',
      `      ${AID} --log \\`,
      '      /srv/log',
    ]);
    expect(at(60, `next: gitkel batch prune   removes ${AID}`)).toEqual([
      'next: gitkel batch prune',
      `    removes ${AID}`,
    ]);
    expect(at(60, `  gitkel batch sign ${AID} -o x.sig   for the others`)).toEqual([
      '  gitkel batch sign \\',
      `          ${AID} -o \\`,
      '          x.sig',
      '      for the others',
    ]);
    const whole = `gitkel batch sign ${AID} -o b.json`;
    expect(at(whole.length, `${whole}   for the others`)).toEqual([whole, '    for the others']);
    expect(at(40, 'next: gitkel key new NAME, then gitkel identity create NAME')).toEqual([
      'next: gitkel key new NAME, then gitkel',
      '    identity create NAME',
    ]);
  });

  test('knows how wide letters are', () => {
    expect(widthOf('naïve')).toBe(5);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf('監査 ok')).toBe(7);
    expect(at(40, '  監査監査監査監査 監査監査監査監査 監査監査')).toEqual([
      '  監査監査監査監査 監査監査監査監査',
      '      監査監査',
    ]);
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

describe('inColumns()', () => {
  test('makes each column as wide as its widest cell, and pads no last one', () => {
    expect(
      inColumns([
        ['alice', 'current', AID],
        ['監査', 'x'],
        ['continuous-integration', 'next', 'D'],
      ]),
    ).toEqual([
      `alice                   current  ${AID}`,
      '監査                    x',
      'continuous-integration  next     D',
    ]);
    expect(inColumns([])).toEqual([]);
  });
});
