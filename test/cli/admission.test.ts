/** Who may commit to a log, on the built binary: a closed log, its 2-of-3 founder, and a guest. */
import { describe, expect, test } from 'vitest';
import { runGit } from '../support/binary.ts';
import { createTeam, type Crew, useCrew } from '../support/crew.ts';
import type { Person } from '../support/person.ts';

/** A closed log that a 2-of-3 team founds; what a guest wants in it, the team has to commit. */
async function prepare(crew: Crew): Promise<void> {
  const { place, alice, bob, carol } = crew;
  const closed = await place.newLog('closed', '--closed');
  const founder = alice.with(closed);
  const { aid } = await createTeam({ ...crew, log: closed, alice: founder });
  const guest = (await place.newPerson('guest')).with(closed);
  const refused = await guest.ends(1, 'identity', 'create', 'guest', '--key', 'guest');
  expect(refused.error).toMatchObject({ code: 'refused', reason: 'no-committer' });
  expect(refused.error.hint).toContain('The log is closed');
  const {
    batches: [waiting],
  } = await guest.does('batch', 'list');
  expect(waiting?.state).toBe('complete');
  expect(await founder.does('batch', 'commit', waiting?.batch ?? '')).toMatchObject({
    status: 'committed',
    position: 1,
  });
  const { identities } = await founder.does('identity', 'list');
  const own = identities.find((one) => one.aid !== aid)?.aid ?? '';
  for (const person of [founder, bob, carol]) await person.does('name', 'set', 'guest', own);
  await guest.does('name', 'set', 'team', aid);
}

const crew = useCrew(prepare);

interface Policy {
  readonly admission: string;
  readonly founder: string;
  readonly writers: readonly string[];
}

async function policy(person: Person): Promise<Policy> {
  return (await person.does('log', 'policy', 'show')) as unknown as Policy;
}

describe('log policy', () => {
  test(
    'lets writers commit from the next position on, until they are removed; only the founder sets it',
    crew(async (given) => {
      const { place, bob, carol } = given;
      const closed = place.path('closed');
      const [alice, guest] = [given.alice.with(closed), place.person('guest', closed)];
      const { founder, ...before } = await policy(guest);
      expect(before).toEqual({ admission: 'closed', writers: [] });
      const { aid } = await guest.does('identity', 'show', 'guest');
      const anchor = ['anchor', 'guest', '--said', founder];

      // Anybody may propose it; without the founder's signatures it is nothing.
      const own = await guest.does('log', 'policy', 'add', 'guest');
      expect(own).toMatchObject({ status: 'staged', missing: [expect.stringContaining(founder)] });
      await guest.ends(6, 'batch', 'commit', own.batch);
      await place.collect(alice, own.batch, bob, carol);
      expect((await guest.ends(1, 'batch', 'commit', own.batch)).error.reason).toBe('no-committer');
      expect((await policy(guest)).writers).toEqual([]);
      expect((await alice.does('batch', 'commit', own.batch)).position).toBe(2);
      expect(await policy(guest)).toEqual({ admission: 'closed', founder, writers: [aid] });
      expect(await alice.says('log', 'policy', 'show')).toBe(
        `closed: only the founder and its writers may commit\nfounder ${founder}\nwriter  ${aid}\n`,
      );
      expect((await guest.does(...anchor)).position).toBe(3);

      expect((await alice.ends(4, 'log', 'policy', 'remove', 'team')).error.code).toBe('not-found');
      const removal = await alice.does('log', 'policy', 'remove', 'guest');
      await place.collect(alice, removal.batch, carol);
      // In the batch that removes it, it is still a writer.
      expect((await guest.does('batch', 'commit', removal.batch)).position).toBe(4);
      expect((await policy(alice)).writers).toEqual([]);
      expect((await guest.ends(1, ...anchor)).error).toMatchObject({
        code: 'refused',
        reason: 'no-committer',
      });

      await runGit(place.dir, ['clone', '-q', closed, 'clone']);
      expect(await carol.with(undefined).in(place.path('clone')).does('audit')).toMatchObject({
        state: 'valid',
        batches: 5,
      });
    }),
  );

  test(
    'keeps no co-signer from signing later: who may not commit hands the signature on through the mailbox',
    crew(async (given) => {
      const { place } = given;
      const closed = place.path('closed');
      const alice = given.alice.with(closed);
      const bare = place.path('remote.git');
      await runGit(place.dir, ['init', '-q', '--bare', '-b', 'main', bare]);
      await runGit(closed, ['remote', 'add', 'origin', bare]);
      await alice.does('sync');
      const [bob, guest] = [given.bob, place.person('guest')].map((one) => one.with(undefined)) as [
        Person,
        Person,
      ];
      await bob.does('clone', bare, 'of-bob');
      await guest.does('clone', bare, 'of-guest');
      const [first, second] = [bob.with(place.path('of-bob')), guest.with(place.path('of-guest'))];
      const cards = ['--card', 'b.card', '--card', 'guest.card'];
      const create = ['identity', 'create', 'pair', ...cards, '--threshold', '1', '--stage'];
      const { batch } = await first.does(...create);
      const signs = async (person: Person) =>
        person.does('batch', 'sign', batch, '--yes', '--expect', batch);
      await first.does('batch', 'push', batch);
      await second.does('batch', 'pull');
      await signs(first);
      expect(await first.does('sync')).toMatchObject({ batches: [{ batch, status: 'committed' }] });
      expect(await runGit(bare, ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');

      await second.does('pull');
      await signs(second);
      expect(await second.does('batch', 'push', batch)).toMatchObject({
        late: [],
        batches: [{ batch, pushed: 2, present: 0 }],
      });
      // Whoever may not commit it leaves it there for those who may.
      expect(await second.does('sync')).toMatchObject({ mailbox: { pushed: [], deleted: 0 } });
      expect(await alice.does('sync')).toMatchObject({
        mailbox: { batches: [{ batch, status: 'over', bad: [] }] },
      });
      expect((await alice.does('audit')).batches).toBe(4);
      expect(await runGit(bare, ['log', '-1', '--format=%s', 'main'])).toMatch(
        /^prove event 0 of /,
      );
      for (const person of [first, second]) await person.does('sync');
      expect(await runGit(bare, ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
      expect(await second.does('batch', 'prune')).toMatchObject({ kept: [] });
      expect(await first.does('audit')).toMatchObject({ state: 'valid', batches: 4 });
    }),
  );

  test(
    'closes a log that was open, and knows only identities of the log',
    crew(async ({ place }) => {
      const log = await place.newLog('open');
      const [founder, guest] = [place.person('guest', log), place.person('a', log)];
      expect((await founder.ends(4, 'log', 'policy', 'show')).error.code).toBe('not-found');
      await founder.does('identity', 'create', 'owner', '--key', 'guest');
      expect(await founder.says('log', 'policy', 'show')).toMatch(/^open: /);
      const { aid } = await guest.does('identity', 'create', 'alice', '--key', 'a');
      expect((await founder.ends(4, 'log', 'policy', 'add', 'team')).error.code).toBe('not-found');
      expect((await founder.does('log', 'policy', 'add', aid)).position).toBe(2);
      expect(await policy(guest)).toMatchObject({ admission: 'closed', writers: [aid] });
      expect((await founder.does('log', 'policy', 'remove', aid)).position).toBe(3);
      expect((await guest.ends(1, 'anchor', aid, '--said', aid)).error.reason).toBe('no-committer');
    }),
  );
});
