/** How long a command takes that does next to nothing, as people feel it: whole processes, by the clock. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { median } from './rounds.mjs';

const binary = path.resolve(import.meta.dirname, '../../dist/src/cli/gitkel.cjs');

function milliseconds(args, env) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  const taken = performance.now() - start;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return taken;
}

/** Medians in milliseconds; the commands take turns. `log` is a log with one batch. */
export function startUp({ log, home, rounds }) {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:GIT_|GITKEL_)/.test(name));
  const env = { ...Object.fromEntries(own), GITKEL_HOME: home };
  const commands = [
    { name: 'node -e 0', args: ['-e', '0'] },
    { name: 'gitkel --version', args: [binary, '--version'] },
    { name: 'gitkel identity list', args: [binary, 'identity', 'list', '--log', log] },
  ];
  const taken = commands.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { args }] of commands.entries()) {
      const one = milliseconds(args, env);
      if (round >= 0) taken[index].push(one);
    }
  }
  return commands.map(({ name }, index) => ({ name, milliseconds: median(taken[index]) }));
}
