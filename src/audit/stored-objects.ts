import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { looseHeaders } from '../git/commit.ts';
import type { ObjectStore } from '../git/objects.ts';
import { decodeTree } from '../git/tree.ts';

/** A stored object that is damaged or missing. */
export interface ObjectProblem {
  readonly oid: string;
  readonly reason: string;
  readonly detail: string;
}

interface Walk {
  readonly store: ObjectStore;
  readonly seen: Set<string>;
  readonly problems: ObjectProblem[];
}

function readOrNote(walk: Walk, oid: string, type: string): Uint8Array | undefined {
  try {
    const object = walk.store.read(oid, LIMITS.objectBytes);
    if (object?.type === type) return object.bytes;
    const reason = object === undefined ? 'object-missing' : 'object-type';
    const detail = object === undefined ? `the ${type} ${oid} is missing` : `${oid} is a ${object.type}, not a ${type}`;
    walk.problems.push({ oid, reason, detail });
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
    walk.problems.push({ oid, reason: error.reason ?? error.code, detail: error.message });
  }
  return undefined;
}

function walkTree(walk: Walk, oid: string, depth = 0): void {
  if (walk.seen.has(oid)) return;
  if (depth > LIMITS.treeDepth) {
    walk.problems.push({ oid, reason: 'tree-depth', detail: `the tree ${oid} lies more than ${LIMITS.treeDepth} levels deep` });
    return;
  }
  walk.seen.add(oid);
  const bytes = readOrNote(walk, oid, 'tree');
  if (bytes === undefined) return;
  try {
    for (const entry of decodeTree(bytes)) {
      if (entry.mode === '40000') walkTree(walk, entry.oid, depth + 1);
      else if (!walk.seen.has(entry.oid)) {
        walk.seen.add(entry.oid);
        readOrNote(walk, entry.oid, 'blob');
      }
    }
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    walk.problems.push({ oid, reason: error.reason ?? error.code, detail: error.message });
  }
}

/** Reads and hashes every object that the given commits reach, trees included; names all that is damaged. */
export function storedObjectProblems(
  store: ObjectStore,
  commits: readonly string[],
  onCommit: (done: number) => void = () => {},
): { readonly objects: number; readonly problems: readonly ObjectProblem[] } {
  const walk: Walk = { store, seen: new Set(), problems: [] };
  for (const [index, commit] of commits.entries()) {
    walk.seen.add(commit);
    const bytes = readOrNote(walk, commit, 'commit');
    const tree = bytes === undefined ? undefined : looseHeaders(bytes).tree;
    if (tree !== undefined) walkTree(walk, tree);
    onCommit(index + 1);
  }
  return { objects: walk.seen.size, problems: walk.problems };
}
