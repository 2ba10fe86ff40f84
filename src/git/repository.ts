import { basename, dirname, isAbsolute, join } from 'node:path';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import {
  makeDirectory,
  namesIn,
  readFileBounded,
  shownPath,
  statOf,
  writeFileDurably,
} from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type Config, configTruth, configValue, parseConfig } from './config.ts';
import { isObjectId } from './object.ts';
import { isRefName } from './ref-name.ts';
import { assertFormat, assertIncludesHarmless, unsupported } from './repository-format.ts';

/** What HEAD says: a branch, which may be unborn, or a commit. */
export type Head =
  | { readonly kind: 'branch'; readonly ref: string }
  | { readonly kind: 'detached'; readonly oid: string };

/** An existing repository of a supported format. Describes what was found; holds nothing open. */
export interface Repository {
  /** Holds HEAD: of a linked work tree its own directory, otherwise the same as `commonDir`. */
  readonly gitDir: string;
  /** Holds objects, refs and config. */
  readonly commonDir: string;
  /** `undefined` for a bare repository. */
  readonly workTree: string | undefined;
  readonly head: Head;
  readonly config: Config;
}

export interface OpenOptions {
  /**
   * Whether somebody else made the directory: then no symbolic link of it is followed, no include of its config is
   * read, and `core.worktree` is not believed.
   */
  readonly hostile: boolean;
}

/** One line of text, without its LF; `undefined` when there is no such file. */
function readLine(host: Host, path: string, options: OpenOptions): string | undefined {
  const bytes = readFileBounded(host, path, LIMITS.refBytes, {
    links: options.hostile ? 'refuse' : 'follow',
  });
  if (bytes === undefined) return undefined;
  const line = /^([^\n\0]+)\r?\n?$/.exec(fromUtf8(bytes) ?? '')?.[1];
  if (line === undefined) throw unsupported(path, 'the file does not hold one line of text');
  return line;
}

/**
 * Reads a HEAD file: `ref: <name>` or an object id, and one LF.
 * @throws GitkelError `environment`, reason `repository-format`, for anything else.
 */
export function readHead(host: Host, gitDir: string): Head | undefined {
  const path = join(gitDir, 'HEAD');
  const bytes = readFileBounded(host, path, LIMITS.refBytes, { links: 'refuse' });
  if (bytes === undefined) return undefined;
  const text = fromUtf8(bytes) ?? '';
  const ref = /^ref: (\S+)\n$/.exec(text)?.[1];
  if (ref !== undefined && isRefName(ref)) return { kind: 'branch', ref };
  const oid = text.slice(0, -1);
  if (text.endsWith('\n') && isObjectId(oid)) return { kind: 'detached', oid };
  throw unsupported(path, `HEAD holds ${quoted(text)}`);
}

function isDirectory(host: Host, path: string, options: OpenOptions): boolean {
  const stats = statOf(host, path);
  if (stats?.isSymbolicLink() !== true) return stats?.isDirectory() === true;
  if (options.hostile) throw unsupported(path, 'it is a symbolic link');
  return host.fs.statSync(path).isDirectory();
}

const TRUSTED: OpenOptions = { hostile: false };

function looksLikeGitDir(host: Host, dir: string, options: OpenOptions): boolean {
  if (statOf(host, join(dir, 'HEAD')) === undefined) return false;
  if (statOf(host, join(dir, 'commondir')) !== undefined) return true;
  return (
    isDirectory(host, join(dir, 'objects'), options) &&
    isDirectory(host, join(dir, 'refs'), options)
  );
}

/**
 * Searches upward from a directory for one that {@link openRepository} takes: a work tree with `.git`, or a bare
 * repository.
 */
export function findRepository(host: Host, dir: string): string | undefined {
  for (let at = dir; ; at = dirname(at)) {
    const dotGit = statOf(host, join(at, '.git'));
    if (dotGit?.isFile() === true) return at;
    if (dotGit !== undefined && looksLikeGitDir(host, join(at, '.git'), TRUSTED)) return at;
    if (looksLikeGitDir(host, at, TRUSTED)) return at;
    if (dirname(at) === at) return undefined;
  }
}

function resolve(base: string, path: string): string {
  return isAbsolute(path) ? path : join(base, path);
}

/** The directory that holds HEAD, from a work tree or from that directory itself. */
function gitDirOf(host: Host, dir: string, options: OpenOptions): string {
  const dotGit = join(dir, '.git');
  const stats = statOf(host, dotGit);
  if (stats?.isFile() === true) {
    const target = /^gitdir: (.+)$/.exec(readLine(host, dotGit, options) ?? '')?.[1];
    if (target === undefined) throw unsupported(dotGit, 'the file does not name a directory');
    return resolve(dir, target);
  }
  if (stats !== undefined && isDirectory(host, dotGit, options)) return dotGit;
  if (looksLikeGitDir(host, dir, options)) return dir;
  throw new GitkelError('not-found', `Cannot find a Git repository in ${shownPath(dir)}`, {
    reason: 'no-repository',
    hint: 'Name the directory of a log, or make one with `gitkel init`.',
  });
}

function readConfig(host: Host, path: string, options: OpenOptions): Config {
  const bytes = readFileBounded(host, path, LIMITS.configBytes, {
    links: options.hostile ? 'refuse' : 'follow',
  });
  const config = bytes === undefined ? [] : parseConfig(bytes);
  assertFormat(path, config);
  if (!options.hostile) assertIncludesHarmless(host, path, config);
  return config;
}

function workTreeOf(
  dir: string,
  gitDir: string,
  commonDir: string,
  config: Config,
  options: OpenOptions,
): string | undefined {
  // A linked work tree has one, whatever the repository that it belongs to is.
  if (gitDir !== commonDir) return gitDir === dir ? undefined : dir;
  if (configTruth(configValue(config, 'core', 'bare')) === true) return undefined;
  const named = configValue(config, 'core', 'worktree');
  if (named !== undefined && !options.hostile) return resolve(gitDir, named);
  if (gitDir !== dir) return dir;
  return basename(gitDir) === '.git' ? dirname(gitDir) : undefined;
}

/**
 * Opens the repository of a directory: a work tree (also a linked one), its `.git`, or a bare repository.
 * @throws GitkelError `not-found`; `environment`, reason `repository-format`, for SHA-256 objects, reftable, unknown
 * extensions or versions; `malformed` for files that are not what Git writes.
 */
export function openRepository(host: Host, dir: string, options: OpenOptions): Repository {
  const gitDir = gitDirOf(host, dir, options);
  const common = readLine(host, join(gitDir, 'commondir'), options);
  const commonDir = common === undefined ? gitDir : resolve(gitDir, common);
  const own = readConfig(host, join(commonDir, 'config'), options);
  const perTree = configTruth(configValue(own, 'extensions', 'worktreeconfig')) === true;
  const config = perTree
    ? [...own, ...readConfig(host, join(gitDir, 'config.worktree'), options)]
    : own;
  if (!looksLikeGitDir(host, commonDir, options))
    throw unsupported(commonDir, 'objects or refs are missing');
  const head = readHead(host, gitDir);
  if (head === undefined) throw unsupported(gitDir, 'HEAD is missing');
  return {
    gitDir,
    commonDir,
    workTree: workTreeOf(dir, gitDir, commonDir, config, options),
    head,
    config,
  };
}

export interface InitOptions {
  readonly bare: true;
  /** Name of the branch that HEAD names, without `refs/heads/`. */
  readonly branch: string;
  /** More text for the config, in Git's syntax. */
  readonly settings?: string | undefined;
}

const BARE_CONFIG = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n';

const PARTS = ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags'];

function configText({ settings = '' }: InitOptions): string {
  return `${BARE_CONFIG}${settings}`;
}

function isConfigOf(host: Host, dir: string, text: string): boolean {
  const bytes = readFileBounded(host, join(dir, 'config'), LIMITS.configBytes, { links: 'refuse' });
  return bytes !== undefined && fromUtf8(bytes) === text;
}

/**
 * Whether a directory holds nothing but what {@link initRepository} with these options leaves when it is killed: then it
 * can be called again.
 */
export function isUnfinished(host: Host, dir: string, options: InitOptions): boolean {
  const expected = new Map([
    ['', ['objects', 'refs', 'config']],
    ['objects', ['info', 'pack']],
    ['refs', ['heads', 'tags']],
    ...PARTS.map((part): [string, string[]] => [part, []]),
  ]);
  const isOurs = (path: string, name: string): boolean =>
    expected.get(path)?.includes(name) === true || (path === '' && /^tmp_[0-9a-f]{16}$/.test(name));
  const holdsOnlyOurs = [...expected.keys()].every((path) =>
    namesIn(host, join(dir, path)).every((name) => isOurs(path, name)),
  );
  const config = statOf(host, join(dir, 'config'));
  return holdsOnlyOurs && (config === undefined || isConfigOf(host, dir, configText(options)));
}

/**
 * Makes an empty bare repository that stock Git accepts, durably. The branch is unborn. No file is replaced.
 * @throws GitkelError `usage` when a repository is there already or the branch's name is none; `environment`, reason
 * `eexist`, when a file of that name is there.
 */
export function initRepository(host: Host, dir: string, options: InitOptions): Repository {
  const ref = `refs/heads/${options.branch}`;
  if (!isRefName(ref)) {
    throw new GitkelError('usage', `Cannot name a branch ${quoted(options.branch)}`, {
      reason: 'ref-name',
    });
  }
  if (
    statOf(host, join(dir, 'HEAD')) !== undefined ||
    statOf(host, join(dir, '.git')) !== undefined
  ) {
    throw new GitkelError('usage', `Cannot make a repository in ${shownPath(dir)}: there is one`, {
      reason: 'repository-exists',
      hint: 'Name another directory.',
    });
  }
  for (const part of PARTS) makeDirectory(host, join(dir, part));
  const config = configText(options);
  if (!isConfigOf(host, dir, config)) {
    if (statOf(host, join(dir, 'config')) !== undefined) {
      throw new GitkelError(
        'environment',
        `Cannot make a repository in ${shownPath(dir)}: a file named config is there`,
        { reason: 'eexist', hint: 'Name another directory.' },
      );
    }
    writeFileDurably(host, join(dir, 'config'), utf8(config), 0o644);
  }
  // Last: without HEAD nothing takes the directory for a repository.
  writeFileDurably(host, join(dir, 'HEAD'), utf8(`ref: ${ref}\n`), 0o644);
  return openRepository(host, dir, { hostile: false });
}
