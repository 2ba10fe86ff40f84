/** Trust as users of the library compute it: by nothing but what the package exports. */
import { expect, test } from 'vitest';
import {
  chainOf,
  criteriaOf,
  criterionNamed,
  decide,
  explainTrust,
  factsOf,
  judgeClass,
  LEGACY_MODES,
  nativeCrypto,
  score,
  statedPolicy,
  verifyOms,
  viewpointOf,
  vouchesIn,
} from '../../src/index.ts';
import { parseDay } from '../../src/base/day.ts';
import { manifestSha256 } from '../../src/records/skill-manifest.ts';
import { emptyHost } from '../skills/making.ts';
import { manifestOf, skill } from '../support/made-tree.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { audit, vouch } from '../support/skill-statements.ts';

const NOTES = manifestOf(skill('notes'));
const DAY = parseDay('2026-11-22');

test('decide(), score() and chainOf() on the facts of a log', async () => {
  const log = await ReleasingLog.make(emptyHost(), '/log', ['max', 'lab', 'van']);
  const entry = await log.release('max', NOTES);
  const subject = { name: NOTES.name, sha256: manifestSha256(nativeCrypto, NOTES) };
  const criterion = criterionNamed(criteriaOf(nativeCrypto, []), 'safe-to-read');
  if (criterion === undefined) throw new Error('it is built in');
  const judge = () => {
    const policy = statedPolicy(nativeCrypto, {
      roots: [{ aid: log.aid('van'), level: 'high', names: [] }],
      criteria: [],
      require: { all: { criteria: ['safe-to-read'], trust: 'low', redundancy: 1, methods: [] } },
    });
    const { contents } = log.log;
    const view = viewpointOf(policy, vouchesIn(contents), DAY);
    const facts = factsOf(
      contents,
      {
        name: NOTES.name,
        manifest: NOTES.said,
        tier: 'T1',
        isIntact: true,
        statesPermissions: true,
        release: { entry, isAllowed: true },
      },
      view,
    );
    const { paths } = explainTrust(view, log.aid('lab'), { name: NOTES.name });
    return {
      paths: paths.length,
      decision: decide(facts, view),
      score: score(facts, view),
      chain: chainOf(facts, view),
    };
  };
  expect(judge()).toMatchObject({ paths: 0, decision: { decision: 'needs-review' } });
  await log.seal(
    'van',
    vouch(log.aid('lab'), {
      level: 'medium',
      scope: { criteria: undefined, names: undefined },
      grants: [],
    }),
  );
  await log.seal('lab', audit({ manifest: NOTES.said, subject }, { criteria: [criterion.said] }));
  const { paths, decision, score: scored, chain } = judge();
  expect([paths, decision.decision, scored.coverage]).toEqual([
    1,
    'accept',
    { met: 1, required: 1 },
  ]);
  expect(chain.map(({ kind }) => kind)).toEqual(['manifest', 'release', 'audit', 'vouch', 'root']);
});

test('judgeClass() and verifyOms() are there for foreign signatures', () => {
  const evidence = {
    isImported: false,
    isExempted: false,
    isMapped: false,
    isAudited: false,
    meetsCriteria: false,
  };
  const decisions = LEGACY_MODES.map((mode) => judgeClass('bad', mode, evidence).decision);
  expect(new Set(decisions)).toEqual(new Set(['reject']));
  expect(verifyOms).toBeTypeOf('function');
});
