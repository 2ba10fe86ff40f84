/** Runs the commands that are run most in a directory, then writes what V8 has compiled of the program by then. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compiledName, programScript, programText } from '../dist/src/cli/compiled-program.js';
import { packCompiled } from '../dist/src/host/compiled-script.js';
import { expectShortRun } from '../dist/src/host/short-runs.js';
import { nativeCrypto, nodeHost } from '../dist/src/index.js';
import { directoryEntries } from '../dist/src/skills/directory-entries.js';
import { digestSkill } from '../dist/src/skills/skill-digest.js';

const [, , place] = process.argv;
const directory = path.resolve(import.meta.dirname, '../dist/src/cli');
// V8 takes what it compiled under the flags under which it is read.
expectShortRun();
const { script, text, run } = programScript(directory, programText(directory));
const program = run();
const said = `E${'A'.repeat(43)}`;
const own = ['--home', path.join(place, 'home')];
const inLog = [...own, '--log', path.join(place, 'log')];
const skill = path.join(place, 'measured');
const installed = path.join(place, 'skills');

mkdirSync(skill);
writeFileSync(
  path.join(skill, 'SKILL.md'),
  '---\nname: measured\ndescription: Warms the program.\nmetadata:\n  version: 1.0.0\n---\n# Measured\n',
);

const { manifest } = digestSkill(nativeCrypto, directoryEntries(nodeHost(), skill));
const trusting = ['--publisher', 'a', '--expect', manifest.said, '--yes'];
const stated = ['--as', 'b', '--result', 'pass', '--criterion', 'safe-to-run'];

// Each command listens for the end of what it writes to, and of the process; here many run in one.
for (const each of [process, process.stdout, process.stderr]) each.setMaxListeners(0);
for (const args of [
  ['--version'],
  ['init', path.join(place, 'log'), ...own],
  ['key', 'new', 'a', '--no-passphrase', ...own],
  ['identity', 'create', 'a', '--key', 'a', ...inLog],
  ['anchor', 'a', '--said', said, ...inLog],
  ['identity', 'show', 'a', ...inLog],
  ['device', 'list', 'a', ...inLog],
  ['identity', 'list', '--json', ...inLog],
  ['key', 'new', 'b', '--no-passphrase', ...own],
  ['identity', 'create', 'b', '--key', 'b', ...inLog],
  ['skill', 'release', skill, '--as', 'a', ...inLog],
  ['skill', 'audit', skill, ...stated, ...inLog],
  ['skill', 'vouch', 'b', '--as', 'a', '--level', 'high', ...inLog],
  ['trust', 'add', 'a', '--level', 'high', ...own],
  ['trust', 'require', 'all', '--criterion', 'safe-to-run', ...own],
  ['skill', 'install', skill, '--into', installed, ...trusting, ...inLog],
  ['skill', 'verify', path.join(installed, 'measured'), ...inLog],
  ['skill', 'chain', path.join(installed, 'measured'), ...inLog],
  ['trust', 'explain', 'b', ...inLog],
]) {
  await program(args, path.join(directory, 'main.js'));
  if (process.exitCode !== undefined && process.exitCode !== 0)
    throw new Error(`${args.join(' ')} ended with ${process.exitCode}`);
}
writeFileSync(path.join(directory, compiledName()), packCompiled(text, script.createCachedData()));
