/** Three co-signers and a device, each with a clone of their own, who reach nothing but a bare remote: by file, and over HTTP. */
import { existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isProven } from '../../src/batch/late.ts';
import { nodeHost, openLog } from '../../src/index.ts';
import { temporaryDirectory } from '../git/support.ts';
import { runGit } from '../support/binary.ts';
import { type Crew, useCrew } from '../support/crew.ts';
import { hasFaketime } from '../support/faketime.ts';
import { serve } from '../support/git-server.ts';
import type { Answer, Person } from '../support/person.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

interface Told extends Answer {
  readonly waiting: readonly { readonly kind: string; readonly next: string }[];
  readonly late: readonly string[];
  readonly devices: readonly { readonly name: string; readonly standing: string }[];
}

const withCrew = useCrew(async ({ place, log, alice, bob }) => {
  const cards = ['--key', 'a', '--card', 'b.card', '--card', 'c.card'];
  const created = await alice.does('identity', 'create', 'team', ...cards, '--threshold', '2');
  await place.commit(alice, created.batch, bob);
  const bare = place.path('remote.git');
  await runGit(place.dir, ['init', '-q', '--bare', '-b', 'main', bare]);
  await runGit(bare, ['config', 'http.receivepack', 'true']);
  await runGit(log, ['remote', 'add', 'origin', bare]);
  await alice.does('sync');
  await place.newPerson('d');
});

interface Team {
  readonly alice: Person;
  readonly bob: Person;
  readonly carol: Person;
  readonly device: Person;
}

/** Everybody with a clone of their own of what lies at an address, and the device with an identity in it. */
async function cloned({ place, bob, carol }: Crew, url: string): Promise<Team> {
  const clone = async (person: Person): Promise<Person> => {
    await person.with(undefined).does('clone', url, `clone-${person.name}`);
    return person.with(place.path(`clone-${person.name}`));
  };
  const device = await clone(place.person('d'));
  const { aid } = await device.does('identity', 'create', 'laptop', '--key', 'd');
  const [alice, ...others] = [
    await clone(place.person('a')),
    await clone(bob),
    await clone(carol),
  ] as const;
  const { identities } = (await alice.does('identity', 'list')) as Answer & {
    readonly identities: readonly { readonly aid: string }[];
  };
  const team = identities.find((one) => one.aid !== aid)?.aid ?? '';
  for (const person of [alice, ...others]) {
    await person.does('name', 'set', 'team', team);
    await person.does('name', 'set', 'laptop', aid);
  }
  const [second, third] = others;
  return { alice, bob: second, carol: third, device };
}

/** Until the test ends, no program is found but those that set the clock. */
function withoutGit(): void {
  const bin = temporaryDirectory();
  for (const name of ['faketime', 'date'])
    if (existsSync(`/usr/bin/${name}`)) symlinkSync(`/usr/bin/${name}`, path.join(bin, name));
  vi.stubEnv('PATH', bin);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

const sign = (id: string): readonly string[] => ['batch', 'sign', id, '--yes', '--expect', id];

/** Which keys have signed the last event of the team, by what a clone holds. */
function signers(person: Person, aid: string): readonly number[] {
  const log = openLog(nodeHost(), person.log ?? '');
  const { sn, said } = log.contents.kel(aid)?.state ?? { sn: 0, said: '' };
  return [0, 1, 2].filter((index) => isProven(log, { aid, sn, said }, 'controller', index));
}

test.each(['file', 'http', 'http without git'])(
  'three co-signers and a device link it by push and fetch alone over %s; a day later the third signature is more proof',
  async (transport) => {
    await withCrew(async (crew) => {
      const { place } = crew;
      const url =
        transport === 'file' ? place.path('remote.git') : `${await serve(place.dir)}/remote.git`;
      if (transport === 'http without git') withoutGit();
      const { alice, bob, carol, device } = await cloned(crew, url);
      const link = ['device', 'link', 'team', '--device', 'laptop', '--name', 'laptop'];
      const { status, batch, aid } = await alice.does(...link);
      expect(status).toBe('staged');
      await alice.does('batch', 'push', batch);
      for (const person of [carol, device, bob]) {
        await person.does('batch', 'pull');
        expect(((await person.does('status')) as Told).waiting).toMatchObject([
          { kind: 'sign', next: `gitkel batch sign ${batch}` },
        ]);
      }
      await device.does(...sign(batch));
      await device.does('batch', 'push', batch);
      await bob.does(...sign(batch));
      // The device accepted, and two of three have signed: whoever comes next commits it.
      expect(await bob.does('sync')).toMatchObject({ batches: [{ batch, status: 'committed' }] });
      await alice.does('pull');
      const again = await alice.ends(5, ...sign(batch));
      expect(again.error).toMatchObject({
        reason: 'committed',
        message: expect.stringContaining('with your signature'),
      });
      await alice.does('sync');
      expect(await alice.does('device', 'list', 'team')).toMatchObject({
        devices: [{ name: 'laptop', standing: 'linked' }],
      });
      // Carol pulls what was committed, and only then, a day later, signs.
      const later = hasFaketime ? { clock: '+1 day' } : {};
      (await carol.run(['pull'], later)).requireExit(0);
      const signed = (await carol.run(sign(batch), later)).requireExit(0);
      expect(signed.stdout).toContain('your signature is more proof of it');
      expect(await carol.does('batch', 'prune')).toMatchObject({
        pruned: [],
        kept: [{ batch, state: 'committed' }],
      });
      const pushed = await carol.run(['batch', 'push', batch, '--json'], later);
      expect(JSON.parse(pushed.requireExit(0).stdout)).toMatchObject({
        batches: [],
        late: [batch],
      });
      expect((await carol.does('batch', 'list')) as unknown).toEqual({ batches: [] });
      expect(signers(alice, aid)).toEqual([0, 1]);
      expect(await alice.does('pull')).toMatchObject({ status: 'pulled', batches: 1 });
      expect(signers(alice, aid)).toEqual([0, 1, 2]);
      for (const person of [alice, bob, carol, device]) {
        await person.does('pull');
        expect(await person.does('audit')).toMatchObject({ state: 'valid', batches: 4 });
      }
      vi.unstubAllEnvs();
      expect(await runGit(place.path('remote.git'), ['log', '-1', '--format=%s', 'main'])).toMatch(
        /prove event 1 of "?.*"? by 1 signature/,
      );
      // What is there already is not signed once more.
      expect(await runGit(place.path('remote.git'), ['for-each-ref', '--format=%(refname)'])).toBe(
        'refs/heads/main',
      );
    })();
  },
);
