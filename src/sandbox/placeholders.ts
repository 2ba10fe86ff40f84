/**
 * What takes the places in a workspace that a skill may not fill: files and directories that tell what they are.
 * @module
 */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { isGone, ownMark } from '../host/owner-mark.ts';
import type { Host } from '../host/host.ts';

/** What is kept free at the top of every workspace. */
const TOP_FILES = [
  'AGENTS.md',
  'CLAUDE.local.md',
  'CLAUDE.md',
  'GEMINI.md',
  'IDENTITY.md',
  'MEMORY.md',
  'SOUL.md',
  'TOOLS.md',
  '.cursorrules',
  '.mcp.json',
  '.windsurfrules',
];
const TOP_DIRECTORIES = ['.agents', '.claude', '.codex', '.cursor', '.gemini', '.git'];

const SIGN = 'gitkel skill run: placeholder of ';
const SIGN_FILE = 'placeholder';

export type Machine = Pick<Host, 'fs' | 'processes'>;

function signOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  const file = stats?.isDirectory() === true ? join(path, SIGN_FILE) : path;
  const signed = stats?.isDirectory() === true ? lstatSync(file, { throwIfNoEntry: false }) : stats;
  if (signed?.isFile() !== true || signed.size > LIMITS.journalLineBytes) return undefined;
  const text = readFileSync(file, 'utf8');
  return text.startsWith(SIGN) ? text.slice(SIGN.length).trim() : undefined;
}

function removeSigned(path: string): void {
  if (lstatSync(path).isDirectory()) {
    rmSync(join(path, SIGN_FILE));
    // Somebody else, outside, may have begun to use it.
    if (readdirSync(path).length === 0) rmdirSync(path);
  } else rmSync(path);
}

/** Removes what took a place, if it is still that. */
export function removePlaceholder(path: string): void {
  if (signOf(path) !== undefined) removeSigned(path);
}

/** Takes those places that are free; gives their names. */
export function makePlaceholders(
  machine: Machine,
  root: string,
  isTop: (name: string) => boolean,
): readonly string[] {
  const mark = `${SIGN}${ownMark(machine, root)}\n`;
  const made: string[] = [];
  for (const name of TOP_FILES.filter(isTop)) {
    const path = join(root, name);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    writeFileSync(path, mark, { flag: 'wx' });
    made.push(name);
  }
  for (const name of TOP_DIRECTORIES.filter(isTop)) {
    const path = join(root, name);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    mkdirSync(path);
    writeFileSync(join(path, SIGN_FILE), mark, { flag: 'wx' });
    made.push(name);
  }
  return made;
}

/** Removes what runs left that were killed. */
export function removeLeftPlaceholders(machine: Machine, root: string): void {
  for (const name of [...TOP_FILES, ...TOP_DIRECTORIES]) {
    const mark = signOf(join(root, name));
    if (mark !== undefined && isGone(machine, root, mark)) removeSigned(join(root, name));
  }
}
