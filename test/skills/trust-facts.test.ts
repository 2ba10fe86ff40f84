/** Facts that trust rests on, from a log in memory: whom they count as, how they stand, and what strangers cost. */
import { beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { nativeCrypto } from '../../src/crypto/native.ts';
import { controllersOf, foldedController } from '../../src/log/folded-controller.ts';
import { manifestSha256 } from '../../src/records/skill-manifest.ts';
import { factsOf } from '../../src/skills/trust-facts.ts';
import { vouchesIn } from '../../src/skills/vouch-facts.ts';
import type { SkillFacts, VouchFact } from '../../src/trust/facts.ts';
import { statedPolicy } from '../../src/trust/stated-policy.ts';
import { viewpointOf } from '../../src/trust/viewpoint.ts';
import { manifestOf, skill } from '../support/made-tree.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { audit, vouch } from '../support/skill-statements.ts';
import { emptyHost } from './making.ts';

const NOTES = manifestOf(skill('notes'));
const OLD = `E${'H'.repeat(43)}`;
const ABOUT = {
  manifest: NOTES.said,
  subject: { name: NOTES.name, sha256: manifestSha256(nativeCrypto, NOTES) },
};

let log: ReleasingLog;
const aid = (name: string): string => log.aid(name);

beforeAll(async () => {
  log = await ReleasingLog.make(emptyHost(), '/log', ['ada', 'bob', 'max', 'ci', 'eve']);
  await log.release('ada', NOTES);
  await log.link('bob', 'ci', ['audit', 'vouch']);
  await log.seal('ada', vouch(aid('bob')), vouch(aid('max'), { level: 'low' }));
  await log.seal('ci', vouch(aid('max'), { controller: aid('bob') }));
  await log.seal('bob', audit(ABOUT), audit({ ...ABOUT, manifest: OLD }));
  await log.seal('ci', audit(ABOUT, { controller: aid('bob'), from: OLD }), audit(ABOUT));
  await log.seal('eve', audit(ABOUT, { result: 'fail' }), vouch(aid('max')));
  await log.seal('eve', audit(ABOUT, { controller: aid('bob') }));
  await log.seal('eve', vouch(aid('ci'), { controller: aid('bob') }));
});

function viewOf(...roots: readonly string[]) {
  const policy = statedPolicy(nativeCrypto, {
    roots: roots.map((name) => ({ aid: aid(name), level: 'high', names: [] })),
    criteria: [],
    require: {},
  });
  return viewpointOf(policy, vouchesIn(log.log.contents), 21_000);
}

function facts(...roots: readonly string[]): SkillFacts {
  const judged = { name: 'notes', manifest: NOTES.said, tier: 'T0', isIntact: true } as const;
  const [entry] = log.log.contents.records.releases.ofManifest(NOTES.said);
  const release = entry === undefined ? undefined : { entry, isAllowed: true };
  return factsOf(
    log.log.contents,
    { ...judged, statesPermissions: false, release },
    viewOf(...roots),
  );
}

const shown = ({ issuer, controller, about, standing }: VouchFact) => ({
  by: [issuer, controller],
  about,
  standing,
});

describe('vouchesIn()', () => {
  test('gives what somebody vouched for, devices included, and nothing said by strangers in the name', () => {
    const of = vouchesIn(log.log.contents);
    expect([...of(aid('bob'))].map(shown)).toEqual([
      { by: [aid('ci'), aid('bob')], about: aid('max'), standing: 'counts' },
    ]);
    expect([...of(aid('max'))]).toEqual([]);
  });

  test('gives the same when each is looked up by whose it is', () => {
    const { contents } = log.log;
    const { trust } = contents.records;
    const one = (...names: readonly string[]): unknown =>
      names.map((name) =>
        [...vouchesIn(contents)(aid(name))]
          .map(shown)
          .toSorted((a, b) => (a.about < b.about ? -1 : 1)),
      );
    const atOnce = one('ada', 'bob', 'eve');
    expect(trust.atOnce(LIMITS.vouchesAtOnce)).toBeDefined();
    expect(trust.atOnce(2)).toBeUndefined();
    const original = trust.atOnce.bind(trust);
    trust.atOnce = () => undefined;
    expect(one('ada', 'bob', 'eve')).toEqual(atOnce);
    trust.atOnce = original;
  });
});

describe('factsOf()', () => {
  test('follows audited changes, and leaves strangers out', () => {
    const { audits, release } = facts('bob');
    expect(audits.map(({ issuer, manifest, from }) => [issuer, manifest, from])).toEqual(
      expect.arrayContaining([
        [aid('bob'), NOTES.said, undefined],
        [aid('bob'), OLD, undefined],
        [aid('ci'), NOTES.said, OLD],
      ]),
    );
    expect(audits).toHaveLength(3);
    expect(audits.every(({ standing }) => standing === 'counts')).toBe(true);
    expect(release).toMatchObject({ standing: 'counts', isAllowed: true, namesSource: false });
    expect(facts('max').audits).toEqual([]);
    expect(facts('eve').audits.map(({ result, controller }) => [result, controller])).toEqual([
      ['fail', aid('eve')],
    ]);
  });

  test('folds a device into its controller, also where it speaks for itself', () => {
    const own = facts('ci').audits;
    expect(own.map(({ controller, foldedController: folded }) => [controller, folded])).toEqual([
      [aid('ci'), aid('bob')],
    ]);
    expect(own.map(({ above }) => above)).toEqual([[aid('bob')]]);
    const { contents } = log.log;
    expect(foldedController(contents, aid('ci'), contents.batches)).toBe(aid('bob'));
    expect(foldedController(contents, aid('eve'), contents.batches)).toBe(aid('eve'));
  });

  test('finds everybody who controls an auditor, by whichever way', async () => {
    const made = await ReleasingLog.make(emptyHost(), '/other', ['zoe', 'one', 'dora']);
    await made.delegate('zoe', 'two', 'three');
    for (const controller of ['one', 'two']) await made.link(controller, 'dora', ['audit']);
    await made.link('one', 'three', ['audit']);
    const { contents } = made.log;
    const above = (name: string) => controllersOf(contents, made.aid(name), contents.batches);
    const [zoe, one, two] = ['zoe', 'one', 'two'].map((name) => made.aid(name));
    expect(above('dora')).toEqual({ folded: one, above: [one, two, zoe] });
    expect(above('three')).toEqual({ folded: zoe, above: [zoe, one] });
    expect(above('two')).toEqual({ folded: zoe, above: [zoe] });
    made.close();
  });

  test('is not cut short by what a device that may not any more says in the name of its controller', async () => {
    const { contents } = log.log;
    const { trust } = contents.records;
    const own = [...trust.auditsBy(aid('bob'), NOTES.said)].find(
      ({ issuer }) => issuer === aid('bob'),
    );
    if (own === undefined) throw new Error('bob audited the files');
    const original = trust.auditsBy.bind(trust);
    const flooded = (more: Partial<typeof own>, times: number): SkillFacts => {
      trust.auditsBy = function* flood(owner, manifest) {
        if (owner === aid('bob') && manifest === NOTES.said)
          for (let at = 0; at < times; at++) yield { ...own, said: `flood ${at}`, ...more };
        yield* original(owner, manifest);
      };
      const found = facts('bob');
      trust.auditsBy = original;
      return found;
    };
    const times = LIMITS.statementsPerSpeaker + 1;
    const byStranger = flooded({ issuer: aid('eve') }, times);
    expect(byStranger.isCut).toBe(false);
    expect(byStranger.audits).toHaveLength(facts('bob').audits.length);
    expect(flooded({}, times).isCut).toBe(true);
  });

  test('tells what an issuer took back, and what revokes the skill', async () => {
    const target = facts('bob').audits.find(
      ({ from, manifest }) => from === undefined && manifest === NOTES.said,
    );
    await log.revoke(
      'bob',
      NOTES,
      { kind: 'statement', said: target?.said ?? '' },
      { reason: 'mistaken' },
    );
    const standing = (): readonly string[] =>
      facts('bob')
        .audits.filter(({ said }) => said === target?.said)
        .map((one) => one.standing);
    expect(standing()).toEqual(['retracted']);
    expect(facts('bob').revocations).toEqual([]);
    await log.revoke('bob', NOTES, { kind: 'manifest', said: NOTES.said });
    expect(facts('bob').revocations).toMatchObject([{ target: 'manifest', standing: 'counts' }]);
    expect(facts('max').revocations).toEqual([]);
  });
});
