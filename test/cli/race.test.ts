/** Who comes second: conflicts on one identity, and many processes on one log, through the built binary. */
import { describe, expect, test, vi } from 'vitest';
import { runGit } from '../support/binary.ts';
import { type Crew, createTeam, useCrew } from '../support/crew.ts';
import type { Answer, Person } from '../support/person.ts';
import { snapshot } from '../support/snapshot.ts';

vi.setConfig({ testTimeout: 240_000 });

describe('two batches for one place', () => {
  const withCrew = useCrew(createTeam);

  /** Alice and Bob each stage an anchor for the same place; Carol makes both complete, the second knowingly. */
  async function bothComplete({ place, log, alice, bob, carol }: Crew): Promise<{ first: Answer; second: Answer; bobHere: Person }> {
    const bobHere = bob.with(log);
    const { said } = await alice.does('identity', 'list').then(({ identities }) => identities[0] ?? { said: '' });
    const first = await alice.does('anchor', 'team', '--said', said);
    const second = await bobHere.does('anchor', 'team', '--said', said.replace(/^E/, 'F'));
    await place.collect(alice, first.batch, carol);
    const file = place.path('second.json');
    await bobHere.does('batch', 'export', second.batch, '-o', file);
    const { error } = await carol.ends(1, 'batch', 'sign', file, '--yes', '--expect', second.batch);
    expect(error).toMatchObject({ code: 'refused', reason: 'already-signed' });
    expect(error.message).toContain(first.said);
    expect(error.hint).toContain('--supersede');
    await bobHere.does('batch', 'add', ...(await place.signAway(file, carol, second.batch, '--supersede')));
    for (const { batch } of [first, second]) expect(await alice.does('batch', 'show', batch)).toMatchObject({ state: 'complete' });
    return { first, second, bobHere };
  }

  test('the second commit ends with exit 5 and names what took its place; the repository is the same to the byte', withCrew(async (crew) => {
    const { log, alice } = crew;
    const { first, second, bobHere } = await bothComplete(crew);
    const committed = await alice.does('batch', 'commit', first.batch);
    expect(committed).toMatchObject({ status: 'committed', position: 1 });

    const before = snapshot(log);
    const lost = await bobHere.ends(5, 'batch', 'commit', second.batch);
    const taken = [{ aid: first.aid, sn: 1, said: first.said, position: 1, commit: committed.commit }];
    expect(lost).toMatchObject({ status: 'conflict', batch: second.batch, taken });
    expect(lost.reason).toMatch(/^place-taken: /);
    const words = (await bobHere.run(['batch', 'commit', second.batch])).requireExit(5).stdout;
    expect(words).toContain(`conflict: place-taken: event 1 of ${first.aid} is ${first.said}, in batch 1 (commit ${committed.commit})`);
    expect(words).toContain('nothing was written');
    expect(snapshot(log)).toEqual(before);
    expect(await runGit(log, ['rev-parse', 'main'])).toBe(committed.commit);

    expect(await alice.does('batch', 'show', second.batch)).toMatchObject({ state: 'conflict', taken });
    expect((await bobHere.ends(5, 'batch', 'restage', second.batch)).error).toMatchObject({ code: 'conflict', reason: 'place-taken' });
    expect(snapshot(log)).toEqual(before);
    expect(await bobHere.says('batch', 'prune')).toBe(`removed ${second.batch} (conflict)\n`);
    expect(await alice.says('audit')).toMatch(/2 batches, 1 identity\nvalid: /);
    expect(await runGit(log, ['fsck', '--strict', '--no-dangling'])).toBe('');
  }));

  test('two processes commit both at once: one is in, the other is told what took its place', withCrew(async (crew) => {
    const { alice } = crew;
    const { first, second, bobHere } = await bothComplete(crew);
    const runs = await Promise.all([alice.run(['batch', 'commit', first.batch, '--json']), bobHere.run(['batch', 'commit', second.batch, '--json'])]);
    expect(new Set(runs.map(({ ran }) => ran.exitCode))).toEqual(new Set([0, 5]));
    const answers = runs.map(({ ran }) => JSON.parse(ran.stdout) as Answer);
    const won = answers.find(({ status }) => status === 'committed');
    const winner = won?.batch === first.batch ? first : second;
    expect(won).toMatchObject({ batch: winner.batch, position: 1 });
    expect(answers.find(({ status }) => status === 'conflict')).toMatchObject({ taken: [{ said: winner.said, commit: won?.commit }] });
    expect(await alice.does('audit')).toMatchObject({ state: 'valid', batches: 2, aids: [{ sn: 1, said: winner.said }] });
  }));

  test('a batch that a rotation overtook is a conflict, too', withCrew(async (crew) => {
    const { place, alice, bob, carol, log } = crew;
    const anchor = await alice.does('anchor', 'team', '--said', (await alice.does('key', 'show', 'a')).nextDigest, '--stage');
    const cards = [await place.rotationCard(bob), await place.rotationCard(carol)].flatMap((card) => ['--card', card]);
    const rotation = await alice.does('identity', 'rotate', 'team', '--no-passphrase', ...cards);
    expect(await place.commit(alice, rotation.batch, bob)).toMatchObject({ status: 'committed', position: 1 });
    expect(await alice.ends(5, 'batch', 'commit', anchor.batch)).toMatchObject({ status: 'conflict', taken: [{ sn: 1, said: rotation.said }] });
    expect(await alice.says('audit', log)).toMatch(/\nvalid: /);
  }));
});

describe('processes that write different identities', () => {
  const PROCESSES = 6;
  const ROUNDS = 2 * Number(process.env['GITKEL_LONG'] ?? 1);

  /** Two identities in each of three homes, so that the processes meet in homes as well as in the log. */
  const withCrew = useCrew(async ({ log, alice, bob, carol }) => {
    for (const person of [alice, bob, carol].map((one) => one.with(log))) {
      await person.does('key', 'new', `${person.name}2`, '--no-passphrase');
      for (const name of [person.name, `${person.name}2`]) await person.does('identity', 'create', name, '--key', name);
    }
  });

  test('two complete batches committed at once are both in, and numbers have no gap', withCrew(async (crew) => {
    const { log, alice, bob } = crew;
    const people = [alice, bob.with(log)];
    const staged: Answer[] = [];
    for (const person of people) {
      const batch = await person.does('anchor', person.name, '--said', (await person.does('key', 'show', person.name)).nextDigest, '--stage');
      await person.does('batch', 'sign', batch.batch, '--yes', '--expect', batch.batch);
      staged.push(batch);
    }
    const done = await Promise.all(people.map(async (person, index) => person.does('batch', 'commit', staged[index]?.batch ?? '')));
    expect(done.map(({ status }) => status)).toEqual(['committed', 'committed']);
    expect(done.map(({ position }) => position).toSorted((a, b) => a - b)).toEqual([6, 7]);
    expect(await alice.says('audit')).toMatch(/8 batches, 6 identities\nvalid: /);
  }));

  test('six of them in a loop lose nothing, give no number twice and leave no lock', withCrew(async (crew) => {
    const { place, log, alice, bob, carol } = crew;
    const writers = [alice, bob, carol].flatMap((person) => [person.name, `${person.name}2`].map((name) => ({ person: person.with(log), name })));
    expect(writers).toHaveLength(PROCESSES);
    const said = (await alice.does('key', 'show', 'a')).nextDigest;
    const done = await Promise.all(
      writers.map(async ({ person, name }) => {
        const answers: Answer[] = [];
        for (let round = 0; round < ROUNDS; round++) answers.push(await person.does('anchor', name, '--said', said));
        return answers;
      }),
    );
    const answers = done.flat();
    expect(answers.every(({ status }) => status === 'committed')).toBe(true);
    const positions = answers.map(({ position }) => position).toSorted((a, b) => a - b);
    expect(positions).toEqual(Array.from({ length: PROCESSES * ROUNDS }, (_, index) => PROCESSES + index));
    const verdict = await alice.does('audit');
    expect(verdict).toMatchObject({ state: 'valid', batches: PROCESSES * (ROUNDS + 1) });
    const lines = (await runGit(log, ['log', '--format=%H', '--reverse'])).split('\n');
    for (const { commit, position } of answers) expect(lines[position]).toBe(commit);
    expect([...snapshot(log).keys()].filter((file) => file.includes('lock'))).toEqual([]);
    for (const name of ['a', 'b', 'c']) expect(snapshot(place.path(`home-${name}`, 'locks')).size).toBe(0);
    expect(await alice.does('batch', 'list')).toEqual({ batches: [] });
  }));

  test('six of them on one identity of one home: what was reported committed is there, each place once', withCrew(async (crew) => {
    const { alice } = crew;
    const said = (await alice.does('key', 'show', 'a')).nextDigest;
    const runs = await Promise.all(Array.from({ length: PROCESSES }, async () => alice.run(['anchor', 'a', '--said', said, '--json'])));
    const answers = runs.map(({ ran }) => ({ exitCode: ran.exitCode, answer: JSON.parse(ran.stdout) as Answer }));
    const committed = answers.filter(({ exitCode }) => exitCode === 0);
    expect(committed.length).toBeGreaterThan(0);
    for (const { exitCode, answer } of answers) {
      if (exitCode === 0) expect(answer).toMatchObject({ status: 'committed' });
      else expect({ exitCode, status: answer.status ?? answer.error.reason }).toEqual(exitCode === 5 ? { exitCode, status: 'conflict' } : { exitCode: 1, status: 'already-signed' });
    }
    const places = new Set(committed.map(({ answer }) => answer.said));
    const { identities } = await alice.does('identity', 'list');
    expect(identities.find(({ names }) => names.includes('a'))).toMatchObject({ sn: places.size });
    expect(await alice.says('audit')).toMatch(new RegExp(`${6 + places.size} batches, 6 identities\\nvalid: `));
  }));
});
