/** What is told of batches that hold more than events and records. */
import { beforeAll, describe, expect, test } from 'vitest';
import { audit, nativeCrypto as crypto } from '../../src/index.ts';
import type { ShownNames } from '../../src/cli/shown-names.ts';
import { identityLines } from '../../src/cli/identity-lines.ts';
import { batchStoryLines } from '../../src/cli/story-lines.ts';
import { batchStoryReport } from '../../src/cli/story-report.ts';
import { identityFacts } from '../../src/log/identity-facts.ts';
import { lookUp } from '../../src/log/lookup.ts';
import { batchReader } from '../../src/log/read-batch.ts';
import { tellBatch } from '../../src/log/story.ts';
import { SeededFiles } from '../support/seeded-files.ts';
import { inception, SeededLog } from '../support/seeded-log.ts';

const names: ShownNames = { aid: (aid) => aid, ownKey: () => undefined };

describe('tellBatch() and identityFacts()', () => {
  const seeded = new SeededLog();
  const files = new SeededFiles(seeded);
  const { log } = seeded;
  let [founder, team, delegate] = ['', '', ''];
  beforeAll(async () => {
    await seeded.commit([inception([0], [1], '1')], [0]);
    await seeded.commit([inception([2, 3], [4, 5], '1')], [2]);
    [founder, team] = [seeded.aid(0), seeded.aid(1)];
    await seeded.commitFiles(await files.delegation(team, [2], [6], [7]), [2, 6]);
    delegate = seeded.aid(2);
    await seeded.commitFiles([await files.proof(team, 0, 3)], [0]);
    await seeded.commitFiles(await files.registry(founder, [0]), [0]);
    await seeded.commitFiles([await files.evidence(team, 0, [2])], [0]);
  });
  const tell = (position: number) => tellBatch(crypto, log.contents, batchReader(log)(position));
  const lines = (position: number) => batchStoryLines(tell(position), names).join('\n');

  test('tell of a delegation, and who approved it', () => {
    const { events } = tell(2);
    expect(events.map(({ event }) => event.type)).toEqual(['ixn', 'dip']);
    expect(lines(2)).toContain(`delegated by ${team}`);
    expect(identityFacts(log.contents, delegate).approval).toMatchObject({
      delegator: team,
      sn: 1,
      stands: true,
    });
    expect(identityLines(identityFacts(log.contents, delegate))).toEqual([
      expect.stringContaining(`delegated by ${team}, approved by its event 1`),
    ]);
  });

  test('tell of a late proof, a registry, a credential and evidence', () => {
    expect(tell(3).others).toMatchObject([{ kind: 'proof', aid: team, signers: { keys: [1] } }]);
    expect(lines(3)).toContain(`prove event 0 of ${team} by key 1`);
    expect(tell(4).others.map(({ kind }) => kind)).toEqual(['status', 'status', 'credential']);
    expect(lines(4)).toMatch(/vcp, event 0 of the registry E\S+: E/);
    expect(lines(4)).toMatch(/iss, event 0 of the credential E\S+ in the registry E/);
    expect(tell(5).others).toMatchObject([{ kind: 'evidence', aid: team, sn: 1 }]);
    expect(batchStoryReport(tell(5))).toMatchObject({ events: [], others: [{ aid: team }] });
    const [mark] = identityFacts(log.contents, team).marks;
    expect(mark).toMatchObject({ status: 'duplicitous', position: 5 });
    expect(identityLines(identityFacts(log.contents, team)).join('\n')).toContain('DUPLICITOUS');
    expect(lookUp(log.contents, mark?.evidence ?? '')).toEqual({ kind: 'batch', position: 5 });
  });

  test('audit() finds the log valid and the identity duplicitous', () => {
    const verdict = audit(log.host, '/log');
    expect(verdict).toMatchObject({ state: 'valid', findings: [] });
    const verdicts = new Map(verdict.aids.map((one) => [one.aid, one]));
    expect(verdicts.get(team)).toMatchObject({ verdict: 'duplicitous', reasons: [], sn: 1 });
    expect(verdicts.get(team)?.marks).toHaveLength(1);
    expect(verdicts.get(delegate)).toMatchObject({ verdict: 'valid', approval: { stands: true } });
    expect(verdicts.get(founder)?.registries).toHaveLength(1);
  });
});
