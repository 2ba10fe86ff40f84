import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { canonicalText, type Json } from '../../src/base/canonical-json.ts';
import { encodePrimitive } from '../../src/cesr/primitive.ts';
import {
  changeHomeTrust,
  type HomeRoot,
  homeTrust,
  homeTrustJson,
  NO_TRUST,
} from '../../src/keys/home-trust.ts';
import { homeTrustPath } from '../../src/keys/home-layout.ts';
import { reasonOf } from '../support/thrown.ts';
import { freshHome, GROUNDS, inMemory, secondHome, writeText } from './homes.ts';

const schema = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../schemas/home-trust-1.json'), 'utf8'),
) as object;
const matches = new Ajv2020({ strict: true }).compile(schema);

const aid = (fill: number): string =>
  encodePrimitive({ code: 'E', raw: new Uint8Array(32).fill(fill) });
const root = (fill: number, more: Partial<HomeRoot> = {}): HomeRoot => ({
  aid: aid(fill),
  level: 'high',
  criteria: [],
  names: [],
  ...more,
});
const REQUIREMENT = {
  criteria: ['safe-to-run'],
  trust: 'medium',
  redundancy: 2,
  methods: ['human'],
} as const;

describe.each(GROUNDS)('what a home trusts, on %s', (_, ground) => {
  test('changeHomeTrust() keeps roots, criteria and requirements, sorted', async () => {
    const home = freshHome(ground());
    expect(homeTrust(home)).toEqual(NO_TRUST);
    const limited = root(1, { level: 'low', criteria: ['safe-to-read'], names: ['pdf-*'] });
    const criterion = { name: 'twice', text: 'Two people read it.', implies: ['safe-to-run'] };
    await changeHomeTrust(home, (trust) => ({
      ...trust,
      roots: [root(9), limited],
      criteria: [criterion],
    }));
    await changeHomeTrust(home, (trust) => ({ ...trust, require: { T3: REQUIREMENT } }));
    const kept = homeTrust(secondHome(home));
    expect(kept).toEqual({
      roots: [limited, root(9)],
      criteria: [criterion],
      require: { T3: REQUIREMENT },
    });
    expect(matches(homeTrustJson(kept))).toBe(true);
  });

  test('changeHomeTrust() keeps what becomes of skills that nobody released', async () => {
    const home = freshHome(ground());
    const legacyRoot = (first: string, criteria: readonly string[] = []) => ({
      kind: 'oms' as const,
      sha256: first.padEnd(64, '0'),
      certificate: Uint8Array.of(1, 2, 3),
      criteria,
    });
    const legacy = {
      mode: 'standard' as const,
      roots: [legacyRoot('b', ['safe-to-run']), legacyRoot('a')],
    };
    await changeHomeTrust(home, (trust) => ({ ...trust, legacy }));
    const kept = homeTrust(secondHome(home));
    expect(kept.legacy).toEqual({ mode: 'standard', roots: legacy.roots.toReversed() });
    expect(matches(homeTrustJson(kept))).toBe(true);
    const { roots, criteria, require } = kept;
    await changeHomeTrust(home, () => ({ roots, criteria, require }));
    expect(homeTrust(home)).toEqual(NO_TRUST);
  });

  test('changeHomeTrust() refuses more than a home may hold, and changes nothing', async () => {
    const home = freshHome(ground());
    await changeHomeTrust(home, (trust) => ({ ...trust, roots: [root(1)] }));
    const many = Array.from({ length: 65 }, (__, at) => ({
      name: `c${at}`,
      text: 'x',
      implies: [],
    }));
    const change = async (): Promise<unknown> =>
      changeHomeTrust(home, (trust) => ({ ...trust, criteria: many }));
    expect(await reasonOf(change)).toBe('too-many');
    expect(homeTrust(home).roots).toEqual([root(1)]);
  });
});

const GOOD = homeTrustJson({
  roots: [root(1, { names: ['a*'] }), root(2)],
  criteria: [{ name: 'mine', text: 'Mine.', implies: [] }],
  require: { all: REQUIREMENT },
});
const rootJson = { aid: aid(1), level: 'high' };

test.each<readonly [string, Json, boolean]>([
  ['an unknown key', { ...GOOD, trusted: true }, false],
  ['another format', { ...GOOD, format: 'gitkel-home-trust/2' }, false],
  ['a level that is none', { ...GOOD, roots: [{ ...rootJson, level: 'full' }] }, false],
  ['a root that is no AID', { ...GOOD, roots: [{ ...rootJson, aid: 'team' }] }, false],
  ['a root twice', { ...GOOD, roots: [rootJson, rootJson] }, true],
  ['an empty scope', { ...GOOD, roots: [{ ...rootJson, names: [] }] }, false],
  [
    'a criterion without a text',
    { ...GOOD, criteria: [{ name: 'a', text: '', implies: [] }] },
    false,
  ],
  ['a tier that is none', { ...GOOD, require: { T4: { ...REQUIREMENT } } }, false],
  [
    'a requirement of nobody',
    { ...GOOD, require: { T1: { ...REQUIREMENT, redundancy: 0 } } },
    false,
  ],
  [
    'a requirement of no level',
    { ...GOOD, require: { T1: { ...REQUIREMENT, trust: 'none' } } },
    false,
  ],
  [
    'a method that is none',
    { ...GOOD, require: { T1: { ...REQUIREMENT, methods: ['dice'] } } },
    false,
  ],
])('homeTrust() refuses %s', async (_, value, fitsSchema) => {
  const home = freshHome(inMemory());
  writeText(home, homeTrustPath(home.dir), `${canonicalText(value)}\n`);
  expect(await reasonOf(() => homeTrust(home))).toMatch(/^(?:field|format|order)$/);
  expect(matches(value)).toBe(fitsSchema);
});

test('homeTrust() reads what the schema takes', () => {
  const home = freshHome(inMemory());
  writeText(home, homeTrustPath(home.dir), `${canonicalText(GOOD)}\n`);
  expect(homeTrust(home).require.all).toEqual(REQUIREMENT);
  expect(matches(GOOD)).toBe(true);
});
