import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { bareEnvironment, BINARY, type Ran, runProgram } from './binary.ts';
import type { Person } from './person.ts';

/** System calls that change something on a disk. */
const CHANGING = [
  'openat',
  'write',
  'pwrite64',
  'fsync',
  'rename',
  'renameat2',
  'link',
  'linkat',
  'unlink',
  'unlinkat',
  'mkdir',
  'rmdir',
  'chmod',
  'fchmodat',
  'utimensat',
];

/** Whether a process can be traced here: strace is there, and the system allows it. */
export const hasStrace =
  spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], {
    stdio: 'ignore',
    env: bareEnvironment(),
  }).status === 0;

/** One system call of a process: the `number`-th of that name in its main thread. */
export interface SystemCall {
  readonly name: string;
  readonly number: number;
  readonly line: string;
}

function isChange({ name, line }: SystemCall): boolean {
  return name !== 'openat' || /O_WRONLY|O_RDWR|O_CREAT/.test(line);
}

function callsIn(trace: string): readonly SystemCall[] {
  const lines = readFileSync(trace, 'utf8').split('\n');
  const [, main] = /^(\d+) /.exec(lines[0] ?? '') ?? [];
  const counts = new Map<string, number>();
  return lines.flatMap((line) => {
    const [, pid, name = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (pid !== main) return [];
    const number = (counts.get(name) ?? 0) + 1;
    counts.set(name, number);
    return [{ name, number, line }];
  });
}

async function underStrace(
  person: Person,
  args: readonly string[],
  trace: string,
  more: readonly string[],
): Promise<Ran> {
  const options = ['-f', '-qq', '-y', '-s', '0', '-e', `trace=${CHANGING.join(',')}`, '-o', trace];
  return runProgram('strace', [...options, ...more, process.execPath, BINARY, ...args], {
    cwd: person.cwd,
    env: { GITKEL_HOME: person.home, GITKEL_LOG: person.log ?? '' },
  });
}

/** Runs the binary and gives its system calls that changed something below a directory. */
export async function recordCalls(
  person: Person,
  args: readonly string[],
  trace: string,
  directory: string,
): Promise<readonly SystemCall[]> {
  const { exitCode, stderr } = await underStrace(person, args, trace, []);
  if (exitCode !== 0) throw new Error(`strace gitkel ${args.join(' ')}: ${stderr}`);
  return callsIn(trace).filter((call) => call.line.includes(`${directory}/`) && isChange(call));
}

/** How a run with a fault ended, and the system call that it came at, if it came. */
export interface InjectedRan extends Ran {
  readonly injected: string | undefined;
}

/** Runs the binary, with a fault at one of its system calls. */
export async function runInjected(
  person: Person,
  args: readonly string[],
  trace: string,
  { name, number }: SystemCall,
  fault: 'error=EIO' | 'signal=KILL',
): Promise<InjectedRan> {
  const inject = ['-e', `inject=${name}:${fault}:when=${number}`];
  const ran = await underStrace(person, args, trace, inject);
  const call = callsIn(trace).find((one) => one.name === name && one.number === number);
  const isIt = fault === 'signal=KILL' || call?.line.includes('(INJECTED)') === true;
  return { ...ran, injected: isIt ? call?.line : undefined };
}
