/** Runs and their seals, killed at calls that change the disk: no log that is not whole is called so, nothing is sealed twice. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Place } from '../support/person.ts';
import { LEFT_OUT, NO_SANDBOX } from '../support/sandbox.ts';
import {
  buildFault,
  type Fault,
  killedAtEveryPoint,
  requireNothingInTheWay,
  requireSoundLog,
} from './points.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

const IS_LONG = Number(process.env['GITKEL_LONG'] ?? 1) > 1;
const killEvery = (mode: 'kill' | 'torn', step: number): Fault => ({
  mode,
  step: IS_LONG ? 1 : step,
});

interface Listed {
  readonly runs: readonly {
    readonly run: string;
    readonly state: string;
    readonly exit: unknown;
  }[];
}

interface Verdict {
  readonly verdict: string;
  readonly seals: readonly unknown[];
}

const RUN = ['skill', 'run', 'noting', '--no-verify', '--no-trace'];
const COMMAND = ['--', 'node', 'main.js'];
const SEAL = ['run', 'seal', '--since', 'all', '--as', 'solo'];

let nodeOptions: readonly string[];
let original: Place;

/** What `run list` says, and that nothing is sealed of what it does not call whole. */
async function statesIn(place: Place): Promise<Listed['runs']> {
  const alice = place.person('a', place.path('log'));
  const { runs } = (await alice.does('run', 'list')) as unknown as Listed;
  for (const { run, state, exit } of runs) {
    const file = path.join(alice.home, 'runs', run, 'log.jsonl');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    expect(state === 'whole').toBe(/"kind":"end"[^\n]*\n$/.test(text));
    if (state !== 'whole') expect(['unfinished', 'broken']).toContain(state);
    else expect(exit).not.toBe(null);
  }
  return runs;
}

describe.skipIf(NO_SANDBOX !== undefined)(`runs${LEFT_OUT}`, () => {
  beforeAll(async () => {
    original = new Place();
    nodeOptions = await buildFault(original.dir);
    await original.newLog();
    await original.newPerson('a');
    const alice = original.person('a', original.path('log'));
    await alice.does('identity', 'create', 'solo', '--key', 'a');
    const skill = original.path('noting');
    mkdirSync(skill);
    const files = {
      'SKILL.md': '---\nname: noting\ndescription: A test.\n---\n# noting\n',
      'skill.permissions.json': JSON.stringify({
        schema: 'urn:gitkel:skill-permissions:1',
        exec: { run: ['node'] },
      }),
      'main.js': 'console.log("noted")',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(skill, name), text);
  });
  afterAll(() => {
    original.remove();
  });

  test.each(['kill', 'torn'] as const)(
    'skill run (%s): what a killed gitkel leaves is unfinished, and only what was told is whole',
    async (mode) => {
      const seen = new Set<string>();
      const command = (place: Place) =>
        [place.person('a', place.path('log')), [...RUN, '--json', ...COMMAND]] as const;
      const check = async (place: Place, stdout: string): Promise<void> => {
        const runs = await statesIn(place);
        for (const { state } of runs) seen.add(state);
        if (stdout !== '') expect(runs.map(({ state }) => state)).toEqual(['whole']);
        const alice = place.person('a', place.path('log'));
        if (runs.every(({ state }) => state === 'whole')) return;
        expect((await alice.ends(1, ...SEAL)).error.reason).toMatch(/^run-(?:unfinished|broken)$/);
      };
      const fault = killEvery(mode, mode === 'kill' ? 6 : 2);
      const points = await killedAtEveryPoint(original, fault, nodeOptions, command, check);
      expect(points).toBeGreaterThan(4);
      expect([...seen]).toContain('unfinished');
      process.stdout.write(`skill run: ${mode} at ${points} points\n`);
    },
  );

  test('run seal: a run is sealed once or not at all, and can be sealed then', async () => {
    const ran = original.copy();
    const first = ran.person('a', ran.path('log'));
    (await first.run([...RUN, ...COMMAND])).requireExit(0);
    const command = (place: Place) =>
      [place.person('a', place.path('log')), [...SEAL, '--json']] as const;
    const check = async (place: Place): Promise<void> => {
      const alice = place.person('a', place.path('log'));
      const before = await requireSoundLog(place.path('log'));
      const run = (await statesIn(place))[0]?.run ?? '';
      const held = (await alice.does('run', 'verify', run)) as unknown as Verdict;
      expect(held.verdict).toBe(before === 1 ? 'whole' : 'sealed');
      await alice.does(...SEAL);
      expect(await requireSoundLog(place.path('log'))).toBe(2);
      const now = (await alice.does('run', 'verify', run)) as unknown as Verdict;
      expect([now.verdict, now.seals.length]).toEqual(['sealed', 1]);
      await requireNothingInTheWay(alice);
    };
    const points = await killedAtEveryPoint(
      ran,
      killEvery('kill', 12),
      nodeOptions,
      command,
      check,
    );
    expect(points).toBeGreaterThan(5);
    process.stdout.write(`run seal: killed at ${points} points\n`);
    ran.remove();
  });
});
