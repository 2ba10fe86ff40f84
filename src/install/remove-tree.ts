import { join } from 'node:path';
import { namesIn, onDisk, shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';

/**
 * Removes a directory with all that is in it, or whatever else is at the path; no link is followed. Nothing is done when
 * nothing is there.
 * @throws GitkelError `environment`.
 */
export function removeTree(host: Host, path: string): void {
  const stats = statOf(host, path);
  if (stats === undefined) return;
  if (stats.isDirectory())
    for (const name of namesIn(host, path)) removeTree(host, join(path, name));
  onDisk(
    () => `Cannot remove ${shownPath(path)}`,
    () => {
      if (stats.isDirectory()) host.fs.rmdirSync(path);
      else host.fs.unlinkSync(path);
    },
  );
}
