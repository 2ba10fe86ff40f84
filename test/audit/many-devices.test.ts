/** Many devices of one controller: linked a hundred at a time, one commit for each hundred, audited in a clone. */
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runBinary, runGit } from '../support/binary.ts';
import { DeviceFleet } from '../support/device-fleet.ts';

const BATCHES = Number(process.env['GITKEL_LONG'] ?? 1) > 1 ? 10 : 2;
const DEVICES = 100;

const fleet = new DeviceFleet();
afterAll(() => {
  fleet.remove();
});

/** What a command of the built binary answers about the clone. */
async function answer<T>(clone: string, ...args: readonly string[]): Promise<T> {
  const env = { GITKEL_HOME: path.join(fleet.root, 'home') };
  const ran = await runBinary([...args, '--json'], { cwd: clone, env });
  expect(ran.stderr).toBe('');
  expect(ran.exitCode).toBe(0);
  return JSON.parse(ran.stdout) as T;
}

describe(`${BATCHES * DEVICES} devices`, () => {
  it('are linked in batches of 100, one commit each, and a clone audits green', async () => {
    await fleet.found();
    for (let batch = 0; batch < BATCHES; batch++) await fleet.link(await fleet.create(DEVICES));

    const clone = path.join(fleet.root, 'clone');
    await runGit(fleet.root, ['clone', '-q', '--no-local', fleet.dir, clone]);
    // The founder; then for each hundred one batch that creates them and one that links them.
    const oneline = await runGit(clone, ['log', '--oneline']);
    expect(oneline.split('\n')).toHaveLength(1 + 2 * BATCHES);
    const verdict = await answer<{ readonly state: string; readonly aids: readonly unknown[] }>(
      clone,
      'audit',
      '--objects',
    );
    expect(verdict).toMatchObject({ state: 'valid', batches: 1 + 2 * BATCHES, statements: [] });
    expect(verdict.aids).toHaveLength(1 + DEVICES * BATCHES);

    const { devices } = await answer<{
      readonly devices: readonly { readonly linkedAt: number; readonly standing: string }[];
    }>(clone, 'device', 'list', fleet.founder);
    expect(devices.map(({ linkedAt, standing }) => `${standing} ${linkedAt}`)).toEqual(
      Array.from(
        { length: BATCHES * DEVICES },
        (_, n) => `linked ${2 * Math.floor(n / DEVICES) + 2}`,
      ),
    );
    const last = await answer<{
      readonly events: readonly { readonly seals: readonly unknown[] }[];
    }>(clone, 'show', `${2 * BATCHES}`);
    expect(last.events.map(({ seals }) => seals.length)).toEqual([DEVICES]);
  });
});
