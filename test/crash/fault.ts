/**
 * Imported by Node ahead of the binary. Numbers every call that changes something on the disk, and at one of them ends
 * the process or fails, as `TEST_FAULT` says: `<mode>:<number>`. The modes are `kill` (SIGKILL before the call), `torn`
 * (only writes count, and half of it is done first) and the name of an error, which this one call throws; with a `+` behind the number it
 * and every later one throw. `TEST_FAULT_MARK` names a file that is made once the fault has come.
 *
 * With `TEST_SNAPSHOTS`, `<step> <place> <to>`, nothing fails: at every `step`-th call from the given one on, the
 * directory `place` is copied to `<to>/<number>` as a process that is killed there leaves it, and what was printed until
 * then to `<to>/<number>.stdout`.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { FileSystem } from '../../src/host/host.ts';

const CHANGING = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'renameSync',
  'linkSync',
  'unlinkSync',
  'mkdirSync',
  'rmdirSync',
  'rmSync',
  'utimesSync',
  'chmodSync',
  'ftruncateSync',
  'writeFileSync',
] as const;

const [, mode = 'none', number = '0', onwards = ''] =
  /^(\w+):(\d+)(\+?)$/.exec(process.env['TEST_FAULT'] ?? '') ?? [];
const at = Number(number);
const [step, place = '', to = ''] = (process.env['TEST_SNAPSHOTS'] ?? '').split(' ');
const write = fs.writeSync.bind(fs);
const writeFile = fs.writeFileSync.bind(fs);
let calls = 0;

/** Reading changes nothing, and the standard streams are no files of ours. */
function isChange(name: string, [first, second]: readonly unknown[]): boolean {
  if (name === 'openSync') return second !== undefined && second !== 'r';
  if (mode === 'torn' && name !== 'writeSync') return false;
  return name !== 'writeSync' || (typeof first === 'number' && first > 2);
}

let printed = '';
if (place !== '') {
  const { stdout } = process;
  const print = stdout.write.bind(stdout) as (...args: readonly unknown[]) => boolean;
  stdout.write = (...args: readonly unknown[]): boolean => {
    printed += String(args[0]);
    return print(...args);
  };
}

/** What a killed process leaves is what the system holds at that moment: hard links stay such. */
function takeSnapshot(): void {
  const copied = spawnSync('cp', ['-a', place, `${to}/${calls}`], { encoding: 'utf8' });
  if (copied.status !== 0) throw new Error(`cp ended with ${copied.status}: ${copied.stderr}`);
  writeFile(`${to}/${calls}.stdout`, printed);
}

/** A call at which, or in the middle of which, the process might have been killed. */
function passBy(
  name: string,
  call: (...args: readonly unknown[]) => unknown,
  args: readonly unknown[],
): unknown {
  if (mode !== 'torn' || name !== 'writeSync') {
    takeSnapshot();
    return call(...args);
  }
  const [fd, buffer, start = 0, length] = args as Parameters<FileSystem['writeSync']>;
  const whole = length ?? buffer.length - start;
  const half = Math.floor(whole / 2);
  write(fd, buffer, start, half);
  takeSnapshot();
  return half + write(fd, buffer, start + half, whole - half);
}

function fail(name: string, args: readonly unknown[]): void {
  writeFile(process.env['TEST_FAULT_MARK'] ?? '/dev/null', '');
  if (mode !== 'kill' && mode !== 'torn')
    throw Object.assign(new Error(`${mode}: injected, ${name}`), { code: mode, syscall: name });
  const [fd, buffer, offset, length] = args;
  if (
    mode === 'torn' &&
    name === 'writeSync' &&
    typeof fd === 'number' &&
    buffer instanceof Uint8Array
  ) {
    const start = typeof offset === 'number' ? offset : 0;
    write(
      fd,
      buffer,
      start,
      Math.floor((typeof length === 'number' ? length : buffer.length - start) / 2),
    );
  }
  process.kill(process.pid, 'SIGKILL');
}

for (const name of CHANGING) {
  const call = fs[name] as (...args: readonly unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...args: readonly unknown[]): unknown => {
      if (!isChange(name, args)) return call(...args);
      calls++;
      if (place !== '')
        return calls < at || (calls - at) % Number(step) > 0
          ? call(...args)
          : passBy(name, call, args);
      if (calls === at || (onwards === '+' && at > 0 && calls > at)) fail(name, args);
      return call(...args);
    },
  });
}
syncBuiltinESMExports();
