/** `batch push`, `batch pull` and `sync` killed at every call that changes the disk: the next run ends as if nothing had been. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import { nodeHost } from '../../src/host/node.ts';
import { runGit } from '../support/binary.ts';
import { createTeam } from '../support/crew.ts';
import { type Person, Place } from '../support/person.ts';
import {
  buildFault,
  killedAtEveryPoint,
  requireNothingInTheWay,
  requireSoundLog,
} from './points.ts';

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 120_000 });

const IS_LONG = Number(process.env['GITKEL_LONG'] ?? 1) > 1;

let nodeOptions: readonly string[];
/** Alice, Bob and Carol with a clone each; Alice has signed a batch that nobody else has seen. */
let staged: Place;
/** It was pushed, and Carol has committed something else since. */
let pushed: Place;
/** Bob has signed and pushed it, and it is complete; Alice has signed another one that is shared. */
let complete: Place;

const inClone = (place: Place, name: string): Person =>
  place.person(name, place.path(`clone-${name}`));

const seal = (fill: string): string => `E${fill.repeat(43)}`;

async function signed(person: Person, id: string): Promise<void> {
  await person.does('batch', 'sign', id, '--yes', '--expect', id);
}

beforeAll(async () => {
  staged = new Place();
  nodeOptions = await buildFault(staged.dir);
  const log = await staged.newLog();
  for (const name of ['a', 'b', 'c']) await staged.newPerson(name);
  const [alice, bob, carol] = [
    staged.person('a', log),
    staged.person('b'),
    staged.person('c'),
  ] as const;
  const { aid } = await createTeam({ place: staged, log, alice, bob, carol });
  await runGit(staged.dir, ['init', '-q', '--bare', '-b', 'main', 'remote.git']);
  await runGit(log, ['remote', 'add', 'origin', '../remote.git']);
  await alice.does('sync');
  for (const person of [alice, bob, carol]) {
    await person.with(undefined).does('clone', staged.path('remote.git'), `clone-${person.name}`);
    // A copy of this place has a remote of its own.
    const clone = staged.path(`clone-${person.name}`);
    await runGit(clone, ['config', 'remote.origin.url', '../remote.git']);
    await inClone(staged, person.name).does('name', 'set', 'team', aid);
  }
  const [one, two, three] = ['a', 'b', 'c'].map((name) => inClone(staged, name)) as [
    Person,
    Person,
    Person,
  ];
  const first = await one.does('anchor', 'team', '--said', seal('A'));
  pushed = staged.copy();
  const inPushed = (person: Person): Person => inClone(pushed, person.name);
  await inPushed(one).does('batch', 'push', first.batch);
  await inPushed(three).does('identity', 'create', 'carol', '--key', 'c');
  complete = pushed.copy();
  const inComplete = (person: Person): Person => inClone(complete, person.name);
  await inComplete(two).does('batch', 'pull');
  await signed(inComplete(two), first.batch);
  await inComplete(two).does('batch', 'push', first.batch);
  const link = ['identity', 'create', 'board', '--card', 'a.card', '--card', 'b.card'];
  const second = await inComplete(two).does(...link, '--threshold', '2', '--stage');
  await inComplete(two).does('batch', 'push', second.batch);
  await inComplete(one).does('batch', 'pull');
  await signed(inComplete(one), second.batch);
}, 120_000);

afterAll(() => {
  for (const place of [staged, pushed, complete]) place.remove();
});

/** What matters of a place, but for the time at which something was committed. */
async function endState(place: Place, name: string): Promise<unknown> {
  const person = inClone(place, name);
  const refs = ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/gitkel', 'refs/heads'];
  const namesOf = async (dir: string): Promise<readonly string[]> =>
    (await runGit(dir, refs))
      .split('\n')
      .map((line) => (line.startsWith('refs/heads/main ') ? 'refs/heads/main' : line));
  const verdicts = ['remote.git', `clone-${name}`].map((dir) => {
    const { aids, batches, state } = audit(nodeHost(), place.path(dir), {});
    return { state, batches, aids: aids.map(({ aid, sn, said }) => [aid, sn, said]) };
  });
  const { batches } = await person.does('batch', 'list');
  return {
    remote: await namesOf(place.path('remote.git')),
    here: await namesOf(place.path(`clone-${name}`)),
    verdicts,
    batches,
    left: readdirSync(place.path(`clone-${name}`, 'objects')).filter((one) =>
      one.startsWith('tmp_'),
    ),
  };
}

interface Cut {
  readonly from: () => Place;
  readonly who: string;
  readonly args: readonly string[];
  readonly step: number;
}

const CUTS: readonly Cut[] = [
  { from: () => staged, who: 'a', args: ['batch', 'push'], step: 4 },
  { from: () => pushed, who: 'b', args: ['batch', 'pull'], step: 5 },
  { from: () => complete, who: 'a', args: ['sync'], step: 13 },
];

test.each(CUTS)(
  '$args of $who, killed at any call, ends the next time as if nothing had been',
  async ({ from, who, args, step }) => {
    const through = from().copy();
    await inClone(through, who).does(...args);
    const expected = await endState(through, who);
    expect(expected).not.toEqual(await endState(from(), who));
    through.remove();
    const points = await killedAtEveryPoint(
      from(),
      { mode: 'kill', step: IS_LONG ? 1 : step },
      nodeOptions,
      (place) => [inClone(place, who), args],
      async (left) => {
        await inClone(left, who).does(...args);
        expect(await endState(left, who)).toEqual(expected);
        await requireSoundLog(left.path('remote.git'));
        await requireSoundLog(left.path(`clone-${who}`));
        await requireNothingInTheWay(inClone(left, who));
      },
    );
    console.log(`gitkel ${args.join(' ')}: ${points} points`);
    expect(points).toBeGreaterThan(5);
  },
);
