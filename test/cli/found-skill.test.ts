/** Which skill is meant by a name: what counts comes before what came later and counts for nobody. */
import { expect, test } from 'vitest';
import { findSkill } from '../../src/cli/found-skill.ts';
import { revocation } from '../support/record-forge.ts';
import { ReleasingLog } from '../support/releasing-log.ts';
import { manifestOf, skill } from '../support/made-tree.ts';
import { emptyHost } from '../skills/making.ts';

test('findSkill() takes the newest release that counts for a name, not a later one of a revoked device', async () => {
  const made = await ReleasingLog.make(emptyHost(), '/log', ['ada', 'ci']);
  const own = await made.release('ada', manifestOf(skill('notes')));
  await made.link('ada', 'ci', ['release']);
  await made.seal('ada', revocation(made.aid('ci')));
  const other = manifestOf(skill('notes', { 'more.md': 'x' }));
  const last = await made.release('ci', other, '2', 'ada');
  const terms = { publishers: [made.aid('ada')], policy: undefined } as unknown as Parameters<
    typeof findSkill
  >[2];
  const { skill: found } = findSkill(made.log, 'notes', terms);
  expect(found.manifest).toBe(own.manifest);
  expect(last.manifest).not.toBe(own.manifest);
  made.close();
});

test('findSkill() tells of the first stranger who released the files, not of the last', async () => {
  const made = await ReleasingLog.make(emptyHost(), '/log', ['ada', 'eve']);
  const notes = manifestOf(skill('notes'));
  const own = await made.release('ada', notes);
  for (const version of ['1', '2']) await made.release('eve', notes, version);
  const terms = { publishers: [], policy: undefined } as unknown as Parameters<typeof findSkill>[2];
  const deciding = () => findSkill(made.log, notes.said, terms).skill.release;
  expect(deciding()).toEqual({ entry: own, isAllowed: false });
  await made.revoke('eve', notes, { kind: 'manifest', said: notes.said });
  expect(deciding()).toEqual({ entry: own, isAllowed: false });
  made.close();
});
