/** `batch commit --all` with a fault at its system calls on the repository: nothing between Node and the disk is a model. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runGit } from '../support/binary.ts';
import { type Answer, type Person, Place } from '../support/person.ts';
import { hasStrace, recordCalls, runInjected, type SystemCall } from '../support/strace.ts';
import { requireNothingInTheWay, requireSoundLog } from './points.ts';

vi.setConfig({ testTimeout: 3_600_000, hookTimeout: 120_000 });

const IS_LONG = Number(process.env['GITKEL_LONG'] ?? 1) > 1;
const ALL = ['batch', 'commit', '--all', '--json'];
const WAITING = 2;
const TRIES = 6;

type Fault = 'error=EIO' | 'signal=KILL';

let waiting: Place;
let calls: readonly SystemCall[];

const aliceIn = (place: Place): Person => place.person('a', place.path('log'));

/** Everything of a place but its own name, which is of the same length in each copy. */
async function prepare(): Promise<void> {
  vi.stubEnv('TMPDIR', process.env['TEST_DISK']);
  waiting = new Place();
  await waiting.newLog();
  await waiting.newPerson('a');
  const alice = aliceIn(waiting);
  await alice.does('key', 'new', 'b', '--no-passphrase');
  for (const name of ['a', 'b']) {
    await alice.does('identity', 'create', name, '--key', name);
    const said = (await alice.does('key', 'show', name)).nextDigest;
    const { batch } = await alice.does('anchor', name, '--said', said, '--stage');
    await alice.does('batch', 'sign', batch, '--yes', '--expect', batch);
  }
  const dry = waiting.copy();
  calls = await recordCalls(aliceIn(dry), ALL, dry.path('trace'), dry.path('log'));
  dry.remove();
}

async function tipOf(log: string): Promise<string> {
  return runGit(log, ['rev-parse', 'refs/heads/main']);
}

/**
 * One run with a fault on a copy; false when it came at a call that is not on the repository. Node wakes its own threads
 * by writing, too, not always as often.
 */
async function attempt(copy: Place, call: SystemCall, fault: Fault): Promise<boolean> {
  const [alice, log] = [aliceIn(copy), copy.path('log')];
  const old = await tipOf(log);
  const ran = await runInjected(alice, ALL, copy.path('trace'), call, fault);
  if (ran.injected?.includes(`${log}/`) !== true) return false;
  const isNew = (await tipOf(log)) !== old;
  if (fault === 'signal=KILL') expect(ran.signal ?? ran.exitCode).not.toBe(0);
  else if (ran.exitCode === 0) {
    expect(JSON.parse(ran.stdout)).toMatchObject({ committed: WAITING });
    expect(isNew).toBe(true);
  } else {
    expect(ran.exitCode).toBe(7);
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'environment', reason: 'eio' } });
  }
  const batches = await requireSoundLog(log);
  expect(batches).toBe(isNew ? 2 + WAITING : 2);
  const listed = (await alice.does('batch', 'list')).batches;
  if (!isNew) expect(listed.map(({ state }) => state)).toEqual(['complete', 'complete']);
  const { committed } = (await alice.does('batch', 'commit', '--all')) as Answer & {
    readonly committed: number;
  };
  expect(committed).toBe(listed.length);
  expect(await requireSoundLog(log)).toBe(2 + WAITING);
  await requireNothingInTheWay(alice);
  expect((await alice.does('batch', 'list')).batches).toEqual([]);
  return true;
}

/** Tries until the fault comes at the call, or one like it; false when it never did. */
async function attemptOften(call: SystemCall, fault: Fault): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    const copy = waiting.copy();
    try {
      if (await attempt(copy, call, fault)) return true;
    } finally {
      copy.remove();
    }
  }
  return false;
}

describe.skipIf(!hasStrace)('batch commit --all under strace', () => {
  beforeAll(prepare);
  afterAll(() => waiting.remove());

  test.each([
    ['error=EIO', 9, 0],
    ['signal=KILL', 12, 4],
  ] as const)(
    'with %s at any system call on the repository leaves all or nothing, and a retry ends it',
    async (fault, step, first) => {
      expect(calls.length).toBeGreaterThan(30);
      const points = calls.filter((_, index) => IS_LONG || index % step === first);
      let hits = 0;
      for (const call of points) {
        try {
          if (await attemptOften(call, fault)) hits++;
        } catch (cause) {
          throw new Error(`at ${call.line}`, { cause });
        }
      }
      expect(hits).toBeGreaterThan(points.length / 2);
      process.stdout.write(
        `batch commit --all: ${fault} at ${hits} of ${calls.length} system calls\n`,
      );
    },
  );
});

test.skipIf(hasStrace)('strace is not there, or is not allowed: skipped', () => {
  expect(hasStrace).toBe(false);
});
