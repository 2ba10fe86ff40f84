/**
 * What of a workspace is kept from a skill that may write there: files that steer agents, and what Git runs. What is there
 * becomes read-only. What is not there yet has its place taken by something that tells what it is; what is made elsewhere is
 * moved aside at the end.
 * @module
 */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { isGone, ownMark } from '../host/owner-mark.ts';
import type { Host } from '../host/host.ts';
import { pathIncludes, steersAgents } from '../skills/permission-path.ts';
import type { PathRule } from '../skills/permissions.ts';
import { INSIDE, type Mount } from './sandbox-places.ts';

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

/** What of a workspace is guarded in one run. */
export interface WorkspaceGuard {
  readonly mounts: readonly Mount[];
  /** Removes what took the places, and moves aside what was made where nothing may be; gives the paths of that, as inside. */
  readonly release: () => { readonly aside: string | undefined; readonly moved: readonly string[] };
}

type Machine = Pick<Host, 'fs' | 'processes'>;

function signOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  const file = stats?.isDirectory() === true ? join(path, SIGN_FILE) : path;
  const signed = stats?.isDirectory() === true ? lstatSync(file, { throwIfNoEntry: false }) : stats;
  if (signed?.isFile() !== true || signed.size > LIMITS.journalLineBytes) return undefined;
  const text = readFileSync(file, 'utf8');
  return text.startsWith(SIGN) ? text.slice(SIGN.length).trim() : undefined;
}

function removePlaceholder(path: string): void {
  if (lstatSync(path).isDirectory()) {
    rmSync(join(path, SIGN_FILE));
    rmdirSync(path);
  } else rmSync(path);
}

/** Everything below a directory that steers agents, what is in it not looked at; links are not followed. */
function steering(root: string): readonly string[] {
  const found: string[] = [];
  const open = [''];
  let entries = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    let names;
    try {
      names = readdirSync(join(root, at), { withFileTypes: true });
    } catch {
      continue;
    }
    for (const entry of names) {
      if (++entries > LIMITS.workspaceEntries) return found.toSorted();
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (steersAgents(path)) found.push(path);
      else if (entry.isDirectory()) open.push(path);
    }
  }
  return found.toSorted();
}

function isAllowed(instructions: readonly PathRule[], path: string): boolean {
  return instructions.some((rule) => pathIncludes(rule.path, `\${workspace}/${path}`));
}

function placeholders(
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
function removeLeft(machine: Machine, root: string): void {
  for (const name of [...TOP_FILES, ...TOP_DIRECTORIES]) {
    const mark = signOf(join(root, name));
    if (mark !== undefined && isGone(machine, root, mark)) removePlaceholder(join(root, name));
  }
}

/** Moves things into a directory of the workspace itself: elsewhere may be another disk. Its name is drawn. */
function moveAside(root: string, paths: readonly string[]): string | undefined {
  if (paths.length === 0) return undefined;
  const aside = mkdtempSync(join(root, '.gitkel-aside-'));
  for (const [number, path] of paths.entries())
    renameSync(join(root, path), join(aside, `${number}-${path.replaceAll('/', '_').slice(-200)}`));
  return aside;
}

/** What of a workspace a skill may change. */
export interface Guarded {
  /** The workspace outside. */
  readonly root: string;
  /** The paths below it that may be written; empty for all of it. */
  readonly written: readonly string[];
  /** What the manifest allows of what steers agents. */
  readonly instructions: readonly PathRule[];
}

/** Where a symbolic link leads, as it is written; `undefined` for what is none. */
function linkText(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}

/**
 * The path below the workspace of what is to be made read-only. Over a link nothing can be mounted, and what one outside leads to
 * must not get inside: of a link it is what it leads to, if that is in the workspace.
 */
function guardedPath(root: string, path: string): readonly string[] {
  if (linkText(join(root, path)) === undefined) return [path];
  try {
    const real = realpathSync(join(root, path));
    return real.startsWith(`${root}/`) ? [real.slice(root.length + 1)] : [];
  } catch {
    return [];
  }
}

/** Whether a directory is there, and no part of its path became a link meanwhile. */
function isStraight(path: string): boolean {
  try {
    return realpathSync(path) === path && lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Takes the places in a workspace that a skill may not fill. */
export function guardWorkspace(
  machine: Machine,
  { root, written, instructions }: Guarded,
): WorkspaceGuard {
  removeLeft(machine, root);
  const isWritten = (path: string): boolean =>
    written.some((below) => below === '' || path === below || path.startsWith(`${below}/`));
  const isKept = (path: string): boolean => isWritten(path) && !isAllowed(instructions, path);
  const made = placeholders(machine, root, isKept);
  const before = new Set(steering(root));
  const links = new Map(
    Array.from(before)
      .filter(isKept)
      .flatMap((path) => {
        const text = linkText(join(root, path));
        return text === undefined ? [] : [[path, text] as const];
      }),
  );
  const mounts = Array.from(before)
    .filter(isKept)
    .flatMap((path) => guardedPath(root, path))
    .map((path) => ({ outside: join(root, path), inside: `${INSIDE.workspace}/${path}` }));
  return {
    mounts,
    release: () => {
      for (const name of made)
        if (signOf(join(root, name)) !== undefined) removePlaceholder(join(root, name));
      const isOther = (path: string): boolean =>
        links.has(path) ? linkText(join(root, path)) !== links.get(path) : !before.has(path);
      const found = steering(root).filter((path) => isKept(path) && isOther(path));
      const aside = moveAside(root, found);
      for (const [path, text] of links) {
        const place = join(root, path);
        if (lstatSync(place, { throwIfNoEntry: false }) !== undefined) continue;
        if (isStraight(dirname(place))) symlinkSync(text, place);
      }
      return { aside, moved: found.map((path) => `${INSIDE.workspace}/${path}`) };
    },
  };
}
