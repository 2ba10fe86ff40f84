import { join } from 'node:path';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { discard, errnoOf, namesIn, onDisk, readFileBounded, shownPath, writeAll } from '../host/files.ts';
import type { Host } from '../host/host.ts';

const LABEL = 'gitkel ';

/** The file by which Git is told not to repack a pack away: `pack-<id>.keep` beside it. */
export function keepPath(packPath: string): string {
  return packPath.replace(/\.(?:pack|idx)$/, '.keep');
}

/**
 * Protects a pack until its objects are reachable: a `git repack -ad` that runs meanwhile would take them for garbage.
 * Not synced: a crash ends the repack too.
 * @returns whether this call made the file; one that is there already is somebody else's to remove
 */
export function keepPack(host: Host, packPath: string): boolean {
  const path = keepPath(packPath);
  return onDisk(`Cannot write ${shownPath(path)}`, () => {
    let fd: number;
    try {
      fd = host.fs.openSync(path, 'wx', 0o644);
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    }
    try {
      writeAll(host.fs, fd, utf8(`${LABEL}${host.processes.self}\n`));
    } finally {
      host.fs.closeSync(fd);
    }
    return true;
  });
}

/** Ends the protection of a pack. */
export function releasePack(host: Host, packPath: string): void {
  discard(host, keepPath(packPath));
}

/** Removes what processes of this program that are dead left behind; everybody else's `.keep` files stay. */
export function sweepKeeps(host: Host, directory: string): void {
  for (const name of namesIn(host, directory)) {
    if (!name.endsWith('.keep')) continue;
    const path = join(directory, name);
    const text = fromUtf8(readFileBounded(host, path, LIMITS.refBytes) ?? new Uint8Array()) ?? '';
    const owner = text.startsWith(LABEL) ? text.slice(LABEL.length).trimEnd() : undefined;
    if (owner !== undefined && owner !== '' && host.processes.isDead(owner)) discard(host, path);
  }
}
