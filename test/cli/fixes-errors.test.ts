/** How runs end that fail: exit codes and words, through the built binary. */
import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { BINARY, runGit, runProgram } from '../support/binary.ts';
import { useCrew } from '../support/crew.ts';
import type { Answer } from '../support/person.ts';

vi.setConfig({ testTimeout: 120_000 });

const NOWHERE = 'E'.padEnd(44, 'A');
const BUG = `data:text/javascript,${encodeURIComponent('String.prototype.padEnd = () => { throw new TypeError("injected"); };')}`;

const withCrew = useCrew(async ({ alice }) =>
  alice.does('identity', 'create', 'alice', '--key', 'a'),
);

describe('what nobody foresaw', () => {
  test(
    'is a bug, says so and asks for a report',
    withCrew(async ({ alice }) => {
      const words = await alice.run(['key', 'list'], { nodeOptions: ['--import', BUG] });
      expect(words.requireExit(70).stderr).toMatch(
        /^gitkel: This is a bug in gitkel: TypeError: injected\n {2}Please report it/,
      );
      const json = await alice.run(['key', 'list', '--json'], { nodeOptions: ['--import', BUG] });
      const { error } = JSON.parse(json.requireExit(70).stdout) as Answer;
      expect(error).toMatchObject({
        code: 'bug',
        message: 'This is a bug in gitkel: TypeError: injected',
      });
      expect(error.hint).toContain('report');
    }),
  );

  test.each([
    ['identity list > /dev/full', 'ENOSPC'],
    ['identity list --json > /dev/full', 'ENOSPC'],
    ['log --help > /dev/full', 'ENOSPC'],
  ])('but not trouble of the system: gitkel %s', async (line, errno) => {
    await withCrew(async ({ place, log, alice }) => {
      const [args = '', ...rest] = line.split(/ (?=[|>])/);
      const command = `{ '${process.execPath}' '${BINARY}' ${args} ${rest[0]?.startsWith('>') === true ? rest[0] : ''}; echo $? > status; } ${rest[0]?.startsWith('|') === true ? rest[0] : ''}`;
      const ran = await runProgram('sh', ['-c', command], {
        cwd: place.dir,
        env: { GITKEL_HOME: alice.home, GITKEL_LOG: log },
      });
      expect({
        status: readFileSync(place.path('status'), 'utf8'),
        stderr: ran.stderr,
      }).toMatchObject({
        status: '7\n',
        stderr: expect.stringMatching(new RegExp(`^gitkel: Cannot go on: ${errno}`)),
      });
      expect(ran.stderr).not.toMatch(/^ +at |bug/m);
    })();
  });
});

describe('output that nobody reads to its end', () => {
  test.each([
    ['key show a | exec true', 0],
    ['identity list --json | exec true', 0],
    ['log --help | exec true', 0],
    ['identity show nobody --json | exec true', 4],
    ['identity show nobody 2>&1 | exec true', 4],
  ])('changes nothing in how it ends: gitkel %s', async (line, exitCode) => {
    await withCrew(async ({ place, log, alice }) => {
      const [args = '', reader = ''] = line.split(' | ');
      // It is certainly gone by the time that the first line is written.
      const command = `{ sleep 0.1; '${process.execPath}' '${BINARY}' ${args}; echo $? > status; } | ${reader}`;
      const ran = await runProgram('sh', ['-c', command], {
        cwd: place.dir,
        env: { GITKEL_HOME: alice.home, GITKEL_LOG: log },
      });
      const status = Number(readFileSync(place.path('status'), 'utf8'));
      expect({ status, isTold: ran.stderr.includes('EPIPE') }).toEqual({
        status: exitCode,
        isTold: false,
      });
    })();
  });
});

describe('what cannot be meant', () => {
  test.each<readonly [number, string, readonly string[]]>([
    [2, 'an empty home', ['key', 'list', '--home', '']],
    [2, 'an empty log', ['audit', '--log', '']],
    [2, 'an empty branch', ['audit', '--branch', '']],
    [2, 'a branch that is none', ['audit', '--branch', '../x']],
    [
      2,
      'a branch that is none, to write to',
      ['anchor', 'alice', '--said', NOWHERE, '--branch', 'a..b'],
    ],
    [2, 'a branch that is none, to make', ['init', 'new', '--branch', '../x']],
    [2, 'a branch that is none, to copy', ['clone', 'log', 'copy', '--branch', 'x.lock']],
    [
      2,
      'a time that is past',
      ['anchor', 'alice', '--said', NOWHERE, '--expires', '2020-01-01T00:00:00Z'],
    ],
    [2, 'a digest that is none', ['anchor', 'alice', '--said', 'minutes']],
    [2, 'an unknown command', ['frobnicate']],
    [2, 'an unknown command of a topic', ['batch', 'comit']],
    [4, 'a file that is not there', ['batch', 'add', 'nofile']],
  ])('%i: %s', async (exitCode, _what, args) => {
    await withCrew(async ({ alice }) => {
      const answer = await alice.ends(exitCode, ...args);
      if (exitCode === 2) expect(answer).toMatchObject({ error: { code: 'usage' } });
      expect((await alice.run(args)).requireExit(exitCode).stderr).not.toMatch(/^ +at /m);
    })();
  });

  test(
    'a branch in the config that is none is trouble of the surroundings',
    withCrew(async ({ alice, log }) => {
      await runGit(log, ['config', 'gitkel.branch', '../x']);
      expect((await alice.ends(7, 'identity', 'list')).error).toMatchObject({
        code: 'environment',
        reason: 'ref-name',
      });
      expect(await alice.does('audit', '--branch', 'main')).toMatchObject({ state: 'valid' });
    }),
  );
});

test(
  'a flag that may be repeated takes one word each time',
  withCrew(async ({ place, alice, log }) => {
    const { aid } = await alice.does('anchor', 'alice', '--said', NOWHERE);
    expect(await alice.with(undefined).does('audit', '--expect', aid, log)).toMatchObject({
      state: 'valid',
      identity: 'expected',
    });
    expect(
      await alice.does(
        'identity',
        'create',
        '--card',
        'b.card',
        '--card',
        'c.card',
        'team',
        '--stage',
      ),
    ).toMatchObject({ status: 'staged' });
    const card = await place.rotationCard(alice);
    expect(
      await alice.does('identity', 'rotate', '--no-passphrase', '--card', card, 'alice', '--stage'),
    ).toMatchObject({ status: 'staged' });
  }),
);
