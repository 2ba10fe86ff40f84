/** Keys in other programs, and the care of key files, on the built binary. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodePrimitive } from '../../src/cesr/primitive.ts';
import { nodeHost } from '../../src/host/node.ts';
import { backUpKeys } from '../../src/keys/backup.ts';
import { openHome } from '../../src/keys/home.ts';
import { changePassphrase } from '../../src/keys/key-passphrase.ts';
import { runGit } from '../support/binary.ts';
import { type Crew, useCrew } from '../support/crew.ts';
import { type Answer, type Person, Place } from '../support/person.ts';
import { hasSshAgent, SshAgent } from '../support/ssh-agent.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Of a key that is somewhere safe. */
const SOME_DIGEST = `E${'A'.repeat(43)}`;
/** A work factor for tests: each passphrase that the binary sets costs seconds. */
const QUICK = 4;
const PROGRAM = path.resolve(import.meta.dirname, '../support/command-signer.mjs');

interface Listed {
  readonly keys: readonly {
    readonly name: string;
    readonly label: string;
    readonly kind: string;
    readonly publicKey?: string;
  }[];
}

async function listed(person: Person): Promise<Listed['keys']> {
  return ((await person.does('key', 'list')) as unknown as Listed).keys;
}

async function neverAsked(): Promise<string> {
  throw new Error('there is no passphrase to be asked for');
}

async function cardOf(place: Place, person: Person, name: string): Promise<string> {
  const file = place.path(`${name}.card`);
  writeFileSync(file, await person.says('key', 'show', name));
  return file;
}

const crew = useCrew();

describe.skipIf(!hasSshAgent)(
  'a real ssh-agent in a 2-of-3 (skipped where OpenSSH is not installed)',
  () => {
    let agent: SshAgent | undefined;

    beforeAll(async () => {
      agent = await SshAgent.start();
      process.env['SSH_AUTH_SOCK'] = agent.socket;
    });
    afterAll(async () => {
      delete process.env['SSH_AUTH_SOCK'];
      await agent?.stop();
    });

    function running(): SshAgent {
      if (agent === undefined) throw new Error('the agent is not running');
      return agent;
    }

    /** The team of Alice's key file, a key in Dora's agent, and Carol's key file; Carol is never asked. */
    async function team({ place, alice }: Crew): Promise<{ created: Answer; dora: Person }> {
      const dora = place.person('d');
      const [now, next] = [await running().newKey(), await running().newKey()];
      const added = await dora.does(
        'key',
        'add',
        'd',
        '--ssh-agent',
        now.fingerprint,
        '--next-ssh-agent',
        next.fingerprint,
      );
      expect(added).toMatchObject({ status: 'done', kind: 'ssh-agent' });
      expect(decodePrimitive(added.card.publicKey).raw).toEqual(now.publicKey);
      const created = await alice.does(
        'identity',
        'create',
        'team',
        '--key',
        'a',
        '--card',
        await cardOf(place, dora, 'd'),
        '--card',
        'c.card',
        '--threshold',
        '2',
      );
      expect(created).toMatchObject({ status: 'staged' });
      await place.commit(alice, created.batch, dora);
      return { created, dora };
    }

    test(
      'signs an inception, an anchor and a commit, and is rotated to another key of the agent',
      crew(async (own) => {
        const { place, log, alice, carol } = own;
        const { created, dora } = await team(own);
        for (const person of [dora, carol]) await person.does('name', 'set', 'team', created.aid);
        const doras = dora.with(log);
        const anchor = await doras.does('anchor', 'team', '--said', created.said);
        expect(anchor).toMatchObject({ status: 'staged' });
        // Dora commits, so her agent signs the commit as well.
        expect(await place.commit(doras, anchor.batch, alice)).toMatchObject({
          status: 'committed',
          position: 1,
        });
        const message = await runGit(log, ['log', '-1', '--format=%B', 'main']);
        expect(message).toContain(created.aid);

        const later = await running().newKey();
        const rotation = place.path('d.rotation');
        writeFileSync(
          rotation,
          await doras.says('key', 'next', 'd', '--next-ssh-agent', later.fingerprint),
        );
        expect(await doras.says('key', 'next', 'd')).toBe(readFileSync(rotation, 'utf8'));
        const rotated = await alice.does(
          'identity',
          'rotate',
          'team',
          '--no-passphrase',
          '--card',
          rotation,
          '--keep',
          '2',
        );
        expect(await place.commit(alice, rotated.batch, dora)).toMatchObject({
          status: 'committed',
          position: 2,
        });
        await doras.does('identity', 'show', 'team');
        expect(
          (await listed(doras))
            .filter(({ name }) => name === 'd')
            .map(({ label, kind }) => [label, kind]),
        ).toEqual([
          ['older', 'ssh-agent'],
          ['current', 'ssh-agent'],
          ['next', 'ssh-agent'],
        ]);
        const last = await doras.does('anchor', 'team', '--said', created.said);
        expect(await place.commit(doras, last.batch, alice)).toMatchObject({
          status: 'committed',
          position: 3,
        });
        expect(
          await alice.says('audit', log, '--expect', `${created.aid}@3:${last.said}`),
        ).toContain('valid: ');
      }),
    );

    test(
      'locked, gone, or without the key: says so, and the same event is signed later',
      crew(async (own) => {
        const { place, log, alice } = own;
        const { created, dora } = await team(own);
        const doras = dora.with(log);
        await doras.does('name', 'set', 'team', created.aid);
        await running().lock();
        const { error } = await doras.ends(4, 'anchor', 'team', '--said', created.said);
        expect(error).toMatchObject({ code: 'not-found', reason: 'agent-key' });
        expect(error.hint).toContain('ssh-add -X');
        await running().unlock();
        const { batches } = await doras.does('batch', 'list');
        const [{ batch } = { batch: '' }] = batches;
        expect(error.hint).toContain(`gitkel batch sign ${batch}`);

        process.env['SSH_AUTH_SOCK'] = `${running().socket}-gone`;
        expect(
          (await doras.ends(7, 'batch', 'sign', batch, '--yes', '--expect', batch)).error.reason,
        ).toBe('agent-gone');
        process.env['SSH_AUTH_SOCK'] = running().socket;
        expect(await doras.does('batch', 'sign', batch, '--yes', '--expect', batch)).toMatchObject({
          status: 'signed',
        });
        expect(await place.commit(alice, batch, alice)).toMatchObject({
          status: 'committed',
          position: 1,
        });
      }),
    );
  },
);

describe('a signing command', () => {
  /** How Erin's command is set up, to fail in that way. */
  function command(place: Place, fate = 'well', seconds = 60): readonly string[] {
    const args = [PROGRAM, place.path('seed'), fate].flatMap((arg) => ['--command-arg', arg]);
    return ['--command', process.execPath, ...args, '--command-timeout', String(seconds)];
  }

  async function erin({ place, log }: Crew): Promise<{ erin: Person; publicKey: string }> {
    writeFileSync(place.path('seed'), '07'.repeat(32));
    const person = place.person('e', log);
    const { card } = await person.does(
      'key',
      'add',
      'e',
      ...command(place),
      '--next-digest',
      SOME_DIGEST,
    );
    return { erin: person, publicKey: card.publicKey };
  }

  test(
    'takes part in a 2-of-3 and commits alone in a 1-of-1, with a passphrase that it never sees',
    crew(async (own) => {
      const { place, log, alice } = own;
      const { erin: person, publicKey } = await erin(own);
      const card = await cardOf(place, person, 'e');
      const created = await alice.does(
        'identity',
        'create',
        'team',
        '--key',
        'a',
        '--card',
        card,
        '--card',
        'c.card',
        '--threshold',
        '2',
      );
      expect(await place.commit(alice, created.batch, person)).toMatchObject({
        status: 'committed',
        position: 0,
      });
      await person.does(
        'key',
        'add',
        'e',
        ...command(place, 'wants-no-passphrase'),
        '--public-key',
        publicKey,
      );
      const solo = (
        await person.run(['identity', 'create', 'solo', '--key', 'e', '--json'], {
          env: { GITKEL_PASSPHRASE: 'secret' },
        })
      ).requireExit(0);
      expect(JSON.parse(solo.stdout)).toMatchObject({ status: 'committed', position: 1 });
      expect(await person.says('audit', log)).toContain('2 batches, 2 identities');
      expect(await person.says('key', 'list')).toContain(
        `through "${process.execPath} ${PROGRAM} `,
      );
    }),
  );

  test(
    'hangs, dies, lies, raves: clear errors, nothing lost, nothing written, signed in the end',
    crew(async (own) => {
      const { log, place } = own;
      const { erin: person, publicKey } = await erin(own);
      const created = await person.does('identity', 'create', 'solo', '--key', 'e');
      const before = await runGit(log, ['rev-parse', 'main']);
      const setTo = async (...flags: readonly string[]): Promise<Answer> =>
        person.does('key', 'add', 'e', ...flags, '--public-key', publicKey);
      await setTo(...command(place, 'hangs', 1));
      const { error } = await person.ends(7, 'anchor', 'solo', '--said', created.said);
      expect(error).toMatchObject({ code: 'environment', reason: 'command-slow' });
      expect(error.message).toContain(PROGRAM);
      const { batches } = await person.does('batch', 'list');
      const [{ batch } = { batch: '' }] = batches;
      expect(error.hint).toContain(`gitkel batch sign ${batch}`);
      for (const [fate, exitCode, reason] of [
        ['dies', 7, 'command-failed'],
        ['fails', 7, 'command-failed'],
        ['lies', 1, 'bad-signature'],
        ['raves', 3, 'command-answer'],
        ['floods', 3, 'command-answer'],
        ['says-nothing', 3, 'command-answer'],
      ] as const) {
        await setTo(...command(place, fate));
        expect(
          (await person.ends(exitCode, 'batch', 'sign', batch, '--yes', '--expect', batch)).error
            .reason,
        ).toBe(reason);
      }
      await setTo('--command', 'no-such-program-anywhere');
      expect(
        (await person.ends(7, 'batch', 'sign', batch, '--yes', '--expect', batch)).error.reason,
      ).toBe('command-not-started');
      expect(await runGit(log, ['rev-parse', 'main'])).toBe(before);
      const shown = (await person.does('batch', 'show', batch)) as unknown as {
        readonly missing: readonly string[];
      };
      expect(JSON.stringify(shown)).toContain('1 more');

      await setTo(...command(place, 'tells'));
      const signed = (
        await person.run(['batch', 'sign', batch, '--yes', '--expect', batch])
      ).requireExit(0);
      expect(signed.stderr).toContain('signing: event');
      // A signer that lies when the commit is to be signed leaves the batch complete.
      await setTo(...command(place, 'lies'));
      expect((await person.ends(1, 'batch', 'commit', batch)).error.reason).toBe('bad-signature');
      expect(await runGit(log, ['rev-parse', 'main'])).toBe(before);
      await setTo(...command(place, 'cesr'));
      expect(await person.does('batch', 'commit', batch)).toMatchObject({
        status: 'committed',
        position: 1,
      });
      expect(await person.says('audit', log)).toContain('2 batches, 1 identity');
    }),
  );

  test(
    'key add and key next refuse what does not fit together, and change nothing',
    crew(async (own) => {
      const { place, bob } = own;
      const { erin: person } = await erin(own);
      const before = await listed(person);
      const rotation = await place.rotationCard(bob);
      for (const [exitCode, ...args] of [
        [2, 'add', 'x', '--next-digest', SOME_DIGEST],
        [2, 'add', 'x', ...command(place)],
        [
          2,
          'add',
          'x',
          ...command(place),
          '--ssh-agent',
          `SHA256:${'A'.repeat(43)}`,
          '--next-digest',
          SOME_DIGEST,
        ],
        [2, 'add', 'x', ...command(place), '--next-digest', SOME_DIGEST, '--next-card', 'c.card'],
        [2, 'add', 'x', ...command(place), '--next-card', rotation],
        [3, 'add', 'x', ...command(place), '--next-public-key', SOME_DIGEST],
        [2, 'add', 'x', ...command(place), '--next-ssh-agent', 'MD5:00'],
        [
          2,
          'add',
          'x',
          ...command(place),
          '--next-public-key',
          SOME_DIGEST,
          '--next-ssh-agent',
          'MD5:00',
        ],
        [4, 'add', 'x', ...command(place), '--next-card', 'no.card'],
        [3, 'add', 'x', ...command(place), '--next-digest', 'E'],
        [2, 'add', 'x', ...command(place, 'well', 0), '--next-digest', SOME_DIGEST],
        [2, 'add', 'x', '--command-arg', 'a', '--next-digest', SOME_DIGEST],
        [2, 'add', 'x', '--ssh-agent', 'MD5:00', '--next-digest', SOME_DIGEST],
        [
          3,
          'add',
          'x',
          ...command(place),
          '--public-key',
          SOME_DIGEST,
          '--next-digest',
          SOME_DIGEST,
        ],
        [1, 'next', 'e'],
        [2, 'next', 'e', ...command(place)],
        [2, 'next', 'e', '--next-digest', SOME_DIGEST],
        [1, 'next', 'e', ...command(place), '--next-digest', SOME_DIGEST],
      ] as const) {
        const { error } = await person.ends(exitCode, 'key', ...args);
        expect(error.message).toMatch(/^\S/);
      }
      expect(await listed(person)).toEqual(before);
    }),
  );

  test(
    'arguments may begin with a dash, and a relative path stays what it was',
    crew(async (own) => {
      const { place } = own;
      await erin(own);
      const person = place.person('f');
      writeFileSync(
        place.path('sign.sh'),
        `#!/bin/sh\n[ "$1" = --slot ] && exec '${process.execPath}' '${PROGRAM}' '${place.path('seed')}'\n`,
        { mode: 0o700 },
      );
      await person.does(
        'key',
        'add',
        'f',
        '--command',
        './sign.sh',
        '--command-arg=--slot',
        '--next-card',
        'c.card',
      );
      const elsewhere = await place.emptyDirectory();
      await place.newLog('other');
      const created = await person
        .with(place.path('other'))
        .in(elsewhere)
        .does('identity', 'create', 'solo', '--key', 'f');
      expect(created).toMatchObject({ status: 'committed' });
    }),
  );
});

describe('the care of key files', () => {
  let place = new Place();
  beforeEach(() => {
    place = new Place();
    for (const [file, words] of [
      ['old', 'correct horse'],
      ['new', 'battery staple'],
      ['paper', 'a drawer'],
    ])
      writeFileSync(place.path(file ?? ''), `${words}\n`);
  });
  afterEach(() => {
    place.remove();
  });

  test('a 1-of-1 that lost its home recovers from the backup of its next key', async () => {
    const log = await place.newLog();
    const alice = place.person('alice', log);
    await alice.does('key', 'new', 'alice', '--no-passphrase');
    const created = await alice.does('identity', 'create', 'me', '--key', 'alice');
    const [current, next] = await listed(alice);
    const made = await alice.does(
      'key',
      'backup',
      'alice',
      '--next-only',
      '-o',
      'next.backup',
      '--new-passphrase-file',
      'paper',
    );
    expect(made).toMatchObject({ status: 'done', holds: [next?.publicKey] });
    expect(statSync(place.path('next.backup')).mode & 0o777).toBe(0o600);
    expect(readFileSync(place.path('next.backup'), 'utf8')).toMatch(
      /^-----BEGIN AGE ENCRYPTED FILE-----\n/,
    );
    expect(
      (
        await alice.ends(
          2,
          'key',
          'backup',
          'alice',
          '--next-only',
          '-o',
          'next.backup',
          '--new-passphrase-file',
          'paper',
        )
      ).error.reason,
    ).toBe('eexist');
    rmSync(alice.home, { recursive: true });

    const again = place.person('again', log);
    expect(
      (await again.ends(1, 'key', 'restore', 'next.backup', '--passphrase-file', 'old')).error
        .reason,
    ).toBe('passphrase');
    expect(
      await again.does(
        'key',
        'restore',
        'next.backup',
        '--passphrase-file',
        'paper',
        '--no-passphrase',
      ),
    ).toMatchObject({
      status: 'done',
      name: 'alice',
      written: [next?.publicKey],
      without: [current?.publicKey],
    });
    await again.does('name', 'set', 'me', created.aid);
    // The lost key signs nothing here; the next one is there to replace it.
    const anchored = await again.does('anchor', 'me', '--said', created.said);
    expect(anchored).toMatchObject({ status: 'staged' });
    const rotated = await again.does('identity', 'rotate', 'me', '--no-passphrase');
    expect(rotated).toMatchObject({ status: 'committed', position: 1 });
    expect((await listed(again)).map(({ label }) => label)).toEqual(['older', 'current', 'next']);
    const after = await again.does('anchor', 'me', '--said', created.said);
    expect(after).toMatchObject({ status: 'committed', position: 2 });
    expect(await again.says('audit', log, '--expect', `${created.aid}@2:${after.said}`)).toContain(
      '3 batches, 1 identity',
    );
  });

  test('key passphrase puts all keys under another one, or under none', async () => {
    const log = await place.newLog();
    const alice = place.person('alice', log);
    await alice.does('key', 'new', 'alice', '--no-passphrase', '--next-out', place.path('stick'));
    const change = ['key', 'passphrase', 'alice'];
    expect((await alice.ends(2, ...change)).error.hint).toContain('--new-passphrase-file');
    await changePassphrase(openHome(nodeHost(), alice.home), 'alice', neverAsked, {
      passphrase: 'battery staple',
      workFactor: QUICK,
    });
    expect(
      (await alice.ends(1, ...change, '--passphrase-file', 'old', '--no-passphrase')).error.reason,
    ).toBe('passphrase');
    const created = await alice.does(
      'identity',
      'create',
      'me',
      '--key',
      'alice',
      '--passphrase-file',
      'new',
    );
    expect(created).toMatchObject({ status: 'committed' });
    expect(await alice.says(...change, '--passphrase-file', 'new', '--no-passphrase')).toContain(
      '2 keys of alice: unencrypted now',
    );
    expect(await alice.does('anchor', 'me', '--said', created.said)).toMatchObject({
      status: 'committed',
    });
    expect(await alice.does(...change, '--new-passphrase-file', 'new')).toMatchObject({
      status: 'done',
      protection: 'passphrase',
    });
    expect(
      await alice.does('anchor', 'me', '--said', created.said, '--passphrase-file', 'new'),
    ).toMatchObject({ status: 'committed' });
  });

  test('key restore says what it wrote and what was there, and keeps names apart', async () => {
    const alice = place.person('alice');
    await alice.does('key', 'new', 'alice', '--no-passphrase');
    await alice.does(
      'key',
      'backup',
      'alice',
      '-o',
      'all.backup',
      '--new-passphrase-file',
      'paper',
    );
    // The same backup, which opens sooner.
    const { bytes } = await backUpKeys(openHome(nodeHost(), alice.home), 'alice', neverAsked, {
      passphrase: 'a drawer',
      workFactor: QUICK,
    });
    writeFileSync(place.path('all.backup'), bytes);
    const again = place.person('again');
    await again.does('key', 'new', 'alice', '--no-passphrase');
    const restore = [
      'key',
      'restore',
      'all.backup',
      '--passphrase-file',
      'paper',
      '--no-passphrase',
    ];
    expect((await again.ends(1, ...restore)).error).toMatchObject({
      reason: 'other-keys',
      hint: expect.stringContaining('--as') as string,
    });
    expect(await again.says(...restore, '--as', 'old')).toMatch(
      /^restored old: 2 of 2 keys written\n {2}D\S+\n {2}D\S+\n/,
    );
    expect(await again.says(...restore, '--as', 'old')).toMatch(
      /^restored old: 0 of 2 keys written\n {2}D\S+ \(here already\)\n/,
    );
    expect(existsSync(`${again.home}/lineages/old.json`)).toBe(true);
    expect((await again.ends(4, 'key', 'restore', 'none.backup')).error.code).toBe('not-found');
    expect(
      (await again.ends(3, 'key', 'restore', 'paper', '--passphrase-file', 'paper')).error.code,
    ).toBe('malformed');
  });
});
