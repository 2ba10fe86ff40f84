/** Logs with an upstream through the built binary: publishing, pulling, waiting offline, alarms, freshness, pins, comparison. */
import { cpSync, renameSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { runGit } from '../support/binary.ts';
import { type Crew, useCrew } from '../support/crew.ts';
import { hasFaketime } from '../support/faketime.ts';
import type { Answer } from '../support/person.ts';

vi.setConfig({ testTimeout: 180_000 });

const seal = (fill: string): string => `E${fill.repeat(43)}`;

interface Remote extends Answer {
  readonly published: number;
  readonly pulled: number;
  readonly freshness: string;
  readonly since: string | null;
  readonly waiting: readonly { readonly kind: string; readonly next: string }[];
  readonly findings: readonly { readonly reason: string }[];
  readonly aids: readonly { readonly relation: string; readonly file: string | null }[];
  readonly relation: string;
}

const withCrew = useCrew(async ({ alice }) => {
  await alice.does('identity', 'create', 'alice', '--key', 'a');
});

/** Publishes Alice's log at an empty bare repository, and lets Bob clone it. */
async function published({ place, log, alice, bob }: Crew) {
  const bare = place.path('remote.git');
  await runGit(place.dir, ['init', '-q', '--bare', '-b', 'main', bare]);
  await runGit(log, ['remote', 'add', 'origin', bare]);
  const synced = (await alice.does('sync')) as Remote;
  await bob.does('clone', bare, 'copy');
  return { bare, synced, bob: bob.with(place.path('copy')) };
}

describe('a log with an upstream', () => {
  test(
    'is published, and committed to from two homes, also after a while offline',
    withCrew(async (crew) => {
      const { bare, synced, bob } = await published(crew);
      expect(synced).toMatchObject({ status: 'done', published: 1, pulled: 0, batches: [] });
      const { commit } = await bob.does('identity', 'create', 'bob', '--key', 'b');
      expect(await runGit(bare, ['rev-parse', 'main'])).toBe(commit);
      const { alice, log } = crew;
      expect(await alice.does('pull')).toMatchObject({
        status: 'pulled',
        batches: 1,
        position: 1,
        commit,
        freshness: 'fresh',
      });
      renameSync(bare, `${bare}.away`);
      const waiting = await alice.does('anchor', 'alice', '--said', seal('A'));
      expect(waiting).toMatchObject({ status: 'staged', reason: 'remote-unreachable' });
      expect(((await alice.does('status')) as Remote).waiting).toMatchObject([
        { kind: 'commit', next: 'gitkel sync' },
      ]);
      for (const args of [['batch', 'commit', waiting.batch], ['pull'], ['sync']])
        expect((await alice.ends(7, ...args)).error.reason).toBe('remote-unreachable');
      expect(await runGit(log, ['rev-parse', 'main'])).toBe(commit);
      renameSync(`${bare}.away`, bare);
      await bob.does('anchor', 'bob', '--said', seal('B'));
      expect(await alice.does('sync')).toMatchObject({
        pulled: 1,
        batches: [{ batch: waiting.batch, status: 'committed', position: 3 }],
      });
      expect(await runGit(bare, ['rev-parse', 'main'])).toBe(
        await runGit(log, ['rev-parse', 'main']),
      );
      expect((await bob.does('audit', bare)).batches).toBe(4);
      expect((await crew.carol.with(undefined).ends(2, 'pull', '--log', bare)).error.reason).toBe(
        'no-upstream',
      );
    }),
  );

  test(
    'tells whoever lost a place what to type, and then syncs without a complaint',
    withCrew(async (crew) => {
      const { bob } = await published(crew);
      const { alice } = crew;
      const rival = await alice.does('anchor', 'alice', '--said', seal('C'), '--stage');
      await alice.does('batch', 'sign', rival.batch, '--yes', '--expect', rival.batch);
      await bob.does('identity', 'create', 'bob', '--key', 'b');
      const { aid } = await alice.does('identity', 'show', 'alice');
      await alice.does('anchor', aid, '--said', seal('D'), '--supersede', '--yes');
      const lost = (await alice.run(['sync'])).requireExit(5).stdout;
      expect(lost).toContain(`next: gitkel batch prune   removes ${rival.batch}`);
      await alice.does('batch', 'prune');
      expect(await alice.does('sync')).toMatchObject({ batches: [] });
    }),
  );

  test(
    'is taken over in a second copy of the same home, whose alarm waits until the remote was asked',
    withCrew(async (crew) => {
      const { bare, bob: first } = await published(crew);
      const { bob, place, alice } = crew;
      for (const name of ['second', 'third', 'fourth']) await bob.does('clone', bare, name);
      const [second, third, fourth] = ['second', 'third', 'fourth'].map((name) =>
        bob.with(place.path(name)),
      ) as [typeof bob, typeof bob, typeof bob];
      const { commit } = await first.does('identity', 'create', 'bob', '--key', 'b');
      const { error: behind } = await second.ends(1, 'identity', 'list');
      expect(behind).toMatchObject({ reason: 'log-rolled-back' });
      expect(behind.hint).toContain('gitkel pull');
      expect(await second.does('pull')).toMatchObject({ status: 'pulled', batches: 1, commit });
      expect(await second.does('pull')).toMatchObject({ status: 'current' });
      expect(await third.does('sync')).toMatchObject({ pulled: 1 });
      const mirror = place.path('mirror.git');
      cpSync(bare, mirror, { recursive: true });
      await runGit(place.path('fourth'), ['remote', 'add', 'mirror', mirror]);
      const { error: other } = await fourth.ends(1, 'batch', 'pull', '--remote', 'mirror');
      expect(other.reason).toBe('log-rolled-back');
      await alice.does('sync');
      await alice.does('anchor', 'alice', '--said', seal('A'));
      // What the remote lost since is gone, whichever copy asks for it.
      await first.does('pull');
      await runGit(bare, ['update-ref', 'refs/heads/main', 'main~1']);
      for (const [copy, command] of [
        [second, 'pull'],
        [third, 'sync'],
        [fourth, 'pull'],
        [fourth, 'sync'],
      ] as const) {
        const { error } = await copy.ends(1, command);
        expect(error.reason).toBe('remote-rolled-back');
        expect(error.message).toMatch(
          /went back: .*ends at batch 1, but was verified up to batch 2/,
        );
      }
      expect(await runGit(place.path('fourth'), ['rev-list', '--count', 'main'])).toBe('1');
    }),
  );

  test(
    'raises the alarm when it went back, and says how fresh it is',
    withCrew(async (crew) => {
      const { bare, bob } = await published(crew);
      await crew.alice.does('anchor', 'alice', '--said', seal('A'));
      await bob.does('pull');
      await runGit(bare, ['update-ref', 'refs/heads/main', 'main~1']);
      const { error } = await bob.ends(1, 'pull');
      expect(error.reason).toBe('remote-rolled-back');
      expect(error.message).toMatch(/here is batch 1 \(payload E.*there is batch 0 \(payload E/);
      const { aid } = await crew.alice.does('identity', 'show', 'alice');
      expect((await bob.ends(1, 'anchor', aid, '--said', seal('B'))).error.reason).toBe(
        'remote-rolled-back',
      );
      const asked = (await bob.does('audit', '--max-age', '1h')) as Remote;
      expect(asked).toMatchObject({ freshness: 'fresh', findings: [] });
      const stranger = (await crew.carol.ends(
        1,
        'audit',
        bob.log ?? '',
        '--max-age',
        '1h',
      )) as Remote;
      expect(stranger).toMatchObject({
        freshness: 'unknown',
        since: null,
        findings: [{ reason: 'log-freshness-unknown' }],
      });
      if (!hasFaketime) return;
      const show = ['identity', 'show', aid, '--max-age', '1h'];
      const later = (await bob.run(show, { clock: '2036-01-01 12:00:00' })).requireExit(1);
      expect(later.stdout).toContain('  stale: last asked 20');
    }),
  );

  test(
    'is held to its pin, and two copies of it against each other',
    withCrew(async (crew) => {
      const { place, alice, carol } = crew;
      const { bare, bob } = await published(crew);
      await bob.does('identity', 'create', 'bob', '--key', 'b');
      expect(await bob.does('pin')).toMatchObject({ status: 'done', pinned: 'log', position: 1 });
      // Alice's home and log once more, as on another machine: both sign for one place.
      for (const name of ['log', 'home-a', 'remote.git'])
        cpSync(place.path(name), place.path(`${name}2`), { recursive: true });
      const twin = { ...crew, log: place.path('log2') };
      await runGit(twin.log, ['remote', 'set-url', 'origin', place.path('remote.git2')]);
      await alice.does('anchor', 'alice', '--said', seal('A'));
      const other = place.person('a2', twin.log);
      await other.does('anchor', 'alice', '--said', seal('B'));
      const compared = (await carol.ends(1, 'compare', bare, twin.log, '-o', 'proof')) as Remote;
      expect(compared).toMatchObject({ relation: 'forked' });
      const rival = compared.aids.find(({ relation }) => relation !== 'same');
      expect(rival?.relation).toBe('duplicitous');
      const file = rival?.file ?? '';
      expect(await carol.does('evidence', 'verify', file)).toMatchObject({ proven: true });
      expect(await bob.does('evidence', 'add', file)).toMatchObject({ status: 'committed' });
      // Another log where the pinned one was.
      renameSync(bare, `${bare}.away`);
      const impostor = await place.newLog('other');
      await carol.with(impostor).does('identity', 'create', 'carol', '--key', 'c');
      renameSync(impostor, bare);
      expect((await bob.ends(1, 'pull')).error.reason).toBe('remote-other-log');
      expect((await bob.ends(1, 'audit', bare)) as Remote).toMatchObject({
        findings: [{ reason: 'expected-log' }],
      });
      // Nor does it come in by a copy that has no batch yet.
      const fresh = await place.newLog('fresh');
      await runGit(fresh, ['remote', 'add', 'origin', bare]);
      await runGit(fresh, ['config', 'branch.main.remote', 'origin']);
      const { error } = await bob.with(fresh).ends(1, 'pull');
      expect(error.reason).toBe('pinned-elsewhere');
      expect((await bob.with(fresh).does('status')) as Remote).toMatchObject({
        log: { batches: 0 },
      });
    }),
  );

  test(
    'is where co-signers meet: two of three complete a batch by push and fetch, the third signs later',
    withCrew(async (crew) => {
      const { place, alice, carol } = crew;
      const { bare, bob } = await published(crew);
      const created = await alice.does(
        'identity',
        'create',
        'team',
        '--key',
        'a',
        '--card',
        'b.card',
        '--card',
        'c.card',
        '--threshold',
        '2',
      );
      const signs = async (person: typeof bob, id: string): Promise<Answer> =>
        person.does('batch', 'sign', id, '--yes', '--expect', id);
      await alice.does('batch', 'push', created.batch);
      await bob.does('batch', 'pull');
      await signs(bob, created.batch);
      expect(await bob.does('sync')).toMatchObject({
        batches: [{ batch: created.batch, status: 'committed', position: 1 }],
        mailbox: { deleted: 2 },
      });
      expect(await runGit(bare, ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
      await carol.does('clone', bare, 'copy-c');
      const third = carol.with(place.path('copy-c'));
      await alice.does('sync');
      for (const person of [bob, third]) await person.does('name', 'set', 'team', created.aid);
      // Two who propose for one place meet before anybody signs.
      const { batch } = await alice.does('anchor', 'team', '--said', seal('A'));
      const rival = await bob.ends(5, 'anchor', 'team', '--said', seal('B'));
      expect(rival.error.reason).toBe('place-announced');
      expect(rival.error.message).toContain(batch);
      await alice.does('batch', 'push', batch);
      await third.does('batch', 'pull');
      expect(((await third.does('status')) as Remote).waiting).toMatchObject([
        { kind: 'sign', next: `gitkel batch sign ${batch}` },
      ]);
      await bob.does('batch', 'pull');
      await signs(bob, batch);
      await bob.does('batch', 'push', batch);
      expect(await alice.does('sync')).toMatchObject({
        batches: [{ batch, status: 'committed', position: 2 }],
      });
      await signs(third, batch);
      expect(await third.does('batch', 'push', batch)).toMatchObject({
        batches: [],
        late: [batch],
      });
      expect(await alice.does('pull')).toMatchObject({ status: 'pulled', batches: 1, position: 3 });
      expect(await alice.does('audit')).toMatchObject({ state: 'valid', batches: 4 });
      expect(await runGit(bare, ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
    }),
  );
});
