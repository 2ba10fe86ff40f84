/**
 * What of a workspace is kept from a skill that may write there: files that steer agents, and what Git runs. What is there
 * becomes read-only. What is not there yet has its place taken by something that tells what it is; what is made elsewhere, or
 * put in the place of what was there, is moved aside at the end.
 * @module
 */
import {
  lstatSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { pathIncludes } from '../skills/permission-path.ts';
import type { PathRule } from '../skills/permissions.ts';
import { gitPlaces } from './git-places.ts';
import {
  type Machine,
  makePlaceholders,
  removeLeftPlaceholders,
  removePlaceholder,
} from './placeholders.ts';
import { INSIDE, type Mount } from './sandbox-places.ts';
import { type Identity, identityOf, steeringFiles, takeBack } from './steering-files.ts';
import { type BytePath, bytePath, rawPath, textPath } from './walk-directory.ts';

const ASIDE = '.gitkel-aside-';

/** What of a workspace is guarded in one run. */
export interface WorkspaceGuard {
  readonly mounts: readonly Mount[];
  /**
   * Removes what took the places, and moves aside what was made where nothing may be; gives the paths of that, as inside.
   * @throws GitkelError `refused`, reason `workspace-unseen`, where not all of it could be found or moved.
   */
  readonly release: () => { readonly aside: string | undefined; readonly moved: readonly string[] };
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

function unseen(root: string, what: string, hint: string): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot keep what steers agents in ${quoted(root, 200)}: ${what}`,
    { reason: 'workspace-unseen', hint },
  );
}

/** Tries what a directory without permissions may prevent once more, when they were given back. */
function insisting(paths: readonly Buffer[], act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    for (const path of paths) takeBack(path);
  }
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

/** Moves something of a workspace to another place there, or into a directory of it. */
function isMoved(root: string, from: BytePath, to: BytePath): boolean {
  const [source, target] = [`${bytePath(root)}/${from}`, `${bytePath(root)}/${to}`];
  const involved = [dirname(source), source, dirname(target)].map(rawPath);
  return insisting(involved, () => renameSync(rawPath(source), rawPath(target)));
}

/** Something that was moved aside, from where and to where, below the workspace. */
interface Moved {
  readonly from: BytePath;
  readonly to: BytePath;
  readonly identity: Identity;
}

interface Aside {
  readonly directory: string | undefined;
  readonly moved: readonly Moved[];
  readonly failed: readonly BytePath[];
}

/** Moves things into a directory of the workspace itself: elsewhere may be another disk. Its name is drawn. */
function moveAside(root: string, paths: readonly BytePath[]): Aside {
  if (paths.length === 0) return { directory: undefined, moved: [], failed: [] };
  const made: string[] = [];
  insisting([rawPath(bytePath(root))], () => made.push(mkdtempSync(join(root, ASIDE))));
  const [directory] = made;
  const done: Moved[] = [];
  const failed: BytePath[] = [];
  for (const [number, from] of paths.entries()) {
    const identity = identityOf(rawPath(`${bytePath(root)}/${from}`));
    if (identity === undefined) continue;
    const name = from.replaceAll(/[^\u0021-\u002e\u0030-\u007e]/g, '_').slice(-200);
    const to = `${basename(directory ?? '')}/${number}-${name}`;
    if (directory !== undefined && isMoved(root, from, to)) done.push({ from, to, identity });
    else failed.push(from);
  }
  return { directory, moved: done, failed };
}

/** Where a symbolic link leads, as it is written; `undefined` for what is none. */
function linkText(path: Buffer): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink()
      ? readlinkSync(path, { encoding: 'latin1' })
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The path below the workspace of what is to be made read-only. Over a link nothing can be mounted, and what one outside leads to
 * must not get inside: of a link it is what it leads to, if that is in the workspace.
 */
function guardedPath(root: string, path: string): readonly string[] {
  if (linkText(rawPath(bytePath(join(root, path)))) === undefined) return [path];
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

/** What of a workspace is guarded, as it was before the run. */
interface Before {
  readonly files: ReadonlyMap<BytePath, Identity>;
  readonly links: ReadonlyMap<BytePath, string>;
}

function restoreLinks(root: string, links: Before['links']): void {
  for (const [path, text] of links) {
    const place = rawPath(`${bytePath(root)}/${path}`);
    const directory = textPath(dirname(path));
    if (identityOf(place) !== undefined || directory === undefined) continue;
    if (isStraight(join(root, directory))) symlinkSync(rawPath(text), place);
  }
}

function textOf(root: string, path: BytePath): string {
  const text = textPath(path);
  if (text !== undefined) return text;
  const hint = 'Rename the directories whose names are not in UTF-8.';
  throw unseen(root, `${quoted(path, 200)} is no text in UTF-8`, hint);
}

function beforeOf(root: string, isKept: (path: BytePath) => boolean): Before {
  const { files, unseen: closed } = steeringFiles(root, false);
  const [first] = closed;
  if (first !== undefined && isKept(first))
    throw unseen(
      root,
      first === '.' ? 'it has too many entries' : `${quoted(first, 200)} cannot be read`,
      'Name a smaller workspace, or let its directories be read.',
    );
  const kept = Array.from(files).filter(([path]) => isKept(path));
  const links = kept.flatMap(([path]) => {
    const text = linkText(rawPath(`${bytePath(root)}/${path}`));
    return text === undefined ? [] : [[path, text] as const];
  });
  const places = kept
    .filter(([path]) => basename(path).toLowerCase() === '.git')
    .flatMap(([path]) => gitPlaces(root, textOf(root, path)))
    .flatMap((path) => {
      const identity = identityOf(rawPath(bytePath(join(root, path))));
      return identity === undefined ? [] : [[bytePath(path), identity] as const];
    });
  return { files: new Map([...kept, ...places]), links: new Map(links) };
}

/** What is not what it was before. */
function changedOf(
  root: string,
  { files, links }: Before,
  isKept: (path: BytePath) => boolean,
): { readonly paths: readonly BytePath[]; readonly unseen: readonly BytePath[] } {
  const now = steeringFiles(root, true);
  const full = (path: BytePath): Buffer => rawPath(`${bytePath(root)}/${path}`);
  const isOther = (path: BytePath, identity: Identity): boolean =>
    links.has(path) ? linkText(full(path)) !== links.get(path) : files.get(path) !== identity;
  const known = Array.from(files.keys()).flatMap((path) => {
    const identity = identityOf(full(path));
    return identity === undefined ? [] : [[path, identity] as const];
  });
  const all = new Map([...now.files, ...known]);
  const paths = Array.from(all).filter((one) => isKept(one[0]) && isOther(...one));
  return { paths: paths.map(([path]) => path).toSorted(), unseen: now.unseen };
}

/** Puts what was moved, and was at another place before, back to that one, if it is free. Gives what remains aside. */
function putBack(root: string, { files }: Before, aside: readonly Moved[]): readonly Moved[] {
  const places = new Map(Array.from(files, ([path, identity]) => [identity, path] as const));
  return aside.filter(({ to, identity }) => {
    const place = textPath(places.get(identity) ?? '') ?? '';
    const full = join(root, place);
    const isFree = place !== '' && identityOf(rawPath(bytePath(full))) === undefined;
    return !(isFree && isStraight(dirname(full)) && isMoved(root, to, bytePath(place)));
  });
}

function releaseWorkspace(
  root: string,
  before: Before,
  isKept: (path: BytePath) => boolean,
): ReturnType<WorkspaceGuard['release']> {
  const changed = changedOf(root, before, isKept);
  const { directory, moved, failed } = moveAside(root, changed.paths);
  const remaining = putBack(root, before, moved);
  restoreLinks(root, before.links);
  const [lost] = [...failed, ...changed.unseen];
  if (lost !== undefined)
    throw unseen(
      root,
      lost === '.' ? 'it has too many entries now' : `${quoted(lost, 200)} cannot be moved aside`,
      'The skill has run. Look there before an agent or Git does.',
    );
  if (directory !== undefined && remaining.length === 0) rmdirSync(directory);
  return {
    aside: remaining.length === 0 ? undefined : directory,
    moved: remaining.map(({ from }) => `${INSIDE.workspace}/${textPath(from) ?? from}`),
  };
}

/**
 * Takes the places in a workspace that a skill may not fill.
 * @throws GitkelError `refused`, reason `workspace-unseen`, where what steers agents there cannot all be found.
 */
export function guardWorkspace(
  machine: Machine,
  { root, written, instructions }: Guarded,
): WorkspaceGuard {
  removeLeftPlaceholders(machine, root);
  const bytes = written.map(bytePath);
  const isKept = (path: BytePath): boolean => {
    const text = textPath(path);
    const isAllowed =
      text !== undefined &&
      instructions.some((rule) => pathIncludes(rule.path, `\${workspace}/${text}`));
    return (
      !isAllowed &&
      bytes.some((below) => below === '' || path === below || path.startsWith(`${below}/`))
    );
  };
  const made = makePlaceholders(machine, root, isKept);
  const unmake = (): void => {
    for (const name of made)
      insisting([rawPath(bytePath(root))], () => removePlaceholder(join(root, name)));
  };
  try {
    const before = beforeOf(root, isKept);
    const mounts = Array.from(before.files.keys(), (path) => textOf(root, path))
      .flatMap((path) => guardedPath(root, path))
      .map((path) => ({ outside: join(root, path), inside: `${INSIDE.workspace}/${path}` }));
    return {
      mounts,
      release: () => {
        unmake();
        return releaseWorkspace(root, before, isKept);
      },
    };
  } catch (error) {
    unmake();
    throw error;
  }
}
