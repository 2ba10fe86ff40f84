import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { looseHeaders } from './commit.ts';
import type { GitObject } from './object.ts';
import type { ObjectStore, ReadableObjects } from './objects.ts';
import { decodeTree } from './tree.ts';

const OBJECTS_PER_PACK = 5_000;
const BYTES_PER_PACK = 67_108_864;

function missing(oid: string): GitkelError {
  return new GitkelError('refused', `Cannot read a history: the object ${oid} is missing`, {
    reason: 'object-missing',
    hint: 'A shallow or partial clone lacks such objects: use a complete one.',
  });
}

function tooLarge(): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot copy a history: one commit adds more than ${LIMITS.copiedCommitBytes} bytes`,
    { reason: 'batch-size' },
  );
}

function readKind(store: ReadableObjects, oid: string, type: GitObject['type']): GitObject {
  const object = store.read(oid, type === 'tree' ? LIMITS.treeBytes : LIMITS.commitBytes);
  if (object === undefined) throw missing(oid);
  if (object.type === type) return object;
  throw new GitkelError(
    'refused',
    `Cannot read a history: ${oid} is a ${object.type}, not a ${type}`,
    { reason: 'object-type' },
  );
}

/** The commits from a tip on, along first parents, the newest first. */
export function* firstParents(store: ReadableObjects, tip: string): Generator<string> {
  let oid: string | undefined = tip;
  for (let steps = 0; oid !== undefined; steps++) {
    if (steps >= LIMITS.batches) {
      throw new GitkelError('refused', `Cannot read a history of more than ${steps} commits`, {
        reason: 'too-many-batches',
      });
    }
    yield oid;
    const [parent]: readonly string[] = looseHeaders(readKind(store, oid, 'commit').bytes).parents;
    oid = parent;
  }
}

/** Copies objects from one store to another, in packs of bounded size. */
class Copying {
  readonly #from: ReadableObjects;
  readonly #to: Pick<ObjectStore, 'writePack'>;
  readonly #seen = new Set<string>();
  #waiting: GitObject[] = [];
  #bytes = 0;
  /** Bytes of the commit that is being copied, with what it adds. */
  #added = 0;

  constructor(from: ReadableObjects, to: Pick<ObjectStore, 'writePack'>) {
    this.#from = from;
    this.#to = to;
  }

  #take(oid: string): GitObject | undefined {
    if (this.#seen.has(oid)) return undefined;
    this.#seen.add(oid);
    const object = this.#from.read(oid, LIMITS.commitBytes);
    if (object === undefined) throw missing(oid);
    this.#waiting.push(object);
    this.#bytes += object.bytes.length;
    this.#added += object.bytes.length;
    if (this.#added > LIMITS.copiedCommitBytes) throw tooLarge();
    if (this.#waiting.length >= OBJECTS_PER_PACK || this.#bytes >= BYTES_PER_PACK) this.flush();
    return object;
  }

  /** The entries of a tree by name; none where there is no tree. */
  #entries(tree: string | undefined): ReadonlyMap<string, string> {
    if (tree === undefined) return new Map();
    const { bytes } = readKind(this.#from, tree, 'tree');
    return new Map(decodeTree(bytes).map(({ name, oid }) => [name, oid]));
  }

  /** What a tree holds that the one before it does not. */
  #takeTree(oid: string, before: string | undefined, depth = 0): void {
    const tree = depth > LIMITS.treeDepth ? undefined : this.#take(oid);
    if (tree?.type !== 'tree') return;
    const known = this.#entries(before);
    for (const entry of decodeTree(tree.bytes)) {
      const there = known.get(entry.name);
      if (there === entry.oid) continue;
      if (entry.mode === '40000') this.#takeTree(entry.oid, this.#treeOrNone(there), depth + 1);
      else if (entry.mode !== '160000') this.#take(entry.oid);
    }
  }

  #treeOrNone(oid: string | undefined): string | undefined {
    return oid !== undefined && this.#from.read(oid, LIMITS.commitBytes)?.type === 'tree'
      ? oid
      : undefined;
  }

  takeCommit(oid: string): void {
    this.#added = 0;
    const commit = this.#take(oid);
    if (commit?.type !== 'commit') return;
    const { tree, parents } = looseHeaders(commit.bytes);
    const [parent] = parents;
    const before =
      parent === undefined
        ? undefined
        : looseHeaders(readKind(this.#from, parent, 'commit').bytes).tree;
    if (tree !== undefined && tree !== before) this.#takeTree(tree, before);
  }

  flush(): void {
    if (this.#waiting.length > 0) this.#to.writePack(this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
  }
}

/**
 * Copies commits with what each of them adds to the tree of its parent; nothing else. What they hold is hashed again, and
 * not judged.
 * @param commits the oldest first, each the parent of the next; the parent of the first is where they go to already
 * @throws GitkelError `refused` for objects that are missing or damaged; `environment`.
 */
export function copyCommits(
  from: ReadableObjects,
  to: Pick<ObjectStore, 'writePack'>,
  commits: readonly string[],
): void {
  const copying = new Copying(from, to);
  for (const oid of commits) copying.takeCommit(oid);
  copying.flush();
}
