/** Keys under a passphrase, through the built binary. Each unlocking is slow on purpose: few tests. */
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { nodeHost } from '../../src/host/node.ts';
import { openHome } from '../../src/keys/home.ts';
import { createKey } from '../../src/keys/keystore.ts';
import { useCrew } from '../support/crew.ts';
import type { Person } from '../support/person.ts';

vi.setConfig({ testTimeout: 120_000 });

const SECRET = 'correct horse battery staple';
const NOWHERE = 'E'.padEnd(44, 'A');

const withCrew = useCrew(async ({ place }) => {
  await writeFile(place.path('secret'), `${SECRET}\n`);
  await place.person('p').does('key', 'new', 'p', '--passphrase-file', 'secret');
});

function keyFiles({ home }: Person): readonly string[] {
  return ['keys', 'next'].flatMap((folder) =>
    readdirSync(path.join(home, folder)).map((file) => path.join(home, folder, file)),
  );
}

test.concurrent(
  'keys are locked by the passphrase of a file, and opened by it, by the environment, by nothing else',
  withCrew(async ({ place, log }) => {
    const person = place.person('p', log);
    expect(keyFiles(person)).toHaveLength(2);
    for (const file of keyFiles(person)) {
      const { age, seed } = JSON.parse(await readFile(file, 'utf8')) as {
        readonly age?: string;
        readonly seed?: string;
      };
      expect(age).toContain('BEGIN AGE ENCRYPTED FILE');
      expect(seed).toBeUndefined();
    }
    // Another key of the home, whose passphrase costs less.
    await createKey(openHome(nodeHost(), person.home), 'q', { passphrase: SECRET, workFactor: 4 });
    const create = ['identity', 'create', 'q', '--key', 'q'];
    expect((await person.ends(2, ...create)).error).toMatchObject({
      code: 'usage',
      reason: 'passphrase',
    });
    await writeFile(place.path('wrong'), `${SECRET}!\n`);
    expect((await person.ends(1, ...create, '--passphrase-file', 'wrong')).error).toMatchObject({
      code: 'refused',
      reason: 'passphrase',
    });
    expect((await person.ends(4, ...create, '--passphrase-file', 'none')).error.code).toBe(
      'not-found',
    );
    expect(await person.does('identity', 'list').catch(String)).toMatchObject({ identities: [] });
    const ran = await person.run([...create, '--json'], { env: { GITKEL_PASSPHRASE: SECRET } });
    expect(JSON.parse(ran.requireExit(0).stdout)).toMatchObject({
      status: 'committed',
      position: 0,
    });
    expect(
      await person.does('anchor', 'q', '--said', NOWHERE, '--passphrase-file', 'secret'),
    ).toMatchObject({ status: 'committed', position: 1 });
    expect(
      await person.does('identity', 'create', 'p', '--key', 'p', '--passphrase-file', 'secret'),
    ).toMatchObject({ status: 'committed', position: 2 });
    // What shows no secret asks for none.
    expect((await person.does('key', 'show', 'p')).publicKey).toMatch(/^D/);
    expect(await person.says('audit')).toMatch(/\nvalid: /);
  }),
);

test.concurrent(
  'a program that gitkel starts does not inherit the passphrase',
  withCrew(async ({ place }) => {
    const bin = place.path('bin');
    await mkdir(bin);
    await writeFile(
      path.join(bin, 'git'),
      `#!/bin/sh\nenv > '${place.path('inherited')}'\nexit 1\n`,
    );
    await chmod(path.join(bin, 'git'), 0o755);
    const env = {
      GITKEL_PASSPHRASE: SECRET,
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      SEEN: 'yes',
    };
    (
      await place
        .person('p')
        .run(['clone', 'https://example.invalid/log.git', 'copy', '--json'], { env })
    ).requireExit(7);
    const inherited = await readFile(place.path('inherited'), 'utf8');
    expect(inherited).toContain('SEEN=yes');
    expect(inherited).not.toContain('GITKEL_PASSPHRASE');
    expect(inherited).not.toContain(SECRET);
  }),
);

test.concurrent(
  'key new --next-out keeps the next key elsewhere, and a rotation needs it there',
  withCrew(async ({ place, log }) => {
    const person = place.person('n', log);
    const made = await person.does('key', 'new', 'n', '--no-passphrase', '--next-out', 'usb');
    const [kept, ...others] = readdirSync(place.path('usb'));
    expect(others).toEqual([]);
    expect(readdirSync(path.join(person.home, 'next'))).toEqual([]);
    expect(JSON.parse(await readFile(place.path('usb', kept ?? ''), 'utf8'))).not.toMatchObject({
      publicKey: made.card.publicKey,
    });
    await person.does('identity', 'create', 'n', '--key', 'n');
    await person.does('anchor', 'n', '--said', NOWHERE);
    await rename(place.path('usb'), place.path('drawer'));
    expect(await person.does('anchor', 'n', '--said', NOWHERE)).toMatchObject({
      status: 'committed',
      position: 2,
    });
    const rotate = ['identity', 'rotate', 'n', '--no-passphrase'];
    const { error } = await person.ends(7, ...rotate);
    expect(error).toMatchObject({ code: 'environment', reason: 'key-elsewhere' });
    expect(error.message).toContain('usb');
    expect(existsSync(place.path('usb'))).toBe(false);
    await rename(place.path('drawer'), place.path('usb'));
    expect(await person.does(...rotate)).toMatchObject({ status: 'committed', position: 3 });
    expect(readdirSync(place.path('usb'))).toHaveLength(2);
    await rename(place.path('usb'), place.path('drawer'));
    expect((await person.ends(4, 'anchor', 'n', '--said', NOWHERE)).error).toMatchObject({
      code: 'not-found',
      reason: 'key-elsewhere',
    });
    expect(await person.says('audit')).toMatch(/4 batches, 1 identity\nvalid: /);
  }),
);
