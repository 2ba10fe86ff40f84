import { join } from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { namesIn, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';

/** Bytes of what lies in a directory of objects, packed or not, also of what is being written. */
function objectBytes(host: Host, dir: string): number {
  return namesIn(host, dir).reduce((sum, name) => {
    const path = join(dir, name);
    const stats = statOf(host, path);
    return sum + (stats?.isDirectory() === true ? objectBytes(host, path) : (stats?.size ?? 0));
  }, 0);
}

/**
 * Watches what a remote sends into a directory of objects: why it is to be stopped, if it is.
 * @param silence milliseconds without anything new that are too many; none unless told
 * @param most bytes in all, `LIMITS.fetchBytes` unless told
 */
export function watchedObjects(
  host: Host,
  dir: string,
  silence?: number,
  most: number = LIMITS.fetchBytes,
): () => string | undefined {
  let [before, since] = [0, performance.now()];
  return () => {
    const bytes = objectBytes(host, dir);
    if (bytes > most) return `it fetched more than ${most} bytes`;
    if (bytes !== before) {
      [before, since] = [bytes, performance.now()];
      return undefined;
    }
    return silence !== undefined && performance.now() - since > silence
      ? `nothing came for ${silence} ms`
      : undefined;
  };
}
