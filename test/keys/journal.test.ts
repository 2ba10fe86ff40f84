import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Home } from '../../src/keys/home.ts';
import { type JournalEntry, journal, readJournal } from '../../src/keys/journal.ts';
import { GROUNDS, errorOf, freshHome, inMemory, readText, writeText } from './homes.ts';

const entry = (i: number): JournalEntry => ({
  at: 1000 + i,
  action: `collect ${i}`,
  outcome: 'ok',
});

async function filled(home: Home, count: number, capacity?: number): Promise<string> {
  for (let i = 0; i < count; i++) await journal(home, entry(i), capacity);
  return `${home.dir}/journal.jsonl`;
}

function actions(home: Home, capacity?: number): readonly string[] {
  return readJournal(home, capacity).entries.map(({ action }) => action);
}

describe.each(GROUNDS)('journal() on %s', (_, ground) => {
  test('journal() keeps what it is given, in order', async () => {
    const home = freshHome(ground());
    expect(readJournal(home)).toEqual({ entries: [], intact: true, brokenAt: undefined });
    const full: JournalEntry = {
      at: 5,
      action: 'collect',
      batch: 'E1',
      signer: 'D1',
      event: 'E2',
      from: '/a/file\n\u001b[2J',
      outcome: 'refused',
      reason: 'bad-signature',
    };
    await journal(home, full);
    await journal(home, entry(1));
    expect(readJournal(home)).toEqual({
      entries: [full, entry(1)],
      intact: true,
      brokenAt: undefined,
    });
    expect(home.host.fs.statSync(`${home.dir}/journal.jsonl`).mode & 0o777).toBe(0o600);
  });

  test('journal() takes many entries at once, over the end of a file', async () => {
    const home = freshHome(ground());
    const entries = Array.from({ length: 19 }, (_one, index) => entry(index));
    await journal(home, entries.slice(0, 3), 8);
    await journal(home, [], 8);
    await journal(home, entries.slice(3, 7), 8);
    await journal(home, entries.slice(7), 8);
    const read = readJournal(home, 8);
    expect(read).toMatchObject({ intact: true, brokenAt: undefined });
    expect(read.entries).toEqual(entries.slice(8));
    await journal(home, entry(19), 8);
    expect(readJournal(home, 8)).toMatchObject({ intact: true });
  });

  test('journal() takes text that is no Unicode', async () => {
    const home = freshHome(ground());
    await journal(home, { ...entry(0), from: 'a\ud800b' });
    const { entries, intact } = readJournal(home);
    expect([intact, entries[0]?.from]).toEqual([true, 'a\ufffdb']);
  });

  test('journal() cuts long texts', async () => {
    const home = freshHome(ground());
    await journal(home, {
      ...entry(0),
      from: '\0'.repeat(100_000),
      reason: '\u{10FFFF}'.repeat(999),
    });
    const { entries, intact } = readJournal(home);
    expect(intact).toBe(true);
    expect(entries[0]?.from).toHaveLength(256);
    expect(entries[0]?.reason).toHaveLength(256);
    await journal(home, entry(1));
    expect(readJournal(home).intact).toBe(true);
  });

  test('journal() keeps a previous file when one is full, and no more', async () => {
    const home = freshHome(ground());
    await filled(home, 8, 4);
    expect(actions(home, 4)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((i) => `collect ${i}`));
    expect(readJournal(home, 4).intact).toBe(true);
    await journal(home, entry(8), 4);
    expect(actions(home, 4)).toEqual([4, 5, 6, 7, 8].map((i) => `collect ${i}`));
    expect(readJournal(home, 4).intact).toBe(true);
  });

  test('journal() goes on when it was stopped after rolling over', async () => {
    const home = freshHome(ground());
    const path = await filled(home, 4, 4);
    home.host.fs.renameSync(path, `${home.dir}/journal.previous.jsonl`);
    await journal(home, entry(4), 4);
    expect(actions(home, 4)).toHaveLength(5);
    expect(readJournal(home, 4).intact).toBe(true);
  });

  test('journal() goes on after an append that was cut off', async () => {
    const home = freshHome(ground());
    const path = await filled(home, 2);
    const text = readText(home, path);
    writeText(home, path, text + text.slice(0, 40));
    expect(readJournal(home)).toMatchObject({ intact: true, entries: [entry(0), entry(1)] });
    await journal(home, entry(2));
    expect(readJournal(home)).toMatchObject({
      intact: true,
      entries: [entry(0), entry(1), entry(2)],
    });
  });

  test('journal() goes on when the head was lost with the power', async () => {
    const home = freshHome(ground());
    await filled(home, 2);
    const head = readText(home, `${home.dir}/journal.head.json`);
    await journal(home, entry(2));
    for (const text of ['', head]) {
      writeText(home, `${home.dir}/journal.head.json`, text);
      expect(readJournal(home).intact).toBe(true);
    }
  });

  test('journal() by many at once loses nothing', async () => {
    const home = freshHome(ground());
    await Promise.all(Array.from({ length: 10 }, (__, i) => journal({ ...home }, entry(i))));
    expect(readJournal(home).intact).toBe(true);
    expect(actions(home).toSorted()).toEqual(Array.from({ length: 10 }, (__, i) => `collect ${i}`));
  });

  test('journal() does not go on after a damaged last line', async () => {
    const home = freshHome(ground());
    const path = await filled(home, 2);
    writeText(home, path, `${readText(home, path)}nonsense\n`);
    const error = await errorOf(() => journal(home, entry(2)));
    expect(error).toMatchObject({ code: 'environment', reason: 'journal-damaged' });
    expect(readJournal(home)).toMatchObject({ intact: false, brokenAt: 2 });
  });
});

describe('readJournal()', () => {
  type Change = (lines: string[]) => string[];
  test.each<[string, number, Change]>([
    ['an edited line', 2, (l) => l.map((line) => line.replace('collect 1', 'collect 7'))],
    ['an edited first line', 1, (l) => l.map((line) => line.replace('collect 0', 'collect 7'))],
    ['an edited last line', 4, (l) => l.map((line) => line.replace('collect 4', 'collect 7'))],
    ['a dropped line', 2, (l) => l.filter((__, i) => i !== 2)],
    ['a dropped first line', 0, (l) => l.slice(1)],
    ['a dropped last line', 4, (l) => l.slice(0, -1)],
    ['nothing left', 0, () => []],
    ['swapped lines', 1, ([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest]],
    ['a repeated line', 3, (l) => l.flatMap((line, i) => (i === 2 ? [line, line] : [line]))],
    ['an empty line', 1, ([a = '', ...rest]) => [a, '', ...rest]],
    ['a line that is not text', 1, ([a = '', __, ...rest]) => [a, '\0', ...rest]],
  ])('readJournal() sees %s', async (__, brokenAt, change) => {
    const home = freshHome(inMemory());
    const path = await filled(home, 5);
    const lines = readText(home, path).split('\n').slice(0, -1);
    const changed = change(lines).map((line) => `${line}\n`);
    writeText(home, path, changed.join(''));
    expect(readJournal(home)).toMatchObject({ intact: false, brokenAt });
  });

  test('readJournal() sees every changed byte', async () => {
    const home = freshHome(inMemory());
    const path = await filled(home, 4);
    const text = readText(home, path);
    const clean = readJournal(home);
    expect(clean.intact).toBe(true);
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom('x', '0', '"', '\n', '\0'),
        (at, char) => {
          if (text[at] === char) return;
          writeText(home, path, text.slice(0, at) + char + text.slice(at + 1));
          const { intact, brokenAt } = readJournal(home);
          expect(intact).toBe(false);
          expect(brokenAt).toBeDefined();
        },
      ),
      { numRuns: 200 },
    );
  });

  test('readJournal() sees a head that is gone or damaged', async () => {
    const home = freshHome(inMemory());
    await filled(home, 3);
    writeText(home, `${home.dir}/journal.head.json`, 'x');
    expect(readJournal(home)).toMatchObject({ intact: false, brokenAt: 3 });
    home.host.fs.unlinkSync(`${home.dir}/journal.head.json`);
    expect(readJournal(home)).toMatchObject({ intact: false, brokenAt: 3 });
  });
});
