/** What scripts rely on: help, exit codes, the shape of errors, and which stream says what. */
import { chmod, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { BINARY, runBinary, runGit } from '../support/binary.ts';
import { type Crew, createTeam, useCrew } from '../support/crew.ts';

vi.setConfig({ testTimeout: 120_000 });

const UNKNOWN = 'E'.padEnd(44, 'A');

function commandNames(): readonly string[] {
  const dir = path.resolve(import.meta.dirname, '../../commands');
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/\.ts$/, '').replaceAll(path.sep, ' '));
}

/** What the help of each command is made of, as the build wrote it. */
const manifest = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../oclif.manifest.json'), 'utf8'),
) as {
  readonly commands: Readonly<
    Record<string, { readonly examples?: readonly string[]; readonly flags: object }>
  >;
};

describe('help', () => {
  test.for(commandNames())('gitkel %s --help has two examples at least', (command) => {
    const { examples = [], flags } = manifest.commands[command.replaceAll(' ', ':')] ?? {
      flags: {},
    };
    const own = examples.filter(
      (example) =>
        example.includes(`gitkel ${command}`) || example.includes(`<%= config.bin %> ${command}`),
    );
    expect(own.length).toBeGreaterThanOrEqual(2);
    expect(Object.keys(flags)).toEqual(expect.arrayContaining(['json', 'home']));
  });

  test.for(['audit', 'batch sign', 'log policy add'])(
    'gitkel %s --help prints its examples and flags',
    async (command) => {
      const { exitCode, stdout } = await runBinary([...command.split(' '), '--help']);
      expect(exitCode).toBe(0);
      const examples = stdout.split('\nEXAMPLES\n')[1] ?? '';
      expect(examples.split(`$ gitkel ${command}`).length).toBeGreaterThanOrEqual(3);
      expect(stdout).toContain('--json');
      expect(stdout).toContain('--home');
    },
  );

  test('the binary names all of its commands, and its version', async () => {
    const { stdout } = await runBinary(['--help']);
    for (const topic of new Set(commandNames().map((command) => command.split(' ')[0] ?? '')))
      expect(stdout).toContain(`\n  ${topic} `);
    expect((await runBinary(['--version'])).stdout).toMatch(/^gitkel\/\d+\.\d+\.\d+ /);
    expect(BINARY).toMatch(/gitkel\.cjs$/);
  });
});

interface Failing {
  readonly what: string;
  readonly exitCode: number;
  readonly code: string;
  readonly reason?: string;
  /** Prepares what is to fail and gives the arguments. */
  readonly args: (crew: Crew) => Promise<readonly string[]> | readonly string[];
}

/** Every exit code but 0, 5 and 6, which `race.test.ts` and `team.test.ts` see too, with each way into 7. */
const FAILING: readonly Failing[] = [
  {
    what: 'a verification that says no',
    exitCode: 1,
    code: 'refused',
    reason: 'other-batch',
    args: async ({ alice }) => {
      const { batch } = await alice.does('anchor', 'team', '--said', UNKNOWN, '--stage');
      return ['batch', 'sign', batch, '--yes', '--expect', UNKNOWN];
    },
  },
  { what: 'an unknown command', exitCode: 2, code: 'usage', args: () => ['fly'] },
  {
    what: 'an unknown flag',
    exitCode: 2,
    code: 'usage',
    args: () => ['anchor', 'team', '--loudly'],
  },
  { what: 'a missing argument', exitCode: 2, code: 'usage', args: () => ['identity', 'show'] },
  { what: 'nothing to anchor', exitCode: 2, code: 'usage', args: () => ['anchor', 'team'] },
  {
    what: 'a time that is none',
    exitCode: 2,
    code: 'usage',
    args: () => ['anchor', 'team', '--said', UNKNOWN, '--expires', 'tomorrow'],
  },
  {
    what: 'an event number that is none',
    exitCode: 2,
    code: 'usage',
    args: () => ['identity', 'show', 'team', '--at', 'noon'],
  },
  {
    what: 'an expectation that is none',
    exitCode: 2,
    code: 'usage',
    args: () => ['audit', '--expect', 'team@last'],
  },
  {
    what: 'an expectation of nobody',
    exitCode: 4,
    code: 'not-found',
    reason: 'name',
    args: () => ['audit', '--expect', 'me'],
  },
  {
    what: 'a name that is none',
    exitCode: 2,
    code: 'usage',
    args: () => ['identity', 'create', 'my team', '--key', 'a'],
  },
  {
    what: 'a name that is taken by a key',
    exitCode: 2,
    code: 'usage',
    reason: 'name-taken',
    args: () => ['key', 'new', 'A', '--no-passphrase'],
  },
  {
    what: 'a malformed card',
    exitCode: 3,
    code: 'malformed',
    args: async ({ place }) => {
      await writeFile(place.path('bad.card'), '{"format":"gitkel-card/1"}\n');
      return ['identity', 'create', 'other', '--card', 'bad.card'];
    },
  },
  {
    what: 'a malformed batch file',
    exitCode: 3,
    code: 'malformed',
    args: async ({ place }) => {
      await writeFile(place.path('bad.json'), '{}');
      return ['batch', 'sign', 'bad.json', '--yes', '--expect', UNKNOWN];
    },
  },
  {
    what: 'an unknown batch',
    exitCode: 4,
    code: 'not-found',
    args: () => ['batch', 'commit', UNKNOWN],
  },
  {
    what: 'an unknown identity',
    exitCode: 4,
    code: 'not-found',
    args: () => ['identity', 'show', UNKNOWN],
  },
  {
    what: 'an unknown name',
    exitCode: 4,
    code: 'not-found',
    reason: 'name',
    args: () => ['anchor', 'temm', '--said', UNKNOWN],
  },
  {
    what: 'an unknown key',
    exitCode: 4,
    code: 'not-found',
    reason: 'key',
    args: () => ['key', 'show', 'z'],
  },
  {
    what: 'a missing file',
    exitCode: 4,
    code: 'not-found',
    args: () => ['anchor', 'team', '--file', 'nowhere'],
  },
  {
    what: 'an event that is not there yet',
    exitCode: 4,
    code: 'not-found',
    args: () => ['identity', 'show', 'team', '--at', '7'],
  },
  {
    what: 'no log',
    exitCode: 4,
    code: 'not-found',
    args: ({ place }) => ['identity', 'list', '--log', place.path('home-a')],
  },
  {
    what: 'an identity that is there',
    exitCode: 5,
    code: 'conflict',
    reason: 'place-taken',
    args: () => [
      'identity',
      'create',
      'team',
      '--key',
      'a',
      '--card',
      'b.card',
      '--card',
      'c.card',
      '--threshold',
      '2',
    ],
  },
  {
    what: 'an upstream that has no address',
    exitCode: 7,
    code: 'environment',
    reason: 'upstream',
    args: async ({ place, log }) => {
      await runGit(place.dir, ['clone', '-q', '--bare', log, 'copy.git']);
      await runGit(place.path('copy.git'), ['config', '--unset', 'remote.origin.url']);
      await runGit(place.path('copy.git'), ['config', 'branch.main.remote', 'origin']);
      return ['anchor', 'team', '--said', UNKNOWN, '--log', place.path('copy.git')];
    },
  },
  {
    what: 'a branch that is checked out',
    exitCode: 7,
    code: 'environment',
    reason: 'checked-out',
    args: async ({ place, log }) => {
      await runGit(place.dir, ['clone', '-q', log, 'copy']);
      return ['anchor', 'team', '--said', UNKNOWN, '--log', place.path('copy')];
    },
  },
  {
    what: 'a branch of a remote',
    exitCode: 7,
    code: 'environment',
    reason: 'read-only-ref',
    args: async ({ place, log }) => {
      await runGit(place.dir, ['init', '-q', 'code']);
      await runGit(place.path('code'), ['fetch', '-q', log, 'main:refs/remotes/origin/gitkel']);
      return ['anchor', 'team', '--said', UNKNOWN, '--log', place.path('code')];
    },
  },
  {
    what: 'a repository of another format',
    exitCode: 7,
    code: 'environment',
    reason: 'repository-format',
    args: async ({ place }) => {
      await runGit(place.dir, ['init', '-q', '--bare', '--object-format=sha256', 'other.git']);
      return ['identity', 'list', '--log', place.path('other.git')];
    },
  },
  {
    what: 'a home that others can read',
    exitCode: 7,
    code: 'environment',
    reason: 'home-permissions',
    args: async ({ alice }) => {
      await chmod(alice.home, 0o755);
      return ['key', 'list'];
    },
  },
  {
    what: 'a key file that others can read',
    exitCode: 7,
    code: 'environment',
    reason: 'home-permissions',
    args: async ({ alice }) => {
      const keys = path.join(alice.home, 'keys');
      for (const file of readdirSync(keys)) await chmod(path.join(keys, file), 0o640);
      return ['anchor', 'team', '--said', UNKNOWN];
    },
  },
];

describe('errors', () => {
  const withCrew = useCrew(createTeam);

  test.concurrent.for(FAILING)(
    '$what ends with $exitCode, told on stderr, or as JSON on stdout',
    withCrew(async (crew, { exitCode, code, reason, args }) => {
      const line = await args(crew);
      const told = (await crew.alice.run(line)).requireExit(exitCode);
      expect(told.stdout).toBe('');
      expect(told.stderr).toMatch(/^gitkel: \S/);
      const asked = (await crew.alice.run([...line, '--json'])).requireExit(exitCode);
      expect(asked.stderr).toBe('');
      const answer = JSON.parse(asked.stdout) as {
        readonly error: Readonly<Record<string, unknown>>;
      };
      expect(Object.keys(answer)).toEqual(['error']);
      expect(
        Object.keys(answer.error).filter(
          (key) => !['code', 'message', 'reason', 'hint'].includes(key),
        ),
      ).toEqual([]);
      expect(answer.error).toMatchObject({ code, ...(reason === undefined ? {} : { reason }) });
      for (const [key, value] of Object.entries(answer.error)) {
        expect(typeof value).toBe('string');
        if (key === 'message' || key === 'hint') expect(told.stderr).toContain(value);
      }
    }),
  );

  test.concurrent(
    'anchor refuses what is no digest, and stages nothing',
    withCrew(async ({ alice }) => {
      for (const said of [
        '',
        'E',
        UNKNOWN.slice(1),
        `${UNKNOWN}A`,
        `${UNKNOWN.slice(0, 43)}*`,
        'E'.padEnd(44, '_'),
        'not a digest at all',
      ]) {
        expect((await alice.ends(2, 'anchor', 'team', '--said', said)).error.code, said).toBe(
          'usage',
        );
      }
      expect(await alice.does('batch', 'list')).toEqual({ batches: [] });
    }),
  );
});
