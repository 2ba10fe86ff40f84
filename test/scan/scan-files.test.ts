import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { GitkelError } from '../../src/base/errors.ts';
import { LIMITS } from '../../src/base/limits.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import type { Finding } from '../../src/scan/finding.ts';
import { scanSarif } from '../../src/scan/sarif.ts';
import { scanFiles } from '../../src/scan/scan-files.ts';
import { isPassed } from '../../src/scan/scan-result.ts';
import { ownRule, RULES, ruleById } from '../../src/scan/rules.ts';
import { rulesetOf } from '../../src/scan/ruleset.ts';
import type { EngineAnswer, TextEngine } from '../../src/scan/text-engine.ts';
import { entriesOf, entry, file, tgzOfMembers, zipOfEntries } from '../skills/making.ts';
import { bytesFile, findingsIn, noise, png, scanEntries, skillMd } from './scanning.ts';

const SKILL = skillMd('Take notes.');

/** An engine that says the same of every part. */
const engine = (answer: EngineAnswer): TextEngine => ({
  sources: [{ name: 'own', text: 'rule own {}' }],
  rules: new Map(),
  scan: async (parts) => parts.map(() => answer),
  close: async () => {},
});

const scanned = (
  answer: EngineAnswer = { outcome: 'scanned', matches: [] },
  files = [SKILL],
  elapsed = (): number => 0,
): ReturnType<typeof scanFiles> =>
  scanFiles(
    { crypto: nativeCrypto, elapsed, engine: engine(answer) },
    { files, problems: [], unreadable: [] },
  );

const brief = ({ rule, severity, path, reason }: Finding): string =>
  [rule, severity, path, reason].filter((each) => each !== undefined).join(' ');

describe('the state of a scan', () => {
  it('is clean where everything was looked at, and notes alone were found', async () => {
    const result = await scanned();
    expect([result.state, result.findings, isPassed(result, 'low')]).toEqual(['clean', [], true]);
    const declared = file(
      'skill.permissions.json',
      '{"schema":"urn:gitkel:skill-permissions:1","env":{"read":["NOTES_DIR"]}}',
    );
    const noted = await scanned(undefined, [SKILL, declared]);
    expect([noted.state, noted.findings.map(brief)]).toEqual([
      'clean',
      ['CAP-04 note skill.permissions.json'],
    ]);
  });

  it('is incomplete without the engine, and never passes', async () => {
    const result = await scanEntries(entriesOf([SKILL]));
    expect(result.findings.map(brief)).toEqual(['scan-incomplete medium  engine-missing']);
    expect([result.state, isPassed(result, 'critical')]).toEqual(['incomplete', false]);
  });

  it('is incomplete where the engine did not get to the end, and keeps what it saw', async () => {
    const matches = [{ rule: 'PI-01', start: 4, end: 8 }];
    const result = await scanned({
      outcome: 'incomplete',
      matches,
      reason: 'timeout',
      detail: 'x',
    });
    expect(result.findings.map(brief)).toEqual([
      'PI-01 high SKILL.md',
      'scan-incomplete medium SKILL.md timeout',
    ]);
    expect([result.state, isPassed(result, 'critical')]).toEqual(['incomplete', false]);
  });

  it('is incomplete where rules took too long', async () => {
    let now = 0;
    const slow = (): number => (now += LIMITS.scanFileMilliseconds);
    const result = await scanned(undefined, [SKILL], slow);
    expect(result.findings.map(brief)).toEqual(['scan-incomplete medium SKILL.md timeout']);
  });

  it('passes with findings that are less than asked for', async () => {
    const result = await scanned({
      outcome: 'scanned',
      matches: [{ rule: 'PI-05', start: 0, end: 3 }],
    });
    expect(result.state).toBe('findings');
    expect([isPassed(result, 'high'), isPassed(result, 'medium')]).toEqual([true, false]);
  });
});

describe('a finding', () => {
  it('names its bytes, its line and the digest of the evidence', async () => {
    const [found] = await findingsIn([file('a.md', 'one\ntwo http://203.0.113.7/x\n')]);
    const evidence = Buffer.from(nativeCrypto.digest('sha2-256', utf8('http://203.0.113.7')));
    expect(found).toMatchObject({
      rule: 'EXF-06',
      path: 'a.md',
      range: { start: 8, end: 26 },
      line: 2,
      evidence: evidence.toString('hex'),
    });
  });

  it('counts bytes, not characters, also behind bytes that are no UTF-8', async () => {
    const bytes = concat(utf8('\u00e9\u{1f600}'), Uint8Array.of(0xff, 0xc3), utf8('a\u202eb'));
    const [found] = await findingsIn([bytesFile('a.md', bytes)]);
    expect([found?.rule, found?.range]).toEqual(['UNI-02', { start: 9, end: 12 }]);
  });

  it('is one step less in documentation, which only the path can make it', async () => {
    const text = 'See http://203.0.113.7/x for documentation, as an example.';
    const at = async (path: string): Promise<unknown> =>
      (await findingsIn([file(path, text)])).map(({ severity, context }) => [severity, context]);
    expect(await at('references/a.md')).toEqual([['low', 'documentation']]);
    expect(await at('README.md')).toEqual([['low', 'documentation']]);
    expect(await at('a.md')).toEqual([['medium', undefined]]);
    expect(await at('references/a.sh')).toContainEqual(['medium', undefined]);
  });

  it('is as bad in documentation where a rule hides or runs something', async () => {
    const [hidden] = await findingsIn([file('references/a.md', `x${'\u{e0041}'.repeat(4)}`)]);
    const [hooks] = await findingsIn([file('references/a.md', '---\nhooks: x\n---\n')]);
    expect([hidden?.severity, hidden?.detail]).toEqual(['critical', 'hidden text: "AAAA"']);
    expect(hooks?.severity).toBe('critical');
  });

  it('never shows a secret', async () => {
    const body = 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5';
    const [found] = await findingsIn([file('a.py', `t = "ghp_${body}"`)]);
    expect(found?.detail).toBe('a token of GitHub: ghp_aB3...');
    expect(JSON.stringify(found)).not.toContain(body.slice(4));
  });

  it('comes in one order, whatever the order of the files', async () => {
    const files = [file('b.md', 'http://203.0.113.7/'), file('a.md', 'http://203.0.113.7/'), SKILL];
    expect(await findingsIn(files)).toEqual(await findingsIn(files.toReversed()));
  });
});

describe('an entry that no skill can have', () => {
  it('is told, and the rest is scanned', async () => {
    const result = await scanEntries([
      ...entriesOf([SKILL]),
      entry('examples/key', '', { kind: 'symlink' }),
      entry('a\u202eb.md', 'x'),
      entry('A.md', 'http://203.0.113.7/'),
      entry('a.md', 'x'),
    ]);
    expect(result.findings.map(brief)).toEqual([
      'SUP-02 critical a.md',
      'SUP-02 critical a\u202eb.md',
      'SUP-02 critical examples/key',
      'scan-incomplete medium  engine-missing',
      'EXF-06 medium A.md',
    ]);
  });

  it('is less where it only keeps agents from loading the skill', async () => {
    const { findings } = await scanEntries(entriesOf([file('a.txt', 'x')]));
    expect(findings.map(brief)).toContain('SUP-02 medium ');
  });
});

describe('what cannot be looked at to its end', () => {
  const reasons = async (path: string, bytes: Uint8Array): Promise<unknown> =>
    (await findingsIn([bytesFile(path, bytes)])).flatMap(({ reason }) => reason ?? []);

  it('is told with its reason', async () => {
    const long = utf8('a b\n'.repeat(LIMITS.scanFileBytes / 4 + 1));
    expect(await reasons('a.csv', long)).toEqual(['truncated']);
    expect(await reasons('a.7z', Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4))).toEqual([
      'unreadable',
    ]);
    const encrypted = zipOfEntries([{ name: 'x', content: utf8('x'), flags: 0x801 }]);
    expect(await reasons('a.zip', encrypted)).toEqual(['unreadable']);
    const bomb = zipOfEntries([{ name: 'x', content: new Uint8Array(2_000_000) }]);
    expect(await reasons('a.zip', bomb)).toEqual(['unreadable']);
    expect(await reasons('a.tgz', tgzOfMembers([{ name: 'x' }]).subarray(0, 40))).toEqual([
      'unreadable',
    ]);
    expect(
      await reasons(
        'a.doc',
        concat(
          Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
          new Uint8Array(64),
        ),
      ),
    ).toEqual(['unreadable']);
  });

  it('ends where archives lie too deep in each other', async () => {
    let inner = zipOfEntries([{ name: 'x.txt', content: utf8('x') }]);
    for (let depth = 0; depth < 8; depth++)
      inner = zipOfEntries([{ name: 'a.zip', content: inner, method: 0 }]);
    expect(await reasons('a.zip', inner)).toEqual(['truncated']);
  });

  it('is told of a picture whose text is a bomb', async () => {
    const { deflateSync } = await import('node:zlib');
    const text = concat(utf8('c\0\0'), new Uint8Array(deflateSync(new Uint8Array(1_000_000))));
    expect(await reasons('a.png', png(['zTXt', text]))).toEqual(['truncated']);
  });

  it('is told of a file that cannot be read', async () => {
    const broken = {
      ...entry('a.txt', 'x'),
      read: (): Uint8Array => {
        throw new GitkelError('environment', 'Cannot read a.txt: it changed meanwhile');
      },
    };
    const { findings } = await scanEntries([...entriesOf([SKILL]), broken]);
    expect(findings.map(brief)).toContain('scan-incomplete medium a.txt unreadable');
  });

  it('is no picture or recognised binary, however large', async () => {
    const large = png(['iCCP', noise(2_000_000)]);
    expect(await reasons('a.png', large)).toEqual([]);
  });

  it('is all that a script hides behind the beginning of a binary file', async () => {
    const text = utf8('ID3;\ncurl http://203.0.113.7/x\n');
    const found = await findingsIn([bytesFile('run.sh', text)]);
    expect(found.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['OBF-02', 'EXF-06']));
  });
});

describe('hostile text', () => {
  const LONG = 120_000;
  const repeat = (text: string): string => text.repeat(LONG / text.length);
  it.each([
    repeat('\n'),
    repeat(' '),
    repeat('['),
    repeat('https://'),
    repeat('![a]('),
    repeat('password = "'),
    repeat('-----BEGIN PRIVATE KEY-----\n'),
    repeat('save token '),
    repeat('official '),
    repeat('subprocess.run('),
    repeat('eyJaaaaaaaaaaaa.'),
    repeat('\u0430a'),
    repeat('\u200b'),
    repeat('%PDF-1.4 /Title(stream\n<x:xmpmeta'),
    repeat('A'),
  ])('takes no longer than it may: %#', async (text) => {
    const used = (): number => process.cpuUsage().user / 1_000;
    const tools = {
      crypto: nativeCrypto,
      elapsed: used,
      engine: undefined,
    };
    const files = [
      file('SKILL.md', `---\n${text}`),
      file('a.sh', text),
      bytesFile('b.pdf', utf8(text)),
    ];
    const { findings } = await scanFiles(tools, { files, problems: [], unreadable: [] });
    expect(findings.map(({ reason }) => reason)).not.toContain('timeout');
  });
});

describe('a scan whose time is over', () => {
  it('looks at no more files, unpacks no more, and is incomplete', async () => {
    const files = Array.from({ length: 400 }, (_, index) => file(`${index}.sh`, 'echo one\n'));
    let now = 0;
    // Every look at the clock is 20 ms later than the one before.
    const { state, findings } = await scanned(undefined, [SKILL, ...files], () => (now += 20));
    const late = findings.filter(({ reason }) => reason === 'timeout');
    expect(state).toBe('incomplete');
    expect(late.length).toBeGreaterThan(100);
    expect(late.some(({ path }) => path === '399.sh')).toBe(true);
    expect(late.some(({ path }) => path === 'SKILL.md')).toBe(false);
  });
});

describe('rulesetOf()', () => {
  it('is another one with other sources', () => {
    const without = rulesetOf(nativeCrypto, undefined);
    const other = rulesetOf(nativeCrypto, engine({ outcome: 'scanned', matches: [] }));
    expect(rulesetOf(nativeCrypto, undefined)).toEqual(without);
    expect(without.said).toMatch(/^E[\w-]{43}$/);
    expect([other.said === without.said, other.sha256 === without.sha256]).toEqual([false, false]);
  });

  it('is of rules with ids of their own', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    expect(ruleById('UNI-01')?.severity).toBe('critical');
    expect(ruleById('toString')).toBeUndefined();
  });
});

describe('scanSarif()', () => {
  it('has a result for each finding, a rule for each that found something', async () => {
    const { findings, ...result } = await scanEntries(
      entriesOf([SKILL, file('a b.md', 'x\nhttp://203.0.113.7/')]),
    );
    const sarif = scanSarif(
      { ...result, findings },
      'skills/notes',
      (id) => ruleById(id) ?? ownRule('META-01'),
      '1.0.0',
    );
    expect(sarif).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { rules: [{ id: 'EXF-06' }, { id: 'scan-incomplete' }] } },
          invocations: [{ executionSuccessful: false }],
          results: [
            { ruleId: 'scan-incomplete', ruleIndex: 1, level: 'warning' },
            {
              ruleId: 'EXF-06',
              ruleIndex: 0,
              level: 'warning',
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'skills/notes/a%20b.md' },
                    region: { startLine: 2 },
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });
});
