/**
 * Imported by Node ahead of the binary. Numbers every call that changes something on the disk, and at one of them ends
 * the process or fails, as `TEST_FAULT` says: `<mode>:<number>`. The modes are `kill` (SIGKILL before the call), `torn`
 * (only writes count, and half of it is done first) and the name of an error, which this one call throws; with a `+` behind the number it
 * and every later one throw. `TEST_FAULT_MARK` names a file that is made once the fault has come.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const CHANGING = ['openSync', 'writeSync', 'fsyncSync', 'renameSync', 'linkSync', 'unlinkSync', 'mkdirSync', 'rmdirSync', 'rmSync', 'utimesSync', 'chmodSync', 'ftruncateSync', 'writeFileSync'] as const;

const [, mode = 'none', number = '0', onwards = ''] = /^(\w+):(\d+)(\+?)$/.exec(process.env['TEST_FAULT'] ?? '') ?? [];
const at = Number(number);
const write = fs.writeSync.bind(fs);
const writeFile = fs.writeFileSync.bind(fs);
let calls = 0;

/** Reading changes nothing, and the standard streams are no files of ours. */
function isChange(name: string, [first, second]: readonly unknown[]): boolean {
  if (name === 'openSync') return second !== undefined && second !== 'r';
  if (mode === 'torn' && name !== 'writeSync') return false;
  return name !== 'writeSync' || (typeof first === 'number' && first > 2);
}

function fail(name: string, args: readonly unknown[]): void {
  writeFile(process.env['TEST_FAULT_MARK'] ?? '/dev/null', '');
  if (mode !== 'kill' && mode !== 'torn') throw Object.assign(new Error(`${mode}: injected, ${name}`), { code: mode, syscall: name });
  const [fd, buffer, offset, length] = args;
  if (mode === 'torn' && name === 'writeSync' && typeof fd === 'number' && buffer instanceof Uint8Array) {
    const start = typeof offset === 'number' ? offset : 0;
    write(fd, buffer, start, Math.floor((typeof length === 'number' ? length : buffer.length - start) / 2));
  }
  process.kill(process.pid, 'SIGKILL');
}

for (const name of CHANGING) {
  const call = fs[name] as (...args: readonly unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...args: readonly unknown[]): unknown => {
      if (!isChange(name, args)) return call(...args);
      calls++;
      if (calls === at || (onwards === '+' && at > 0 && calls > at)) fail(name, args);
      return call(...args);
    },
  });
}
syncBuiltinESMExports();
