import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chainOf, weakestFirst } from '../../src/trust/chain.ts';
import type { AuditFact, SkillFacts, VouchFact } from '../../src/trust/facts.ts';
import { score } from '../../src/trust/score.ts';
import type { Score } from '../../src/trust/score-parts.ts';
import { TRUST_REASONS } from '../../src/trust/trust-reason.ts';
import type { TrustPolicy } from '../../src/trust/trust-policy.ts';
import {
  audit,
  CRITERIA,
  criterion,
  FILES,
  imported,
  NOW,
  policyOf,
  release,
  revocation,
  root,
  skill,
  viewOf,
  vouch,
} from './making.ts';

const DOCUMENT = readFileSync(path.resolve(import.meta.dirname, '../../docs/trust.md'), 'utf8');

/** The rows of the tables below a heading. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [, after = ''] = DOCUMENT.split(`\n${heading}\n`);
  const [section = ''] = after.split(/\n##/);
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const named = (...names: readonly string[]): readonly string[] =>
  names.map((name) => criterion(name));

const scan = (by: string): AuditFact =>
  audit(by, { method: 'scanner', criteria: named('scanned'), issued: NOW, expires: NOW + 90 });

/** What the worked example of the document describes. */
const VOUCHES: readonly VouchFact[] = [
  ...['ann', 'carl', 'dora', 'eve', 'publisher'].map((aid) => vouch('root', aid, 'high')),
  vouch('root', 'bob', 'medium'),
];
const AUDITS: Readonly<Record<string, AuditFact>> = {
  Ann: audit('ann', {
    criteria: named('safe-to-run', 'manifest-accurate'),
    issued: NOW - 100,
    expires: NOW + 100,
  }),
  Bob: audit('bob', {
    method: 'human+llm',
    understanding: 'medium',
    issued: NOW - 10,
    expires: NOW + 190,
  }),
  Carl: scan('carl'),
  Dora: scan('dora'),
  Eve: scan('eve'),
};
const POLICY: TrustPolicy = policyOf([root('root')], {
  criteria: named(
    'content-intact',
    'author-anchored',
    'scanned',
    'safe-to-run',
    'manifest-accurate',
  ),
});
const FACTS: SkillFacts = skill({ audits: Object.values(AUDITS) });

const scored = (facts: Partial<SkillFacts>, vouches = VOUCHES, policy = POLICY): Score =>
  score({ ...FACTS, ...facts }, viewOf(policy, vouches));

/** The score of one criterion for some audits by people who are all trusted alike. */
function runScore(audits: readonly AuditFact[], more: readonly VouchFact[] = []): number {
  const policy = policyOf([root('root')], { criteria: named('safe-to-run') });
  return scored({ audits }, [...VOUCHES, ...more], policy).audit ?? -1;
}

describe('score()', () => {
  it('is what the worked example of docs/trust.md says', () => {
    const rows = rowsBelow('### A worked example');
    const found = scored({});
    const votes = found.criteria.flatMap((each) => each.votes.map((vote) => ({ ...vote, each })));
    const statements = rows.filter(([who = '']) => /, (?:human|scanner)/.test(who));
    expect(statements).toHaveLength(5);
    for (const [who = '', criteria = '', ...numbers] of statements) {
      const { said } = AUDITS[who.split(',')[0] ?? ''] ?? {};
      const those = votes.filter(({ statement }) => statement === said);
      const names = Array.from(criteria.matchAll(/`([^`]+)`/g), ([, name = '']) => name);
      expect(those.map(({ each }) => each.name).toSorted()).toEqual(names.toSorted());
      for (const { trust, depth, kind, freshness, weight } of those)
        expect([trust, depth, kind, freshness, weight]).toEqual(numbers.map(Number));
    }
    const parts = Object.fromEntries(
      rows.flatMap(([part = '', , last]) =>
        /^\d+$/.test(last ?? '') && !part.includes(',')
          ? [[part.replaceAll('`', ''), Number(last)]]
          : [],
      ),
    );
    const { value, integrity, author, audit: audited, transparency, coverage } = found;
    expect(parts).toEqual({
      ...Object.fromEntries(found.criteria.map((each) => [each.name, each.score])),
      integrity,
      author,
      audit: audited,
      transparency,
      value,
    });
    expect(DOCUMENT).toContain(
      `\`${value} — integrity ${integrity} · author ${author} · audit ${audited} · permissions ${found.permissions} · transparency ${transparency} · coverage ${coverage.met}/${coverage.required}\``,
    );
    expect(found.criteria.map(({ name, isMet }) => [name, isMet])).toEqual([
      ['scanned', true],
      ['safe-to-run', true],
      ['manifest-accurate', false],
    ]);
    expect(found.roots).toEqual(['root']);
  });

  it('is 0 where somebody who is heard speaks against the skill, and for no other', () => {
    expect(scored({}).value).toBe(65);
    const fail = audit('ann', { result: 'fail' });
    expect(scored({ audits: [...FACTS.audits, fail] }).value).toBe(0);
    expect(scored({ revocations: [revocation('bob')] }).value).toBe(0);
    expect(scored({ revocations: [revocation('stranger')] }).value).toBe(65);
    expect(scored({ isIntact: false })).toMatchObject({ value: 0, integrity: 0, author: 90 });
  });

  it('counts those who are one party once, by whichever way they are', () => {
    const alone = runScore([audit('ann')]);
    const bob = vouch('root', 'bob', 'high');
    expect(runScore([audit('ann'), audit('bob')], [bob])).toBeGreaterThan(alone);
    const shared = audit('ann', { foldedController: 'carl', above: ['carl', 'bob'] });
    expect(runScore([shared, audit('bob')], [bob])).toBe(alone);
    expect(runScore([audit('bob'), shared], [bob])).toBe(alone);
  });

  it('scores the author by trust, permission and release', () => {
    const author = (facts: Partial<SkillFacts>, vouches: readonly VouchFact[] = []): number =>
      scored(facts, vouches).author;
    expect(author({})).toBe(60);
    expect(author({}, [vouch('root', 'publisher', 'low')])).toBe(60);
    expect(author({}, [vouch('root', 'publisher', 'high')])).toBe(90);
    expect(author({ release: release('publisher', { isAllowed: false }) })).toBe(0);
    expect(author({ release: release('root', { isAllowed: false }) })).toBe(90);
    expect(author({ release: release('root', { standing: 'void' }) })).toBe(0);
    expect(author({ release: undefined })).toBe(0);
    expect(author({}, [vouch('root', 'publisher', 'distrust')])).toBe(0);
  });

  it('scores what others can check', () => {
    const open = (more: object, facts: Partial<SkillFacts> = {}): number =>
      scored({ release: release('publisher', more), ...facts }).transparency;
    expect(open({ isWitnessed: true })).toBe(100);
    expect(open({ namesSource: false }, { statesPermissions: false })).toBe(40);
    expect(scored({ release: undefined }).transparency).toBe(0);
  });

  it('leaves audits out where nothing is asked for that they could meet', () => {
    const policy = { ...POLICY, requirements: {} };
    expect(scored({}, VOUCHES, policy)).toMatchObject({
      audit: undefined,
      value: Math.floor((30 * 90 + 20 * 80) / 50),
      coverage: { met: 0, required: 0 },
    });
  });

  it('has one vote for each controller, the heaviest', () => {
    const one = audit('ann', { issued: NOW, expires: NOW + 9 });
    expect(runScore([one])).toBe(90);
    const bob = audit('bob', { foldedController: 'ann', issued: NOW, expires: NOW + 9 });
    expect(runScore([one, bob])).toBe(90);
    expect(runScore([one, { ...bob, foldedController: 'bob' }])).toBe(96);
    expect(
      runScore([one, { ...one, said: 'EZ', position: one.position + 1, thoroughness: 'low' }]),
    ).toBe(45);
  });

  it('lets scanners close no more than half of what is left open', () => {
    const scans = ['carl', 'dora', 'eve'].map((by) => ({
      ...scan(by),
      criteria: named('safe-to-run'),
    }));
    expect(runScore(scans)).toBe(50);
    const person = audit('ann', { issued: NOW, expires: NOW + 9, thoroughness: 'low' });
    expect(runScore([person])).toBe(45);
    expect(runScore([person, ...scans])).toBe(72);
    expect(runScore([person, ...scans.slice(0, 1)])).toBe(57);
  });

  it('is the best path, and that is its weakest step', () => {
    const now = { issued: NOW, expires: NOW + 9 };
    const whole = audit('bob', { ...now, thoroughness: 'low' });
    const base = audit('ann', { ...now, manifest: 'E1' });
    const change = audit('carl', { ...now, from: 'E1', thoroughness: 'medium' });
    expect(runScore([whole])).toBe(30);
    expect(runScore([whole, base, change])).toBe(72);
    expect(runScore([whole, change])).toBe(30);
    const fails = audit('carl', { manifest: 'E1', result: 'fail' });
    expect(runScore([whole, base, change, fails])).toBe(30);
  });

  it('weighs grants and imports as shallow words of people', () => {
    const policy = policyOf([root('root')], { criteria: named('safe-to-run') });
    const grants = named('safe-to-run');
    const grant = vouch('ann', 'publisher', 'low', { grants, from: NOW, until: NOW + 10 });
    expect(scored({ audits: [] }, [...VOUCHES, grant], policy).audit).toBe(45);
    const imports = [imported('ann', { issued: NOW, expires: NOW + 10 })];
    expect(scored({ audits: [], imports }, VOUCHES, policy).audit).toBe(45);
  });
});

describe('docs/trust.md', () => {
  it('has every reason, with its decision and its meaning', () => {
    expect(rowsBelow('## Reasons').slice(1)).toEqual(
      Object.entries(TRUST_REASONS).map(([reason, { decision, title }]) => [
        `\`${reason}\``,
        `\`${decision}\``,
        title,
      ]),
    );
  });

  it('has every built-in criterion, with what it implies', () => {
    const rows = rowsBelow('## Criteria').slice(1);
    expect(rows.map(([name, implies, by]) => [name, implies, by?.startsWith('computing')])).toEqual(
      [...CRITERIA.values()].map(({ name, implies, computed }) => [
        `\`${name}\``,
        implies.map((said) => `\`${CRITERIA.get(said)?.name}\``).join(' '),
        computed !== undefined,
      ]),
    );
  });
});

describe('chainOf()', () => {
  it('leads from the files over release, audits and vouches to the roots', () => {
    const vouches = [vouch('root', 'ann', 'medium'), vouch('ann', 'bob', 'high')];
    const audits = [audit('bob', { said: 'EAudit', issued: NOW, expires: NOW + 9 })];
    const view = viewOf(policyOf([root('root')], { redundancy: 1 }), vouches);
    const hops = chainOf(skill({ audits }), view);
    expect(hops.map(({ kind, who, strength }) => [kind, who, strength])).toEqual([
      ['manifest', undefined, 100],
      ['release', 'publisher', 60],
      ['audit', 'bob', 60],
      ['vouch', 'ann', 90],
      ['vouch', 'root', 60],
      ['root', 'root', 90],
    ]);
    expect(hops.every(({ counts }) => counts)).toBe(true);
    const [, , found] = hops;
    expect(found).toMatchObject({
      statement: 'EAudit',
      position: audits[0]?.position,
      sn: audits[0]?.sn,
      why: 'it counts towards safe-to-run',
    });
    expect(weakestFirst(hops).map(({ kind }) => kind)).toEqual([
      'release',
      'audit',
      'vouch',
      'vouch',
      'root',
      'manifest',
    ]);
  });

  it('says why a hop does not count', () => {
    const why = (
      facts: Partial<SkillFacts>,
      vouches: readonly VouchFact[] = [vouch('root', 'ann', 'high')],
    ) => {
      const hops = chainOf(skill(facts), viewOf(policyOf([root('root')]), vouches));
      return hops.flatMap((hop) => (hop.counts ? [] : [[hop.kind, hop.why] as const]));
    };
    expect(why({ isIntact: false })).toEqual([['manifest', 'they are not']]);
    expect(why({ release: release('p', { isAllowed: false }) })).toEqual([
      [
        'release',
        'it is sealed in the key event log of its publisher; the publisher may not release it here',
      ],
    ]);
    expect(why({ audits: [audit('ann', { expires: NOW })] })).toEqual([
      ['audit', TRUST_REASONS['audit-expired'].title],
    ]);
    expect(why({ audits: [audit('ann', { issued: NOW + 1 })] })).toEqual([
      ['audit', 'it is not in force before 2026-11-22'],
    ]);
    expect(why({ audits: [audit('ann', { criteria: ['EUnknown'] })] })).toEqual([
      ['audit', 'nobody here knows the criteria that it names'],
    ]);
    expect(why({ audits: [audit('ann', { criteria: named('scanned') })] })).toEqual([
      [
        'audit',
        'nobody asks here for what it says, or a newer statement of its issuer takes its place',
      ],
    ]);
    const over = [vouch('root', 'ann', 'high', { until: NOW })];
    expect(why({ audits: [audit('ann')] }, over)).toEqual([
      ['audit', TRUST_REASONS['vouch-expired'].title],
      ['vouch', 'it expired on 2026-11-21'],
    ]);
  });

  it('shows what speaks against the skill as what counts', () => {
    const fail = audit('ann', { result: 'fail', manifest: FILES });
    const facts = skill({ audits: [fail], revocations: [revocation('ann')] });
    const view = viewOf(policyOf([root('root')]), [vouch('root', 'ann', 'high')]);
    const against = weakestFirst(chainOf(facts, view)).slice(0, 2);
    expect(against.map(({ kind, counts, strength }) => [kind, counts, strength])).toEqual([
      ['revocation', true, 0],
      ['audit', true, 0],
    ]);
    const distrust = [vouch('root', 'ann', 'high'), vouch('root', 'ann', 'distrust')];
    const doubted = chainOf(
      skill({ audits: [audit('ann')] }),
      viewOf(policyOf([root('root')]), distrust),
    );
    expect(doubted.find(({ kind }) => kind === 'vouch')?.why).toBe('it takes all trust from ann');
  });
});
