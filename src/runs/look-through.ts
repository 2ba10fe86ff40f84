/**
 * What a run left in its workspace, looked through.
 * @module
 */
import { closeSync, constants, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../base/limits.ts';

const CHUNK = 65_536;

/** Reads a file in parts; links are not followed. */
function readParts(path: string, part: (bytes: Uint8Array) => void): void {
  const descriptor = openSync(
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  );
  try {
    const chunk = new Uint8Array(CHUNK);
    for (let length = readSync(descriptor, chunk); length > 0; length = readSync(descriptor, chunk))
      part(chunk.subarray(0, length));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads every file below a directory that changed since a moment, names of files included.
 * @param since milliseconds since 1970-01-01T00:00:00Z, by the clock of the file system
 * @returns how many of them were not looked at to their end
 */
export function lookThrough(
  root: string,
  since: number,
  look: (path: string, bytes: Uint8Array) => void,
): number {
  let [bytes, files, unlooked] = [0, 0, 0];
  const open = [''];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    let names: readonly string[];
    try {
      names = readdirSync(join(root, at));
    } catch {
      unlooked++;
      continue;
    }
    for (const name of names) {
      const path = at === '' ? name : `${at}/${name}`;
      const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
      if (stats?.isDirectory() === true) open.push(path);
      if (stats === undefined || stats.ctimeMs < since) continue;
      look(path, Buffer.from(path));
      if (!stats.isFile()) continue;
      if (++files > LIMITS.canaryFiles || bytes + stats.size > LIMITS.canaryBytes) {
        unlooked++;
        continue;
      }
      bytes += stats.size;
      try {
        readParts(join(root, path), (part) => look(path, part));
      } catch {
        unlooked++;
      }
    }
  }
  return unlooked;
}
