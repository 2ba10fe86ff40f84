import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { looseHeaders } from '../git/commit.ts';
import type { ObjectStore } from '../git/objects.ts';
import { decodeTree } from '../git/tree.ts';

/** A stored object, or a file of the store, that is damaged or missing. */
export interface StoredProblem {
  /** The object; `undefined` when a whole file is damaged, which the detail names. */
  readonly oid: string | undefined;
  readonly reason: string;
  readonly detail: string;
}

interface Walk {
  readonly store: ObjectStore;
  readonly seen: Set<string>;
  readonly problems: StoredProblem[];
}

/** Whether so much is damaged already that more is not looked for. */
function isFull({ problems }: Walk): boolean {
  return problems.length >= LIMITS.objectFindings;
}

function note(walk: Walk, oid: string | undefined, reason: string, detail: string): void {
  if (!isFull(walk)) walk.problems.push({ oid, reason, detail });
}

/** What is larger is no part of a log, and not read. */
const LARGEST = { commit: LIMITS.commitBytes, tree: LIMITS.treeBytes, blob: LIMITS.fileBytes } as const;

function readOrNote(walk: Walk, oid: string, type: keyof typeof LARGEST): Uint8Array | undefined {
  try {
    const object = walk.store.read(oid, LARGEST[type]);
    if (object?.type === type) return object.bytes;
    if (object === undefined) note(walk, oid, 'object-missing', `the ${type} ${oid} is missing`);
    else note(walk, oid, 'object-type', `${oid} is a ${object.type}, not a ${type}`);
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
    note(walk, oid, error.reason ?? error.code, error.message);
  }
  return undefined;
}

function walkTree(walk: Walk, oid: string, depth = 0): void {
  if (walk.seen.has(oid) || isFull(walk)) return;
  if (depth > LIMITS.treeDepth) {
    note(walk, oid, 'tree-depth', `the tree ${oid} lies more than ${LIMITS.treeDepth} levels deep`);
    return;
  }
  walk.seen.add(oid);
  const bytes = readOrNote(walk, oid, 'tree');
  if (bytes === undefined) return;
  try {
    for (const entry of decodeTree(bytes)) {
      if (isFull(walk)) return;
      if (entry.mode === '40000') walkTree(walk, entry.oid, depth + 1);
      else if (!walk.seen.has(entry.oid)) {
        walk.seen.add(entry.oid);
        readOrNote(walk, entry.oid, 'blob');
      }
    }
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
    note(walk, oid, error.reason ?? error.code, error.message);
  }
}

/**
 * Reads and hashes every object that a commit reaches, trees included, and checks the checksums of all packs; names all
 * that is damaged, at most `LIMITS.objectFindings`.
 */
export function storedObjectProblems(store: ObjectStore, tip: string): { readonly objects: number; readonly problems: readonly StoredProblem[] } {
  const walk: Walk = { store, seen: new Set(), problems: [] };
  const open = [tip];
  for (let oid = open.pop(); oid !== undefined && !isFull(walk); oid = open.pop()) {
    if (walk.seen.has(oid)) continue;
    walk.seen.add(oid);
    const bytes = readOrNote(walk, oid, 'commit');
    if (bytes === undefined) continue;
    const { tree, parents } = looseHeaders(bytes);
    if (tree !== undefined) walkTree(walk, tree);
    open.push(...parents);
  }
  for (const { error } of store.damages()) note(walk, undefined, error.reason ?? error.code, error.message);
  return { objects: walk.seen.size, problems: walk.problems };
}
