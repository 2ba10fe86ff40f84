/**
 * `npm run build && node test/bench/sandbox.mjs [--rounds N]`: what `gitkel skill run` costs beside the same command without
 * it: whole processes, by the clock. `docs/benchmarks.md` has the numbers.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './rounds.mjs';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(options.rounds);
const binary = path.resolve(import.meta.dirname, '../../dist/src/cli/gitkel.cjs');
const dir = mkdtempSync(path.join(tmpdir(), 'gitkel-bench-'));
const skill = path.join(dir, 'working');
const workspace = path.join(dir, 'workspace');
const NOBODY = 65_534;

mkdirSync(skill);
mkdirSync(workspace);
if (process.getuid() === 0) {
  chownSync(dir, NOBODY, NOBODY);
  chownSync(workspace, NOBODY, NOBODY);
}
const permissions = {
  schema: 'urn:gitkel:skill-permissions:1',
  fs: { write: ['${workspace}/**'] },
  exec: { run: ['node', 'sh', 'true'], shell: true },
};
writeFileSync(path.join(skill, 'SKILL.md'), '---\nname: working\ndescription: Works.\n---\n');
writeFileSync(path.join(skill, 'skill.permissions.json'), JSON.stringify(permissions));
writeFileSync(
  path.join(skill, 'files.js'),
  `const fs = require('node:fs');
   const [root] = process.argv.slice(2);
   for (let n = 0; n < 1000; n++) fs.writeFileSync(root + '/' + n, 'x'.repeat(4096));
   for (let n = 0; n < 1000; n++) fs.readFileSync(root + '/' + n);
   for (let n = 0; n < 1000; n++) fs.rmSync(root + '/' + n);`,
);
const FORKS = 'n=0; while [ $n -lt 300 ]; do true & wait; /usr/bin/true; n=$((n+1)); done';

/** Milliseconds by the clock: what runs inside ends apart from this process, whose count of processor time misses it. */
function timed(program, args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, { cwd: dir, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stderr}`);
  return performance.now() - start;
}

const run = (...more) => [
  binary,
  'skill',
  'run',
  skill,
  '--no-verify',
  '--workspace',
  workspace,
  '--home',
  path.join(dir, 'home'),
  ...more,
];
const WAYS = {
  'files, bare': [process.execPath, [path.join(skill, 'files.js'), workspace]],
  'files, not traced': [
    process.execPath,
    run('--no-trace', '--', 'node', 'files.js', '/workspace'),
  ],
  'files, traced': [process.execPath, run('--', 'node', 'files.js', '/workspace')],
  'programs, bare': ['sh', ['-c', FORKS]],
  'programs, not traced': [process.execPath, run('--no-trace', '--', 'sh', '-c', FORKS)],
  'programs, traced': [process.execPath, run('--', 'sh', '-c', FORKS)],
  'nothing, bare': ['true', []],
  'nothing, not traced': [process.execPath, run('--no-trace', '--', 'true')],
  'gitkel --version': [process.execPath, [binary, '--version']],
};
const taken = Object.fromEntries(Object.keys(WAYS).map((name) => [name, []]));
try {
  for (let round = 0; round < rounds; round++)
    for (const [name, [program, args]] of Object.entries(WAYS))
      taken[name].push(timed(program, args));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
for (const [name, all] of Object.entries(taken))
  process.stdout.write(`${name.padEnd(24)} ${Math.round(median(all))} ms\n`);
process.stdout.write(`load ${loadavg()[0].toFixed(1)}\n`);
