/** Devices of a team, on the built binary: a laptop and a build machine with homes and KELs of their own. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runGit } from '../support/binary.ts';
import { type Crew, createTeam, useCrew } from '../support/crew.ts';
import { hasFaketime } from '../support/faketime.ts';
import type { Answer, Person } from '../support/person.ts';

interface Devices extends Crew {
  readonly laptop: Person;
  readonly runner: Person;
}

function withDevices(crew: Crew): Devices {
  const { place, log } = crew;
  return { ...crew, laptop: place.person('laptop', log), runner: place.person('runner', log) };
}

/** The team, a laptop and a build machine, each known to everybody by its name. */
async function prepare(crew: Crew): Promise<void> {
  const { place, log, alice, bob, carol } = crew;
  const people = [alice, bob, carol];
  const { aid: team } = await createTeam(crew);
  for (const name of ['laptop', 'runner']) {
    const device = (await place.newPerson(name)).with(log);
    const { aid } = await device.does('identity', 'create', name, '--key', name);
    await device.does('name', 'set', 'team', team);
    for (const person of people) await person.does('name', 'set', name, aid);
  }
  for (const file of ['one', 'two', 'three', 'four']) writeFileSync(place.path(file), `${file}\n`);
}

/** As {@link prepare}; the build machine is linked, too, with the capability to sign. */
async function prepareLinked(crew: Crew): Promise<void> {
  await prepare(crew);
  await linkRunner(withDevices(crew));
}

async function linkRunner(
  { place, alice, bob, runner }: Devices,
  ...capabilities: readonly string[]
): Promise<Answer> {
  const wanted = capabilities.length === 0 ? ['sign-statement'] : capabilities;
  const linked = await alice.does(
    'device',
    'link',
    'team',
    '--device',
    'runner',
    '--name',
    'ci-runner',
    ...wanted.flatMap((capability) => ['--capability', capability]),
  );
  return place.commit(alice, linked.batch, bob, runner);
}

async function revokeRunner({ place, log, bob, carol }: Devices): Promise<Answer> {
  const revoked = await bob
    .with(log)
    .does('device', 'revoke', '--yes', 'team', '--device', 'runner');
  return place.commit(bob.with(log), revoked.batch, carol);
}

interface Standing {
  readonly device: string;
  readonly controller: string;
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly standing: string;
  readonly linkedAt: number;
  readonly revokedAt: number | null;
}

interface Statement {
  readonly said: string;
  readonly position: number;
  readonly counts: boolean;
  readonly why: string;
}

interface Listed {
  readonly position: number;
  readonly devices: readonly Standing[];
  readonly statements: readonly Statement[];
}

interface Signed extends Answer {
  readonly controller: string | null;
  readonly standing: { readonly counts: boolean; readonly why: string } | null;
}

interface Identity {
  readonly aid: string;
  readonly asOf: number;
  readonly devices: readonly Standing[];
  readonly deviceOf: readonly Standing[];
}

interface Batch {
  readonly position: number;
  readonly claimedDate: string;
  readonly events: readonly {
    readonly said: string;
    readonly seals: readonly unknown[];
    readonly signatures: { readonly signed: readonly number[] };
    readonly records: readonly {
      readonly said: string;
      readonly counts: boolean;
      readonly why: string;
    }[];
  }[];
}

/** What a command answers with `--json`, of a shape of its own. */
async function answer<T>(person: Person, ...args: readonly string[]): Promise<T> {
  return (await person.does(...args)) as unknown as T;
}

const list = async (person: Person, ...flags: readonly string[]): Promise<Listed> =>
  answer<Listed>(person, 'device', 'list', 'team', ...flags);

const signs = async (person: Person, ...args: readonly string[]): Promise<Signed> =>
  answer<Signed>(person, 'device', 'sign', ...args);

const batchAt = async (person: Person, position: number): Promise<Batch> =>
  answer<Batch>(person, 'show', `${position}`);

/** The verdicts of every command on every statement must be these, by position; in a clone, too. */
async function expectVerdicts(
  crew: Devices,
  verdicts: readonly (readonly [position: number, counts: boolean])[],
): Promise<void> {
  const { place, alice, carol, log } = crew;
  const { statements } = await list(alice);
  expect(statements.map(({ position, counts }) => [position, counts])).toEqual(verdicts);
  const said = await alice.says('device', 'list', 'team');
  expect(said.match(/^counts: /gm)?.length ?? 0).toBe(
    verdicts.filter(([, counts]) => counts).length,
  );

  const history = await answer<{ readonly batches: readonly Batch[] }>(alice, 'log');
  const told = history.batches
    .flatMap(({ events }) => events.flatMap(({ records }) => records))
    .filter((record) => statements.some((statement) => statement.said === record.said));
  expect(told.toReversed().map(({ counts }) => counts)).toEqual(
    verdicts.map(([, counts]) => counts),
  );
  const words = await alice.says('log');
  for (const { said: statement, counts, why } of statements) {
    const line = `${counts ? 'counts' : 'does NOT count'}: ${why}\n`;
    expect(words).toContain(line);
    expect(await alice.says('show', statement)).toContain(`\n  ${line}`);
  }
  const last = statements.at(-1);
  expect(await answer(alice, 'show', last?.said ?? '')).toMatchObject({
    kind: 'record',
    counts: last?.counts,
    why: last?.why,
  });

  await runGit(place.dir, ['clone', '-q', log, 'clone']);
  const stranger = carol.with(place.path('clone'));
  expect(await answer(stranger, 'audit', '--objects')).toMatchObject({
    state: 'valid',
    statements: statements.map(({ said: statement, position, counts, why }) => ({
      said: statement,
      position,
      counts,
      why,
    })),
  });
  const audited = await stranger.says('audit');
  const counting = verdicts.filter(([, counts]) => counts).length;
  expect(audited).toContain(`\n${verdicts.length} statements, ${counting} of them `);
  for (const { said: statement, counts } of statements)
    expect(audited.includes(`statement ${statement} of `)).toBe(!counts);
  expect(await list(stranger)).toEqual(await list(alice));
}

/** What `device list --at` and `identity show --at` must tell of the build machine's links, by position. */
async function expectStandings(
  { alice }: Devices,
  at: readonly (readonly [
    position: number,
    links: readonly (readonly [capabilities: string, revokedAt: number | null])[],
  ])[],
): Promise<void> {
  const brief = (standings: readonly Standing[]): unknown =>
    standings.map(({ capabilities, revokedAt }) => [capabilities.join(','), revokedAt]);
  for (const [position, links] of at) {
    const listed = await list(alice, '--at', `${position}`);
    expect(brief(listed.devices), `${position}`).toEqual(links);
    expect(listed.statements.every((statement) => statement.position <= position)).toBe(true);
    const team = await answer<Identity>(alice, 'identity', 'show', 'team', '--at', `@${position}`);
    expect(team).toMatchObject({ asOf: position, devices: listed.devices, deviceOf: [] });
    const shown = ['identity', 'show', 'runner', '--at', `@${position}`];
    const runner = await answer<Identity>(alice, ...shown);
    expect(runner).toMatchObject({ asOf: position, devices: [], deviceOf: listed.devices });
    const said = await alice.says(...shown);
    expect(said.match(/it is the device "ci-runner" of /g)?.length ?? 0).toBe(links.length);
    for (const [, revokedAt] of links)
      if (revokedAt !== null) expect(said).toContain(`, revoked at batch ${revokedAt}; `);
  }
}

const crew = useCrew(prepare);
const linkedCrew = useCrew(prepareLinked);

describe('device link and device revoke', () => {
  test(
    'link two devices in one event, one acceptance coming later; what one seals before its revocation counts, what is committed after does not',
    crew(async (given) => {
      const own = withDevices(given);
      const { place, log, alice, bob, laptop, runner } = own;
      const linked = await alice.does(
        'device',
        'link',
        'team',
        '--device',
        'laptop',
        '--name',
        "Ada's laptop",
        '--capability',
        'sign-statement',
        '--device',
        'runner',
        '--name',
        'ci-runner',
        '--capability',
        'sign-statement',
        '--capability',
        'release',
      );
      expect(linked.status).toBe('staged');
      expect(linked.missing).toEqual([
        expect.stringMatching(/^ixn 1 of E\S{43}: kt: 1 more/),
        expect.stringMatching(/^device-link by E\S{43}: acceptance: 1 more/),
        expect.stringMatching(/^device-link by E\S{43}: acceptance: 1 more/),
      ]);
      await place.collect(alice, linked.batch, laptop);
      await place.collect(alice, linked.batch, bob);
      // Somebody else commits meanwhile.
      await laptop.does('anchor', 'laptop', '--said', linked.said);
      const waiting = await alice.ends(6, 'batch', 'commit', linked.batch);
      const { aid: runnerAid } = await answer<Identity>(runner, 'identity', 'show', 'runner');
      expect(waiting.missing).toEqual([
        expect.stringContaining(`device-link by ${runnerAid}: acceptance: 1 more`),
      ]);
      expect(await list(alice)).toMatchObject({ devices: [] });
      const committed = await place.commit(alice, linked.batch, runner);
      expect(committed.position).toBe(4);
      const { events } = await batchAt(alice, 4);
      expect(events).toHaveLength(1);
      expect(events[0]?.seals).toHaveLength(2);
      expect(events[0]).toMatchObject({
        signatures: { signed: [0, 1] },
        records: [{ counts: true }, { counts: true }],
      });

      for (const [index, file] of ['one', 'two'].entries()) {
        expect(await signs(runner, file)).toMatchObject({
          status: 'committed',
          position: 5 + index,
          controller: linked.aid,
          standing: { counts: true },
        });
      }
      const finished = await signs(runner, 'three', '--stage');
      expect(finished).toMatchObject({ status: 'staged', standing: null });
      await runner.does('batch', 'sign', finished.batch, '--yes', '--expect', finished.batch);

      expect((await revokeRunner(own)).position).toBe(7);
      expect((await batchAt(alice, 7)).events[0]?.signatures.signed).toEqual([1, 2]);
      expect(await runner.does('batch', 'commit', finished.batch)).toMatchObject({
        status: 'committed',
        position: 8,
      });
      expect(await laptop.says('device', 'sign', 'one')).toMatch(/\n {2}counts: /);
      expect(await runner.ends(1, 'device', 'sign', 'four', '--as', 'runner')).toMatchObject({
        error: {
          reason: 'would-not-count',
          message: expect.stringMatching(/after the device was revoked at 7$/) as string,
        },
      });
      expect(await runner.says('device', 'sign', 'four', '--as', 'runner', '--anyway')).toMatch(
        /\n {2}does NOT count: sealed at position 10, after the device was revoked at 7\n/,
      );
      const { devices } = await list(alice);
      expect(devices).toMatchObject([
        { name: "Ada's laptop", standing: 'linked', linkedAt: 4 },
        {
          name: 'ci-runner',
          capabilities: ['release', 'sign-statement'],
          standing: 'revoked',
          linkedAt: 4,
          revokedAt: 7,
        },
      ]);
      await expectVerdicts(own, [
        [5, true],
        [6, true],
        [8, false],
        [9, true],
        [10, false],
      ]);
      expect(await runGit(log, ['rev-list', '--count', 'HEAD'])).toBe('11');
    }),
  );

  test.skipIf(!hasFaketime)(
    'with the clock set back to before the link, a revoked device seals nothing that counts (needs faketime)',
    linkedCrew(async (given) => {
      const own = withDevices(given);
      const { alice, runner } = own;
      await signs(runner, 'one');
      await signs(runner, 'two');
      await revokeRunner(own);
      const late = (
        await runner.run(['device', 'sign', 'three', '--as', 'runner', '--anyway', '--json'], {
          clock: '2001-01-01 12:00:00',
        })
      ).requireExit(0);
      expect(JSON.parse(late.stdout)).toMatchObject({
        status: 'committed',
        position: 7,
        standing: {
          counts: false,
          why: 'sealed at position 7, after the device was revoked at 6',
        },
      });
      expect((await batchAt(alice, 7)).claimedDate).toMatch(/^2001-01-01T12:00:\d\dZ$/);
      await expectVerdicts(own, [
        [4, true],
        [5, true],
        [7, false],
      ]);
    }),
  );

  test(
    'link again with other capabilities: each link judges what lies between it and its revocation, whatever keys the device has by then',
    linkedCrew(async (given) => {
      const own = withDevices(given);
      const { alice, runner } = own;
      await signs(runner, 'one');
      await runner.does('identity', 'rotate', 'runner', '--no-passphrase');
      await signs(runner, 'two');
      expect((await revokeRunner(own)).position).toBe(7);
      await signs(runner, 'three', '--as', 'runner', '--anyway');
      expect((await linkRunner(own, 'release')).position).toBe(9);
      expect((await signs(runner, 'four', '--anyway')).standing).toEqual({
        counts: false,
        why: 'the device has not the capability sign-statement',
      });
      expect((await revokeRunner(own)).position).toBe(11);
      expect((await linkRunner(own, 'audit', 'sign-statement')).position).toBe(12);
      await signs(runner, 'four');

      expect((await list(alice)).statements.map(({ why }) => why)).toEqual([
        'sealed at position 4, linked at 3',
        'sealed at position 6, linked at 3',
        'sealed at position 8, after the device was revoked at 7',
        'the device has not the capability sign-statement',
        'sealed at position 13, linked at 12',
      ]);
      const first = ['sign-statement', 7] as const;
      const second = ['release', 11] as const;
      await expectStandings(own, [
        [2, []],
        [6, [['sign-statement', null]]],
        [9, [first, ['release', null]]],
        [13, [first, second, ['audit,sign-statement', null]]],
      ]);
      expect((await alice.ends(4, 'device', 'list', 'team', '--at', '14')).error.hint).toContain(
        '0 to 13',
      );
      expect((await alice.ends(4, 'identity', 'show', 'team', '--at', '@14')).error.hint).toContain(
        '0 to 13',
      );
    }),
  );

  test(
    'revoke several devices in one event, and only those that are linked',
    linkedCrew(async (given) => {
      const own = withDevices(given);
      const { place, alice, bob, carol, laptop } = own;
      const revoke = [
        'device',
        'revoke',
        '--yes',
        'team',
        '--device',
        'laptop',
        '--device',
        'runner',
      ];
      expect((await alice.ends(1, ...revoke)).error.reason).toBe('revoke-without-link');
      expect((await alice.ends(2, ...revoke, '--device', 'laptop')).error.code).toBe('usage');
      const linked = await alice.does('device', 'link', 'team', '--device', 'laptop');
      await place.commit(alice, linked.batch, carol, laptop);
      const again = await alice.ends(1, 'device', 'link', 'team', '--device', 'laptop');
      expect(again.error.reason).toBe('link-twice');
      const revoked = await alice.does(...revoke, '--reason', 'the office was robbed');
      expect((await place.commit(alice, revoked.batch, bob)).position).toBe(5);
      expect((await batchAt(alice, 5)).events.map(({ seals }) => seals.length)).toEqual([2]);
      expect((await list(alice)).devices).toMatchObject([
        { name: 'ci-runner', standing: 'revoked', revokedAt: 5 },
        { name: 'laptop', standing: 'revoked', revokedAt: 5 },
      ]);
      expect((await alice.ends(1, ...revoke)).error.reason).toBe('revoke-without-link');
    }),
  );

  test(
    'wait for the acceptance of every device; one that never signs keeps nobody from going on without it',
    crew(async (given) => {
      const own = withDevices(given);
      const { place, alice, bob, laptop } = own;
      const both = ['device', 'link', 'team', '--device', 'laptop', '--device', 'runner'];
      const linked = await alice.does(...both);
      await place.collect(alice, linked.batch, bob, laptop);
      expect(await alice.ends(6, 'batch', 'commit', linked.batch)).toMatchObject({
        status: 'incomplete',
        missing: [expect.stringContaining('acceptance: 1 more')],
      });
      expect(await alice.says('batch', 'show', linked.batch)).toMatch(
        /acceptance 1 of 1[^]*acceptance 0 of 1, by E\S{43}\n.*open\n {2}missing: acceptance: 1 more/,
      );
      expect((await list(alice)).devices).toEqual([]);

      await alice.does('batch', 'withdraw', '--yes', linked.batch);
      const alone = ['device', 'link', 'team', '--device', 'laptop'];
      expect((await alice.ends(1, ...alone)).error.reason).toBe('already-signed');
      const second = await alice.does(...alone, '--supersede', '--yes');
      await place.collect(alice, second.batch, laptop);
      const file = place.path('second.json');
      await alice.does('batch', 'export', second.batch, '-o', file);
      const signed = await place.signAway(file, bob, second.batch, '--supersede');
      await alice.does('batch', 'add', ...signed);
      expect(await alice.does('batch', 'commit', second.batch)).toMatchObject({ position: 3 });
      expect((await list(alice)).devices).toMatchObject([{ name: 'laptop', standing: 'linked' }]);
    }),
  );

  test(
    'an acceptance by a key that the device rotated out meanwhile is a conflict; the link is staged again and accepted anew',
    crew(async (given) => {
      const own = withDevices(given);
      const { place, alice, bob, runner } = own;
      const linked = await alice.does(
        'device',
        'link',
        'team',
        '--device',
        'runner',
        '--capability',
        'sign-statement',
      );
      await place.collect(alice, linked.batch, bob, runner);
      await runner.does('identity', 'rotate', 'runner', '--no-passphrase');
      expect(await alice.ends(5, 'batch', 'commit', linked.batch)).toMatchObject({
        status: 'conflict',
        reason: expect.stringMatching(/^read-set: /),
      });
      const restaged = await alice.does('batch', 'restage', linked.batch);
      expect(restaged.missing).toEqual([expect.stringContaining('acceptance: 1 more')]);
      expect((await place.commit(alice, restaged.batch, runner)).position).toBe(4);
      expect((await signs(runner, 'one')).standing).toMatchObject({ counts: true });
    }),
  );
});
