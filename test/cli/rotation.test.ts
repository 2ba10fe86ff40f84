/** Rotations of a 2-of-3 team through rotation cards, keys in three homes, on the built binary. */
import { describe, expect, test, vi } from 'vitest';
import { type Crew, createTeam, useCrew } from '../support/crew.ts';
import type { Answer } from '../support/person.ts';

vi.setConfig({ testTimeout: 120_000 });

const withCrew = useCrew(createTeam);

const ROTATE = ['identity', 'rotate', 'team', '--no-passphrase'];

/** A rotation that Alice proposes with the cards of the two others. */
async function rotateAll({ place, alice, bob, carol }: Crew): Promise<Answer> {
  const cards = [await place.rotationCard(bob), await place.rotationCard(carol)];
  return alice.does(...ROTATE, ...cards.flatMap((card) => ['--card', card]));
}

async function keysOf({ alice }: Crew): Promise<readonly string[]> {
  const { state } = (await alice.does('identity', 'show', 'team')) as unknown as {
    readonly state: { readonly k: readonly string[] };
  };
  return state.k;
}

describe('identity rotate', () => {
  test.concurrent(
    'rotates twice in a row; homes learn of the first from an export and from the log',
    withCrew(async (crew) => {
      const { place, log, alice, bob, carol } = crew;
      const before = await keysOf(crew);
      const first = await rotateAll(crew);
      expect(first).toMatchObject({
        status: 'staged',
        missing: [
          `rot 1 of ${first.aid}: kt: 1 more (from index 1, 2)`,
          `rot 1 of ${first.aid}: prior nt: 1 more (from index 1, 2)`,
        ],
      });
      expect(await alice.says('batch', 'show', first.batch)).toContain(
        'kt 1 of 2 (index 0) · prior nt 1 of 2 (index 0)\n',
      );
      expect(await place.commit(alice, first.batch, bob)).toMatchObject({
        status: 'committed',
        position: 1,
      });
      const between = await keysOf(crew);
      expect(between.filter((key) => before.includes(key))).toEqual([]);

      // Until it sees the rotation, a home gives the same card again: the team has no place for it any more.
      const old = await place.rotationCard(carol);
      const { error } = await alice.ends(2, ...ROTATE, '--card', old, '--drop', '1');
      expect(error.message).toMatch(/no next digest of \S+ commits to the key D/);
      const anchor = await alice.does('anchor', 'team', '--said', first.said);
      expect(await place.commit(alice, anchor.batch, bob)).toMatchObject({
        status: 'committed',
        position: 2,
      });
      const cards = [await place.rotationCard(bob), await place.rotationCard(carol.with(log))];
      const second = await alice.does(...ROTATE, ...cards.flatMap((card) => ['--card', card]));
      expect(await place.commit(alice, second.batch, carol)).toMatchObject({
        status: 'committed',
        position: 3,
      });

      const after = await keysOf(crew);
      expect(after).toHaveLength(3);
      expect(after.filter((key) => before.includes(key) || between.includes(key))).toEqual([]);
      expect(await alice.says('audit', log, '--expect', `${first.aid}@3:${second.said}`)).toMatch(
        /4 batches, 1 identity\nvalid: /,
      );
    }),
  );

  test.concurrent(
    'shows each co-signer old and new keys, and whether their next key is in it',
    withCrew(async (crew) => {
      const { place, alice, bob, carol } = crew;
      const staged = await rotateAll(crew);
      await alice.does('batch', 'export', staged.batch, '-o', 'batch.json');
      const shown = await bob.says(
        'batch',
        'sign',
        'batch.json',
        '--yes',
        '--expect',
        staged.batch,
      );
      expect(shown).toContain(`rotate the identity ${staged.aid} (event 1)`);
      expect(shown).toMatch(/old key 1: D\S{43} \(yours\)\n/);
      expect(shown).toMatch(/\n {2}key 1: D\S{43} \(yours\)\n/);
      expect(shown).toContain('your next key is among them (index 1)');
      const without = await alice.does(
        ...ROTATE,
        '--supersede',
        '1',
        '--yes',
        '--card',
        await place.rotationCard(bob),
        '--drop',
        '2',
        '--threshold',
        '2',
        '--next-threshold',
        '2',
      );
      await alice.does('batch', 'export', without.batch, '-o', 'without.json');
      expect(
        await place
          .person('b')
          .says('batch', 'sign', 'without.json', '--yes', '--expect', without.batch, '--supersede'),
      ).toContain('prior next key 2 is DROPPED');
      const { error } = await carol.ends(
        1,
        'batch',
        'sign',
        'without.json',
        '--yes',
        '--expect',
        without.batch,
      );
      expect(error).toMatchObject({ code: 'refused', reason: 'not-requested' });
    }),
  );

  test.concurrent(
    'names every next key that nothing is said about, and stages nothing',
    withCrew(async (crew) => {
      const { place, alice, bob } = crew;
      const { error } = await alice.ends(2, ...ROTATE, '--card', await place.rotationCard(bob));
      expect(error).toMatchObject({
        code: 'usage',
        hint: expect.stringContaining('--keep 2') as string,
      });
      expect(error.message).toContain('nothing is said about the next key 2');
      expect(
        (await alice.ends(2, ...ROTATE, '--keep', '1', '--drop', '1', '--keep', '2')).error.message,
      ).toContain('both kept and dropped');
      expect(
        (await alice.ends(2, ...ROTATE, '--keep', '1', '--drop', '7', '--keep', '2')).error.message,
      ).toContain('only 3 next keys');
      expect(
        (await alice.ends(2, ...ROTATE, '--keep', '1', '--keep', '2')).error.message,
      ).toContain('does not fit');
      expect(
        (await alice.ends(2, ...ROTATE, '--card', 'b.card', '--drop', '2')).error.message,
      ).toContain('a card of kind rotation is needed');
      expect(await alice.does('batch', 'list')).toEqual({ batches: [] });
    }),
  );

  test.concurrent(
    'satisfied in its own threshold only it stays incomplete, and says that the prior next keys are what is missing',
    withCrew(async (crew) => {
      const { place, log, alice, bob, carol } = crew;
      const cards = [await place.rotationCard(bob), await place.rotationCard(carol)].flatMap(
        (card) => ['--card', card],
      );
      const staged = await alice.does(...ROTATE, ...cards, '--threshold', '1');
      const missing = [`rot 1 of ${staged.aid}: prior nt: 1 more (from index 1, 2)`];
      expect(staged).toMatchObject({ status: 'staged', missing });
      expect(await alice.ends(6, 'batch', 'commit', staged.batch)).toMatchObject({
        status: 'incomplete',
        missing,
      });
      const shown = await alice.says('batch', 'show', staged.batch);
      expect(shown).toContain('kt 1 of 1 (index 0) · prior nt 1 of 2 (index 0)\n');
      expect(shown).toContain('open: signatures are missing');
      expect((await alice.run(['batch', 'commit', staged.batch])).requireExit(6).stdout).toContain(
        `  missing: ${missing[0] ?? ''}`,
      );
      expect(await alice.says('audit', log)).toContain('1 batch, 1 identity');
      expect(await place.commit(alice, staged.batch, carol)).toMatchObject({
        status: 'committed',
        position: 1,
      });
    }),
  );

  test.concurrent(
    'that reveals too few of the prior next keys for anybody to complete it is refused at once',
    withCrew(async (crew) => {
      const { place, alice } = crew;
      await place.newPerson('d');
      const { error } = await alice.ends(
        2,
        ...ROTATE,
        '--drop',
        '1',
        '--drop',
        '2',
        '--add',
        'd.card',
        '--threshold',
        '2',
        '--next-threshold',
        '2',
      );
      expect(error).toMatchObject({ code: 'usage', reason: 'next-keys-missing' });
      expect(await alice.does('batch', 'list')).toEqual({ batches: [] });
    }),
  );

  test.concurrent(
    'satisfied in the prior threshold only it stays incomplete too; a member whose device is gone is replaced',
    withCrew(async (crew) => {
      const { place, log, alice, bob, carol } = crew;
      const dave = await place.newPerson('d');
      const card = await place.rotationCard(bob);
      const staged = await alice.does(
        ...ROTATE,
        '--card',
        card,
        '--drop',
        '2',
        '--add',
        'd.card',
        '--threshold',
        '3',
      );
      await place.collect(alice, staged.batch, bob);
      expect(await alice.ends(6, 'batch', 'commit', staged.batch)).toMatchObject({
        missing: [`rot 1 of ${staged.aid}: kt: 1 more (from index 2)`],
      });
      expect(await place.commit(alice, staged.batch, dave)).toMatchObject({
        status: 'committed',
        position: 1,
      });

      const [, , third] = await keysOf(crew);
      expect(third).toBe((await dave.does('key', 'show', 'd')).publicKey);
      const anchor = await alice.does('anchor', 'team', '--said', staged.said);
      await alice.does('batch', 'export', anchor.batch, '-o', 'batch.json');
      const { error } = await carol.ends(
        1,
        'batch',
        'sign',
        'batch.json',
        '--yes',
        '--expect',
        anchor.batch,
      );
      expect(error).toMatchObject({ code: 'refused', reason: 'not-requested' });
      expect(
        (
          await carol
            .with(log)
            .ends(1, 'batch', 'sign', anchor.batch, '--yes', '--expect', anchor.batch)
        ).error.reason,
      ).toBe('not-requested');
      expect(await place.commit(alice, anchor.batch, bob, dave)).toMatchObject({
        status: 'committed',
        position: 2,
      });
      expect(await alice.says('audit', log)).toMatch(/\nvalid: /);
    }),
  );

  test.concurrent(
    'keeps a key in reserve, with which its owner then takes part in the next rotation',
    withCrew(async (crew) => {
      const { place, log, alice, bob, carol } = crew;
      const partial = await alice.does(
        ...ROTATE,
        '--card',
        await place.rotationCard(bob),
        '--keep',
        '2',
      );
      expect(await alice.says('batch', 'show', partial.batch)).not.toContain('key 2:');
      expect(await place.commit(alice, partial.batch, bob)).toMatchObject({
        status: 'committed',
        position: 1,
      });
      const shown = await alice.says('identity', 'show', 'team');
      expect(shown).toContain('  2 of 2 keys must sign\n');
      expect(shown).toContain('  next rotation: 2 of 3 next keys must sign\n');
      const anchor = await alice.does('anchor', 'team', '--said', partial.said);
      await alice.does('batch', 'export', anchor.batch, '-o', 'batch.json');
      expect(
        (await carol.ends(1, 'batch', 'sign', 'batch.json', '--yes', '--expect', anchor.batch))
          .error.reason,
      ).toBe('not-requested');
      expect(await place.commit(alice, anchor.batch, bob)).toMatchObject({
        status: 'committed',
        position: 2,
      });

      const back = await carol
        .with(log)
        .does(...ROTATE, '--card', await place.rotationCard(bob.with(log)), '--keep', '0');
      expect(back).toMatchObject({
        status: 'staged',
        missing: [
          expect.stringContaining('kt: 1 more'),
          expect.stringContaining('prior nt: 1 more'),
        ],
      });
      expect(await place.commit(carol.with(log), back.batch, bob)).toMatchObject({
        status: 'committed',
        position: 3,
      });
      expect(await alice.says('audit', log)).toMatch(/4 batches, 1 identity\nvalid: /);
    }),
  );

  test.concurrent(
    'the key that is rotated out signs neither the rotation nor its commit',
    withCrew(async (crew) => {
      const { place, log, alice, bob, carol } = crew;
      const leaving = carol.with(log);
      const cards = [await place.rotationCard(alice), await place.rotationCard(bob)];
      const staged = await leaving.does(
        ...ROTATE,
        ...cards.flatMap((card) => ['--card', card]),
        '--drop',
        '2',
        '--threshold',
        '2',
        '--next-threshold',
        '2',
      );
      expect(staged.missing).toEqual([
        `rot 1 of ${staged.aid}: kt: 2 more (from index 0, 1)`,
        `rot 1 of ${staged.aid}: prior nt: 2 more (from index 0, 1)`,
      ]);
      expect(
        (await leaving.ends(1, 'batch', 'sign', staged.batch, '--yes', '--expect', staged.batch))
          .error.reason,
      ).toBe('not-requested');
      await place.collect(leaving, staged.batch, alice, bob);
      expect((await leaving.ends(1, 'batch', 'commit', staged.batch)).error).toMatchObject({
        code: 'refused',
        reason: 'no-committer',
      });
      expect(await bob.with(log).does('batch', 'commit', staged.batch)).toMatchObject({
        status: 'committed',
        position: 1,
      });
      expect(
        (
          await leaving.ends(
            1,
            'batch',
            'withdraw',
            '--yes',
            (await alice.does('anchor', 'team', '--said', staged.said)).batch,
          )
        ).error.reason,
      ).toBe('not-requested');
      expect(await alice.says('audit', log)).toMatch(/2 batches, 1 identity\nvalid: /);
    }),
  );
});
