/** What the verified memory saves: commands on a long log, whole processes, by processor time, the clock and memory. */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { writeDevicesLog } from './devices-log.mjs';
import { median } from './rounds.mjs';

const binary = path.resolve(import.meta.dirname, '../../dist/src/cli/gitkel.cjs');
const MORE = 100;

const MARK = 'measured ';
/**
 * Told by the process itself when it ends: microseconds of processor time, kilobytes at most in memory. Linux counts
 * the memory of whoever started a process as that process's own (getrusage(2)), but not under VmHWM (proc(5)).
 */
const TELL = `import { readFileSync } from 'node:fs';
process.on('exit', () => { let { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
try { maxRSS = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]; } catch {}
process.stderr.write('\\n${MARK}' + (userCPUTime + systemCPUTime) + ' ' + maxRSS); })`;

function run(args, { home, log }) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:GIT_|GITKEL_)/.test(name));
  const env = { ...Object.fromEntries(kept), GITKEL_HOME: home, GITKEL_LOG: log };
  const tell = `data:text/javascript,${encodeURIComponent(TELL)}`;
  const start = performance.now();
  const ran = spawnSync(process.execPath, ['--import', tell, binary, ...args], {
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const milliseconds = performance.now() - start;
  if (ran.status !== 0) throw new Error(`${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
  const [cpu, rss] = ran.stderr.slice(ran.stderr.lastIndexOf(MARK) + MARK.length).split(' ');
  return { milliseconds, cpu: Number(cpu) / 1e3, megabytes: Number(rss) / 1024, ...ran };
}

/** Medians of runs of these commands, which take turns; the first round warms up. */
function compared(commands, rounds) {
  const taken = commands.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { args, place }] of commands.entries()) {
      const one = run(typeof args === 'function' ? args(round + 1) : args, place);
      if (round >= 0) taken[index].push(one);
    }
  }
  return commands.map(({ name }, index) => ({
    name,
    milliseconds: median(taken[index].map((one) => one.milliseconds)),
    cpu: median(taken[index].map((one) => one.cpu)),
    megabytes: median(taken[index].map((one) => one.megabytes)),
  }));
}

/** A digest that differs with each number. */
const digest = (number) => `E${String(number).padStart(43, 'A')}`;

/** What makes the log in a directory longer, up to so many batches. */
function longLogIn(dir) {
  const program = path.join(import.meta.dirname, 'long-log-process.mjs');
  const writing = fork(program, [dir]);
  const failed = once(writing, 'exit').then(() => Promise.reject(new Error('no log was written')));
  failed.catch(() => {});
  return {
    writeUpTo: async (batches) => {
      writing.send(batches);
      await Promise.race([once(writing, 'message'), failed]);
    },
    end: () => writing.disconnect(),
  };
}

/** Measures commands where `batches` batches were verified before, and where an identity has so many devices. */
export async function remembered(folder, { batches, devices, rounds }) {
  const long = { home: path.join(folder, 'home'), log: path.join(folder, 'long-log') };
  const wide = { home: path.join(folder, 'home'), log: path.join(folder, 'devices-log') };
  const { writeUpTo, end } = longLogIn(long.log);
  const tenth = Math.ceil(batches / 10);
  await writeUpTo(tenth);
  const short = { name: `audit of ${tenth} batches`, ...run(['audit'], long) };
  await writeUpTo(batches);
  const full = { name: `audit of ${batches} batches`, ...run(['audit', '--full'], long) };
  await writeUpTo(batches + MORE);
  end();
  const more = { name: `audit of ${MORE} more`, ...run(['audit'], long) };
  const controller = await writeDevicesLog(wide.log, devices);
  run(['audit'], wide);
  run(['key', 'new', 'bench', '--no-passphrase'], long);
  run(['identity', 'create', 'bench', '--key', 'bench'], long);
  const rest = compared(
    [
      { name: 'gitkel --version', args: ['--version'], place: long },
      { name: 'identity show', args: ['identity', 'show', 'bench'], place: long },
      {
        name: `device list of ${devices}`,
        args: ['device', 'list', controller],
        place: wide,
      },
      {
        name: 'anchor',
        args: (round) => ['anchor', 'bench', '--said', digest(round)],
        place: long,
      },
    ],
    rounds,
  );
  return [short, full, more, ...rest].map(({ name, milliseconds, cpu, megabytes }) => ({
    name,
    milliseconds,
    cpu,
    megabytes,
  }));
}
