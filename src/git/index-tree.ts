/**
 * What is staged, as the trees that a commit of it would have; they are computed, and nothing is written.
 * @module
 */
import { GitkelError, malformed } from '../base/errors.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { runGit } from './git-process.ts';
import { type GitObject, isObjectId, objectId } from './object.ts';
import { encodeTree, isTreeMode, type TreeEntry, type TreeMode } from './tree.ts';

/** The tree without entries, which Git knows without having it. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** A file that is staged: its path from the top, with U+FFFD for bytes that are not UTF-8. */
interface StagedFile {
  readonly path: string;
  readonly mode: TreeMode;
  readonly oid: string;
}

/** Trees by their ids, and the one of the top. */
export interface StagedTrees {
  readonly top: string;
  readonly trees: ReadonlyMap<string, GitObject>;
}

function cannotRead(what: string): Error {
  return malformed('index', `Cannot read what is staged: git says ${what}`);
}

/** Reads what `git diff-index --raw -z` says (git-diff-index(1), "RAW OUTPUT FORMAT"). */
function parseRaw(bytes: Uint8Array): readonly StagedFile[] {
  const fields = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\0');
  if (fields.pop() !== '') throw cannotRead('less than it announced');
  const files: StagedFile[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const [, mode = '', , oid = '', status] = (fields[at] ?? '').split(' ');
    const path = fields[at + 1];
    // What is in conflict is no part of a commit, and Git makes none then.
    if (status === 'U') continue;
    if (path === undefined || !isTreeMode(mode) || mode === '40000' || !isObjectId(oid))
      throw cannotRead('something odd of a file');
    files.push({ path, mode, oid });
  }
  return files;
}

interface Directory {
  readonly files: Map<string, TreeEntry>;
  readonly directories: Map<string, Directory>;
}

function emptyDirectory(): Directory {
  return { files: new Map(), directories: new Map() };
}

function place(top: Directory, { path, mode, oid }: StagedFile): void {
  const segments = path.split('/');
  const name = segments.pop() ?? '';
  let at = top;
  for (const segment of segments) {
    const next = at.directories.get(segment) ?? emptyDirectory();
    at.directories.set(segment, next);
    at = next;
  }
  at.files.set(name, { mode, name, oid });
}

/** Computes the trees of a directory and of all below it; gives the id of its own. */
function addTrees(
  crypto: Crypto,
  { files, directories }: Directory,
  into: Map<string, GitObject>,
): string {
  const below = Array.from(directories, ([name, directory]): TreeEntry => {
    const oid = addTrees(crypto, directory, into);
    return { mode: '40000', name, oid };
  });
  const bytes = encodeTree([...files.values(), ...below]);
  const oid = objectId(crypto, 'tree', bytes);
  into.set(oid, { type: 'tree', bytes });
  return oid;
}

/** Where an index is. */
export interface IndexPlace {
  readonly gitDir: string;
  readonly workingDirectory: string;
  /** Absolute path, for one that Git makes for a single commit; `undefined` for that of the repository. */
  readonly indexFile: string | undefined;
}

/**
 * The trees that a commit of what is staged would have.
 * @throws GitkelError `environment`; `malformed` for names that no tree may have.
 */
export async function stagedTrees(
  crypto: Crypto,
  { gitDir, workingDirectory, indexFile }: IndexPlace,
): Promise<StagedTrees> {
  const args = ['diff-index', '--cached', '--raw', '-z', '--full-index', '--no-renames'];
  // What `git add -N` announces is no part of a commit.
  const hidden = ['--ita-invisible-in-index', '--ignore-submodules=none'];
  const { exitCode, stdout, stderr } = await runGit([...args, ...hidden, EMPTY_TREE, '--'], {
    gitDir,
    workingDirectory,
    ...(indexFile === undefined ? {} : { indexFile }),
  });
  if (exitCode !== 0)
    throw new GitkelError('environment', `Cannot read what is staged: ${stderr.trim()}`, {
      reason: 'git-failed',
    });
  const top = emptyDirectory();
  for (const file of parseRaw(stdout)) place(top, file);
  const trees = new Map<string, GitObject>();
  return { top: addTrees(crypto, top, trees), trees };
}
