/** What a skill comes to with everything that it was judged by. */
import { expect, test } from 'vitest';
import { parseDay } from '../../src/base/day.ts';
import { skillReport } from '../../src/cli/chain-report.ts';
import { findSkill } from '../../src/cli/found-skill.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { manifestSha256, otherSaid } from '../../src/records/skill-manifest.ts';
import { vouchesIn } from '../../src/skills/vouch-facts.ts';
import { statedPolicy } from '../../src/trust/stated-policy.ts';
import { viewpointOf } from '../../src/trust/viewpoint.ts';
import { emptyHost } from '../skills/making.ts';
import { manifestOf, skill } from '../support/made-tree.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { audit } from '../support/skill-statements.ts';

const NOTES = manifestOf(skill('notes'));
const OTHER = otherSaid(nativeCrypto, NOTES);
const subject = { name: NOTES.name, sha256: manifestSha256(nativeCrypto, NOTES) };

test('skillReport() tells what was found against the files by the other of their SAIDs', async () => {
  const log = await ReleasingLog.make(emptyHost(), '/log', ['max', 'lab', 'eve']);
  const { said } = await log.release('max', NOTES);
  const report = () => {
    const { contents } = log.log;
    const roots = [{ aid: log.aid('lab'), level: 'high', names: [] }] as const;
    const policy = statedPolicy(nativeCrypto, { roots, criteria: [], require: {} });
    const day = parseDay('2026-11-22');
    const terms = {
      publishers: [log.aid('max')],
      policy: undefined,
      maxAge: undefined,
      asked: [policy],
      day,
      legacy: undefined,
    };
    const view = viewpointOf(policy, vouchesIn(contents), day);
    return skillReport(contents, findSkill(log.log, said, terms), { terms, view });
  };
  const other = { manifest: OTHER, subject };
  await log.seal('lab', audit({ manifest: NOTES.said, subject }));
  await log.seal('eve', audit(other, { result: 'fail' }));
  expect(report()).toMatchObject({ manifest: NOTES.said, decision: 'accept' });
  expect(report().score.value).toBeGreaterThan(0);

  await log.seal('lab', audit(other, { result: 'fail' }));
  const failed = report();
  expect(failed).toMatchObject({ decision: 'reject', score: { value: 0 } });
  expect(failed.reasons.map(({ reason }) => reason)).toContain('audit-failed');
  const [, against] = failed.chain.filter(({ kind }) => kind === 'audit');
  expect(against).toMatchObject({ who: log.aid('lab'), counts: true, strength: 0 });
  expect(failed.chain.filter(({ kind }) => kind === 'manifest')).toHaveLength(1);
});
