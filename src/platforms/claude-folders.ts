/**
 * Where Claude Code finds skills, and which of them a path or a line for a shell would read.
 * @module
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { FileSystem } from '../host/host.ts';
import { statOf } from '../host/files.ts';
import { isOwnName, LOCK_FILE } from '../install/install-layout.ts';
import { foldedPath } from '../records/skill-path.ts';
import { SKILL_MD } from '../skills/skill-files.ts';

/** A folder of skills. */
export interface ClaudeFolder {
  /** Absolute path. */
  readonly dir: string;
  /** Whether its lock is this person's own, and says who published a skill; a project's came with the project. */
  readonly isOwn: boolean;
}

/** A skill that is about to be used or read; all of its folder where no name is said. */
export interface WantedSkill {
  readonly folder: ClaudeFolder;
  readonly only: string | undefined;
}

/** What surrounds one run of the hook. */
export interface Surroundings {
  readonly fs: FileSystem;
  /** The directory of the person, absolute. */
  readonly homedir: string;
  /** The working directory of the platform, absolute. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

function projectOf({ cwd, environment }: Surroundings): string {
  const named = environment['CLAUDE_PROJECT_DIR'];
  return named === undefined || named === '' ? cwd : resolve(cwd, named);
}

function configOf({ homedir, environment }: Surroundings): string {
  const named = environment['CLAUDE_CONFIG_DIR'];
  return named === undefined || named === '' ? join(homedir, '.claude') : resolve(named);
}

/** The folders that the platform reads, and those that are named; each once. */
export function claudeFolders(
  around: Surroundings,
  {
    skills,
    'project-locks': projectLocks,
  }: {
    readonly skills: readonly string[];
    readonly 'project-locks': boolean;
  },
): readonly ClaudeFolder[] {
  const project = projectOf(around);
  const found = [
    { dir: join(configOf(around), 'skills'), isOwn: true },
    ...skills.map((dir) => ({
      dir: resolve(project, dir),
      isOwn: projectLocks || resolve(dir) === dir,
    })),
    ...[project, around.cwd].map((dir) => ({
      dir: join(dir, '.claude', 'skills'),
      isOwn: projectLocks,
    })),
  ];
  return found.filter((one, at) => found.findIndex(({ dir }) => dir === one.dir) === at);
}

function partsOf(path: string): readonly string[] {
  return path.split(sep).filter((part) => part !== '');
}

/** Where in a path a folder of skills of either usual name ends, whichever project it is of. */
function usualFolder(parts: readonly string[]): number | undefined {
  const at = parts.findIndex(
    (part, index) =>
      /^\.(?:claude|agents)$/i.test(part) && parts[index + 1]?.toLowerCase() === 'skills',
  );
  return at === -1 ? undefined : at + 2;
}

/** Whether a part of a path is matched by one that may hold marks of a shell. */
function matches(pattern: string, name: string): boolean {
  if (!/[*?[]/.test(pattern)) return foldedPath(pattern) === foldedPath(name);
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const source = pattern
    .replaceAll(/\[[^\]]*\]?/g, '?')
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'is').test(name);
}

function wantedIn(
  { fs }: Surroundings,
  folder: ClaudeFolder,
  [name]: readonly string[],
): readonly WantedSkill[] {
  if (name === undefined || /[*?[]/.test(name)) return [{ folder, only: undefined }];
  if (name === LOCK_FILE) return [];
  const stats = statOf({ fs }, join(folder.dir, name));
  const isSkill = isOwnName(name) || foldedPath(name) === foldedPath(SKILL_MD);
  if (stats === undefined || (stats.isFile() && !isSkill)) return [];
  return [{ folder, only: name }];
}

/** The skills that lie at an absolute path, which may hold marks of a shell. */
function atPath(
  around: Surroundings,
  folders: readonly ClaudeFolder[],
  path: string,
): readonly WantedSkill[] {
  const parts = partsOf(path);
  const known = folders.flatMap((folder) => {
    const own = partsOf(folder.dir);
    const isIn =
      parts.length >= own.length && own.every((part, at) => matches(parts[at] ?? '', part));
    return isIn ? wantedIn(around, folder, parts.slice(own.length)) : [];
  });
  const end = usualFolder(parts);
  if (end === undefined || known.length > 0) return known;
  const dir = `${sep}${parts.slice(0, end).join(sep)}`;
  if (folders.some((folder) => folder.dir === dir)) return known;
  return wantedIn(around, { dir, isOwn: false }, parts.slice(end));
}

/** Where a path leads in the end, as far as that exists. */
function realPath(path: string): string {
  for (let [at, rest] = [path, '']; ; [at, rest] = [dirname(at), join(basename(at), rest)]) {
    try {
      return join(realpathSync(at), rest);
    } catch {
      if (dirname(at) === at) return path;
    }
  }
}

/** The skills whose files a path names, directly or through links. */
export function skillsAtPath(
  around: Surroundings,
  folders: readonly ClaudeFolder[],
  path: string,
): readonly WantedSkill[] {
  if (path.includes('\0') || path.includes('\n')) return [];
  const { homedir, cwd } = around;
  const full = resolve(cwd, path.replace(/^~(?=\/|$)/, homedir));
  const real = realPath(full);
  const found = atPath(around, folders, full);
  if (real === full) return found;
  const links = folders.map(({ dir, isOwn }) => ({ dir: realPath(dir), isOwn }));
  return [...found, ...atPath(around, links, real)];
}

/** Words that a line for a shell may name files by: what quotes and variables of the surroundings stand for is put in. */
function wordsOf({ homedir, environment, cwd }: Surroundings, line: string): readonly string[] {
  const project = environment['CLAUDE_PROJECT_DIR'] ?? cwd;
  const plain = line
    .replaceAll(/\$HOME\b|\$\{HOME\}/g, () => homedir)
    .replaceAll(/\$CLAUDE_PROJECT_DIR\b|\$\{CLAUDE_PROJECT_DIR\}/g, () => project)
    .replaceAll(/\$PWD\b|\$\{PWD\}/g, () => cwd)
    .replaceAll(/["'\\]/g, '');
  return plain.split(/[\s;|&<>()`{}=,:@]+/).filter((word) => word !== '');
}

/** A word that goes on from where the line went before: `skills/notes/run.sh`, after `cd .claude`. */
function fromWithin(
  around: Surroundings,
  folders: readonly ClaudeFolder[],
  word: string,
): readonly WantedSkill[] {
  const parts = partsOf(word);
  return folders.flatMap((folder) => {
    const at = parts.findIndex((part) => matches(part, basename(folder.dir)));
    return at === -1 || at === parts.length - 1
      ? []
      : wantedIn(around, folder, parts.slice(at + 1));
  });
}

/** The skills that a line for a shell names. What it finds by itself, nobody can tell. */
export function skillsInCommand(
  around: Surroundings,
  folders: readonly ClaudeFolder[],
  line: string,
): readonly WantedSkill[] {
  const here = skillsAtPath(around, folders, '.').filter(({ only }) => only !== undefined);
  const named = wordsOf(around, line).flatMap((word) => [
    ...skillsAtPath(around, folders, word),
    ...fromWithin(around, folders, word),
  ]);
  return [...here, ...named];
}

/** The skills of a name, in every folder that has one. */
export function skillsNamed(
  { fs }: Surroundings,
  folders: readonly ClaudeFolder[],
  name: string,
): readonly WantedSkill[] {
  if (/[/\\:\0]/.test(name) || name === '.' || name === '..' || isOwnName(name)) return [];
  return folders
    .filter(({ dir }) => statOf({ fs }, join(dir, name)) !== undefined)
    .map((folder) => ({ folder, only: name }));
}
