/** What a repository policy may say, held against its published schema. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { policyText } from '../../src/gate/policy-text.ts';
import { allowedFor, explainPath, isGoverned } from '../../src/gate/policy-rule.ts';
import { parsePolicy, type RepositoryPolicy } from '../../src/gate/repository-policy.ts';
import { BUILT_IN_CRITERIA } from '../../src/trust/built-in-criteria.ts';
import { criterionSaid } from '../../src/trust/criteria.ts';
import { reasonThrown } from '../support/thrown.ts';

const LOG = `E${'A'.repeat(43)}`;
const [ADA, BOB, MAX] = ['B', 'C', 'D'].map((letter) => `E${letter}${'A'.repeat(42)}`) as [
  string,
  string,
  string,
];
const RULE = { match: 'skills/**', release: [ADA] };
const LEAST = { version: 1, log: { id: LOG }, maintainers: [MAX], paths: [RULE] };
const FULL = {
  ...LEAST,
  log: { id: LOG, url: 'https://example.org/log.git' },
  maxAge: '24h',
  trust: [
    { aid: ADA, level: 'high' },
    { aid: BOB, level: 'medium', names: ['pdf-*', 'csv'] },
  ],
  criteria: {
    define: [
      {
        name: 'brand-checked',
        text: 'It says nothing that embarrasses us.\n',
        implies: ['safe-to-read'],
      },
    ],
    require: {
      all: {
        criteria: ['safe-to-run'],
        trust: 'medium',
        redundancy: 2,
        methods: ['human', 'human+llm'],
      },
      T0: { criteria: ['brand-checked'], trust: 'low', redundancy: 1 },
    },
  },
  legacy: {
    mode: 'standard',
    roots: [
      {
        kind: 'oms',
        sha256: 'ab'.repeat(32),
        file: 'roots/vendor.pem',
        criteria: ['safe-to-read'],
      },
    ],
  },
  sandbox: { unsandboxed: 'allowed' },
};
const [{ define, require }, [ROOT]] = [FULL.criteria, FULL.legacy.roots] as const;
const [BRAND] = define;
const SAFE_TO_READ = BUILT_IN_CRITERIA.find(({ name }) => name === 'safe-to-read')?.text ?? '';
/** Criteria with another requirement for all tiers. */
const asking = (change: object): object => ({
  criteria: { require: { all: { ...require.all, ...change } } },
});
const defining = (...criteria: readonly object[]): object => ({
  criteria: { define: criteria, require: { all: { ...require.all, criteria: ['safe-to-run'] } } },
});

const parse = (text: string): RepositoryPolicy => parsePolicy(nativeCrypto, utf8(text));
/** JSON is YAML, too. */
const parsed = (value: unknown): RepositoryPolicy => parse(JSON.stringify(value));

const schemaFile = path.resolve(import.meta.dirname, '../../schemas/repository-policy-1.json');
const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as {
  readonly properties: Readonly<Record<string, unknown>>;
};
const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);

/** What both refuse: a change of the full policy, and the parser's reason. */
const WRONG: readonly (readonly [what: string, change: object, reason: string])[] = [
  ['an unknown key', { surprise: 1 }, 'field'],
  ['another version', { version: 2 }, 'policy-version'],
  ['a version as text', { version: '1' }, 'field'],
  ['no maintainers', { maintainers: [] }, 'policy-aid'],
  ['a maintainer twice', { maintainers: [MAX, MAX] }, 'policy-aid'],
  ['a maintainer by name', { maintainers: ['board'] }, 'policy-aid'],
  ['maintainers as text', { maintainers: MAX }, 'field'],
  ['too many maintainers', { maintainers: Array.from({ length: 65 }, () => MAX) }, 'policy-aid'],
  ['a log that is none', { log: { id: 'x' } }, 'policy-log'],
  ['a log without an id', { log: { url: 'https://example.org/x' } }, 'field'],
  ['url and ref', { log: { id: LOG, url: 'https://a/b', ref: 'refs/heads/x' } }, 'policy-log'],
  ['a ref that is none', { log: { id: LOG, ref: 'gitkel' } }, 'policy-log'],
  ['a url with a space', { log: { id: LOG, url: 'https://a/b c' } }, 'policy-log'],
  ['a rule with an unknown key', { paths: [{ ...RULE, audit: [ADA] }] }, 'field'],
  ['a rule without a pattern', { paths: [{ release: [ADA] }] }, 'field'],
  ['a rule for nobody', { paths: [{ match: 'a', release: [] }] }, 'policy-aid'],
  ['a pattern that is none', { paths: [{ match: '/a', release: [ADA] }] }, 'policy-match'],
  ['a pattern that is a number', { paths: [{ match: 1, release: [ADA] }] }, 'field'],
  ['an age of nothing', { maxAge: '0h' }, 'policy-max-age'],
  ['an age without a unit', { maxAge: '24' }, 'policy-max-age'],
  ['trust in nobody', { trust: [] }, 'policy-list'],
  ['trust in a name', { trust: [{ aid: 'ada', level: 'high' }] }, 'policy-aid'],
  ['trust of no level', { trust: [{ aid: ADA, level: 'none' }] }, 'policy-word'],
  ['trust with an unknown key', { trust: [{ aid: ADA, level: 'low', until: 'x' }] }, 'field'],
  ['trust for no names', { trust: [{ aid: ADA, level: 'low', names: [] }] }, 'policy-list'],
  ['trust for an empty name', { trust: [{ aid: ADA, level: 'low', names: [''] }] }, 'policy-names'],
  ['criteria as a list', { criteria: [] }, 'field'],
  ['criteria that nothing requires', { criteria: { define } }, 'field'],
  ['criteria for no tier', { criteria: { require: {} } }, 'policy-list'],
  ['criteria for an unknown tier', { criteria: { require: { T4: require.all } } }, 'field'],
  ['a requirement of nothing', asking({ criteria: [] }), 'policy-list'],
  ['a requirement twice', asking({ criteria: ['safe-to-run', 'safe-to-run'] }), 'policy-list'],
  ['a requirement with an unknown key', asking({ age: 1 }), 'field'],
  ['redundancy of nobody', asking({ redundancy: 0 }), 'policy-redundancy'],
  ['redundancy of too many', asking({ redundancy: 65 }), 'policy-redundancy'],
  ['redundancy as text', asking({ redundancy: '2' }), 'field'],
  ['trust that suffices for nothing', asking({ trust: 'none' }), 'policy-word'],
  ['an unknown method', asking({ methods: ['guess'] }), 'policy-word'],
  ['a criterion without a text', defining({ ...BRAND, text: ' ' }), 'policy-criterion'],
  [
    'a criterion with an odd name',
    defining({ ...BRAND, name: 'Brand checked' }),
    'policy-criterion',
  ],
  ['a criterion with an unknown key', defining({ ...BRAND, url: 'https://a' }), 'field'],
  ['a word for the sandbox', { sandbox: 'none' }, 'field'],
  ['another word for unsandboxed', { sandbox: { unsandboxed: 'always' } }, 'policy-word'],
  ['nothing for the sandbox', { sandbox: {} }, 'field'],
  ['a word for legacy', { legacy: 'refuse' }, 'field'],
  ['another mode for legacy', { legacy: { mode: 'warn' } }, 'policy-word'],
  ['an unknown key for legacy', { legacy: { mode: 'strict', until: 'x' } }, 'field'],
  [
    'a root of another kind',
    { legacy: { mode: 'strict', roots: [{ ...ROOT, kind: 'x509' }] } },
    'policy-word',
  ],
  [
    'a root without a digest',
    { legacy: { mode: 'strict', roots: [{ ...ROOT, sha256: 'AB' }] } },
    'policy-root',
  ],
  [
    'a root outside',
    { legacy: { mode: 'strict', roots: [{ ...ROOT, file: '/root.pem' }] } },
    'policy-root',
  ],
];

describe('parsePolicy()', () => {
  it('reads the least and the most that a policy may say', () => {
    const policy = parsed(FULL);
    expect(policy).toMatchObject({
      log: { id: LOG, url: 'https://example.org/log.git', ref: undefined },
      maxAge: 86_400,
      maintainers: [MAX],
      paths: [{ release: [ADA] }],
    });
    expect(policy).toMatchObject({
      trust: {
        roots: [
          { aid: ADA, level: 'high', scope: {} },
          { aid: BOB, level: 'medium', scope: { names: ['pdf-*', 'csv'] } },
        ],
      },
      legacy: {
        mode: 'standard',
        roots: [{ ...ROOT, criteria: [criterionSaid(nativeCrypto, SAFE_TO_READ)] }],
      },
    });
    expect(parsed(LEAST)).toMatchObject({
      maxAge: undefined,
      trust: { roots: [], requirements: {} },
      criteria: { defined: [], required: {} },
      legacy: undefined,
      sandbox: { unsandboxed: 'refused' },
    });
    expect(policy.sandbox).toEqual({ unsandboxed: 'allowed' });
    expect(parsed({ ...LEAST, paths: [] }).paths).toEqual([]);
    expect(policy.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(parse(`${JSON.stringify(FULL)}\n`).digest).not.toBe(policy.digest);
  });

  it.each(WRONG)('and its schema refuse %s', (_, change, reason) => {
    const value = { ...FULL, ...change };
    expect(reasonThrown(() => parsed(value))).toBe(reason);
    expect(validate(value)).toBe(false);
  });

  it('takes what its schema takes', () => {
    for (const value of [
      LEAST,
      FULL,
      { ...FULL, log: { id: LOG, ref: 'refs/heads/gitkel' } },
      { ...FULL, paths: [] },
      { ...FULL, paths: [{ match: '.', release: [ADA, BOB] }, RULE] },
      { ...FULL, paths: [{ match: 'skills/team-*/**', release: [BOB] }, RULE] },
      { ...FULL, maxAge: '007d' },
      { ...FULL, trust: [{ aid: ADA, level: 'distrust' }] },
      { ...FULL, ...asking({}) },
      { ...FULL, legacy: { mode: 'strict' } },
      { ...FULL, sandbox: { unsandboxed: 'refused' } },
    ]) {
      parsed(value);
      expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
    }
    expect(Object.keys(schema.properties).toSorted()).toEqual(Object.keys(FULL).toSorted());
  });

  it.each([
    ['a criterion that nobody defined', asking({ criteria: ['safe-to-rum'] }), 'policy-criterion'],
    [
      'a criterion like a built-in one',
      defining({ ...BRAND, name: 'safe-to-run' }),
      'criterion-twice',
    ],
    [
      'the text of another criterion',
      defining({ name: 'other', text: SAFE_TO_READ }),
      'criterion-twice',
    ],
    [
      'a criterion that implies an unknown one',
      defining({ ...BRAND, implies: ['x'] }),
      'criterion-implies',
    ],
    [
      'criteria that imply each other',
      defining({ name: 'a', text: 'a', implies: ['b'] }, { name: 'b', text: 'b', implies: ['a'] }),
      'criterion-cycle',
    ],
    [
      'an unknown criterion for a root',
      { legacy: { mode: 'strict', roots: [{ ...ROOT, criteria: ['x'] }] } },
      'policy-criterion',
    ],
    [
      'somebody trusted twice',
      {
        trust: [FULL.trust[0], FULL.trust[0]].map((root, n) => ({
          ...root,
          level: n === 0 ? 'low' : 'high',
        })),
      },
      'policy-aid',
    ],
  ])('refuses %s, which its schema cannot', (_, change, reason) => {
    const value = { ...FULL, ...change };
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
    expect(reasonThrown(() => parsed(value))).toBe(reason);
  });

  it('refuses rules of which nobody could say which one decides', () => {
    const reason = (...matches: readonly string[]): unknown =>
      reasonThrown(() => parsed({ ...LEAST, paths: matches.map((match) => ({ ...RULE, match })) }));
    expect(reason('skills/**', 'skills/**')).toBe('policy-tie');
    expect(reason('skills/a*', 'skills/*a')).toBe('policy-tie');
    expect(reason('**/a/**', '**/b/**')).toBe('policy-tie');
    expect(reason('skills/a-*', 'skills/b-*', 'skills/*', '**')).toBeUndefined();
  });

  it.each([
    ['an alias', 'version: &a 1\nlog: *a\n', 'yaml-feature'],
    ['a key twice', 'version: 1\nversion: 1\n', 'yaml-duplicate'],
    ['no YAML', 'version: [', 'yaml-syntax'],
    ['a date as text', JSON.stringify(LEAST).replace(`"${LOG}"`, '2026-01-01'), 'policy-type'],
    ['a truth value as text', JSON.stringify(LEAST).replace(`"${LOG}"`, 'yes'), 'policy-type'],
    ['nothing', '', 'policy-type'],
    ['a list', '[]', 'field'],
    ['too much', `# ${'x'.repeat(40_000)}`, 'policy-size'],
    ['a byte order mark', `\ufeff${JSON.stringify(LEAST)}`, 'policy-encoding'],
  ])('refuses %s', (_, text, reason) => {
    expect(reasonThrown(() => parse(text))).toBe(reason);
  });

  it('refuses bytes that are no text', () => {
    expect(reasonThrown(() => parsePolicy(nativeCrypto, Uint8Array.of(0xff)))).toBe(
      'policy-encoding',
    );
  });
});

describe('policyText()', () => {
  it('is a policy that says the same', () => {
    const text = policyText({
      logId: LOG,
      url: undefined,
      ref: 'refs/heads/gitkel',
      maxAge: '7d',
      maintainers: [MAX, ADA],
      paths: [
        { match: 'skills/**', release: [ADA, BOB] },
        { match: 'skills/é/*', release: [BOB] },
      ],
    });
    expect(parse(text)).toMatchObject({
      log: { id: LOG, ref: 'refs/heads/gitkel' },
      maxAge: 604_800,
      maintainers: [MAX, ADA],
      paths: [
        { match: { text: 'skills/**' }, release: [ADA, BOB] },
        { match: { text: 'skills/é/*' }, release: [BOB] },
      ],
    });
  });
});

describe('explainPath()', () => {
  const policy = parsed({
    ...LEAST,
    paths: [RULE, { match: 'skills/bob/**', release: [BOB] }, { match: 'docs/x', release: [MAX] }],
  });

  test('names the rule that decides, and how the others stand', () => {
    expect(explainPath(policy, 'skills/bob/pdf').map(({ state }) => state)).toEqual([
      'less-specific',
      'decides',
      'no-match',
    ]);
    expect(allowedFor(policy, 'skills/bob/pdf')).toEqual([BOB]);
    expect(allowedFor(policy, 'skills/pdf')).toEqual([ADA]);
    expect(allowedFor(policy, 'tools/pdf')).toEqual([]);
    expect(explainPath(policy, 'tools/pdf').every(({ state }) => state === 'no-match')).toBe(true);
    expect(isGoverned(policy, 'docs')).toBe(true);
    expect(isGoverned(policy, 'docs/y')).toBe(false);
  });
});
