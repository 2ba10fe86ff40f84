/** Steps that cannot be taken back say what they would do, and ask; what goes wrong says how to go on. */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Place, type Person } from '../support/person.ts';
import { runBinary } from '../support/binary.ts';
import { hasTerminals, runAtTerminal } from '../support/terminal.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let place: Place;
let alice: Person;

beforeAll(async () => {
  place = new Place();
  const log = await place.newLog();
  alice = place.person('alice', log);
  for (const name of ['alice', 'ci']) {
    await alice.does('key', 'new', name, '--no-passphrase');
    await alice.does('identity', 'create', name === 'ci' ? 'runner' : 'team', '--key', name);
  }
  await alice.does(
    'device',
    'link',
    'team',
    '--device',
    'runner',
    '--name',
    'r',
    '--capability',
    'release',
  );
  await alice.does('anchor', 'team', '--said', 'E'.padEnd(44, 'A'));
});

afterAll(() => place.remove());

const has = await hasTerminals();
const REVOKE = ['device', 'revoke', 'team', '--device', 'runner'];
const environment = (): Readonly<Record<string, string>> => ({
  GITKEL_HOME: alice.home,
  GITKEL_LOG: alice.log ?? '',
});

describe('a step that cannot be taken back', () => {
  test('is refused where nobody can be asked, and nothing is done', async () => {
    const { batch } = await alice.does('anchor', 'team', '--said', 'E'.padEnd(44, 'B'), '--stage');
    const before = await alice.does('log', '-n', '1');
    for (const step of [
      REVOKE,
      ['batch', 'withdraw', batch],
      ['identity', 'abandon', 'runner'],
      ['identity', 'rotate', 'team', '--supersede', '2', '--no-passphrase'],
    ]) {
      const { error } = await alice.ends(2, ...step);
      expect(error, step.join(' ')).toMatchObject({ code: 'usage', reason: 'unattended' });
    }
    expect(await alice.does('log', '-n', '1')).toEqual(before);
    expect((await alice.does('batch', 'list')).batches).toHaveLength(1);
    expect(await alice.does('batch', 'withdraw', batch, '--yes')).toMatchObject({ batch });
  });

  test('is a second event for a place: the first one is named, and nothing is left of the second', async () => {
    const anchor = (fill: string): readonly string[] => [
      'anchor',
      'team',
      '--said',
      'E'.padEnd(44, fill),
    ];
    // Where no place was signed for before, --supersede asks nothing.
    expect(
      await alice.does('anchor', 'runner', '--said', 'E'.padEnd(44, 'C'), '--supersede'),
    ).toMatchObject({ status: 'committed' });
    const first = await alice.does(...anchor('C'), '--stage');
    await alice.does('batch', 'sign', first.batch, '--yes', '--expect', first.batch);
    const before = await alice.does('batch', 'list');
    const { error } = await alice.ends(2, ...anchor('D'), '--supersede');
    expect(error).toMatchObject({ reason: 'unattended', hint: 'In scripts: --yes' });
    const { stderr } = (await alice.run([...anchor('D'), '--supersede'])).requireExit(2);
    expect(stderr).toMatch(/^WARNING: this would sign a second event for a place:$/m);
    expect(stderr).toContain(`: ${first.said}\n`);
    expect(stderr).toContain('prove duplicity');
    expect(await alice.does('batch', 'list')).toEqual(before);
    // Only staged, nothing is signed, and who signs it is told.
    const staged = await alice.does(...anchor('D'), '--supersede', '--stage');
    const sign = ['batch', 'sign', staged.batch, '--yes', '--expect', staged.batch];
    const refused = (await alice.run(sign)).requireExit(1);
    expect(refused.stdout).toContain(`${first.said}\n    to be signed now: ${staged.said}`);
    expect(await alice.does(...anchor('E'), '--supersede', '--yes')).toMatchObject({
      status: 'committed',
    });
    await alice.does('batch', 'prune');
  });

  test('says which events a recovery supersedes, also where it is only staged', async () => {
    const { sn, said } = await alice
      .does('identity', 'list')
      .then(
        ({ identities }) =>
          identities.find(({ names }) => names.includes('team')) ?? { sn: 0, said: '' },
      );
    const rotate = ['identity', 'rotate', 'team', '--supersede', `${sn}`, '--no-passphrase'];
    const shown = await alice.says(...rotate, '--stage');
    expect(shown).toContain(`This takes the place of event ${sn} of `);
    expect(shown).toContain(`  ixn ${sn} ${said}\n`);
  });

  test.runIf(has)('says what it would do at a terminal, and takes no for a no', async () => {
    const at = { cwd: place.dir, env: environment() };
    const { shown, exitCode } = await runAtTerminal(REVOKE, [['Revoke? [y/N] ', 'n\n']], at);
    expect(exitCode).toBe(1);
    expect(shown).toContain('This revokes 1 device of ');
    expect(shown).toContain('What they seal from then on does not count');
    expect(shown).not.toContain('gitkel explain');
    expect(await alice.says('device', 'list', 'team')).not.toContain('revoked');
  });
});

describe.runIf(has)('a second event for a place, at a terminal', () => {
  test('is signed after a yes alone', async () => {
    const anchor = (fill: string): readonly string[] => [
      'anchor',
      'runner',
      '--said',
      'E'.padEnd(44, fill),
    ];
    const first = await alice.does(...anchor('G'), '--stage');
    await alice.does('batch', 'sign', first.batch, '--yes', '--expect', first.batch);
    const at = { cwd: place.dir, env: environment() };
    const question = 'Sign the second one all the same? [y/N] ';
    const second = [...anchor('H'), '--supersede'];
    const no = await runAtTerminal(second, [[question, 'n\n']], at);
    expect(no).toMatchObject({ exitCode: 1, unasked: 0 });
    expect(no.shown).toContain(`: ${first.said}`);
    expect(no.shown).toContain('you did not agree');
    const yes = await runAtTerminal(second, [[question, 'y\n']], at);
    expect(yes).toMatchObject({ exitCode: 0, unasked: 0 });
    expect(yes.shown).toContain('anchored ');
    await alice.does('batch', 'prune');
  });
});

describe('errors', () => {
  test('name the command and the flag that are near', async () => {
    const command = await runBinary(['identity', 'shwo']);
    expect(command.exitCode).toBe(2);
    expect(command.stderr).toContain('Did you mean `gitkel identity show`');
    const flag = await runBinary(['identity', 'show', 'x', '--jsn']);
    expect(flag.exitCode).toBe(2);
    expect(flag.stderr).toContain('Did you mean --json?');
  });

  test.runIf(has)(
    'say at a terminal how to have them explained, in colour unless unwanted',
    async () => {
      const wrong = ['key', 'show', 'nobody'];
      const at = (env: Readonly<Record<string, string>>) => ({
        cwd: place.dir,
        env: { ...environment(), TERM: 'xterm', ...env },
      });
      const plain = await runAtTerminal(wrong, [], at({ NO_COLOR: '1' }));
      expect(plain.shown).toContain('  more: gitkel explain key\r\n');
      expect(plain.shown).not.toContain('\u001b[');
      const coloured = await runAtTerminal(wrong, [], at({ NO_COLOR: '' }));
      expect(coloured.shown).toContain('\u001b[31mgitkel\u001b[0m: ');
      const unwanted = await runAtTerminal([...wrong, '--no-color'], [], at({ NO_COLOR: '' }));
      expect(unwanted.shown).not.toContain('\u001b[');
      const { stderr } = (await alice.run(wrong)).requireExit(4);
      expect(stderr).not.toContain('gitkel explain');
    },
  );
});

describe('a refusal says what was attempted, which value is wrong, and what to do', () => {
  test.each<readonly [exitCode: number, args: readonly string[], message: string, hint: string]>([
    [
      2,
      ['key', 'new', 'alice'],
      'Cannot make the key "alice": the name "alice" is taken',
      'gitkel key list',
    ],
    [
      2,
      ['anchor', 'team', '--said', 'notasaid'],
      'Cannot anchor "notasaid": it is not a digest in CESR',
      '--file FILE',
    ],
    [
      2,
      ['identity', 'create', 'x', '--key', 'alice', '--threshold', '3'],
      'Cannot build the inception: 1 key cannot give 3 signatures',
      'another threshold',
    ],
    [
      4,
      ['identity', 'rotate', 'runner', '--supersede', '99', '--yes'],
      ': its last event is ',
      'can be superseded: gitkel log ',
    ],
    [
      1,
      ['device', 'link', 'team', '--device', 'team', '--name', 'x'],
      'cannot be its own device',
      'an identity of its own',
    ],
    [2, ['name', 'set', 'x', 'team'], 'Cannot name "team"', 'An AID has 44 characters'],
  ])('%i: %j', async (exitCode, args, message, hint) => {
    const { error } = await alice.ends(exitCode, ...args);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  test('names the file that is not what it was taken for', async () => {
    const file = place.path('not-a-card.txt');
    await writeFile(file, 'hello');
    for (const args of [
      ['identity', 'rotate', 'team', '--card', file],
      ['identity', 'create', 'x', '--card', file],
      ['batch', 'sign', file],
      ['witness', 'receipt', file],
      ['policy', 'check', file],
      ['skill', 'check', file],
      ['skill', 'install', file],
    ]) {
      const { error } = await alice.ends(3, ...args);
      expect(error.message, args.join(' ')).toMatch(/^Cannot read .*\(in ".*not-a-card\.txt"\)$/);
      expect(error.hint, args.join(' ')).toMatch(/gitkel [a-z]+ [a-z]+|\.zip/);
    }
  });

  test('sends to `batch commit` whoever has signed enough already', async () => {
    const anchor = ['anchor', 'runner', '--said', 'E'.padEnd(44, 'K')];
    const { batch } = await alice.does(...anchor, '--stage');
    await alice.does('batch', 'sign', batch, '--yes', '--expect', batch);
    const { error } = await alice.ends(1, 'anchor', 'runner', '--said', 'E'.padEnd(44, 'M'));
    expect(error).toMatchObject({ reason: 'already-signed' });
    expect(error.hint).toContain(`gitkel batch commit ${batch}`);
    await alice.does('batch', 'commit', batch);
  });
});

test('every help ends with the exit codes by name', async () => {
  const { stdout } = await runBinary(['batch', 'commit', '--help']);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
    'Exit codes: 0 done, 1 refused, 2 usage, 3 malformed',
  );
});
