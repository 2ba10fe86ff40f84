/**
 * From a release to the proof of what a run of it did, on the binary: released, installed, run, sealed by two of three members,
 * audited and verified in a fresh clone, where nothing of the log of the run can be changed unseen.
 */
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createTeam, useCrew } from '../support/crew.ts';
import type { Answer, Person } from '../support/person.ts';
import { LEFT_OUT, NO_SANDBOX } from '../support/sandbox.ts';
import { hasStrace } from '../support/strace.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

/** Nothing of root may be written by a skill. */
const IS_ROOT = process.getuid?.() === 0;
const NOBODY = 65_534;

interface Seal {
  readonly record: string;
  readonly issuer: string;
  readonly counts: boolean;
  readonly difference: string | null;
}

interface Told extends Answer {
  readonly run: string;
  readonly runs: readonly (Told & string)[];
  readonly verdict: string;
  readonly line: number;
  readonly lines: number;
  readonly head: string;
  readonly seals: readonly Seal[];
  readonly records: readonly string[];
  readonly before: readonly { readonly run: string; readonly record: string }[];
  readonly entries: readonly {
    readonly kind: string;
    readonly path?: string;
    readonly host?: string;
  }[];
  readonly manifest: string;
  readonly release: string;
  readonly sources: readonly string[];
  readonly stdout: string;
}

const withCrew = useCrew(async (crew) => {
  const { place, alice } = crew;
  await createTeam(crew);
  const skill = place.path('notes');
  mkdirSync(skill);
  const files = {
    'SKILL.md': '---\nname: notes\ndescription: Takes notes.\n---\n# Notes\n',
    'skill.permissions.json': JSON.stringify({
      schema: 'urn:gitkel:skill-permissions:1',
      fs: { write: ['${workspace}/**'] },
      exec: { run: ['node'] },
    }),
    'main.js':
      'require("node:fs").writeFileSync("/workspace/note.md", process.argv[2]); console.log("noted")',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(skill, name), text);
  const released = await alice.does('skill', 'release', 'notes', '--as', 'team', '--version', '1');
  await place.commit(alice, released.batch, crew.bob);
});

const ends = async (person: Person, code: number, ...args: readonly string[]): Promise<Told> =>
  (await person.ends(code, ...args)) as Told;
const verify = async (person: Person, code: number, ...args: readonly string[]): Promise<Told> =>
  ends(person, code, 'run', 'verify', ...args);

const logOf = (person: Person, run: string): string =>
  path.join(person.home, 'runs', run, 'log.jsonl');

/** Runs the skill as it was released. */
async function ranBy(person: Person, ...options: readonly string[]): Promise<Told> {
  const command = ['--', 'node', 'main.js', 'https://h.example/?token=t0k3n'];
  const { ran } = await person.run(['skill', 'run', 'notes', ...options, '--json', ...command]);
  expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0);
  return JSON.parse(ran.stdout) as Told;
}

describe.skipIf(NO_SANDBOX !== undefined)(`run${LEFT_OUT}`, () => {
  test(
    'a run is recorded, sealed by two of three, and verified in a fresh clone; every change is found',
    withCrew(async ({ place, log, alice, bob, carol }) => {
      const { said } = await ends(alice, 0, 'skill', 'digest', 'notes');
      const agreed = ['--publisher', 'team', '--yes', '--expect', said];
      await alice.does('skill', 'install', 'notes', ...agreed);
      const command = ['--', 'node', 'main.js', 'https://h.example/?token=t0k3n'];
      const printed = await alice.run(['skill', 'run', '.agents/skills/notes', ...command]);
      const { stdout, stderr } = printed.requireExit(0);
      expect(stdout).toBe('noted\n');
      const [, run = ''] = /^gitkel: run (\S+)$/m.exec(stderr) ?? [];
      const file = logOf(alice, run);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(readFileSync(file, 'utf8')).not.toContain('t0k3n');

      const shown = await ends(alice, 0, 'run', 'show', run.slice(11, 17));
      expect(shown).toMatchObject({ run, state: 'whole', manifest: said, sandbox: 'bwrap' });
      expect(shown.release).toMatch(/^E/);
      expect(shown.entries.at(-2)).toMatchObject({
        kind: 'exit',
        end: { why: 'ended', exitCode: 0 },
      });
      if (shown.sources.includes('trace')) {
        const paths = shown.entries.flatMap((entry) => entry.path ?? []);
        expect(paths).toEqual(expect.arrayContaining(['/skill/main.js', '/workspace/note.md']));
        expect(shown.entries.some(({ kind }) => kind === 'exec')).toBe(true);
      } else expect(hasStrace).toBe(false);
      expect(await verify(alice, 0, run)).toMatchObject({ verdict: 'whole', seals: [] });
      const unsealed = await alice.says('run', 'verify', run);
      expect(unsealed).toContain('nobody sealed it in this log');
      expect(unsealed).toContain(`next: gitkel run seal ${run} --as AID`);

      const staged = await ends(alice, 0, 'run', 'seal', run, '--as', 'team');
      expect(staged).toMatchObject({ status: 'staged', runs: [run], before: [] });
      await place.commit(alice, staged.batch, bob);
      const [record = ''] = staged.records;
      const again = await ends(alice, 0, 'run', 'seal', '--since', 'all', '--as', 'team');
      expect(again).toMatchObject({ runs: [], before: [{ run, record }] });
      const listed = await ends(alice, 0, 'run', 'list');
      expect(listed.runs.map(({ seals }) => seals)).toEqual([
        [expect.objectContaining({ record, counts: true, difference: null })],
      ]);
      // What is sealed says where nothing was: no path, no argument, no host.
      const published = JSON.stringify(await alice.does('show', record));
      expect(published).toContain(shown.head);
      for (const told of ['/workspace', 'note.md', 'main.js', 'h.example'])
        expect(published).not.toContain(told);

      const away = carol.in(place.dir);
      await away.does('clone', log, 'copy');
      expect((await away.does('audit', 'copy')).state).toBe('valid');
      const reader = away.with(place.path('copy'));
      const copied = place.path('copied.jsonl');
      copyFileSync(file, copied);
      const held = await verify(reader, 0, copied, '--record', record);
      expect(held).toMatchObject({ verdict: 'sealed', run, head: shown.head });
      expect(await verify(reader, 0, copied)).toMatchObject({ verdict: 'sealed' });
      expect(await verify(away, 0, copied)).toMatchObject({ verdict: 'whole' });
      const unasked = await away.with(undefined).says('run', 'verify', copied);
      expect(unasked).toContain('no log was found in which it could be sealed');

      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      const write = (changed: readonly string[]): void =>
        writeFileSync(copied, `${changed.join('\n')}\n`);
      write(lines.with(0, (lines[0] ?? '').replace('"notes"', '"n0tes"')));
      const edited = await verify(reader, 1, copied);
      expect(edited).toMatchObject({ verdict: 'broken', reason: 'chain', line: 1 });
      expect(edited.seals).toEqual([expect.objectContaining({ record, counts: true })]);
      expect(edited.seals[0]?.difference).toContain('line 1');
      write(lines.slice(0, -1));
      const cut = await verify(reader, 1, copied, '--record', record);
      expect(cut).toMatchObject({ verdict: 'not-as-sealed', state: 'unfinished' });
      expect(cut.seals[0]?.difference).toContain('its end was cut off');
      expect(await verify(away, 1, copied)).toMatchObject({ verdict: 'unfinished' });
      write(lines.with(0, lines[1] ?? '').with(1, lines[0] ?? ''));
      expect(await verify(reader, 1, copied)).toMatchObject({
        verdict: 'broken',
        reason: 'line-number',
        line: 1,
      });
    }),
  );

  test(
    'a skill that could reach the home, with its keys and logs, does not run',
    withCrew(async ({ place, alice }) => {
      const args = ['skill', 'run', 'notes', '--no-verify', '--no-trace'];
      for (const workspace of [place.dir, alice.home, path.join(alice.home, 'runs')]) {
        if (IS_ROOT) chownSync(workspace, NOBODY, NOBODY);
        const where = ['--workspace', workspace, '--json', '--', 'node', 'main.js'];
        const { ran } = await alice.run([...args, ...where]);
        const { error } = JSON.parse(ran.stdout) as Answer;
        expect([ran.exitCode, error.reason]).toEqual([1, 'home-mounted']);
      }
    }),
  );

  test(
    'a log that is not whole is sealed by nobody, and one that was written anew is not what was sealed',
    withCrew(async ({ alice }) => {
      await alice.does('identity', 'create', 'solo', '--key', 'a');
      const run = async (): Promise<string> =>
        (await ranBy(alice, '--no-verify', '--no-trace')).run;
      const [sealed, other, cut] = [await run(), await run(), await run()];
      const { records } = await ends(alice, 0, 'run', 'seal', sealed, '--as', 'solo');
      expect(records).toHaveLength(1);
      // Another log under its name: every line follows on the one before it.
      const anew = readFileSync(logOf(alice, other), 'utf8');
      writeFileSync(logOf(alice, sealed), anew);
      expect(await verify(alice, 1, sealed)).toMatchObject({
        verdict: 'broken',
        reason: 'other-run',
      });
      const text = readFileSync(logOf(alice, cut), 'utf8');
      writeFileSync(logOf(alice, cut), text.slice(0, -20));
      const period = ['run', 'seal', '--since', 'all', '--as', 'solo'];
      const refused = await alice.ends(1, ...period);
      expect(refused.error).toMatchObject({ reason: 'run-broken' });
      expect(refused.error.message).toContain(sealed);
      const unfinished = await alice.ends(1, 'run', 'seal', other, cut, '--as', 'solo');
      expect(unfinished.error).toMatchObject({ reason: 'run-unfinished' });
      expect(unfinished.error.message).toContain(cut);
      expect(unfinished.error.message).not.toContain(other);
      // What is left out is named, in the record, too.
      const left = ['--except', sealed, '--except', cut];
      expect((await alice.ends(2, 'run', 'seal', other, ...left, '--as', 'solo')).error.code).toBe(
        'usage',
      );
      const rest = await ends(alice, 0, ...period, ...left);
      expect(rest.runs).toEqual([other]);
      const shown = JSON.stringify(await alice.does('show', rest.records[0] ?? ''));
      for (const id of [sealed, cut]) expect(shown).toContain(id);
      const states = (await ends(alice, 0, 'run', 'list')).runs.map((one) => [one.run, one.state]);
      expect(new Map(states as [string, string][])).toEqual(
        new Map([
          [sealed, 'broken'],
          [other, 'whole'],
          [cut, 'unfinished'],
        ]),
      );
      const day = sealed.slice(0, 10);
      expect(
        (await alice.ends(2, 'run', 'seal', other, '--since', day, '--as', 'solo')).error.code,
      ).toBe('usage');
      expect((await alice.ends(4, 'run', 'verify', 'ffffffffffffffff')).error.code).toBe(
        'not-found',
      );
      const record = ['--record', records[0] ?? ''];
      expect((await alice.ends(1, 'run', 'verify', other, ...record)).error.reason).toBe(
        'run-not-sealed',
      );
      expect(existsSync(logOf(alice, other))).toBe(true);
    }),
  );
});
