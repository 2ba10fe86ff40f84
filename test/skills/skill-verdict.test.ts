/** What a log says of the files of a skill, and ways in which verdicts elsewhere were fooled, each a test named after it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { judgeManifest } from '../../src/skills/judge-manifest.ts';
import { type SkillVerdict, type Trust, unusableVerdict } from '../../src/skills/skill-verdict.ts';
import { digestSkill } from '../../src/skills/skill-digest.ts';
import { skillLog } from '../../src/skills/skill-log.ts';
import { otherSaid } from '../../src/records/skill-manifest.ts';
import { reasonText, SKILL_STATES, VERDICT_REASONS } from '../../src/skills/verdict-reason.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { executable, manifestOf, skill, type Tree } from '../support/made-tree.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { emptyHost, entry } from './making.ts';

const PDF_1 = skill('pdf', { 'run.sh': executable('1\n'), 'a.md': 'a\n' });
const PDF_2 = skill('pdf', { 'run.sh': executable('2\n'), 'a.md': 'a\n' });
const BOBS = skill('pdf', { 'b.md': 'b\n' });

let log: ReleasingLog;
const aid = (name: string): string => log.aid(name);

beforeAll(async () => {
  log = await ReleasingLog.make(emptyHost(), '/log', ['ada', 'bob', 'max', 'ci']);
  await log.release('ada', manifestOf(PDF_1), '1');
  await log.release('ada', manifestOf(PDF_2), '2');
  await log.release('bob', manifestOf(BOBS), '1');
  await log.link('ada', 'ci', ['release']);
  await log.release('ci', manifestOf(skill('early')), '1', 'ada');
  await log.seal('ada', { type: 'device-revoke', device: aid('ci'), reason: 'stolen' });
  await log.release('ci', manifestOf(skill('late')), '1', 'ada');
});

function judge(tree: Tree, trust: Partial<Trust> = {}): SkillVerdict {
  return judgeManifest(skillLog(log.log), manifestOf(tree), { allowed: [aid('ada')], ...trust });
}

const said = ({ state, reason }: SkillVerdict): string => `${state} ${reason ?? ''}`.trim();

describe('judgeManifest()', () => {
  test('knows files that were revoked by the other digest of the same manifest', async () => {
    const tree = skill('twins');
    await log.release('ada', manifestOf(tree));
    const manifest = manifestOf(tree);
    const other = { ...manifest, said: otherSaid(nativeCrypto, manifest) };
    expect(other.said).toMatch(/^I/);
    expect(otherSaid(nativeCrypto, other)).toBe(manifest.said);
    await log.revoke('max', other, { kind: 'manifest', said: other.said });
    expect(said(judge(tree))).toBe('verified');
    expect(said(judge(tree, { heeded: [aid('max')] }))).toBe('revoked manifest-revoked');
    expect(said(judge(tree, { allowed: [], heeded: [aid('max')] }))).toBe(
      'revoked manifest-revoked',
    );
  });

  test('names the release that decides', () => {
    const verdict = judge(PDF_1);
    expect(verdict).toMatchObject({
      state: 'verified',
      reason: undefined,
      hint: '',
      name: 'pdf',
      release: { version: '1', controller: aid('ada') },
      differences: [],
    });
    expect(verdict.manifest).toBe(manifestOf(PDF_1).said);
  });

  test('holds files that nobody released against the closest release', () => {
    const near = judge({ ...PDF_1, 'a.md': 'b\n' });
    expect(said(near)).toBe('tampered file-changed');
    expect(near.release?.version).toBe('1');
    expect(near.differences).toEqual([{ path: 'a.md', kind: 'changed' }]);
    expect(judge({ ...PDF_2, 'a.md': 'b\n' }).release?.version).toBe('2');
  });

  test('lets files lose the permission to be executed where the caller says so, and gain it nowhere', () => {
    const lost = { ...PDF_2, 'run.sh': '2\n' };
    expect(said(judge(lost))).toBe('tampered mode-narrowed');
    expect(said(judge(lost, { mayLoseModes: true }))).toBe('verified');
    const gained = { ...lost, 'a.md': executable('a\n') };
    expect(said(judge(gained, { mayLoseModes: true }))).toBe('tampered mode-widened');
  });

  test('has a text for every reason, of a state that is none of the good ones', () => {
    for (const [reason, { state, title, mend }] of Object.entries(VERDICT_REASONS)) {
      expect(SKILL_STATES).toContain(state);
      expect(title).toMatch(/^[a-z].*[^.]$/);
      expect(mend).toMatch(/^[A-Z].*\.$/);
      expect(reasonText(reason)?.title).toBe(title);
    }
    expect(reasonText('symlink')).toBeUndefined();
    expect(reasonText('constructor')).toBeUndefined();
  });
});

describe('traps', () => {
  test('2: a file that no release lists is not taken', () => {
    expect(said(judge({ ...PDF_2, 'scripts/evil.sh': 'x' }))).toBe('tampered file-added');
    const { 'a.md': _, ...less } = PDF_2;
    expect(said(judge(less))).toBe('tampered file-removed');
  });

  test('3: nothing that was verified is not verified', () => {
    const empty = digestSkill(nativeCrypto, [entry('README.md', 'x')]);
    if (empty.outcome !== 'refused') throw new Error('no skill has a digest');
    expect(said(unusableVerdict(empty.problems))).toBe('nothing-to-verify skill-md-missing');
    const odd = digestSkill(nativeCrypto, [
      entry('SKILL.md', 'x'),
      entry('a', '', { kind: 'symlink' }),
    ]);
    if (odd.outcome !== 'refused') throw new Error('no skill has a link');
    expect(said(unusableVerdict(odd.problems))).toBe('error symlink');
  });

  test('4: a release that does not count is not a missing one', () => {
    expect(said(judge(skill('late')))).toBe('signed-untrusted device-revoked');
    expect(said(judge(skill('never')))).toBe('intact-unsigned no-release');
  });

  test('14: what was released once is not merely unsigned when it changes', () => {
    expect(judge({ ...PDF_2, 'SKILL.md': `${PDF_2['SKILL.md'] as string}more\n` }).state).toBe(
      'tampered',
    );
  });

  test('15: what a device sealed before it was revoked counts, whatever dates say, and what came after does not', () => {
    expect(said(judge(skill('early')))).toBe('verified');
    expect(said(judge(skill('late')))).toBe('signed-untrusted device-revoked');
  });

  test('18: the same name by another publisher is another skill', () => {
    expect(said(judge(BOBS))).toBe('signed-untrusted publisher-not-allowed');
    expect(said(judge(BOBS, { allowed: [aid('bob')] }))).toBe('verified');
    expect(said(judge(BOBS, { elsewhere: [aid('bob')] }))).toBe(
      'signed-untrusted publisher-other-path',
    );
    const changed = judge({ ...BOBS, 'b.md': 'c\n' });
    expect(changed.release?.controller).toBe(aid('ada'));
    expect(said(judge(PDF_2, { allowed: [] }))).toBe('signed-untrusted publisher-not-allowed');
  });

  test('26: an old copy of the log verifies nothing, however good the release looks', () => {
    const staleness = { reason: 'log-freshness-unknown', detail: 'nobody asked' } as const;
    expect(said(judge(PDF_2, { staleness }))).toBe('stale log-freshness-unknown');
    expect(said(judge(skill('late'), { staleness }))).toBe('signed-untrusted device-revoked');
  });

  test('a revocation by somebody who is heeded counts, by anybody else it does not', async () => {
    const files = skill('doubted');
    const { said: release } = await log.release('ada', manifestOf(files));
    await log.revoke(
      'max',
      manifestOf(files),
      { kind: 'release', said: release },
      { reason: 'malicious', note: 'steals keys' },
    );
    expect(said(judge(files))).toBe('verified');
    const heeded = judge(files, { heeded: [aid('max')] });
    expect(said(heeded)).toBe('revoked release-revoked');
    expect(heeded.detail).toContain(': malicious, "steals keys"');
    expect(heeded.revocation?.controller).toBe(aid('max'));
    expect(said(judge(files, { allowed: [aid('bob')], heeded: [aid('max')] }))).toBe(
      'revoked release-revoked',
    );
  });
});
