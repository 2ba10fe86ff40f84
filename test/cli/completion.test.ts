import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type KnownCommand, nextWords } from '../../src/cli/complete-words.ts';
import { encodeLock } from '../../src/install/skills-lock.ts';
import { entryFor, skillFilesOf } from '../install/making.ts';
import { BINARY, runProgram } from '../support/binary.ts';
import { Place, type Person } from '../support/person.ts';
import { hasTerminals, programAtTerminal } from '../support/terminal.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ROOT = path.resolve(import.meta.dirname, '../..');
const { commands } = JSON.parse(readFileSync(path.join(ROOT, 'oclif.manifest.json'), 'utf8')) as {
  readonly commands: Readonly<Record<string, KnownCommand>>;
};
const known = Object.values(commands);

const values = (...words: readonly string[]): readonly string[] =>
  nextWords(known, words).words.map(({ value }) => value);
const wanted = (...words: readonly string[]): readonly string[] => nextWords(known, words).wanted;

describe('nextWords()', () => {
  test('gives commands, topics once, and what stands below them', () => {
    expect(values('')).toEqual(expect.arrayContaining(['audit', 'identity', 'log']));
    expect(values('').filter((word) => word === 'identity')).toHaveLength(1);
    expect(values('identity', '')).toEqual(expect.arrayContaining(['create', 'show']));
    expect(values('log', '')).toEqual(['policy']);
  });

  test('gives flags that are not there yet, and the values of those that take few', () => {
    expect(values('identity', 'show', '-')).toEqual(
      expect.arrayContaining(['--at', '--log', '--json']),
    );
    expect(values('identity', 'show', '--at', '3', '-')).not.toContain('--at');
    expect(values('skill', 'vouch', '--level', '')).toEqual(
      expect.arrayContaining(['high', 'none']),
    );
    expect(nextWords(known, ['skill', 'vouch', '--level=h']).prefix).toBe('--level=');
    expect(values('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('says which names an argument or a flag takes', () => {
    expect(wanted('identity', 'show', '')).toEqual(['identity']);
    expect(wanted('identity', 'show', 'team', '')).toEqual([]);
    expect(wanted('identity', 'show', '--log', '')).toEqual(['file']);
    expect(wanted('identity', 'show', '--log', 'team', '')).toEqual(['identity']);
    expect(wanted('device', 'revoke', 'team', '--device', '')).toEqual(['identity']);
    expect(wanted('identity', 'create', 'x', '--key', '')).toEqual(['key']);
    expect(wanted('batch', 'sign', '')).toEqual(['batch', 'file']);
    expect(wanted('skill', 'remove', '')).toEqual(['skill']);
    expect(wanted('explain', '')).toEqual(['reason']);
    expect(wanted('skill', 'run', 'notes', '--', 'sh', '')).toEqual(['file']);
  });
});

/** A directory in which `gitkel` is the built binary, and the places to run it at. */
let place: Place;
let alice: Person;
let batch: string;
const HOSTILE = `$(touch pwned);'& \` x`;

beforeAll(async () => {
  place = new Place();
  const log = await place.newLog();
  alice = place.person('alice', log);
  await alice.does('key', 'new', 'alice', '--no-passphrase');
  await alice.does('identity', 'create', 'team', '--key', 'alice');
  ({ batch } = await alice.does('anchor', 'team', '--said', 'E'.padEnd(44, 'A'), '--stage'));
  mkdirSync(place.path('bin'));
  writeFileSync(
    place.path('bin/gitkel'),
    `#!/bin/sh\nexec "${process.execPath}" "${BINARY}" "$@"\n`,
  );
  chmodSync(place.path('bin/gitkel'), 0o755);
  mkdirSync(place.path('.agents/skills'), { recursive: true });
  writeFileSync(
    place.path('.agents/skills/skills.lock.json'),
    encodeLock([{ ...entryFor(skillFilesOf('notes')), name: HOSTILE }]),
  );
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(place.path(shell), await alice.says('completion', shell));
});

afterAll(() => place.remove());

function environment(): Readonly<Record<string, string>> {
  return {
    PATH: `${place.path('bin')}:${process.env['PATH'] ?? ''}`,
    GITKEL_HOME: alice.home,
    GITKEL_LOG: alice.log ?? '',
    HOME: place.dir,
    TERM: 'dumb',
  };
}

async function has(program: string): Promise<boolean> {
  return runProgram(program, ['--version']).then(
    () => true,
    () => false,
  );
}

const HAS = { zsh: await has('zsh'), fish: await has('fish'), terminal: await hasTerminals() };

describe('gitkel __complete', () => {
  const told = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = (await alice.run(['__complete', ...words])).requireExit(0);
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']));
  };

  test('tells names, AIDs, keys, batches and skills, and of nothing what it cannot read', async () => {
    const { identities } = await alice.does('identity', 'list');
    const aid = identities[0]?.aid ?? '';
    expect(await told('zsh', 'identity', 'show', '')).toEqual(['team', aid]);
    expect(await told('zsh', 'identity', 'show', 't')).toEqual(['team']);
    expect(await told('zsh', 'key', 'show', 'a')).toEqual(['alice']);
    expect(await told('zsh', 'batch', 'show', batch.slice(0, 5))).toEqual([batch]);
    expect(await told('zsh', 'skill', 'remove', '')).toEqual([HOSTILE]);
    expect(await told('zsh', 'explain', 'already-si')).toEqual(['already-signed']);
    expect(await told('zsh', 'batch', 'show', '--log', '/nowhere', '')).toEqual([]);
    expect(await told('zsh', 'nothing', 'there', '')).toEqual([]);
  });

  test('takes a flag with its value apart as the shell does', async () => {
    expect(await told('zsh', 'device', 'list', '--log=x', '--home=')).toEqual([':files']);
    expect(await told('zsh', 'device', 'sign', 'f', '--as=t')).toEqual(['--as=team']);
    expect(await told('bash', 'device', 'sign', 'f', '--as', '=', 't')).toEqual(['team']);
    expect(await told('bash', 'device', 'sign', 'f', '--as', '=')).toContain('team');
  });

  test('leaves out what would move a cursor or begin another line', async () => {
    const names = ['a\u001b[31mb', 'a\nb', 'a\u202eb'];
    writeFileSync(
      place.path('.agents/skills/skills.lock.json'),
      encodeLock([{ ...entryFor(skillFilesOf('notes')), name: names[0] ?? '' }]),
    );
    expect(await told('zsh', 'skill', 'remove', '')).toEqual([]);
    writeFileSync(
      place.path('.agents/skills/skills.lock.json'),
      encodeLock([{ ...entryFor(skillFilesOf('notes')), name: HOSTILE }]),
    );
  });
});

describe('gitkel completion', () => {
  test('bash inserts what it is told, quoted, and runs nothing of it', async () => {
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gitkel
      eval "set -- \${COMPREPLY[*]}"; printf '%s\\n' "$@"`;
    const complete = async (...words: readonly string[]): Promise<string> =>
      (
        await runProgram(
          'bash',
          ['--norc', '-c', script, 'bash', place.path('bash'), 'gitkel', ...words],
          { cwd: place.dir, env: environment() },
        )
      ).stdout;
    expect(await complete('identity', 'show', 't')).toBe('team\n');
    expect(await complete('skill', 'remove', '')).toBe(`${HOSTILE}\n`);
    expect(existsSync(place.path('pwned'))).toBe(false);
  });

  test('no script runs what was typed in the place of the program', async () => {
    writeFileSync(place.path('gitkel'), `#!/bin/sh\ntouch ${place.path('pwned')}\n`);
    chmodSync(place.path('gitkel'), 0o755);
    const script = 'source "$1"; COMP_WORDS=(./gitkel identity ""); COMP_CWORD=2; _gitkel';
    const options = { cwd: place.dir, env: environment() };
    await runProgram('bash', ['--norc', '-c', script, 'bash', place.path('bash')], options);
    expect(existsSync(place.path('pwned'))).toBe(false);
  });

  /** What is to be seen when a line is typed at a terminal, TAB and all, in a shell that has read its script. */
  const typed = async (shell: readonly string[], ready: string, line: string): Promise<string> => {
    const { shown } = await programAtTerminal(
      shell,
      [
        ['', `PS1='> '; ${ready}; echo begin-$((1+1))\n`],
        ['begin-2\r\n', `${line}; echo done-$((1+1))\n`],
        ['done-2\r\n', 'exit\n'],
      ],
      { cwd: place.dir, env: environment() },
    );
    return shown;
  };

  test.runIf(HAS.terminal)('bash completes at a terminal', async () => {
    const ready = `source ${place.path('bash')}`;
    const shown = await typed(['bash', '--norc', '-i'], ready, 'gitkel identity show te\t');
    expect(shown).toContain('gitkel identity show team');
  });

  test.runIf(HAS.terminal && HAS.zsh)('zsh completes at a terminal, and quotes', async () => {
    const ready = `autoload -Uz compinit; compinit -D -u; source ${place.path('zsh')}`;
    const shell = ['zsh', '-f', '-i'];
    const shown = await typed(shell, ready, 'gitkel identity show te\t');
    expect(shown).toContain('gitkel identity show team');
    await typed(shell, ready, 'gitkel skill chain \t');
    expect(existsSync(place.path('pwned'))).toBe(false);
  });

  test.runIf(HAS.fish)('fish is told names, and what they are', async () => {
    const complete = async (line: string): Promise<string> =>
      (
        await runProgram(
          'fish',
          ['--no-config', '-c', `source $argv[1]; complete -C $argv[2]`, place.path('fish'), line],
          { cwd: place.dir, env: environment() },
        )
      ).stdout;
    expect(await complete('gitkel identity show te')).toMatch(/^team\tE/);
    expect(await complete('gitkel device sign x --as=te')).toMatch(/^--as=team\t/);
    expect(await complete('gitkel skill remove ')).toContain('touch pwned');
    expect(existsSync(place.path('pwned'))).toBe(false);
  });
});
