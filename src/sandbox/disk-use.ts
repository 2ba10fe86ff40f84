import { lstatSync, readdirSync } from 'node:fs';
import { LIMITS } from '../base/limits.ts';

const BLOCK = 512;

/**
 * Bytes that a directory and all in it take on the disk, links not followed; what cannot be read, because it is gone, counts
 * nothing.
 * @param enough where to stop adding up
 */
export function diskUse(dir: string, enough: number): number {
  const open = [dir];
  let [bytes, entries] = [0, 0];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    let found;
    try {
      found = readdirSync(at, { withFileTypes: true });
    } catch {
      continue;
    }
    for (const entry of found) {
      const path = `${at}/${entry.name}`;
      const stats = lstatSync(path, { throwIfNoEntry: false });
      bytes += (stats?.blocks ?? 0) * BLOCK;
      if (bytes > enough || ++entries > LIMITS.workspaceEntries) return Number.POSITIVE_INFINITY;
      if (entry.isDirectory()) open.push(path);
    }
  }
  return bytes;
}
