import { join } from 'node:path';
import { namesIn, onDisk, shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';

const OWNER = 0o700;

/** Names can be taken out of a directory only by who may write to it: somebody may have taken that away from a skill. */
function makeWritable(host: Host, path: string, mode: number): void {
  if ((mode & OWNER) === OWNER) return;
  onDisk(
    () => `Cannot make ${shownPath(path)} writable, to remove it`,
    () => host.fs.chmodSync(path, OWNER),
  );
}

/**
 * Removes a directory with all that is in it, or whatever else is at the path; no link is followed. Nothing is done when
 * nothing is there.
 * @throws GitkelError `environment`.
 */
export function removeTree(host: Host, path: string): void {
  const stats = statOf(host, path);
  if (stats === undefined) return;
  if (stats.isDirectory()) {
    makeWritable(host, path, stats.mode);
    for (const name of namesIn(host, path)) removeTree(host, join(path, name));
  }
  onDisk(
    () => `Cannot remove ${shownPath(path)}`,
    () => {
      if (stats.isDirectory()) host.fs.rmdirSync(path);
      else host.fs.unlinkSync(path);
    },
  );
}
