import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { criteriaOf } from '../../src/trust/criteria.ts';
import { decide } from '../../src/trust/decide.ts';
import type { Decision, Proof } from '../../src/trust/decision.ts';
import type { SkillFacts, VouchFact } from '../../src/trust/facts.ts';
import { TRUST_REASONS } from '../../src/trust/trust-reason.ts';
import type { Requirement, TrustPolicy } from '../../src/trust/trust-policy.ts';
import {
  audit,
  criterion,
  FILES,
  imported,
  type MoreOfVouch,
  NOW,
  policyOf,
  release,
  revocation,
  root,
  skill,
  viewOf,
  vouch,
} from './making.ts';

const TWO = [vouch('root', 'ann', 'high'), vouch('root', 'bob', 'medium')];
const POLICY = policyOf([root('root')]);

function judged(
  facts: Partial<SkillFacts>,
  {
    policy = POLICY,
    vouches = TWO,
    now = NOW,
  }: { policy?: TrustPolicy; vouches?: readonly VouchFact[]; now?: number } = {},
): Decision {
  return decide(skill(facts), viewOf(policy, vouches, now));
}

const reasons = ({ reasons: found }: Decision): readonly string[] =>
  found.map(({ reason }) => reason);

const asking = (more: Partial<Requirement>): TrustPolicy => policyOf([root('root')], more);

function statements({ statement, parts }: Proof): readonly string[] {
  return [...(statement === undefined ? [] : [statement]), ...parts.flatMap(statements)];
}

describe('decide()', () => {
  it('accepts what two distinct auditors vouch for, and proves it', () => {
    const audits = [audit('ann'), audit('bob')];
    const facts = skill({ audits });
    const decision = decide(facts, viewOf(POLICY, TWO));
    expect(decision).toMatchObject({ decision: 'accept', reasons: [], conditions: [] });
    expect(decision.proof.holds).toBe(true);
    const expected = [...audits, ...TWO].map(({ said }) => said);
    expect(statements(decision.proof)).toEqual(
      expect.arrayContaining([...expected, facts.release?.said]),
    );
  });

  it('asks nothing of a tier that the policy does not name', () => {
    expect(judged({ tier: 'T0', release: undefined })).toMatchObject({ decision: 'accept' });
  });

  it('accepts what implies what is asked for', () => {
    const audits = [audit('ann', { criteria: [criterion('safe-unsandboxed')] }), audit('bob')];
    expect(judged({ audits }).decision).toBe('accept');
    const policy = asking({ criteria: [criterion('safe-unsandboxed')] });
    expect(reasons(judged({ audits }, { policy }))).toEqual(['audits-missing']);
  });

  it('needs review with audits-missing', () => {
    const found = judged({ audits: [audit('ann')] });
    expect(found).toMatchObject({ decision: 'needs-review' });
    expect(found.reasons).toMatchObject([
      {
        reason: 'audits-missing',
        detail: 'safe-to-run needs 2 distinct controllers trusted at medium at least, and has 1',
        hint: TRUST_REASONS['audits-missing'].mend,
      },
    ]);
    expect(reasons(judged({}))).toEqual(['audits-missing']);
    expect(reasons(judged({ audits: [audit('ann'), audit('ann')] }))).toEqual(['audits-missing']);
  });

  it('needs review with audits-not-distinct where one controls both, by delegation or as devices', () => {
    const delegated = [audit('ann'), audit('bob')].map((each) => ({
      ...each,
      foldedController: 'carl',
    }));
    const found = judged({ audits: delegated });
    expect(found.decision).toBe('needs-review');
    expect(reasons(found)).toEqual(['audits-not-distinct']);
    expect(found.reasons[0]?.detail).toContain('is by ann, which carl controls');
    expect(found.reasons[0]?.statements).toEqual(delegated.map(({ said }) => said));
    const delegate = audit('bob', { foldedController: 'ann', above: ['ann'] });
    const [reason] = judged({ audits: [audit('ann'), delegate] }).reasons;
    expect(reason?.detail).toContain('is by bob, which ann controls');
    expect(reason?.detail).not.toContain('is by ann, which');
    const devices = [audit('ann', { issuer: 'laptop' }), audit('ann', { issuer: 'phone' })];
    expect(reasons(judged({ audits: devices }))).toEqual(['audits-not-distinct']);
  });

  it('takes two for one party where somebody has both, by whichever way', () => {
    const shared = audit('ann', { foldedController: 'carl', above: ['carl', 'bob'] });
    expect(reasons(judged({ audits: [shared, audit('bob')] }))).toEqual(['audits-not-distinct']);
    const dora = audit('dora', { above: ['bob'] });
    const third = [...TWO, vouch('root', 'dora', 'high')];
    const three = { audits: [shared, audit('bob'), dora] };
    expect(reasons(judged(three, { vouches: third }))).toEqual(['audits-not-distinct']);
    const published = release('publisher', { foldedController: 'org', above: ['org', 'bob'] });
    const audits = [audit('ann'), audit('bob')];
    expect(reasons(judged({ audits, release: published }))).toEqual(['auditor-is-publisher']);
  });

  it('trusts nobody over whom, or by whose device, stands whom the viewer distrusts', () => {
    const policy = policyOf([root('root'), root('mallory', 'distrust')]);
    const controlled = audit('ann', { foldedController: 'org', above: ['mallory', 'org'] });
    const byDevice = audit('ann', { issuer: 'mallory' });
    for (const one of [controlled, byDevice])
      expect(reasons(judged({ audits: [one, audit('bob')] }, { policy }))).toEqual([
        'issuer-untrusted',
      ]);
    const failed = audit('ann', { issuer: 'mallory', result: 'fail' });
    expect(judged({ audits: [failed] }, { policy }).decision).toBe('reject');
    const audits = [audit('ann'), audit('bob')];
    for (const more of [{ above: ['mallory'] }, { issuer: 'mallory' }])
      expect(reasons(judged({ audits, release: release('publisher', more) }, { policy }))).toEqual([
        'publisher-distrusted',
      ]);
    const vouches = [vouch('root', 'ann', 'high', { issuer: 'mallory' }), ...TWO.slice(1)];
    expect(reasons(judged({ audits }, { policy, vouches }))).toEqual(['issuer-untrusted']);
  });

  it('needs review with audit-expired, from the day on', () => {
    const audits = [audit('ann'), audit('bob', { expires: NOW + 1 })];
    expect(judged({ audits }).decision).toBe('accept');
    const found = judged({ audits }, { now: NOW + 1 });
    expect(reasons(found)).toEqual(['audit-expired']);
    expect(found.reasons[0]?.detail).toContain('expired on 2026-11-22');
    expect(judged({ audits: [audit('ann'), audit('bob', { issued: NOW + 1 })] })).toMatchObject({
      decision: 'needs-review',
    });
  });

  it('needs review with audit-retracted, also where an older audit is there', () => {
    const audits = [audit('ann'), audit('bob'), audit('bob', { standing: 'retracted', why: 'x' })];
    expect(reasons(judged({ audits }))).toEqual(['audit-retracted']);
    // What never counted takes nobody's place.
    const voided = [audit('ann'), audit('bob'), audit('bob', { standing: 'void' })];
    expect(judged({ audits: voided }).decision).toBe('accept');
  });

  it('needs review with vouch-expired', () => {
    const vouches = [vouch('root', 'ann', 'high'), vouch('root', 'bob', 'high', { until: NOW })];
    const audits = [audit('ann'), audit('bob')];
    expect(reasons(judged({ audits }, { vouches }))).toEqual(['vouch-expired']);
    expect(judged({ audits }, { vouches, now: NOW - 1 }).decision).toBe('accept');
  });

  it('needs review with issuer-untrusted, and says how far somebody is trusted', () => {
    const audits = [audit('ann'), audit('bob')];
    const low = judged({ audits }, { policy: asking({ trust: 'high' }) });
    expect(reasons(low)).toEqual(['issuer-untrusted']);
    expect(low.reasons[0]?.detail).toContain('is by bob, who is trusted at medium only');
    const distrusted = judged({ audits }, { vouches: [...TWO, vouch('ann', 'bob', 'distrust')] });
    expect(reasons(distrusted)).toEqual(['issuer-untrusted']);
    expect(distrusted.reasons[0]?.detail).toContain('is by bob, who is not trusted');
  });

  it('hears nothing of strangers', () => {
    const audits = [
      audit('ann'),
      audit('stranger'),
      audit('stranger', { result: 'fail' }),
      audit('other'),
    ];
    const revocations = [revocation('stranger')];
    const vouches = [
      ...TWO,
      vouch('stranger', 'other', 'high'),
      vouch('stranger', 'ann', 'distrust'),
    ];
    const alone = [audits[0] ?? audit('ann')];
    expect(
      judged({ audits, revocations, release: release('p', { said: 'R' }) }, { vouches }),
    ).toEqual({
      ...judged({ audits: alone, release: release('p', { said: 'R' }) }),
      proof: expect.anything(),
    });
  });

  it('needs review with auditor-is-publisher', () => {
    const audits = [audit('ann'), audit('bob')];
    expect(reasons(judged({ audits, release: release('bob') }))).toEqual(['auditor-is-publisher']);
    const below = release('p', { foldedController: 'bob' });
    expect(reasons(judged({ audits, release: below }))).toEqual(['auditor-is-publisher']);
  });

  it('needs review with method-not-allowed', () => {
    const by = (method: 'human' | 'llm' | 'scanner') => [audit('ann'), audit('bob', { method })];
    expect(reasons(judged({ audits: by('llm') }))).toEqual(['method-not-allowed']);
    expect(reasons(judged({ audits: by('scanner') }))).toEqual(['method-not-allowed']);
    expect(
      judged({ audits: by('llm') }, { policy: asking({ methods: ['human', 'llm'] }) }).decision,
    ).toBe('accept');
    // A scanner may meet the criterion that is made for it.
    const criteria = [criterion('scanned')];
    const scans = [audit('ann', { criteria }), audit('bob', { criteria, method: 'scanner' })];
    expect(judged({ audits: scans }, { policy: asking({ criteria }) }).decision).toBe('accept');
  });

  it('needs review with criterion-unknown', () => {
    const found = judged({}, { policy: asking({ criteria: ['EUnknown'] }) });
    expect(reasons(found)).toEqual(['criterion-unknown']);
    const audits = [
      audit('ann', { criteria: ['EUnknown'] }),
      audit('bob', { criteria: ['EUnknown'] }),
    ];
    expect(judged({ audits }, { policy: asking({ criteria: ['EUnknown'] }) }).decision).toBe(
      'needs-review',
    );
  });

  it('needs review with author-not-anchored, and rejects files that are not intact', () => {
    const audits = [audit('ann'), audit('bob')];
    const anchored = (facts: Partial<SkillFacts>): readonly string[] =>
      reasons(judged({ audits, ...facts }));
    expect(anchored({ release: undefined })).toEqual(['author-not-anchored']);
    expect(anchored({ release: release('p', { isAllowed: false }) })).toEqual([
      'author-not-anchored',
    ]);
    expect(anchored({ release: release('p', { standing: 'void' }) })).toEqual([
      'author-not-anchored',
    ]);
    expect(anchored({ isIntact: false })).toEqual(['files-not-intact']);
    expect(judged({ audits, isIntact: false }).decision).toBe('reject');
    // No audit can say so in their place.
    const claims = ['content-intact', 'author-anchored'].map((name) => criterion(name));
    const wide = [audit('ann', { criteria: claims }), audit('bob', { criteria: claims })];
    expect(
      reasons(
        judged({ audits: wide, release: undefined }, { policy: asking({ criteria: claims }) }),
      ),
    ).toEqual(['author-not-anchored']);
  });

  it('rejects with audit-failed whatever speaks for the files', () => {
    const pass = [audit('ann'), audit('bob')];
    const fail = audit('low', { result: 'fail', criteria: [criterion('scanned')] });
    const against = (more: readonly VouchFact[]): Decision =>
      judged({ audits: [...pass, fail] }, { vouches: [...TWO, ...more] });
    expect(against([]).decision).toBe('accept');
    for (const heard of [
      [vouch('root', 'low', 'low')],
      [vouch('root', 'low', 'low', { until: NOW - 1 })],
      [vouch('root', 'low', 'low', { standing: 'retracted' })],
      [vouch('root', 'low', 'low'), vouch('root', 'low', 'distrust')],
      [vouch('root', 'low', 'low', { scope: { criteria: [criterion('safe-to-read')] } })],
    ]) {
      const found = against(heard);
      expect(found.decision).toBe('reject');
      expect(found.reasons[0]).toMatchObject({ reason: 'audit-failed', statements: [fail.said] });
    }
    for (const unheard of [
      [vouch('root', 'low', 'none')],
      [vouch('root', 'low', 'low', { standing: 'void' })],
      [vouch('root', 'low', 'low', { from: NOW + 1 })],
      [vouch('root', 'low', 'low', { scope: { names: ['other'] } })],
    ])
      expect(against(unheard).decision).toBe('accept');
  });

  it('ends a failed audit by its own retraction or the viewer alone', () => {
    const failing = (more: object, policy = POLICY): Decision['decision'] =>
      judged(
        { audits: [audit('ann'), audit('bob'), audit('low', { result: 'fail', ...more })] },
        { vouches: [...TWO, vouch('root', 'low', 'low')], policy },
      ).decision;
    expect(failing({})).toBe('reject');
    expect(failing({ expires: NOW - 1 })).toBe('reject');
    expect(failing({ issued: NOW + 5 })).toBe('reject');
    expect(failing({ standing: 'retracted' })).toBe('accept');
    expect(failing({}, policyOf([root('root'), root('low', 'distrust')]))).toBe('accept');
    const same = [audit('ann', { result: 'fail' }), audit('ann'), audit('bob')];
    expect(judged({ audits: same }).decision).toBe('reject');
    // Taken back, it still stands in the place of the older audit: the auditor has to judge again.
    const back = [
      audit('ann'),
      audit('bob'),
      audit('ann', { result: 'fail', standing: 'retracted' }),
    ];
    expect(judged({ audits: back }).decision).toBe('needs-review');
    expect(judged({ audits: [...back, audit('ann')] }).decision).toBe('accept');
  });

  it('rejects with revoked-by-trusted', () => {
    const audits = [audit('ann'), audit('bob')];
    expect(reasons(judged({ audits, revocations: [revocation('ann')] }))).toEqual([
      'revoked-by-trusted',
    ]);
    expect(judged({ audits, revocations: [revocation('publisher')] }).decision).toBe('reject');
    expect(
      judged({ audits, revocations: [revocation('ann', { standing: 'retracted' })] }).decision,
    ).toBe('accept');
  });

  it('rejects a publisher whom the viewer distrusts, and doubts one whom others do', () => {
    const audits = [audit('ann'), audit('bob')];
    const policy = policyOf([root('root'), root('publisher', 'distrust')]);
    expect(judged({ audits }, { policy })).toMatchObject({ decision: 'reject' });
    expect(reasons(judged({ audits }, { policy }))).toEqual(['publisher-distrusted']);
    const below = release('p', { foldedController: 'publisher' });
    expect(reasons(judged({ audits, release: below }, { policy }))).toEqual([
      'publisher-distrusted',
    ]);
    const doubt = vouch('bob', 'publisher', 'distrust');
    const doubted = judged({ audits }, { vouches: [...TWO, doubt] });
    expect(doubted).toMatchObject({ decision: 'needs-review' });
    expect(doubted.reasons).toMatchObject([
      { reason: 'publisher-doubted', statements: [doubt.said] },
    ]);
    const trusted = [...TWO, doubt, vouch('root', 'publisher', 'high')];
    expect(judged({ audits }, { vouches: trusted }).decision).toBe('accept');
    // Doubt about their scanning is no doubt about their releases.
    const scope = { criteria: [criterion('scanned')] };
    const narrow = [...TWO, vouch('bob', 'publisher', 'distrust', { scope })];
    expect(judged({ audits }, { vouches: narrow }).decision).toBe('accept');
  });

  it('accepts nothing where more follows than is looked at', () => {
    const many = Array.from({ length: LIMITS.trustIdentities }, (_, index) =>
      vouch('root', `a${index}`, 'low'),
    );
    const audits = [audit('ann'), audit('bob')];
    const found = judged({ audits }, { vouches: [...TWO, ...many] });
    expect(found.decision).toBe('needs-review');
    expect(reasons(found)).toEqual(['trust-too-large']);
    expect(reasons(judged({ audits, isCut: true }))).toEqual(['trust-too-large']);
    const crowd = Array.from({ length: LIMITS.trustAudits }, () => audit('ann'));
    expect(reasons(judged({ audits: [...crowd, audit('bob')] }))).toEqual(['trust-too-large']);
  });

  it('follows differences to the files, each by itself enough', () => {
    const pair = (more: object) => [audit('ann', more), audit('bob', more)];
    const first = pair({ manifest: 'E1' });
    const next = pair({ manifest: 'E2', from: 'E1' });
    const last = pair({ from: 'E2' });
    expect(judged({ audits: [...last, ...first, ...next] }).decision).toBe('accept');
    expect(judged({ audits: [...first, ...last] }).decision).toBe('needs-review');
    expect(judged({ audits: [...next, ...last] }).decision).toBe('needs-review');
    // One for the files as a whole and one for the differences are not two for either.
    const mixed = judged({
      audits: [...first, ...next, audit('ann', { from: 'E2' }), audit('bob')],
    });
    expect(reasons(mixed)).toEqual(['audits-missing']);
    const lacking = judged({ audits: [audit('ann', { manifest: 'E1' }), ...pair({ from: 'E1' })] });
    expect(lacking.reasons[0]?.detail).toContain(
      'the files that the audits lead back to have too few',
    );
    // No path leads through files that fail, and a circle leads nowhere.
    const fail = audit('ann', { manifest: 'E1', result: 'fail' });
    expect(judged({ audits: [...first, ...next, ...last, fail] }).decision).toBe('needs-review');
    expect(judged({ audits: [...last, ...pair({ manifest: 'E2', from: FILES })] }).decision).toBe(
      'needs-review',
    );
  });

  it('counts grants for the releases of an AID, like an audit of who grants', () => {
    const grants = [criterion('safe-unsandboxed')];
    const granting = (more: MoreOfVouch = {}): VouchFact =>
      vouch('bob', 'publisher', 'low', { grants, ...more });
    const audits = [audit('ann')];
    const decision = (
      more: readonly VouchFact[],
      facts: Partial<SkillFacts> = {},
      policy = POLICY,
    ) => judged({ audits, ...facts }, { vouches: [...TWO, ...more], policy }).decision;
    expect(decision([granting()])).toBe('accept');
    expect(decision([granting({ until: NOW })])).toBe('needs-review');
    expect(decision([granting({ standing: 'retracted' })])).toBe('needs-review');
    expect(decision([granting({ scope: { names: ['x'] } })])).toBe('needs-review');
    expect(decision([granting(), vouch('bob', 'publisher', 'low')])).toBe('needs-review');
    expect(decision([granting({ grants: [criterion('scanned')] })])).toBe('needs-review');
    expect(decision([granting()], { release: release('other') })).toBe('needs-review');
    expect(decision([granting()], {}, asking({ methods: ['human'] }))).toBe('needs-review');
    expect(decision([granting({ foldedController: 'ann' })])).toBe('needs-review');
    expect(decision([granting({ foldedController: 'publisher' })])).toBe('needs-review');
    // It is for the released files alone, so that no difference leads on from it.
    expect(decision([granting()], { audits: [audit('ann', { from: 'E1' })] })).toBe('needs-review');
  });

  it('looks up who controls the issuer of a grant, and of no other vouch', () => {
    const audits = [audit('ann'), audit('bob')];
    const asked: string[] = [];
    const noted = (one: VouchFact): VouchFact => ({
      ...one,
      findControl: () => {
        asked.push(one.said);
        return { foldedController: one.controller };
      },
    });
    const granting = vouch('bob', 'publisher', 'low', { grants: [criterion('safe-unsandboxed')] });
    expect(judged({ audits }, { vouches: TWO.map(noted) }).decision).toBe('accept');
    expect(asked).toEqual([]);
    judged({ audits }, { vouches: [...TWO, granting].map(noted) });
    expect(new Set(asked)).toEqual(new Set([granting.said]));
  });

  it('counts an import like an audit of its curator, for exactly these files', () => {
    const imports = [imported('bob')];
    const audits = [audit('ann')];
    expect(judged({ audits, imports }).decision).toBe('accept');
    expect(judged({ audits: [audit('bob')], imports }).decision).toBe('needs-review');
    expect(judged({ audits, imports: [imported('bob', { expires: NOW })] })).toMatchObject({
      reasons: [{ reason: 'audit-expired' }],
    });
    expect(
      reasons(judged({ audits, imports }, { policy: asking({ methods: ['human'] }) })),
    ).toEqual(['method-not-allowed']);
    // What leads on from files that were imported leads nowhere.
    const onward = {
      imports: [imported('ann', { manifest: 'E1' }), imported('bob', { manifest: 'E1' })],
      audits: [audit('ann', { from: 'E1' }), audit('bob', { from: 'E1' })],
    };
    expect(judged(onward).decision).toBe('needs-review');
  });

  it('knows criteria of the policy, and roots that are limited to some', () => {
    const criteria = criteriaOf(nativeCrypto, [
      { name: 'house', text: 'house rules', implies: ['safe-to-run'] },
    ]);
    const house = criterion('house', criteria);
    const audits = [audit('ann', { criteria: [house] }), audit('bob', { criteria: [house] })];
    const policy = policyOf([root('root')], { criteria: [house] }, criteria);
    expect(judged({ audits }, { policy }).decision).toBe('accept');
    expect(judged({ audits }, { policy: policyOf([root('root')], {}, criteria) }).decision).toBe(
      'accept',
    );
    const scope = { criteria: [criterion('scanned')] };
    const roots = [root('ann'), root('bob', 'high', scope)];
    expect(
      judged({ audits: [audit('ann'), audit('bob')] }, { policy: policyOf(roots) }),
    ).toMatchObject({ decision: 'needs-review', reasons: [{ reason: 'issuer-untrusted' }] });
  });

  it('tells every reason that its table has, each with what mends it', () => {
    for (const { title, mend } of Object.values(TRUST_REASONS)) {
      expect(title).not.toMatch(/\.$/);
      expect(mend).toMatch(/\.$/);
    }
  });
});
