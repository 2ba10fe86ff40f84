/**
 * What a change of a repository's tree does to its skills. Only directories that differ are read, and no history.
 * @module
 */
import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { TreeEntry } from '../git/tree.ts';
import { foldedPath } from '../records/skill-path.ts';
import { SKILL_MD } from '../skills/skill-files.ts';
import { inLots, type SkillReader, tooManyDirectories } from './skill-reader.ts';

/** A directory with a `SKILL.md` that is not as it was. */
export interface ChangedSkill {
  /** From the top of the repository; empty for the top. */
  readonly path: string;
  /** The directory's tree before and after; a directory that has lost its `SKILL.md` has none after. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Something beside the skills that keeps anybody from saying which skills a repository has. */
export interface TreeObstacle {
  readonly reason: ObstacleReason;
  readonly path: string;
  readonly detail: string;
}

export type ObstacleReason =
  | 'submodule'
  | 'symlink'
  | 'path-collision'
  | 'path-depth'
  | 'tree-unreadable';

export interface TreeChanges {
  /** In the order of their paths. */
  readonly skills: readonly ChangedSkill[];
  readonly obstacles: readonly TreeObstacle[];
}

/** Two versions of one directory. */
interface Pair {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Whether a directory above it, or it, is a skill after the change: its rules refuse what is odd in it. */
  readonly inSkill: boolean;
}

interface Walk {
  readonly reader: SkillReader;
  readonly isGoverned: (path: string) => boolean;
  readonly skills: ChangedSkill[];
  readonly obstacles: TreeObstacle[];
  /** Pairs of directories that were found to differ, looked into or not. */
  pairs: number;
}

const DIRECTORIES_AT_ONCE = 32;

/** A name as the most forgiving file system takes it: letter case, invisible characters, what follows a colon. */
function forgivenName(name: string): string {
  const visible = name.replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
  return foldedPath(visible.replace(/:.*$/s, '').replace(/[. ]+$/, ''));
}

const FORGIVEN_SKILL_MD = forgivenName(SKILL_MD);

function holdsSkillMd(entries: readonly TreeEntry[]): boolean {
  return entries.some(({ name }) => name === SKILL_MD || forgivenName(name) === FORGIVEN_SKILL_MD);
}

function add(walk: Walk, reason: ObstacleReason, path: string, detail: string): void {
  if (walk.obstacles.length < LIMITS.gateProblems) walk.obstacles.push({ reason, path, detail });
}

function pathIn(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

/** Whether a link leads to a place in the repository, whatever lies there: no `..` but at its beginning. */
function staysInside(directory: string, target: string): boolean {
  const parts = target.split('/');
  const names = parts.findIndex((part) => part !== '..' && part !== '.');
  const ups = parts.slice(0, names < 0 ? parts.length : names).filter((part) => part === '..');
  const depth = directory === '' ? 0 : directory.split('/').length;
  const rest = names < 0 ? [] : parts.slice(names);
  return (
    ups.length <= depth &&
    !/^[/\\]|^[A-Za-z]:|\0/.test(target) &&
    rest.every((part) => part !== '..' && part !== '')
  );
}

async function checkLink(walk: Walk, directory: string, { name, oid }: TreeEntry): Promise<void> {
  const path = pathIn(directory, name);
  if (walk.isGoverned(path)) {
    add(
      walk,
      'symlink',
      path,
      'it is a symbolic link where the policy has skills: put what it leads to there',
    );
    return;
  }
  const target = fromUtf8(await walk.reader.blob(oid, LIMITS.skillFileBytes));
  if (target === undefined || !staysInside(directory, target))
    add(walk, 'symlink', path, 'it is a symbolic link that leads out of the repository');
}

/** Refuses names, one of them a directory's, that are one and the same somewhere: there, one skill gets files of both. */
function checkNames(
  walk: Walk,
  path: string,
  after: readonly TreeEntry[],
  isNew: (entry: TreeEntry) => boolean,
): void {
  const byName = new Map<string, TreeEntry>();
  for (const entry of after) {
    const forgiven = forgivenName(entry.name);
    const other = byName.get(forgiven);
    if (other === undefined) byName.set(forgiven, entry);
    else if ([entry, other].some(isNew) && [entry, other].some(({ mode }) => mode === '40000'))
      add(
        walk,
        'path-collision',
        pathIn(path, entry.name),
        `some systems take it for "${other.name}" beside it`,
      );
  }
}

async function entriesOf(
  walk: Walk,
  oid: string | undefined,
): Promise<readonly TreeEntry[] | GitkelError> {
  if (oid === undefined) return [];
  try {
    return await walk.reader.tree(oid);
  } catch (error) {
    if (error instanceof GitkelError && error.code === 'malformed') return error;
    throw error;
  }
}

function treesIn(entries: readonly TreeEntry[]): ReadonlyMap<string, string> {
  return new Map(entries.flatMap(({ mode, name, oid }) => (mode === '40000' ? [[name, oid]] : [])));
}

function subdirectories(
  { path }: Pair,
  before: readonly TreeEntry[],
  after: readonly TreeEntry[],
  inSkill: boolean,
): readonly Pair[] {
  const [old, now] = [treesIn(before), treesIn(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => ({
      path: pathIn(path, name),
      before: old.get(name),
      after: now.get(name),
      inSkill,
    }));
}

function checkSkillCount({ skills }: Walk): void {
  if (skills.length <= LIMITS.gateSkills) return;
  throw new GitkelError(
    'refused',
    `Cannot judge a change: it touches more than ${LIMITS.gateSkills} skills`,
    { reason: 'too-many-skills', hint: 'Push it in smaller parts.' },
  );
}

async function visit(walk: Walk, pair: Pair): Promise<readonly Pair[]> {
  const { path } = pair;
  const [before, after] = await Promise.all([
    entriesOf(walk, pair.before),
    entriesOf(walk, pair.after),
  ]);
  if (after instanceof GitkelError) {
    // Within a skill too: without its list nobody can say what it holds.
    add(walk, 'tree-unreadable', path, after.message);
    return [];
  }
  // What was there and cannot be read is no reason to believe that anything is as it was.
  const old = before instanceof GitkelError ? [] : before;
  const isSkill = holdsSkillMd(after);
  if (isSkill || holdsSkillMd(old)) {
    walk.skills.push({
      path,
      before: holdsSkillMd(old) ? pair.before : undefined,
      after: isSkill ? pair.after : undefined,
    });
    checkSkillCount(walk);
  }
  const inSkill = pair.inSkill || isSkill;
  const known = new Map(old.map((entry) => [entry.name, entry]));
  const isNew = ({ name, mode, oid }: TreeEntry): boolean =>
    known.get(name)?.oid !== oid || known.get(name)?.mode !== mode;
  if (!inSkill) {
    checkNames(walk, path, after, isNew);
    for (const entry of after.filter(isNew)) {
      if (entry.mode === '160000')
        add(
          walk,
          'submodule',
          pathIn(path, entry.name),
          'it is a submodule, whose skills nobody can see here: put its files there',
        );
      if (entry.mode === '120000') await checkLink(walk, path, entry);
    }
  }
  const next = subdirectories(pair, old, after, inSkill);
  walk.pairs += next.length;
  // Before they are gathered: each of a few directories can hold a hundred thousand of one another.
  if (walk.pairs > LIMITS.gateTrees) throw tooManyDirectories();
  return next;
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/**
 * Finds the skills that differ between two trees, nested ones too, and what else must not change.
 * @param isGoverned whether the policy may have skills at or below a path
 * @throws GitkelError `refused` for damaged objects and what is too much to judge; `not-found` for missing objects.
 */
export async function changedSkills(
  reader: SkillReader,
  change: { readonly before: string | undefined; readonly after: string | undefined },
  isGoverned: (path: string) => boolean,
): Promise<TreeChanges> {
  const walk: Walk = { reader, isGoverned, skills: [], obstacles: [], pairs: 0 };
  let level: readonly Pair[] =
    change.before === change.after ? [] : [{ path: '', ...change, inSkill: false }];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > LIMITS.gateDepth) {
      for (const { path } of level.filter(({ after }) => after !== undefined))
        add(walk, 'path-depth', path, `it lies more than ${LIMITS.gateDepth} directories deep`);
      break;
    }
    level = (await inLots(level, DIRECTORIES_AT_ONCE, async (pair) => visit(walk, pair))).flat();
  }
  return { skills: walk.skills.toSorted(byPath), obstacles: walk.obstacles.toSorted(byPath) };
}
