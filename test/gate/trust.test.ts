/** What a policy asks for beside a release, held against what is said in the log. */
import { beforeEach, describe, expect, test } from 'vitest';
import { parseDay } from '../../src/base/day.ts';
import { utf8 } from '../../src/base/bytes.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { type ChangeVerdict, judgeChange } from '../../src/gate/judge-change.ts';
import { judgementBy } from '../../src/gate/judgement.ts';
import { parsePolicy, type RepositoryPolicy } from '../../src/gate/repository-policy.ts';
import { sarifOf } from '../../src/gate/sarif.ts';
import { skillReader } from '../../src/gate/skill-reader.ts';
import { refusalsOf } from '../../src/gate/verdict-lines.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import type { Audit } from '../../src/records/audit.ts';
import { manifestSha256 } from '../../src/records/skill-manifest.ts';
import { skillLog } from '../../src/skills/skill-log.ts';
import type { Staleness } from '../../src/skills/skill-verdict.ts';
import { BUILT_IN_CRITERIA } from '../../src/trust/built-in-criteria.ts';
import { criterionSaid } from '../../src/trust/criteria.ts';
import { emptyHost } from '../skills/making.ts';
import { addTree, at, executable, manifestOf, skill, type Tree } from '../support/made-tree.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { audit, type AboutFiles, vouch } from '../support/skill-statements.ts';

const OLD = skill('pdf', { 'run.sh': executable('1\n') });
const NEW = skill('pdf', { 'run.sh': executable('2\n') });
const PATH = 'skills/pdf';
const [TODAY, TOMORROW, LATER] = ['2026-11-21', '2026-11-22', '2027-11-01'] as const;

const saidOf = (name: string): string => {
  const found = BUILT_IN_CRITERIA.find((criterion) => criterion.name === name);
  if (found === undefined) throw new Error(`${name} is not built in`);
  return criterionSaid(nativeCrypto, found.text);
};
const SAFE = saidOf('safe-to-run');

const about = (tree: Tree): AboutFiles => {
  const manifest = manifestOf(tree);
  const sha256 = manifestSha256(nativeCrypto, manifest);
  return { manifest: manifest.said, subject: { name: manifest.name, sha256 } };
};

let log: ReleasingLog;

/** A log in which Ada released both versions, and in which nobody said anything of them. */
beforeEach(async () => {
  log = await ReleasingLog.make(emptyHost(), '/log', ['ada', 'max', 'lab', 'lea', 'eve', 'van']);
  await log.release('ada', manifestOf(OLD), '1');
  await log.release('ada', manifestOf(NEW), '2');
});

const says = async (who: string, tree: Tree, more: Partial<Audit> = {}): Promise<void> =>
  log.seal(who, audit(about(tree), { criteria: [SAFE], ...more }));

/** A policy for Ada's releases that asks for two audits by controllers trusted at least medium, unless told. */
function policyWith(
  trust: Readonly<Record<string, string>>,
  requirement: object | null = {},
  of = 'all',
): RepositoryPolicy {
  const asked = { criteria: ['safe-to-run'], trust: 'medium', redundancy: 2, ...requirement };
  const roots = Object.entries(trust).map(([who, level]) => ({ aid: log.aid(who), level }));
  return parsePolicy(
    nativeCrypto,
    utf8(
      JSON.stringify({
        version: 1,
        log: { id: log.id },
        maintainers: [log.aid('max')],
        paths: [{ match: 'skills/*', release: [log.aid('ada')] }],
        ...(roots.length === 0 ? {} : { trust: roots }),
        ...(requirement === null ? {} : { criteria: { require: { [of]: asked } } }),
      }),
    ),
  );
}

interface How {
  readonly tree?: Tree;
  readonly before?: Tree;
  readonly day?: string;
  readonly staleness?: Staleness;
}

async function judge(
  policy: RepositoryPolicy,
  { tree = NEW, before, day = TODAY, staleness }: How = {},
): Promise<ChangeVerdict> {
  const objects: GitObject[] = [];
  const treeId = (files: Tree | undefined): string | undefined =>
    files === undefined ? undefined : addTree(objects, at(PATH, files));
  const [old, after] = [treeId(before), treeId(tree)];
  const byId = new Map(
    objects.map((object) => [objectId(nativeCrypto, object.type, object.bytes), object]),
  );
  const reader = skillReader(nativeCrypto, { read: async (oid) => byId.get(oid) });
  const change = { before: old, after, governs: false, isUpdate: true };
  const judgement = judgementBy(policy, skillLog(log.log), parseDay(day), staleness);
  return judgeChange(reader, change, judgement);
}

/** The reasons for which a change is refused; none where it is accepted. */
async function refusedFor(policy: RepositoryPolicy, how: How = {}): Promise<readonly string[]> {
  const verdict = await judge(policy, how);
  const reasons = refusalsOf(verdict).map(({ reason }) => reason);
  expect(verdict.state).toBe(reasons.length === 0 ? 'accepted' : 'refused');
  return reasons;
}

const BOTH = { lab: 'high', lea: 'medium' } as const;

describe('judgeChange() with a policy that asks for audits', () => {
  test('takes what two distinct auditors passed, and says by which of their statements', async () => {
    const policy = policyWith(BOTH);
    expect(await refusedFor(policy)).toEqual(['audits-missing']);
    await says('lab', NEW);
    await says('eve', NEW);
    expect(await refusedFor(policy)).toEqual(['audits-missing']);
    await says('lea', NEW);
    const verdict = await judge(policy);
    expect(verdict).toMatchObject({
      state: 'accepted',
      skills: [{ verdict: { state: 'verified', decision: 'accept', reasons: [] } }],
    });
    expect(await refusedFor(policy, { tree: OLD })).toEqual(['audits-missing']);
  });

  test('counts auditors whom one controller delegated once, and says so', async () => {
    await log.delegate('van', 'vi', 'vic');
    const policy = policyWith({ vi: 'high', vic: 'high' });
    await says('vi', NEW);
    await says('vic', NEW);
    const verdict = await judge(policy);
    expect(verdict.skills[0]?.verdict).toMatchObject({
      state: 'signed-untrusted',
      decision: 'needs-review',
      reason: 'audits-not-distinct',
    });
    expect(verdict.skills[0]?.verdict.detail).toContain(log.aid('van'));
  });

  test('counts a device for its controller', async () => {
    await log.link('lab', 'lea', ['audit']);
    const policy = policyWith({ lab: 'high' });
    await says('lab', NEW);
    await says('lea', NEW, { controller: log.aid('lab') });
    expect(await refusedFor(policy)).toEqual(['audits-not-distinct']);
    expect(await refusedFor(policyWith({ lab: 'high' }, { redundancy: 1 }))).toEqual([]);
  });

  test('refuses what one auditor failed, whoever passed it, until the auditor takes that back', async () => {
    const policy = policyWith(BOTH);
    for (const who of ['lab', 'lea']) await says(who, NEW);
    expect(await refusedFor(policy)).toEqual([]);
    await log.seal('lab', vouch(log.aid('van'), { level: 'low' }));
    await says('van', NEW, { result: 'fail' });
    const failed = await judge(policy);
    expect(failed.skills[0]?.verdict).toMatchObject({
      state: 'signed-untrusted',
      decision: 'reject',
      reason: 'audit-failed',
    });
    expect(JSON.stringify(sarifOf(failed, '1'))).toContain('"ruleId":"audit-failed"');
    // Also by a policy that asks for nothing, and by none that trusts nobody.
    expect(await refusedFor(policyWith(BOTH, null))).toEqual(['audit-failed']);
    expect(await refusedFor(policyWith({}, null))).toEqual([]);
  });

  test('does not hear strangers, for and against', async () => {
    const policy = policyWith(BOTH);
    for (const who of ['lab', 'lea']) await says(who, NEW);
    await says('eve', NEW, { result: 'fail' });
    await log.seal('eve', vouch(log.aid('lab'), { level: 'distrust' }));
    expect(await refusedFor(policy)).toEqual([]);
  });

  test('is closed when it cannot tell: a log that is too old, a criterion without a text', async () => {
    const policy = policyWith(BOTH);
    for (const who of ['lab', 'lea']) await says(who, NEW);
    expect(await refusedFor(policy)).toEqual([]);
    for (const reason of ['log-stale', 'log-freshness-unknown'] as const)
      expect(await refusedFor(policy, { staleness: { reason, detail: 'x' } })).toEqual([reason]);
    const without = { ...policy, trust: { ...policy.trust, criteria: new Map() } };
    expect(await refusedFor(without)).toEqual(['criterion-unknown']);
  });

  test('looks at the day: an audit expires, and so does the vouch that an auditor needs', async () => {
    const policy = policyWith({ lab: 'high' }, { redundancy: 1 });
    await says('lab', NEW, { expires: TOMORROW });
    expect(await refusedFor(policy)).toEqual([]);
    expect(await refusedFor(policy, { day: TOMORROW })).toEqual(['audit-expired']);
    expect(await refusedFor(policy, { day: '2026-11-20' })).toEqual(['audits-missing']);
    await log.seal('lab', vouch(log.aid('lea'), { until: TOMORROW }));
    await says('lea', NEW, { expires: LATER });
    expect(await refusedFor(policy)).toEqual([]);
    expect(await refusedFor(policy, { day: TOMORROW })).toEqual(['audit-expired', 'vouch-expired']);
  });

  test('asks by the tier of what the skill asks for', async () => {
    const quiet = skill('quiet', {
      'skill.permissions.json': '{"schema":"urn:gitkel:skill-permissions:1"}',
    });
    await log.release('ada', manifestOf(quiet));
    const policy = policyWith(BOTH, {}, 'T3');
    expect(await refusedFor(policy, { tree: quiet })).toEqual([]);
    expect(await refusedFor(policy)).toEqual(['audits-missing']);
  });

  test('does not go back to an older release because the newer one lacks an audit', async () => {
    const policy = policyWith(BOTH);
    for (const who of ['lab', 'lea']) await says(who, OLD);
    expect(await refusedFor(policy, { tree: OLD })).toEqual([]);
    expect(await refusedFor(policy, { tree: OLD, before: NEW })).toEqual(['older-release']);
    await says('lab', NEW, { result: 'fail' });
    expect(await refusedFor(policy, { tree: OLD, before: NEW })).toEqual([]);
  });
});
