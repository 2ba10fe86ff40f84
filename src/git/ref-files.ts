/**
 * The files of a repository's refs, and reading them (gitrepository-layout, `refs` and `packed-refs`).
 * @module
 */
import { join } from 'node:path';
import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { namesIn, readFileBounded, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { isObjectId } from './object.ts';
import { readPackedRefs, refDamaged } from './packed-refs.ts';
import { isRefName } from './ref-name.ts';

/** Refs that each work tree has for itself (git-worktree(1), "Refs"). */
const PER_WORK_TREE = ['refs/bisect/', 'refs/worktree/', 'refs/rewritten/'];

/** What a ref holds: an object id, or the name of another ref. */
export type RefValue = { readonly oid: string } | { readonly symbolic: string };

/** Where the files of a repository's refs are. */
export interface RefFiles {
  readonly host: Host;
  readonly gitDir: string;
  readonly commonDir: string;
}

/** @throws GitkelError `malformed`, reason `ref-name`. */
export function assertName(name: string): void {
  if (!isRefName(name)) {
    throw malformed(
      'ref-name',
      `Cannot use the ref ${quoted(name)}: it is no valid full name (git check-ref-format)`,
    );
  }
}

/** Where a ref lies when it has a file of its own. */
export function loosePath(files: RefFiles, name: string): string {
  const isPerTree = PER_WORK_TREE.some((prefix) => name.startsWith(prefix));
  return join(isPerTree ? files.gitDir : files.commonDir, name);
}

/** Where the other refs lie. */
export function packedPath(files: RefFiles): string {
  return join(files.commonDir, 'packed-refs');
}

/** What the file of a ref holds; `undefined` when it has none. */
export function readLoose(files: RefFiles, name: string): RefValue | undefined {
  const path = loosePath(files, name);
  const bytes = readFileBounded(files.host, path, LIMITS.refBytes, {
    links: 'refuse',
    directories: 'nothing',
  });
  if (bytes === undefined) return undefined;
  const text = fromUtf8(bytes) ?? '';
  const symbolic = /^ref: (\S+)\n$/.exec(text)?.[1];
  if (symbolic !== undefined && isRefName(symbolic)) return { symbolic };
  const oid = text.slice(0, -1);
  if (text.endsWith('\n') && isObjectId(oid)) return { oid };
  throw refDamaged(path, text === '' ? 'the file is empty' : `it holds ${quoted(text)}`);
}

/** What a ref holds, its own file first; symbolic refs are not followed. */
export function readValue(files: RefFiles, name: string): RefValue | undefined {
  return readLoose(files, name) ?? readPacked(files, name);
}

/** What `packed-refs` holds for a ref; it counts where the ref has no file. */
export function readPacked(files: RefFiles, name: string): RefValue | undefined {
  const oid = readPackedRefs(files.host, packedPath(files)).get(name);
  return oid === undefined ? undefined : { oid };
}

/** The object that a ref names, symbolic refs followed. */
export function readRef(files: RefFiles, name: string): string | undefined {
  assertName(name);
  let at = name;
  for (let hops = 0; hops <= LIMITS.symbolicRefs; hops++) {
    const value = readValue(files, at);
    if (value === undefined) return undefined;
    if ('oid' in value) return value.oid;
    at = value.symbolic;
  }
  throw refDamaged(name, `it is symbolic over more than ${LIMITS.symbolicRefs} refs`);
}

/** Names of the loose refs in a directory and below, those that are no ref names left out. */
function* looseNames(host: Host, base: string, directory: string): Generator<string> {
  for (const entry of namesIn(host, join(base, directory))) {
    const name = `${directory}/${entry}`;
    if (!isRefName(name)) continue;
    const stats = statOf(host, join(base, name));
    if (stats?.isDirectory() === true) yield* looseNames(host, base, name);
    else if (stats !== undefined) yield name;
  }
}

/** The refs whose names begin with `prefix`, sorted by name. */
export function listRefs(files: RefFiles, prefix: string): ReadonlyMap<string, string> {
  const directory = prefix.slice(0, prefix.lastIndexOf('/'));
  if (!isRefName(`${directory}/x`))
    throw malformed('ref-name', `Cannot list the refs of ${quoted(prefix)}`);
  const found = new Map<string, string | undefined>();
  for (const name of looseNames(files.host, files.commonDir, directory)) {
    if (name.startsWith(prefix)) found.set(name, undefined);
    if (found.size > LIMITS.refs) throw tooManyRefs(prefix);
  }
  // After the loose ones: a ref that is packed meanwhile is seen in one place at least.
  const packed = readPackedRefs(files.host, packedPath(files));
  for (const [name, oid] of packed) {
    if (!name.startsWith(prefix) || !isRefName(name)) continue;
    if (!found.has(name)) found.set(name, oid);
    if (found.size > LIMITS.refs) throw tooManyRefs(prefix);
  }
  const resolved = [...found].flatMap(([name, known]): [string, string][] => {
    const oid = known ?? readRef(files, name);
    return oid === undefined ? [] : [[name, oid]];
  });
  return new Map(resolved.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function tooManyRefs(prefix: string): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot list ${quoted(prefix)}: more than ${LIMITS.refs} refs`,
    { reason: 'too-many-refs' },
  );
}
