/** Logs and identities through the built binary: where a log can be, who may write, what is shown, how it ends. */
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import { runGit } from '../support/binary.ts';
import { createTeam, useCrew } from '../support/crew.ts';
import type { Answer } from '../support/person.ts';

vi.setConfig({ testTimeout: 120_000 });

const NOWHERE = 'E'.padEnd(44, 'A');

interface Shown extends Answer {
  readonly state: string & {
    readonly k: readonly string[];
    readonly s: string;
    readonly kt: unknown;
    readonly n: readonly string[];
    readonly c: readonly string[];
  };
  readonly abandoned: boolean;
}

describe('init', () => {
  const withCrew = useCrew();

  test.concurrent(
    'makes a bare log once, on the branch that is asked for',
    withCrew(async ({ place, alice }) => {
      expect(await alice.with(undefined).does('init', 'new/log')).toMatchObject({
        status: 'done',
        dir: place.path('new/log'),
        branch: 'main',
        admission: 'open',
      });
      expect(await runGit(place.path('new/log'), ['rev-parse', '--is-bare-repository'])).toBe(
        'true',
      );
      expect((await alice.with(undefined).ends(1, 'init', 'new/log')).error).toMatchObject({
        code: 'refused',
        reason: 'log-exists',
      });
      expect(await alice.with(undefined).does('init', 'other', '--branch', 'kel')).toMatchObject({
        branch: 'kel',
      });
      const created = await alice
        .with(place.path('other'))
        .does('identity', 'create', 'alice', '--key', 'a');
      expect(await runGit(place.path('other'), ['rev-parse', 'kel'])).toBe(created.commit);
      expect(
        (await alice.with(undefined).ends(2, 'init', 'third', '--branch', 'a..b')).error.code,
      ).toBe('usage');
      await runGit(place.path('other'), ['fsck', '--strict']);
    }),
  );

  test.concurrent(
    'makes an orphan branch in a repository of code, whose own branch and work tree stay as they are',
    withCrew(async ({ place, alice }) => {
      const code = place.path('code');
      await runGit(place.dir, ['init', '-q', '-b', 'main', 'code']);
      await mkdir(place.path('code/src'));
      await writeFile(place.path('code/src/x.txt'), 'x\n');
      await runGit(code, ['add', '.']);
      await runGit(code, ['commit', '-q', '-m', 'code']);
      const head = await runGit(code, ['rev-parse', 'HEAD']);
      const here = alice.with(undefined).in(place.path('code/src'));
      expect((await here.ends(4, 'identity', 'list')).error.code).toBe('not-found');
      expect(await here.in(code).does('init')).toMatchObject({ branch: 'gitkel' });
      const created = await here.does('identity', 'create', 'alice', '--key', 'a');
      expect(created).toMatchObject({ status: 'committed', position: 0 });
      expect(await here.does('anchor', 'alice', '--file', 'x.txt')).toMatchObject({
        status: 'committed',
        position: 1,
      });
      expect(await runGit(code, ['rev-parse', 'HEAD'])).toBe(head);
      expect(await runGit(code, ['status', '--porcelain'])).toBe('');
      expect(await runGit(code, ['rev-list', '--count', 'gitkel'])).toBe('2');
      await runGit(place.dir, ['clone', '-q', 'code', 'copy']);
      expect(await here.in(place.path('copy')).says('audit', '--expect', created.aid)).toMatch(
        /2 batches, 1 identity\nvalid: /,
      );
      await runGit(code, ['switch', '-q', 'gitkel']);
      expect((await here.in(code).ends(7, 'anchor', 'alice', '--said', NOWHERE)).error.reason).toBe(
        'checked-out',
      );
    }),
  );

  test.concurrent(
    "--closed admits the founder alone as a committer, of everybody's events",
    withCrew(async ({ place, alice, bob }) => {
      await alice.does('init', place.path('closed'), '--closed', '--log', place.path('closed'));
      const closed = place.path('closed');
      const founder = alice.with(closed);
      expect(await founder.does('identity', 'create', 'alice', '--key', 'a')).toMatchObject({
        status: 'committed',
        position: 0,
      });
      const guest = bob.with(closed);
      expect((await guest.ends(1, 'identity', 'create', 'bob', '--key', 'b')).error).toMatchObject({
        code: 'refused',
        reason: 'no-committer',
      });
      const {
        batches: [staged],
      } = await guest.does('batch', 'list');
      expect(staged).toMatchObject({ state: 'complete' });
      expect(await founder.does('batch', 'commit', staged?.batch ?? '')).toMatchObject({
        status: 'committed',
        position: 1,
      });
      expect(await guest.does('identity', 'list')).toMatchObject({ identities: [{}, { sn: 0 }] });
      expect(JSON.parse(await runGit(closed, ['show', 'main:gitkel.json']))).toMatchObject({
        admission: 'closed',
      });
      expect(await guest.says('audit')).toMatch(/2 batches, 2 identities\nvalid: /);
    }),
  );

  test.concurrent(
    'clone makes a copy that can be audited but not written to',
    withCrew(async ({ place, alice, bob, log }) => {
      const { aid } = await alice.does('identity', 'create', 'alice', '--key', 'a');
      expect(await bob.does('clone', log, 'copy', '--expect', aid)).toMatchObject({
        status: 'done',
        batches: 1,
      });
      expect((await bob.ends(2, 'clone', log, 'copy')).error.code).toBe('usage');
      expect((await bob.ends(1, 'clone', log, 'third', '--expect', NOWHERE)).error).toMatchObject({
        code: 'refused',
        reason: 'expected-aid',
      });
      expect((await bob.ends(4, 'audit', 'third')).error.code).toBe('not-found');
      expect(await bob.says('audit', 'copy')).toMatch(/\nvalid: consistent/);
      expect(
        await alice.with(place.path('copy')).does('anchor', 'alice', '--said', NOWHERE),
      ).toMatchObject({ status: 'committed', position: 1 });
      // It was published where it was cloned from.
      expect(await runGit(log, ['rev-list', '--count', 'main'])).toBe('2');
    }),
  );
});

describe('identities', () => {
  const withCrew = useCrew(async (crew) => {
    await createTeam(crew);
    await crew.alice.does('identity', 'create', 'solo', '--key', 'a');
  });

  test.concurrent(
    'identity show tells the state of now and of any event or batch, ending with the line to pin',
    withCrew(async ({ alice }) => {
      const anchored = await alice.does('anchor', 'solo', '--said', NOWHERE);
      const rotated = await alice.does('identity', 'rotate', 'solo', '--no-passphrase');
      const now = (await alice.does('identity', 'show', 'solo')) as Shown;
      expect(now).toMatchObject({
        aid: rotated.aid,
        position: 3,
        abandoned: false,
        state: { s: '2', kt: '1' },
        expect: `${rotated.aid}@2:${rotated.said}`,
      });
      const then = (await alice.does('identity', 'show', 'solo', '--at', '1')) as Shown;
      expect(then).toMatchObject({
        position: 2,
        state: { s: '1' },
        expect: `${rotated.aid}@1:${anchored.said}`,
      });
      expect(then.state.k).not.toEqual(now.state.k);
      expect(await alice.does('identity', 'show', 'solo', '--at', '@2')).toEqual(then);
      expect(await alice.does('identity', 'show', rotated.aid)).toEqual(now);
      expect((await alice.ends(4, 'identity', 'show', 'solo', '--at', '3')).error.hint).toContain(
        '0 to 2',
      );
      expect((await alice.ends(4, 'identity', 'show', 'solo', '--at', '@0')).error.code).toBe(
        'not-found',
      );
      const words = await alice.says('identity', 'show', 'team');
      expect(words).toContain('  2 of 3 keys must sign\n');
      expect(words).toMatch(/key 0: D\S{43} \(yours\)\n {2}key 1: D\S{43}\n/);
      const line = words.trimEnd().split('\n').at(-1) ?? '';
      expect(await alice.says('audit', '--expect', line)).toMatch(/\nvalid: as expected|\nvalid: /);
    }),
  );

  test.concurrent(
    "names of the home are accepted wherever an AID is, and are nobody else's",
    withCrew(async ({ place, alice, bob, carol, log }) => {
      const { aid } = await alice.does('identity', 'show', 'solo');
      expect((await carol.with(log).ends(4, 'identity', 'show', 'solo')).error).toMatchObject({
        reason: 'name',
      });
      expect(await carol.does('name', 'set', 'hers', aid)).toMatchObject({
        status: 'done',
        name: 'hers',
        aid,
        before: null,
      });
      expect(await carol.with(log).does('identity', 'show', 'hers')).toMatchObject({ aid });
      expect(await carol.with(log).does('audit', '--expect', 'hers')).toMatchObject({
        state: 'valid',
        identity: 'expected',
      });
      expect(await carol.does('clone', log, 'copy', '--expect', 'team')).toMatchObject({
        status: 'done',
      });
      const anchor = await carol.with(log).does('anchor', 'team', '--said', NOWHERE);
      expect(await place.commit(carol.with(log), anchor.batch, bob)).toMatchObject({
        status: 'committed',
      });
      expect((await carol.does('name', 'set', 'hers', anchor.aid)) as unknown).toMatchObject({
        before: aid,
      });
      expect(await carol.says('name', 'list')).toMatch(/^hers +E\S+\nteam +E\S+\n$/);
      expect(await carol.with(log).says('identity', 'list')).toMatch(/\(hers, team\)\n/);
      expect((await carol.ends(2, 'name', 'set', 'x', 'y')).error.reason).toBe('aid');
      expect((await carol.ends(2, 'name', 'set', aid, aid)).error.reason).toBe('name');
    }),
  );

  test.concurrent(
    'identity abandon ends an identity for ever, and only when it is meant',
    withCrew(async ({ place, alice, bob, log }) => {
      expect((await alice.ends(2, 'identity', 'abandon', 'solo')).error).toMatchObject({
        reason: 'unattended',
        hint: 'In scripts: --yes',
      });
      const ended = await alice.does('identity', 'abandon', 'solo', '--yes');
      expect(ended).toMatchObject({ status: 'committed', position: 2 });
      expect(await alice.does('identity', 'show', 'solo')).toMatchObject({
        abandoned: true,
        state: { n: [] },
      });
      expect(await alice.says('identity', 'show', 'solo')).toContain(
        'abandoned, nothing can be added',
      );
      expect((await alice.ends(2, 'anchor', 'solo', '--said', NOWHERE)).error.code).toBe('usage');
      expect(
        (await alice.ends(2, 'identity', 'rotate', 'solo', '--no-passphrase')).error.code,
      ).toBe('usage');

      const card = await place.rotationCard(bob);
      const team = await alice.does(
        'identity',
        'abandon',
        'team',
        '--card',
        card,
        '--drop',
        '2',
        '--yes',
      );
      await alice.does('batch', 'export', team.batch, '-o', 'batch.json');
      expect(
        await bob.says(
          'batch',
          'sign',
          'batch.json',
          '--yes',
          '--expect',
          team.batch,
          '-o',
          'bob.sig',
        ),
      ).toContain('ABANDON the identity');
      await alice.does('batch', 'add', 'bob.sig');
      expect(await alice.does('batch', 'commit', team.batch)).toMatchObject({
        status: 'committed',
        position: 3,
      });
      expect(await alice.does('audit', log)).toMatchObject({
        state: 'valid',
        aids: [{ abandoned: true }, { abandoned: true }],
      });
      expect(await alice.says('audit')).toMatch(/ abandoned\n/);
    }),
  );

  test.concurrent(
    'identity create --establishment-only refuses anchors; traits are shown',
    withCrew(async ({ alice }) => {
      await alice.does('key', 'new', 'strict', '--no-passphrase');
      await alice.does(
        'identity',
        'create',
        'strict',
        '--key',
        'strict',
        '--establishment-only',
        '--do-not-delegate',
      );
      expect(await alice.does('identity', 'show', 'strict')).toMatchObject({
        state: { c: ['EO', 'DND'] },
      });
      expect(await alice.says('identity', 'show', 'strict')).toContain('traits: EO, DND');
      const { error } = await alice.ends(2, 'anchor', 'strict', '--said', NOWHERE);
      expect(error.message).toMatch(/establishment/);
      expect(await alice.does('identity', 'rotate', 'strict', '--no-passphrase')).toMatchObject({
        status: 'committed',
      });
    }),
  );

  test.concurrent(
    'key list tells which key is current, also after a rotation',
    withCrew(async ({ alice }) => {
      const labels = async (): Promise<readonly string[]> => {
        const { keys } = (await alice.does('key', 'list')) as unknown as {
          readonly keys: readonly { readonly name: string; readonly label: string }[];
        };
        return keys.filter(({ name }) => name === 'k').map(({ label }) => label);
      };
      await alice.does('key', 'new', 'k', '--no-passphrase');
      await alice.does('identity', 'create', 'k', '--key', 'k');
      expect(await labels()).toEqual(['current', 'next']);
      await alice.does('identity', 'rotate', 'k', '--no-passphrase');
      expect(await labels()).toEqual(['older', 'current', 'next']);
      expect(await alice.says('key', 'list')).toMatch(/k +older +D\S+ {2}\/\S+\n/);
    }),
  );
});
