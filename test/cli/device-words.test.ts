/** What the command line says of links and revocations before and after they are committed, and what it refuses. */
import { expect, test, vi } from 'vitest';
import { type Crew, useCrew } from '../support/crew.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Alice's identity `ada`, and Bob's `ci`, which Alice knows by that name. */
async function prepare({ log, alice, bob }: Crew): Promise<void> {
  await alice.does('identity', 'create', 'ada', '--key', 'a');
  const { aid } = await bob.with(log).does('identity', 'create', 'ci', '--key', 'b');
  await alice.does('name', 'set', 'ci', aid);
}

const crew = useCrew(prepare);
const LINK = ['device', 'link', 'ada', '--device', 'ci'];

test(
  'device link and device revoke refuse a device that is named twice, and a second name for it',
  crew(async ({ alice }) => {
    const twice = await alice.ends(2, ...LINK, '--device', 'ci');
    expect(twice.error.message).toContain('"ci" twice');
    const revoked = await alice.ends(
      2,
      'device',
      'revoke',
      '--yes',
      'ada',
      '--device=ci',
      '--device=ci',
    );
    expect(revoked.error.message).toContain('"ci" twice');
    const named = await alice.ends(2, ...LINK, '--name', 'one', '--name', 'two');
    expect(named.error.message).toContain('under two names');
    expect((await alice.does('batch', 'list')).batches).toEqual([]);
  }),
);

test(
  'status, batch show and log say which device a batch links or revokes, with what, and why',
  crew(async ({ log, alice, bob }) => {
    const named = ['--name', 'runner', '--capability', 'sign-statement', '--capability', 'audit'];
    const { batch } = await alice.does(...LINK, ...named);
    const device = bob.with(log);
    expect(await device.says('status')).toContain('asks for your signature: link device "runner"');
    expect(await device.says('batch', 'show', batch)).toContain('  link device "runner" to E');
    await device.does('batch', 'sign', batch, '--yes', '--expect', batch);
    await alice.does('batch', 'commit', batch);
    await alice.does('device', 'revoke', '--yes', 'ada', '--device', 'ci', '--reason', 'rebuilt');
    const told = await alice.says('log', 'ada');
    expect(told).toMatch(/link the device "runner" .* \(audit, sign-statement\)$/m);
    expect(told).toMatch(/revoke the device .* \(ci\) of .* \(ada\): "rebuilt"$/m);
    const odd = await alice.run([...LINK, '--capability', 'sign-stuff', '--stage']);
    expect(odd.requireExit(0).stderr).toContain('"sign-stuff" allows nothing that is known here');
  }),
);
