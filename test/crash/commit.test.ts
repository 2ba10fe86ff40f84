/** `batch commit` killed or failed at every call that changes the disk, in the log and in the home. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runGit } from '../support/binary.ts';
import { createTeam } from '../support/crew.ts';
import { type Answer, type Person, Place } from '../support/person.ts';
import {
  atEveryPoint,
  buildFault,
  type Fault,
  killedAtEveryPoint,
  requireNothingInTheWay,
  requireSoundLog,
  runFaulty,
} from './points.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

const IS_LONG = Number(process.env['GITKEL_LONG'] ?? 1) > 1;

let nodeOptions: readonly string[];
/** A log with one batch, and a complete one that waits. */
let waiting: Place;
let batch: string;
/** A log without any, and a complete founding batch that waits. */
let unborn: Place;
let founding: string;

function aliceIn(place: Place): Person {
  return place.person('a', place.path('log'));
}

beforeAll(async () => {
  waiting = new Place();
  nodeOptions = await buildFault(waiting.dir);
  await waiting.newLog();
  for (const name of ['a', 'b', 'c']) await waiting.newPerson(name);
  unborn = waiting.copy();
  const alice = aliceIn(unborn);
  founding = (
    await alice.does(
      'identity',
      'create',
      'team',
      '--key',
      'a',
      '--card',
      'b.card',
      '--threshold',
      '2',
    )
  ).batch;
  await unborn.collect(alice, founding, unborn.person('b'));
  const [proposer, bob, carol] = [aliceIn(waiting), waiting.person('b'), waiting.person('c')];
  const team = await createTeam({
    place: waiting,
    log: waiting.path('log'),
    alice: proposer,
    bob,
    carol,
  });
  batch = (await proposer.does('anchor', 'team', '--said', team.said)).batch;
  await waiting.collect(proposer, batch, carol);
});

afterAll(() => {
  waiting.remove();
  unborn.remove();
});

async function tipOf(log: string): Promise<string | undefined> {
  return runGit(log, ['rev-parse', '--verify', '--quiet', 'refs/heads/main']).catch(
    () => undefined,
  );
}

/** Commits again in a fresh process: it ends committed, whether the first try was or not, and nothing is in the way. */
async function requireRetry(
  alice: Person,
  id: string,
  position: number,
  reached: string | undefined,
): Promise<void> {
  const log = alice.log ?? '';
  const retried = await alice.does('batch', 'commit', id);
  expect(retried).toMatchObject({ status: 'committed', batch: id, position });
  if (reached !== undefined) expect(retried.commit).toBe(reached);
  expect(await tipOf(log)).toBe(retried.commit);
  expect(await requireSoundLog(log)).toBe(position + 1);
  await requireNothingInTheWay(alice);
}

/** The log is as it was, or holds the batch as well; a retry ends committed. */
async function requireOldOrNew(
  left: Place,
  old: string | undefined,
  id: string,
  position: number,
): Promise<void> {
  const log = left.path('log');
  const tip = await tipOf(log);
  expect(await requireSoundLog(log)).toBe(tip === old ? position : position + 1);
  await requireRetry(aliceIn(left), id, position, tip === old ? undefined : tip);
}

/** One try on a copy; false when it got through. */
async function commitWith(
  copy: Place,
  point: number,
  fault: Fault,
  id: string,
  position: number,
): Promise<boolean> {
  const alice = aliceIn(copy);
  const log = copy.path('log');
  const old = await tipOf(log);
  const ran = await runFaulty(alice, ['batch', 'commit', id, '--json'], nodeOptions, fault, point);
  if (ran.stdout !== '') {
    const answer = JSON.parse(ran.stdout) as Answer;
    if (ran.exitCode === 0)
      expect(answer).toMatchObject({ status: 'committed', commit: await tipOf(log) });
    else
      expect({ ...ran, answer }).toMatchObject({
        exitCode: 7,
        stderr: '',
        answer: { error: { code: 'environment', reason: fault.mode.toLowerCase() } },
      });
  }
  if (!ran.hasFailed) return false;
  await requireOldOrNew(copy, old, id, position);
  return true;
}

async function everyKill(
  fault: Fault,
  place: Place,
  id: string,
  position: number,
): Promise<number> {
  const old = await tipOf(place.path('log'));
  return killedAtEveryPoint(
    place,
    fault,
    nodeOptions,
    (copy) => [aliceIn(copy), ['batch', 'commit', id, '--json']],
    async (left, stdout) => {
      expect(stdout).toBe('');
      await requireOldOrNew(left, old, id, position);
    },
  );
}

async function everyPoint(
  fault: Fault,
  place: Place,
  id: string,
  position: number,
): Promise<number> {
  return atEveryPoint(place, fault, async (copy, point) =>
    commitWith(copy, point, fault, id, position),
  );
}

describe('batch commit', () => {
  test('killed at any point leaves the log old or new, and a retry ends committed', async () => {
    const points = await everyKill({ mode: 'kill', step: IS_LONG ? 1 : 2 }, waiting, batch, 1);
    expect(points).toBeGreaterThan(IS_LONG ? 40 : 20);
    process.stdout.write(`batch commit: killed at ${points} points\n`);
  });

  test('that founds a log, killed at any point, leaves it unborn or founded', async () => {
    const points = await everyKill({ mode: 'kill', step: IS_LONG ? 1 : 4 }, unborn, founding, 0);
    process.stdout.write(`batch commit of the founder: killed at ${points} points\n`);
  });

  test('killed in the middle of any write leaves the log old or new, and a retry ends committed', async () => {
    const points = await everyKill({ mode: 'torn', step: IS_LONG ? 1 : 2 }, waiting, batch, 1);
    expect(points).toBeGreaterThan(8);
    process.stdout.write(`batch commit: killed in the middle of ${points} writes\n`);
  });

  test.each([
    ['EIO', 4, 1],
    ['ENOSPC', 4, 3],
    ['EMFILE', 12, 3],
  ] as const)(
    'with %s at any point says so or is done, and a retry ends committed',
    async (mode, step, first) => {
      const points = await everyPoint(
        { mode, step: IS_LONG ? 1 : step, first: IS_LONG ? 1 : first },
        waiting,
        batch,
        1,
      );
      process.stdout.write(`batch commit: ${mode} at ${points} points\n`);
    },
  );

  test('on a disk that fails from any point on leaves the log old or new', async () => {
    const points = await everyPoint(
      { mode: 'EIO', onwards: true, step: IS_LONG ? 1 : 8 },
      waiting,
      batch,
      1,
    );
    process.stdout.write(`batch commit: EIO from ${points} points on\n`);
  });
});
