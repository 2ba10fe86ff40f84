/** Skills that nobody who may released, in a log in which strangers may write what they like. */
import { beforeEach, describe, expect, test } from 'vitest';
import { parseDay } from '../../src/base/day.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { manifestSha256 } from '../../src/records/skill-manifest.ts';
import { judgeSkill, viewsOn } from '../../src/skills/judge-skill.ts';
import { skillLog } from '../../src/skills/skill-log.ts';
import type { SkillVerdict, Trust } from '../../src/skills/skill-verdict.ts';
import type { LegacyMode } from '../../src/trust/legacy.ts';
import { BUILT_IN_CRITERIA } from '../../src/trust/built-in-criteria.ts';
import { type StatedRoot, statedPolicy } from '../../src/trust/stated-policy.ts';
import type { TrustPolicy } from '../../src/trust/trust-policy.ts';
import { manifestOf, skill } from '../support/made-tree.ts';
import { revocation } from '../support/record-forge.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { audit, CRITERIA, criterionOf, exemption, vouch } from '../support/skill-statements.ts';
import { emptyHost } from './making.ts';

const NOTES = manifestOf(skill('notes'));
const ABOUT = {
  manifest: NOTES.said,
  subject: { name: NOTES.name, sha256: manifestSha256(nativeCrypto, NOTES) },
};
const SAFE = [
  criterionOf(BUILT_IN_CRITERIA.find(({ name }) => name === 'safe-to-run')?.text ?? ''),
];
const TODAY = parseDay('2026-11-22');

let log: ReleasingLog;
const aid = (name: string): string => log.aid(name);

/** The founder commits; Cora answers for skills, Lab audits, and the others are strangers. */
beforeEach(async () => {
  log = await ReleasingLog.make(emptyHost(), '/log', ['max', 'cora', 'lab', 'ada', 'eve']);
});

/** Cora answers for skills, the lab is trusted to judge them, and some criteria are asked for. */
function trusting(distrusted: string | undefined, ...criteria: readonly string[]): TrustPolicy {
  const roots = [
    { aid: aid('lab'), level: 'high', names: [] },
    ...(distrusted === undefined
      ? []
      : [{ aid: aid(distrusted), level: 'distrust', names: [] } as const]),
  ] as const;
  const all = { criteria, trust: 'low', redundancy: 1, methods: [] } as const;
  const require = criteria.length === 0 ? {} : { all };
  return statedPolicy(nativeCrypto, { roots, criteria: [], require });
}

function judge(
  mode: LegacyMode,
  more: Partial<Trust> = {},
  distrusted?: string,
  policy = trusting(distrusted),
): SkillVerdict {
  const { contents } = log.log;
  const legacy = {
    crypto: nativeCrypto,
    trust: policy,
    policy: { mode, roots: [] },
    roots: [],
    maintainers: [aid('cora')],
    now: TODAY * 86_400,
  };
  const views = viewsOn(contents, [policy], TODAY);
  const found = { manifest: NOTES, files: [] };
  return judgeSkill(skillLog(log.log), found, { allowed: [], views, legacy, ...more });
}

const shown = ({ decision, reason, legacy, release }: SkillVerdict) => [
  decision,
  reason,
  legacy?.class,
  release?.controller,
];

/** What a mode makes of them where these criteria are asked for, whoever is trusted. */
function judgeAsking(mode: LegacyMode, ...criteria: readonly string[]): SkillVerdict {
  return judge(mode, {}, undefined, trusting(undefined, ...criteria));
}

const EXEMPTED = ['accept-with-conditions', 'exempted', 'unsigned-pinned', undefined];

describe('judgeSkill() of files that somebody answers for', () => {
  test('is not moved by a stranger who releases them', async () => {
    await log.seal('cora', exemption(ABOUT));
    expect(shown(judge('standard'))).toEqual(EXEMPTED);
    await log.release('eve', NOTES);
    expect(shown(judge('standard'))).toEqual(EXEMPTED);
    expect(shown(judge('standard', {}, 'eve'))).toEqual(EXEMPTED);
  });

  test('is not moved by a stranger who revokes that release, or takes it back', async () => {
    await log.seal('cora', exemption(ABOUT));
    const { said } = await log.release('eve', NOTES);
    await log.revoke('eve', NOTES, { kind: 'release', said });
    expect(shown(judge('standard'))).toEqual(EXEMPTED);
    await log.rotate('eve', 1, 1);
    expect(shown(judge('standard'))).toEqual(EXEMPTED);
  });

  test('is not moved by a revoked device that releases them in the name of who may', async () => {
    await log.seal('cora', exemption(ABOUT));
    await log.link('ada', 'eve', ['release']);
    await log.seal('ada', revocation(aid('eve')));
    await log.release('eve', NOTES, '1', 'ada');
    const allowed = [aid('ada')];
    expect(shown(judge('standard', { allowed }))).toEqual(EXEMPTED);
    const refused = { allowed, legacy: undefined };
    expect(judge('standard', refused)).toMatchObject({ reason: 'device-revoked' });
  });

  test('is refused where a release by who may counted once', async () => {
    await log.seal('cora', exemption(ABOUT));
    await log.link('ada', 'eve', ['release']);
    const { said } = await log.release('eve', NOTES, '1', 'ada');
    await log.seal('ada', revocation(aid('eve')));
    await log.revoke('ada', NOTES, { kind: 'release', said });
    await log.release('eve', NOTES, '2', 'ada');
    expect(judge('standard', { allowed: [aid('ada')] })).toMatchObject({
      reason: 'release-revoked',
    });
  });

  test('is refused for what somebody who is heard revoked, whoever released it', async () => {
    await log.seal('cora', exemption(ABOUT));
    const { said } = await log.release('eve', NOTES);
    await log.revoke('eve', NOTES, { kind: 'release', said });
    await log.revoke('lab', NOTES, { kind: 'release', said });
    expect(judge('standard')).toMatchObject({ decision: 'reject', state: 'revoked' });
    const other = await log.release('ada', NOTES);
    await log.revoke('cora', NOTES, { kind: 'release', said: other.said });
    expect(judge('standard')).toMatchObject({ decision: 'reject', reason: 'release-revoked' });
  });

  test('is refused for an audit that failed, and for a bad name of nobody', async () => {
    await log.seal('cora', exemption(ABOUT));
    await log.release('eve', NOTES);
    await log.seal('lab', audit(ABOUT, { result: 'fail' }));
    expect(shown(judge('standard')).slice(0, 2)).toEqual(['reject', 'audit-failed']);
  });
});

describe('judgeSkill() of a release by somebody unknown', () => {
  test('loosens no condition, and adds none to the word of those who answer', async () => {
    const bare = judge('permissive').conditions;
    await log.release('eve', NOTES);
    expect(judge('permissive').conditions).toEqual(bare);
    await log.seal('cora', exemption(ABOUT));
    expect(shown(judge('permissive'))).toEqual(EXEMPTED);
    expect(judge('permissive').conditions).not.toContain('no-network');
    await log.seal('lab', audit(ABOUT, { criteria: SAFE }));
    expect(judge('permissive').conditions).not.toContain('no-network');
  });

  test('is let in by nobody alone where two have to', async () => {
    const within = (mode: LegacyMode, home: LegacyMode): SkillVerdict => {
      const trust = trusting(undefined);
      const views = viewsOn(log.log.contents, [trust], TODAY);
      const by = (one: LegacyMode) => ({
        crypto: nativeCrypto,
        trust,
        policy: { mode: one, roots: [] },
        roots: [],
        maintainers: [],
        now: TODAY * 86_400,
      });
      return judge(mode, { views, legacy: { ...by(mode), within: by(home) } });
    };
    const decisions = (['permissive', 'standard', 'strict'] as const).flatMap((one) =>
      [within('permissive', one), within(one, 'permissive')].map(({ decision }) => decision),
    );
    expect(decisions).toEqual([
      'accept-with-conditions',
      'accept-with-conditions',
      'needs-review',
      'needs-review',
      'reject',
      'reject',
    ]);
    await log.release('eve', NOTES);
    await log.seal('lab', audit(ABOUT, { criteria: SAFE }));
    expect(within('standard', 'permissive').conditions).toContain('sandbox');
    expect(within('permissive', 'standard').conditions).toContain('sandbox');
  });

  test('tells of the first release that counts, whatever strangers release after it', async () => {
    await log.release('ada', NOTES);
    await log.seal('lab', audit(ABOUT, { criteria: SAFE }));
    const audited = ['accept-with-conditions', 'author-unknown-audited', 'signed-unknown-author'];
    expect(shown(judge('standard'))).toEqual([...audited, aid('ada')]);
    const { said } = await log.release('eve', NOTES);
    expect(shown(judge('standard'))).toEqual([...audited, aid('ada')]);
    await log.revoke('eve', NOTES, { kind: 'release', said });
    expect(shown(judge('standard'))).toEqual([...audited, aid('ada')]);
  });

  test('is refused when its publisher revokes it, and nobody answers for the files', async () => {
    const { said } = await log.release('ada', NOTES);
    await log.revoke('ada', NOTES, { kind: 'release', said });
    expect(judge('permissive')).toMatchObject({ state: 'revoked', reason: 'release-revoked' });
  });

  test('told of is that of whoever was taken before, revoked or not', async () => {
    const { said } = await log.release('ada', NOTES);
    await log.release('eve', NOTES);
    const before = [aid('eve')];
    expect(judge('permissive', { before }).release?.controller).toBe(aid('eve'));
    await log.revoke('ada', NOTES, { kind: 'release', said });
    expect(judge('permissive').release?.controller).toBe(aid('eve'));
    await log.seal('cora', exemption(ABOUT));
    expect(shown(judge('permissive'))).toEqual(EXEMPTED);
    expect(judge('permissive', { before: [aid('ada')] })).toMatchObject({ state: 'revoked' });
  });

  test('needs a look where somebody who is heard doubts its publisher, in every mode', async () => {
    await log.release('eve', NOTES);
    expect(judge('permissive').decision).toBe('accept-with-conditions');
    await log.seal('lab', vouch(aid('eve'), { level: 'distrust' }));
    expect(shown(judge('permissive')).slice(0, 2)).toEqual(['needs-review', 'publisher-doubted']);
  });
});

describe('judgeSkill() of a release by somebody unknown', () => {
  const COMPUTED = ['author-anchored', 'content-intact'];

  test.each([
    ['standard', COMPUTED],
    ['standard', ['content-intact']],
    ['strict', COMPUTED],
    ['strict', ['author-anchored']],
    ['strict', ['content-intact']],
  ] as const)(
    'takes no stranger for an author who may, in the mode %s with %j',
    async (mode, asked) => {
      await log.release('eve', NOTES);
      expect(shown(judgeAsking(mode, ...asked))).toEqual([
        'needs-review',
        'author-unknown',
        'signed-unknown-author',
        aid('eve'),
      ]);
    },
  );

  test('lets it in for what others say, but not where the author is to be known as well', async () => {
    await log.release('ada', NOTES);
    await log.seal('lab', audit(ABOUT, { criteria: SAFE }));
    const decisions = [
      ['safe-to-run'],
      ['content-intact', 'safe-to-run'],
      ['author-anchored', 'safe-to-run'],
    ].map((asked) => judgeAsking('strict', ...asked).decision);
    expect(decisions).toEqual(['accept-with-conditions', 'accept-with-conditions', 'needs-review']);
  });

  test.each([
    ['of a criterion that nobody here knows', { criteria: CRITERIA }],
    ['by a method that does not count for it', { criteria: SAFE, method: 'llm' }],
    ['that is over', { criteria: SAFE, issued: '2026-01-01', expires: '2026-02-01' }],
    ['of what changed', { criteria: SAFE, from: `E${'H'.repeat(43)}` }],
  ] as const)('is not let in for an audit %s', async (_, more) => {
    await log.release('ada', NOTES);
    const tool = {
      uri: 'https://example.org/m',
      version: '1',
      ruleset: undefined,
      config: undefined,
    };
    await log.seal('lab', audit(ABOUT, { ...more, ...('method' in more ? { tool } : {}) }));
    expect(shown(judge('standard')).slice(0, 2)).toEqual(['needs-review', 'author-unknown']);
    await log.seal('lab', audit(ABOUT, { criteria: SAFE }));
    expect(judge('standard').reason).toBe('author-unknown-audited');
  });

  test('is not let in by a home for the word of somebody whom only a policy trusts', async () => {
    await log.release('ada', NOTES);
    await log.seal('lab', audit(ABOUT, { criteria: SAFE }));
    const home = statedPolicy(nativeCrypto, { roots: [], criteria: [], require: {} });
    const policy = trusting(undefined, 'safe-to-run');
    const by = (mode: LegacyMode, trust: TrustPolicy) => ({
      crypto: nativeCrypto,
      trust,
      policy: { mode, roots: [] },
      roots: [],
      maintainers: [],
      now: TODAY * 86_400,
    });
    const views = viewsOn(log.log.contents, [home, policy], TODAY);
    const decisions = (['permissive', 'standard', 'strict'] as const).map(
      (mode) =>
        judge('standard', { views, legacy: { ...by('standard', policy), within: by(mode, home) } })
          .decision,
    );
    expect(decisions).toEqual(['accept-with-conditions', 'needs-review', 'needs-review']);
  });
});

describe('judgeSkill() of files for which somebody answers who is trusted', () => {
  const root = (more: Partial<StatedRoot>): StatedRoot => ({
    aid: aid('eve'),
    level: 'low',
    names: [],
    ...more,
  });
  const judgeBy = (...roots: readonly StatedRoot[]): unknown => {
    const stated = { roots, criteria: [], require: {} };
    return shown(judge('standard', {}, undefined, statedPolicy(nativeCrypto, stated))).slice(0, 3);
  };
  const REFUSED = ['needs-review', 'unsigned', 'unsigned-unknown'];

  test('lets them in by the word of who is trusted for skills of that name, and for all criteria', async () => {
    await log.seal('eve', exemption(ABOUT));
    expect(judgeBy(root({}))).toEqual(EXEMPTED.slice(0, 3));
    expect(judgeBy(root({ names: ['no*'] }))).toEqual(EXEMPTED.slice(0, 3));
    expect(judgeBy(root({ names: ['other-*'] }))).toEqual(REFUSED);
    expect(judgeBy(root({ criteria: ['scanned'] }))).toEqual(REFUSED);
    expect(judgeBy(root({}), root({ level: 'distrust', names: ['notes'] }))).toEqual(REFUSED);
  });

  test('does not where somebody who is heard distrusts them', async () => {
    await log.seal('eve', exemption(ABOUT));
    const lab = root({ aid: aid('lab'), level: 'high' });
    expect(judgeBy(root({}), lab)).toEqual(EXEMPTED.slice(0, 3));
    await log.seal('lab', vouch(aid('eve'), { level: 'distrust' }));
    expect(judgeBy(root({}), lab)).toEqual(REFUSED);
  });

  test('hears what they revoke, whatever they are trusted for', async () => {
    await log.seal('cora', exemption(ABOUT));
    await log.revoke('eve', NOTES, { kind: 'manifest', said: NOTES.said });
    expect(judgeBy(root({ names: ['other-*'] }))).toEqual([
      'reject',
      'manifest-revoked',
      undefined,
    ]);
  });
});
