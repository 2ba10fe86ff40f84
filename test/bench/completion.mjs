/**
 * `npm run build && node test/bench/completion.mjs [--rounds N]`: how long a shell waits for what may stand next on a line, whole
 * processes in turns with `node -e 0` and `gitkel --version`, by the clock. `docs/benchmarks.md` has the numbers.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './rounds.mjs';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '25' } } });
const binary = path.resolve(import.meta.dirname, '../../dist/src/cli/gitkel.cjs');
const home = mkdtempSync(path.join(tmpdir(), 'gitkel-bench-'));

function run(args) {
  const env = { ...process.env, GITKEL_HOME: home };
  const { status, stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return stdout;
}

const complete = (...words) => [binary, '__complete', 'bash', ...words];
const names = complete('identity', 'show', 't');
const contestants = [
  { name: 'node -e 0', args: ['-e', '0'] },
  { name: 'completion of a command', args: complete('skill', 'v') },
  { name: 'completion of a name', args: names },
  { name: 'gitkel --version', args: [binary, '--version'] },
].map((one) => ({ ...one, taken: [] }));
try {
  run([binary, 'init', path.join(home, 'log')]);
  run([binary, 'key', 'new', 'team', '--no-passphrase']);
  run([binary, 'identity', 'create', 'team', '--key', 'team', '--log', path.join(home, 'log')]);
  if (!run(names).startsWith('team\t')) throw new Error('the name is known');
  for (let round = -1; round < Number(options.rounds); round++) {
    for (const { args, taken } of contestants) {
      const start = performance.now();
      run(args);
      if (round >= 0) taken.push(performance.now() - start);
    }
  }
  const cores = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`;
  console.log(
    `${cores}; load ${loadavg()[0]?.toFixed(1)}; medians of ${options.rounds}, least, most`,
  );
  for (const { name, taken } of contestants) {
    const [middle, least, most] = [median(taken), Math.min(...taken), Math.max(...taken)];
    console.log(
      `${name.padEnd(26)} ${middle.toFixed(0)} ms, ${least.toFixed(0)} to ${most.toFixed(0)}`,
    );
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
