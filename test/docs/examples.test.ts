/** The examples in the doc comments of the library: each is run as it stands, and prints what its comments say. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runBinary, runProgram } from '../support/binary.ts';

const root = path.resolve(import.meta.dirname, '../..');
const library = pathToFileURL(path.join(root, 'dist/src/index.js')).href;

interface Example {
  readonly file: string;
  readonly code: string;
}

function examplesIn(file: string): readonly Example[] {
  const comments = readFileSync(path.join(root, file), 'utf8').matchAll(/\/\*\*[^]*?\*\//g);
  return Array.from(comments, ([comment]) => comment.replaceAll(/^ \* ?/gm, '')).flatMap(
    (comment) =>
      Array.from(comment.matchAll(/@example\n```ts\n([^]*?)\n```/g), ([, code = '']) => ({
        file,
        code,
      })),
  );
}

const examples = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .toSorted()
  .flatMap((name) => examplesIn(path.join('src', name)));

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'gitkel-examples-'));
  const env = { GITKEL_HOME: path.join(dir, 'home') };
  const gitkel = async (...args: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await runBinary([...args], { cwd: dir, env });
    if (exitCode !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  };
  await gitkel('init', 'team-log');
  await gitkel('key', 'new', 'team', '--no-passphrase');
  await gitkel('identity', 'create', 'team', '--key', 'team', '--log', 'team-log');
  mkdirSync(path.join(dir, 'skills/notes'), { recursive: true });
  writeFileSync(
    path.join(dir, 'skills/notes/SKILL.md'),
    '---\nname: notes\ndescription: Keeps notes.\n---\n\nWrite notes.\n',
  );
  const permissions = '{"schema":"urn:gitkel:skill-permissions:1"}';
  writeFileSync(path.join(dir, 'skills/notes/skill.permissions.json'), permissions);
  await gitkel('anchor', 'team', '--file', 'skills/notes/SKILL.md', '--log', 'team-log');
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

it('the library has examples', () => {
  expect(examples.length).toBeGreaterThan(7);
});

/** Runs every script in one process, which loads the library once; prints what each logged. */
const RUNNER = `
import { readFileSync } from 'node:fs';
const logged = [];
for (const script of JSON.parse(readFileSync(0, 'utf8'))) {
  const lines = [];
  console.log = (...values) => lines.push(values.join(' '));
  await import('data:text/javascript,' + encodeURIComponent(script));
  logged.push(lines);
}
process.stdout.write(JSON.stringify(logged));
`;

it('every example runs, and prints what its comments say', async () => {
  const scripts = examples.map(
    ({ code }) =>
      transformSync(code.replaceAll("'gitkel'", `'${library}'`), { loader: 'ts', format: 'esm' })
        .code,
  );
  const { stdout, stderr } = await runProgram(
    process.execPath,
    ['--input-type=module', '-e', RUNNER],
    { cwd: dir, env: {}, input: JSON.stringify(scripts) },
  );
  const told = examples.map(({ file, code }) => [
    file,
    Array.from(code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm), ([, line]) => line),
  ]);
  expect(told.filter(([, lines]) => lines?.length === 0)).toEqual([]);
  expect(stderr).toBe('');
  const logged = JSON.parse(stdout) as readonly (readonly string[])[];
  expect(logged.map((lines, index) => [examples[index]?.file, lines])).toEqual(told);
});
