/** Runs the commands that are run most in a directory, then writes what V8 has compiled of the program by then. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { compiledName, programScript, programText } from '../dist/src/cli/program.js';
import { packCompiled } from '../dist/src/host/compiled-script.js';

const [, , place] = process.argv;
const directory = path.resolve(import.meta.dirname, '../dist/src/cli');
const { script, text, run } = programScript(directory, programText(directory));
const program = run();
const said = `E${'A'.repeat(43)}`;
const own = ['--home', path.join(place, 'home')];
const inLog = [...own, '--log', path.join(place, 'log')];

for (const args of [
  ['--version'],
  ['init', path.join(place, 'log'), ...own],
  ['key', 'new', 'a', '--no-passphrase', ...own],
  ['identity', 'create', 'a', '--key', 'a', ...inLog],
  ['anchor', 'a', '--said', said, ...inLog],
  ['identity', 'show', 'a', ...inLog],
  ['device', 'list', 'a', ...inLog],
  ['identity', 'list', '--json', ...inLog],
]) {
  await program(args, path.join(directory, 'main.js'));
  if (process.exitCode !== undefined && process.exitCode !== 0)
    throw new Error(`${args.join(' ')} ended with ${process.exitCode}`);
}
writeFileSync(path.join(directory, compiledName()), packCompiled(text, script.createCachedData()));
