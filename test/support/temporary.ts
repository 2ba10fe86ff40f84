/** Set-up of all tests: a directory for what they write, in memory where there is room, removed at the end. */
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MEMORY = '/dev/shm';
const NEEDED = 2 * 1024 ** 3;

function hasRoom(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK);
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize >= NEEDED;
  } catch {
    return false;
  }
}

/**
 * Sets `TMPDIR` for the tests; `TEST_DISK` is where it would be otherwise. Long runs, and who names a `TMPDIR`, write to
 * a disk.
 */
export function setup(): () => void {
  const isLong = Number(process.env['GITKEL_LONG'] ?? 1) > 1;
  const isInMemory = !isLong && process.env['TMPDIR'] === undefined && hasRoom(MEMORY);
  const disk = tmpdir();
  // Short, since sockets lie below.
  const dir = mkdtempSync(path.join(isInMemory ? MEMORY : disk, 'gk-'));
  // Some tests become another user.
  chmodSync(dir, 0o755);
  process.env['TEST_DISK'] = disk;
  process.env['TMPDIR'] = dir;
  return () => rmSync(dir, { recursive: true, force: true });
}
