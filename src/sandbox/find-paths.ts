/**
 * What the paths of a manifest stand for on this machine. What a path leads through has to be as it is named: a symbolic link
 * could have been put there by an earlier run, to lead elsewhere.
 * @module
 */
import { chownSync, lstatSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Permissions } from '../skills/permissions.ts';
import { INSIDE, type Mount } from './sandbox-places.ts';
import type { RunUser } from './sandbox-plan.ts';

/** The directories that variables of paths stand for outside. */
export interface PathRoots {
  /** `undefined`: there is none. */
  readonly workspace: string | undefined;
  readonly home: string;
  /** Whose what is made shall be; `undefined`: of whoever this is. */
  readonly user: RunUser | undefined;
}

/** Places inside that are made anew for each run: nothing of the machine is put over them. */
const KEPT =
  /^\/(?:proc|dev|sys|run|skill|workspace|tmp|bin|sbin|usr\/bin|usr\/sbin|usr\/local\/bin|usr\/local\/sbin)(?:\/|$)/;
const ALL_BELOW = '**';

interface Rooted {
  readonly outside: string;
  readonly inside: string;
  readonly rest: readonly string[];
}

/** The root of a path in both worlds; `undefined` for what every run has anyway, and for what is not given to any. */
function rooted(path: string, { workspace, home }: PathRoots): Rooted | undefined {
  const [root = '', ...rest] = path.split('/');
  switch (root) {
    case '${workspace}':
      return workspace === undefined
        ? undefined
        : { outside: workspace, inside: INSIDE.workspace, rest };
    case '${home}':
      return { outside: home, inside: INSIDE.home, rest };
    case '':
      return KEPT.test(path) ? undefined : { outside: '/', inside: '/', rest };
    default:
      return undefined;
  }
}

function matching(pattern: string): (name: string) => boolean {
  if (!pattern.includes('*')) return (name) => name === pattern;
  const source = pattern
    .split('*')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('[^/]*');
  const expression = new RegExp(`^${source}$`, 'u');
  return (name) => expression.test(name);
}

function tooMany(path: string): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot give ${quoted(path, 200)} to a sandbox: it stands for more than ${LIMITS.expandedPaths} files`,
    { reason: 'too-many-paths', hint: 'Name their directory instead.' },
  );
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The paths below a root that parts of a path with wildcards stand for now; `**` in the middle is any number of parts. */
function expanded(root: string, parts: readonly string[], shown: string): readonly string[] {
  const found: string[] = [];
  let looked = 0;
  const walk = (at: string, [part, ...rest]: readonly string[]): void => {
    if (++looked > LIMITS.workspaceEntries || found.length > LIMITS.expandedPaths)
      throw tooMany(shown);
    const stats = lstatSync(join(root, at), { throwIfNoEntry: false });
    if (stats === undefined || stats.isSymbolicLink()) return;
    if (part === undefined) {
      found.push(at);
      return;
    }
    if (!part.includes('*')) return walk(join(at, part), rest);
    const isDeep = part === ALL_BELOW;
    if (isDeep) walk(at, rest);
    if (!stats.isDirectory()) return;
    const fits = matching(part);
    for (const name of namesIn(join(root, at)))
      if (isDeep) walk(join(at, name), [part, ...rest]);
      else if (fits(name)) walk(join(at, name), rest);
  };
  walk('', parts);
  return found;
}

/** Makes what a skill may write and is not there: a directory for all below it, else a file. */
function make(outside: string, isAll: boolean, user: RunUser | undefined): void {
  if (lstatSync(outside, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(isAll ? outside : dirname(outside), { recursive: true });
  if (!isAll) writeFileSync(outside, '', { flag: 'wx' });
  if (user !== undefined) chownSync(outside, user.uid, user.gid);
}

function isStraight(root: string, below: string): boolean {
  const real = realpathSync(root);
  return realpathSync(join(root, below)) === (below === '' ? real : join(real, below));
}

function throughLink(path: string): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot give ${quoted(path, 200)} to a sandbox: a part of it is a symbolic link`,
    { reason: 'path-link', hint: 'Put a directory or a file there, or name where it leads.' },
  );
}

/** Directories that hold programs, among others: given as a whole they would bring all programs with them. */
const ABOVE_PROGRAMS = /^\/usr(?:\/local)?$/;

/** What of a mount is given: never the places that are made anew, also where a wildcard or a directory above takes them in. */
function withoutKept({ outside, inside }: Mount): readonly Mount[] {
  if (KEPT.test(inside)) return [];
  if (!ABOVE_PROGRAMS.test(inside)) return [{ outside, inside }];
  return namesIn(outside)
    .toSorted()
    .flatMap((name) => {
      const below = join(outside, name);
      const isLink = lstatSync(below, { throwIfNoEntry: false })?.isSymbolicLink() !== false;
      return isLink ? [] : withoutKept({ outside: below, inside: below });
    });
}

function mountsFor(path: string, roots: PathRoots, isWritten: boolean): readonly Mount[] {
  const at = rooted(path, roots);
  if (at === undefined) return [];
  const isAll = at.rest.at(-1) === ALL_BELOW;
  const parts = isAll ? at.rest.slice(0, -1) : at.rest;
  if (isWritten) {
    const below = parts.join('/');
    let above = '';
    for (const part of parts) {
      above = join(above, part);
      if (lstatSync(join(at.outside, above), { throwIfNoEntry: false })?.isSymbolicLink() === true)
        throw throughLink(path);
    }
    make(join(at.outside, below), isAll, roots.user);
  }
  return expanded(at.outside, parts, path).flatMap((below) => {
    if (!isStraight(at.outside, below)) throw throughLink(path);
    const mount = { outside: join(at.outside, below), inside: join(at.inside, below) };
    return at.outside === '/' ? withoutKept(mount) : [mount];
  });
}

/** What a path that is only read stands for now, e.g. the file of a secret. */
export function findReadPath(path: string, roots: PathRoots): readonly Mount[] {
  return mountsFor(path, roots, false);
}

/**
 * What every path of a manifest stands for now. Those that may be written are made where they are missing.
 * @throws GitkelError `refused`, reasons `path-link`, `too-many-paths`.
 */
export function findPaths(
  { read, write, instructions }: Permissions,
  roots: PathRoots,
): ReadonlyMap<string, readonly Mount[]> {
  const written = [...write, ...instructions];
  return new Map([
    ...written.map(({ path }) => [path, mountsFor(path, roots, true)] as const),
    ...read
      .filter(({ path }) => !written.some((rule) => rule.path === path))
      .map(({ path }) => [path, findReadPath(path, roots)] as const),
  ]);
}
