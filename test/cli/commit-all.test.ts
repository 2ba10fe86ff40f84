/** `batch commit --all` and `init --no-fsync`, through the built binary. */
import { describe, expect, test, vi } from 'vitest';
import type { BatchResult } from '../../src/index.ts';
import { runGit } from '../support/binary.ts';
import { type Crew, useCrew } from '../support/crew.ts';
import type { Answer } from '../support/person.ts';

vi.setConfig({ testTimeout: 240_000 });

interface CommittedAll {
  readonly committed: number;
  readonly batches: readonly BatchResult[];
}

const withCrew = useCrew(async ({ alice }) => {
  await alice.does('identity', 'create', 'a', '--key', 'a');
});

async function anchored(
  { alice }: Crew,
  said: string,
  ...flags: readonly string[]
): Promise<Answer> {
  return alice.does('anchor', 'a', '--said', said, ...flags);
}

describe('batch commit --all', () => {
  test(
    'commits what is complete, names what is not, and notes each batch',
    withCrew(async (crew) => {
      const { log, alice } = crew;
      await alice.does('key', 'new', 'b', '--no-passphrase');
      await alice.does('identity', 'create', 'b', '--key', 'b');
      const { said } = await anchored(crew, (await alice.does('key', 'show', 'a')).nextDigest);
      const signed: string[] = [];
      for (const name of ['a', 'b']) {
        const { batch } = await alice.does('anchor', name, '--said', said, '--stage');
        await alice.does('batch', 'sign', batch, '--yes', '--expect', batch);
        signed.push(batch);
      }
      const open = await alice.does('anchor', 'a', '--said', said.replace(/^E/, 'F'), '--stage');
      const all = (await alice.ends(5, 'batch', 'commit', '--all')) as unknown as CommittedAll;
      expect(all.committed).toBe(2);
      const results = new Map(all.batches.map((one) => [one.batch, one]));
      expect(signed.map((id) => results.get(id)?.status)).toEqual(['committed', 'committed']);
      expect(results.get(open.batch)).toMatchObject({ status: 'conflict', reason: 'place-taken' });
      expect(await alice.does('batch', 'list')).toMatchObject({
        batches: [{ batch: open.batch, state: 'conflict' }],
      });
      for (const id of signed)
        expect(await alice.does('batch', 'commit', id)).toMatchObject({
          status: 'committed',
          batch: id,
        });
      expect(await alice.does('audit')).toMatchObject({ state: 'valid', batches: 5 });
      expect(await runGit(log, ['fsck', '--strict', '--no-dangling'])).toBe('');

      const words = (await alice.run(['batch', 'commit', '--all'])).requireExit(5).stdout;
      expect(words).toMatch(new RegExp(`^${open.batch}  conflict   place-taken: `));
      expect(words).toContain(`next: gitkel batch prune   removes ${open.batch}`);
      await alice.says('batch', 'prune');
      const later = await anchored(crew, said, '--stage');
      expect(await alice.says('batch', 'commit', '--all')).toMatch(
        new RegExp(`^${later.batch}  incomplete missing: `),
      );
      await alice.does('batch', 'withdraw', '--yes', later.batch, '--reason', 'no');
      expect(await alice.says('batch', 'commit', '--all')).toContain('  withdrawn  ');
      await alice.says('batch', 'prune');
      expect(await alice.says('batch', 'commit', '--all')).toBe('no batch is staged here\n');
    }),
  );

  test(
    'is one thing, and a batch by its name another',
    withCrew(async ({ alice }) => {
      for (const args of [['EKq3', '--all'], []])
        expect((await alice.ends(2, 'batch', 'commit', ...args)).error.hint).toContain('--all');
      await alice.ends(2, 'batch', 'commit', '--all', '--anyway');
    }),
  );
});

describe('init --no-fsync', () => {
  test(
    'makes a log that says each time that it is not synced, and is a log like any other',
    withCrew(async ({ place, alice }) => {
      const made = await alice.with(undefined).run(['init', 'scratch', '--no-fsync']);
      expect(made.requireExit(0).stderr).toContain('a power cut can lose batches');
      const here = alice.with(place.path('scratch'));
      expect(await runGit(place.path('scratch'), ['config', 'gitkel.fsync'])).toBe('false');
      const { ran } = await here.run(['identity', 'create', 'scratch', '--key', 'a', '--json']);
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(ran.stderr).toContain('not synced (gitkel.fsync = false)');
      expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'committed', position: 0 });
      expect((await here.run(['batch', 'list'])).ran.stderr).toBe('');
      expect(await here.does('audit')).toMatchObject({ state: 'valid', batches: 1 });
    }),
  );
});
