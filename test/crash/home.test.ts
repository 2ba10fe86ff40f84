/** Everything else that writes, killed at every call that changes the disk: nothing reported is lost, nothing blocks. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTeam } from '../support/crew.ts';
import { type Answer, type Person, Place } from '../support/person.ts';
import {
  buildFault,
  type Fault,
  killedAtEveryPoint,
  requireNothingInTheWay,
  requireSoundLog,
} from './points.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

const IS_LONG = Number(process.env['GITKEL_LONG'] ?? 1) > 1;
/** Each kill costs several processes: unless there is time, some of the points. */
function killEvery(step: number): Fault {
  return { mode: 'kill', step: IS_LONG ? 1 : step };
}

const KILL = killEvery(2);

let nodeOptions: readonly string[];
/** A team with one batch in its log, keys in three homes; Alice also has `solo`, with one key. */
let team: Place;
let aid: string;

function aliceIn(place: Place): Person {
  return place.person('a', place.path('log'));
}

function say(what: string, points: number): void {
  expect(points).toBeGreaterThan(5);
  process.stdout.write(`${what}: killed at ${points} points\n`);
}

beforeAll(async () => {
  team = new Place();
  nodeOptions = await buildFault(team.dir);
  await team.newLog();
  for (const name of ['a', 'b', 'c']) await team.newPerson(name);
  const alice = aliceIn(team);
  ({ aid } = await createTeam({
    place: team,
    log: team.path('log'),
    alice,
    bob: team.person('b'),
    carol: team.person('c'),
  }));
  await alice.does('key', 'new', 'solo', '--no-passphrase');
});

afterAll(() => {
  team.remove();
});

describe('keys', () => {
  test('key new: a key that was reported is there with its next key, and the name can be used again', async () => {
    const args = ['key', 'new', 'extra', '--no-passphrase', '--json'];
    const command = (place: Place) => [place.person('a'), args] as const;
    const points = await killedAtEveryPoint(team, KILL, nodeOptions, command, async (place) => {
      const alice = place.person('a');
      const { keys } = (await alice.does('key', 'list')) as unknown as {
        readonly keys: readonly { readonly name: string; readonly path?: string }[];
      };
      expect(keys.every(({ path }) => path !== undefined)).toBe(true);
      const made = keys.filter(({ name }) => name === 'extra').length;
      expect([0, 2]).toContain(made);
      if (made === 0) await alice.does('key', 'new', 'extra', '--no-passphrase');
      expect((await alice.does('key', 'show', 'extra')).publicKey).toMatch(/^D/);
      await requireNothingInTheWay(alice);
    });
    say('key new', points);
  });

  test('key next: asked again it gives a card for the same next key, and then always the same', async () => {
    const { nextDigest } = await team.person('a').does('key', 'show', 'solo');
    const args = ['key', 'next', 'solo', '--no-passphrase', '--json'];
    const command = (place: Place) => [place.person('a'), args] as const;
    const points = await killedAtEveryPoint(team, KILL, nodeOptions, command, async (place) => {
      const alice = place.person('a');
      const card = await alice.does('key', 'next', 'solo', '--no-passphrase');
      expect(await alice.does('key', 'next', 'solo')).toEqual(card);
      expect((await alice.does('key', 'show', 'solo')).nextDigest).toBe(nextDigest);
      await requireNothingInTheWay(alice);
    });
    say('key next', points);
  });
});

describe('signed memory', () => {
  test('batch sign FILE: once a signature is out, another event for its place is refused', async () => {
    const original = team.copy();
    const alice = aliceIn(original);
    const first = await alice.does('anchor', 'team', '--said', aid, '--stage');
    const second = await alice.does('anchor', 'team', '--said', aid.replace(/^E/, 'F'), '--stage');
    for (const [{ batch }, file] of [
      [first, 'first.json'],
      [second, 'second.json'],
    ] as const)
      await alice.does('batch', 'export', batch, '-o', file);
    const sign = (file: string, { batch }: Answer): string[] => [
      'batch',
      'sign',
      file,
      '-o',
      `${file}.sig`,
      '--yes',
      '--expect',
      batch,
    ];
    const command = (place: Place) => [place.person('b'), sign('first.json', first)] as const;
    const points = await killedAtEveryPoint(original, KILL, nodeOptions, command, async (place) => {
      const bob = place.person('b');
      if (existsSync(place.path('first.json.sig'))) {
        expect((await bob.ends(1, ...sign('second.json', second))).error.reason).toBe(
          'already-signed',
        );
      }
      await bob.does(...sign('first.json', first));
      expect((await bob.ends(1, ...sign('second.json', second))).error.reason).toBe(
        'already-signed',
      );
      await requireNothingInTheWay(bob);
    });
    original.remove();
    say('batch sign', points);
  });
});

describe('batches', () => {
  test('anchor --stage: what was staged is whole, and can be staged again', async () => {
    const args = ['anchor', 'team', '--said', aid, '--stage'];
    const command = (place: Place) => [aliceIn(place), args] as const;
    const points = await killedAtEveryPoint(
      team,
      killEvery(5),
      nodeOptions,
      command,
      async (place) => {
        const alice = aliceIn(place);
        expect(await requireSoundLog(place.path('log'))).toBe(1);
        const { batch } = await alice.does(...args);
        expect(await alice.does('batch', 'list')).toMatchObject({
          batches: [{ batch, state: 'open' }],
        });
        await requireNothingInTheWay(alice);
      },
    );
    say('anchor --stage', points);
  });

  test('batch add: what was reported accepted is there, and all can be added again', async () => {
    const original = team.copy();
    const alice = aliceIn(original);
    const { batch } = await alice.does('anchor', 'team', '--said', aid, '--stage');
    await alice.does('batch', 'export', batch, '-o', 'batch.json');
    const files: string[] = [];
    for (const name of ['b', 'c'])
      files.push(
        ...(await original.signAway(original.path('batch.json'), original.person(name), batch)),
      );
    const command = (place: Place) => [aliceIn(place), ['batch', 'add', ...files]] as const;
    const points = await killedAtEveryPoint(
      original,
      killEvery(6),
      nodeOptions,
      command,
      async (place, stdout) => {
        const here = aliceIn(place);
        const accepted = stdout
          .split('\n')
          .filter((line) => line.startsWith('accepted '))
          .map((line) => line.split(': ').at(-1) ?? '');
        const { events } = (await here.does('batch', 'show', batch)) as unknown as {
          readonly events: readonly {
            readonly keys: readonly { readonly publicKey: string; readonly signed: boolean }[];
          }[];
        };
        const signed = events
          .flatMap(({ keys }) => keys)
          .filter((key) => key.signed)
          .map(({ publicKey }) => publicKey);
        expect(signed).toEqual(expect.arrayContaining(accepted));
        expect(await here.does('batch', 'add', ...files)).toMatchObject({
          added: [{ status: 'accepted' }, { status: 'accepted' }],
          missing: [],
        });
        expect(await requireSoundLog(place.path('log'))).toBe(1);
        await requireNothingInTheWay(here);
      },
    );
    original.remove();
    say('batch add', points);
  });
});

describe('at once', () => {
  test('identity create with one key: what is in the log has its name, and otherwise it is created again', async () => {
    const create = ['identity', 'create', 'solo', '--key', 'solo'];
    const command = (place: Place) => [aliceIn(place), create] as const;
    const points = await killedAtEveryPoint(
      team,
      killEvery(18),
      nodeOptions,
      command,
      async (place) => {
        const alice = aliceIn(place);
        if ((await requireSoundLog(place.path('log'))) === 1)
          expect(await alice.does(...create)).toMatchObject({ status: 'committed', position: 1 });
        expect(await alice.does('anchor', 'solo', '--said', aid)).toMatchObject({
          status: 'committed',
          position: 2,
        });
        expect(await requireSoundLog(place.path('log'))).toBe(3);
      },
    );
    say('identity create', points);
  });

  test('identity rotate with one key: it can be rotated again, whether the first was done or not', async () => {
    const original = team.copy();
    await aliceIn(original).does('identity', 'create', 'solo', '--key', 'solo');
    const rotate = ['identity', 'rotate', 'solo', '--no-passphrase'];
    const command = (place: Place) => [aliceIn(place), rotate] as const;
    const points = await killedAtEveryPoint(
      original,
      killEvery(20),
      nodeOptions,
      command,
      async (place) => {
        const alice = aliceIn(place);
        const before = await requireSoundLog(place.path('log'));
        expect([2, 3]).toContain(before);
        expect(await alice.does(...rotate)).toMatchObject({
          status: 'committed',
          position: before,
        });
        expect(await alice.does('anchor', 'solo', '--said', aid)).toMatchObject({
          status: 'committed',
          position: before + 1,
        });
        expect(await requireSoundLog(place.path('log'))).toBe(before + 2);
      },
    );
    original.remove();
    say('identity rotate', points);
  });
});
