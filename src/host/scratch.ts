/**
 * Directories for work that nobody keeps. What a process leaves that was killed is removed by the next one.
 * @module
 */
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { isGone, ownMark } from './owner-mark.ts';
import { systemProcesses } from './processes.ts';

/** A directory that only this user may enter. Remove it when done. */
export interface Scratch {
  readonly path: string;
  readonly remove: () => void;
}

/** What `mkdtemp` puts behind a name. */
const DRAWN = /-[A-Za-z0-9]{6}$/;

/** Where this process has looked for what others left: once is enough. */
const swept = new Set<string>();

function isOwn(path: string): boolean {
  const stats = nodeFs.lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid?.();
}

/** Removes what processes of this user left that are certainly dead. */
function sweep(parent: string, kind: string): void {
  const machine = { fs: nodeFs, processes: systemProcesses() };
  for (const name of nodeFs.readdirSync(parent)) {
    if (!name.startsWith(`${kind}-`) || !DRAWN.test(name)) continue;
    const mark = name.slice(kind.length + 1).replace(DRAWN, '');
    const path = join(parent, name);
    if (isOwn(path) && isGone(machine, parent, mark))
      nodeFs.rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Makes an empty directory of a name of its own, after it has removed what dead processes left of the same kind.
 * @param kind how the names of all of them begin
 * @throws what `node:fs` throws where nothing can be made there
 */
export function makeScratch(parent: string, kind: string): Scratch {
  const key = join(parent, kind);
  if (!swept.has(key)) {
    swept.add(key);
    try {
      sweep(parent, kind);
    } catch {
      // What others left is in nobody's way.
    }
  }
  const mark = ownMark({ fs: nodeFs, processes: systemProcesses() }, parent);
  const path = nodeFs.mkdtempSync(`${key}-${mark}-`);
  return { path, remove: () => nodeFs.rmSync(path, { recursive: true, force: true }) };
}
