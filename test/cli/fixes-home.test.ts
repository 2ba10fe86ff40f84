/** Homes that cannot be written, keys that are elsewhere, and names, through the built binary. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openHome } from '../../src/keys/home.ts';
import { nodeHost } from '../../src/host/node.ts';
import { journal } from '../../src/keys/journal.ts';
import { createKey } from '../../src/keys/keystore.ts';
import { runBinary, runGit } from '../support/binary.ts';
import { createTeam, useCrew } from '../support/crew.ts';
import { failingFiles } from '../support/failing-files.ts';
import type { Answer } from '../support/person.ts';
import { snapshot } from '../support/snapshot.ts';

vi.setConfig({ testTimeout: 180_000 });

const NOWHERE = 'E'.padEnd(44, 'A');
const OTHER = 'F'.padEnd(44, 'A');
const READING: readonly (readonly string[])[] = [
  ['audit'],
  ['identity', 'show', 'AID'],
  ['identity', 'list'],
  ['batch', 'list'],
  ['batch', 'show', 'BATCH'],
  ['batch', 'history'],
  ['name', 'list'],
  ['key', 'list'],
];

const withCrew = useCrew(async ({ alice }) =>
  alice.does('identity', 'create', 'alice', '--key', 'a'),
);
const withTeam = useCrew(createTeam);

describe('commands that only read', () => {
  test(
    'work without a home, say that nothing is remembered, and make none',
    withCrew(async ({ place, log, alice }) => {
      const { aid, batch } = await alice.does('anchor', 'alice', '--said', NOWHERE, '--stage');
      const homes = {
        '/proc/none': READING.slice(0, 1),
        [place.path('none')]: READING.slice(1),
      };
      for (const [home, commands] of Object.entries(homes)) {
        for (const words of commands) {
          const args = words.map((word) => ({ AID: aid, BATCH: batch })[word] ?? word);
          const ran = await runBinary(args, {
            cwd: place.dir,
            env: { HOME: home, GITKEL_LOG: log },
          });
          const note = expect.stringMatching(
            /^gitkel: note: there is no home .*not pinned\n$/,
          ) as string;
          expect(ran, args.join(' ')).toMatchObject({ exitCode: 0, stderr: note });
          if (args[0] === 'audit')
            expect(ran.stdout).toMatch(/\nvalid: consistent, identity not pinned\n$/);
        }
        expect(existsSync(home)).toBe(false);
      }
    }),
  );

  test(
    'but audit makes one where it can, and remembers in it how far the log was verified',
    withCrew(async ({ place, log, alice }) => {
      await alice.does('anchor', 'alice', '--said', NOWHERE);
      mkdirSync(place.path('stranger'));
      const at = { cwd: place.dir, env: { HOME: place.path('stranger'), GITKEL_LOG: log } };
      const first = await runBinary(['audit'], at);
      expect(first).toMatchObject({ exitCode: 0, stderr: '' });
      expect(first.stdout).toMatch(/\nvalid: consistent, identity not pinned\n$/);
      await runGit(log, ['update-ref', 'refs/heads/main', 'refs/heads/main~1']);
      const back = await runBinary(['audit'], at);
      expect(back.exitCode).toBe(1);
      expect(back.stdout).toContain('log-rolled-back');
    }),
  );

  test(
    'work with a home that cannot be written, by what is known in it',
    withCrew(async ({ alice }) => {
      const { aid, batch } = await alice.does('anchor', 'alice', '--said', NOWHERE, '--stage');
      // A log of which this home knows nothing: what is verified cannot be remembered.
      const home = alice.home;
      renameSync(path.join(home, 'seen/logs'), path.join(home, 'seen/away'));
      mkdirSync(path.join(home, 'seen/logs'), { mode: 0o700 });
      const before = snapshot(home);
      const nodeOptions = ['--import', failingFiles(home, 'EROFS')];
      const note =
        /^gitkel: note: Cannot write .*EROFS; what is verified here is not remembered: not pinned\n$/;
      for (const words of READING) {
        const args = words.map((word) => ({ AID: aid, BATCH: batch })[word] ?? word);
        const ran = await alice.run(args, { nodeOptions });
        const opensLog = !['name', 'key'].includes(args[0] ?? '') && args[1] !== 'history';
        expect(ran.requireExit(0).stderr, args.join(' ')).toMatch(opensLog ? note : /^$/);
      }
      expect(snapshot(home)).toEqual(before);
      (await alice.run(['anchor', 'alice', '--said', NOWHERE], { nodeOptions })).requireExit(7);
    }),
  );
});

test(
  'what goes wrong in the home after a commit is a warning',
  withTeam(async ({ place, log, alice, bob }) => {
    const { batch } = await alice.does('anchor', 'team', '--said', NOWHERE);
    await place.collect(alice, batch, bob);
    for (const [part, word] of [
      [alice.home, 'journal'],
      [path.join(log, 'refs/gitkel'), 'staged'],
    ] as const) {
      const copy = place.copy();
      try {
        const here = copy.person('a', copy.path('log'));
        const failing = failingFiles(part.replace(place.dir, copy.dir), 'EIO');
        const ran = await here.run(['batch', 'commit', batch, '--json'], {
          nodeOptions: ['--import', failing],
        });
        expect(JSON.parse(ran.requireExit(0).stdout)).toMatchObject({
          status: 'committed',
          position: 1,
        });
        expect(ran.ran.stderr).toMatch(/^gitkel: warning: the batch is committed, but /m);
        expect(ran.ran.stderr).toContain(word);
        expect(await here.does('audit')).toMatchObject({ state: 'valid', batches: 2 });
      } finally {
        copy.remove();
      }
    }
  }),
);

test(
  'key next names an identity whose rotation revealed the key, where nothing tells that this home takes part',
  withCrew(async ({ place, log, alice, bob }) => {
    const { aid } = await alice.does(
      'identity',
      'create',
      'pair',
      '--key',
      'a',
      '--card',
      'b.card',
      '--threshold',
      '1',
    );
    const card = await place.rotationCard(bob);
    await alice.does('identity', 'rotate', 'pair', '--no-passphrase', '--card', card);
    const next = ['key', 'next', 'b', '--no-passphrase', '--json', '--log', log];
    const told = await bob.run(next);
    const old = JSON.parse(told.requireExit(0).stdout) as Answer;
    expect(told.ran.stderr).toContain(`the next key of b is a current one of ${aid} already`);
    expect(told.ran.stderr).toContain(`gitkel name set NAME ${aid}`);
    await bob.does('name', 'set', 'pair', aid);
    const again = await bob.run(next);
    expect(again.ran.stderr).toBe('');
    expect((JSON.parse(again.requireExit(0).stdout) as Answer).publicKey).not.toBe(old.publicKey);
  }),
);

test(
  'a key that is elsewhere keeps no other key from signing and committing',
  withCrew(async ({ place, log }) => {
    const person = place.person('n', log);
    await person.does('key', 'new', 'first', '--no-passphrase', '--next-out', 'usb');
    await person.does('key', 'new', 'second', '--no-passphrase');
    await person.does(
      'identity',
      'create',
      'two',
      '--key',
      'first',
      '--key',
      'second',
      '--threshold',
      '1',
    );
    await person.does('identity', 'rotate', 'two', '--no-passphrase');
    renameSync(place.path('usb'), place.path('drawer'));
    const ran = await person.run(['anchor', 'two', '--said', NOWHERE, '--json']);
    expect(JSON.parse(ran.requireExit(0).stdout)).toMatchObject({ status: 'committed' });
    expect(ran.ran.stderr).toMatch(
      /^gitkel: warning: Cannot find the file of your key .*usb.*did not sign\n/,
    );
    const staged = await person.does('anchor', 'two', '--said', NOWHERE, '--stage');
    expect(await person.does('batch', 'withdraw', '--yes', staged.batch)).toMatchObject({
      status: 'withdrawn',
    });
    const fresh = await person.does('anchor', 'two', '--said', OTHER, '--stage');
    await person.does('batch', 'export', fresh.batch, '-o', 'two.json');
    expect(
      (await person.does('batch', 'sign', 'two.json', '--yes', '--expect', fresh.batch)).files,
    ).toHaveLength(1);
  }),
);

test(
  '--passphrase-file wins over GITKEL_PASSPHRASE',
  withCrew(async ({ place, log }) => {
    const person = place.person('p', log);
    writeFileSync(place.path('secret'), 'right\n');
    const env = { GITKEL_PASSPHRASE: 'wrong' };
    (await person.run(['key', 'new', 'p', '--passphrase-file', 'secret'], { env })).requireExit(0);
    const create = ['identity', 'create', 'p', '--key', 'p'];
    (await person.run([...create, '--passphrase-file', 'secret'], { env })).requireExit(0);
    await createKey(openHome(nodeHost(), person.home), 'q', { passphrase: 'right', workFactor: 4 });
    const other = ['identity', 'create', 'q', '--key', 'q'];
    (await person.run(other, { env })).requireExit(1);
    (await person.run([...other, '--passphrase-file', 'secret'], { env })).requireExit(0);
  }),
);

test(
  'identity create refuses a name that stands for another identity, and stages nothing',
  withCrew(async ({ alice, bob, log }) => {
    const { error } = await alice.ends(2, 'identity', 'create', 'alice', '--card', 'b.card');
    expect(error).toMatchObject({ code: 'usage', reason: 'name-taken' });
    expect(await alice.does('batch', 'list')).toEqual({ batches: [] });
    const here = bob.with(log);
    const staged = await here.does('identity', 'create', 'bob', '--key', 'b', '--stage');
    expect(await here.does('identity', 'create', 'bob', '--key', 'b')).toMatchObject({
      status: 'committed',
      aid: staged.aid,
    });
  }),
);

test(
  'a batch that a key cannot sign, since it signed another for the place, is not left behind',
  withTeam(async ({ place, alice, bob }) => {
    const first = await alice.does('anchor', 'team', '--said', NOWHERE);
    const { error } = await alice.ends(1, 'anchor', 'team', '--said', OTHER);
    expect(error.reason).toBe('already-signed');
    // What was signed first can be gone on with, also where a process was killed before it stored the signature.
    expect(error.hint).toContain(`gitkel batch sign ${first.batch}`);
    expect((await alice.does('batch', 'list')).batches.map(({ batch }) => batch)).toEqual([
      first.batch,
    ]);
    // What was there before stays.
    const second = await alice.does('anchor', 'team', '--said', OTHER, '--stage');
    await alice.ends(1, 'anchor', 'team', '--said', OTHER);
    expect((await alice.does('batch', 'list')).batches).toHaveLength(2);
    await place.commit(alice, first.batch, bob);
    expect(await alice.does('batch', 'show', second.batch)).toMatchObject({ state: 'conflict' });
  }),
);

describe('what is written for others', () => {
  test(
    'is written over nothing else',
    withTeam(async ({ place, alice, bob }) => {
      const { batch } = await alice.does('anchor', 'team', '--said', NOWHERE);
      mkdirSync(place.path('folder'));
      writeFileSync(place.path('mine'), 'mine');
      symlinkSync(place.path('mine'), place.path('link'));
      await alice.does('batch', 'export', batch, '-o', 'batch.json');
      const sign = ['batch', 'sign', 'batch.json', '--yes', '--expect', batch];
      const before = snapshot(place.dir);
      for (const output of [
        'folder',
        'link',
        '/dev/null',
        'batch.json',
        './folder/../batch.json',
      ]) {
        expect((await bob.ends(2, ...sign, '-o', output)).error).toMatchObject({
          code: 'usage',
          reason: 'output',
        });
        if (!output.endsWith('batch.json'))
          await alice.ends(2, 'batch', 'export', batch, '-o', output);
      }
      expect([...snapshot(place.dir)].filter(([file]) => !file.startsWith('home-'))).toEqual(
        [...before].filter(([file]) => !file.startsWith('home-')),
      );
      const { files } = await bob.does(...sign);
      expect(await bob.does(...sign)).toMatchObject({ files });
      expect((await alice.ends(2, 'batch', 'export', batch, '-o', '-')).error.code).toBe('usage');
      expect(await alice.says('batch', 'export', batch, '-o', '-')).toContain('gitkel-export/1');
    }),
  );

  test(
    'a full batch id is one even where a file is called so',
    withTeam(async ({ place, alice }) => {
      const { batch } = await alice.does('anchor', 'team', '--said', NOWHERE, '--stage');
      writeFileSync(place.path(batch), 'no batch');
      expect(await alice.does('batch', 'sign', batch, '--yes', '--expect', batch)).toMatchObject({
        status: 'signed',
      });
      await alice.ends(3, 'batch', 'sign', `./${batch}`, '--yes', '--expect', batch);
    }),
  );
});

test(
  'batch history tells of entries whose time is none',
  withCrew(async ({ alice }) => {
    const home = openHome(nodeHost(), alice.home);
    for (const at of [253_402_300_800, Number.MAX_SAFE_INTEGER])
      await journal(home, { at, action: 'stage', outcome: 'staged' });
    const told = await alice.says('batch', 'history');
    expect(told).toContain(
      'second 253402300800  stage  staged\nsecond 9007199254740991  stage  staged\n',
    );
  }),
);

test(
  'no lock and no owner file is left in a home',
  withCrew(async ({ alice }) => {
    writeFileSync(
      path.join(alice.home, 'locks/owner.none.1.1.0123456789abcdef'),
      'none.1.1.0123456789abcdef',
      { mode: 0o600 },
    );
    await alice.does('anchor', 'alice', '--said', NOWHERE);
    // Nothing is certain about a process of another machine: its file stays.
    expect(readdirSync(path.join(alice.home, 'locks'))).toEqual([
      'owner.none.1.1.0123456789abcdef',
    ]);
  }),
);
