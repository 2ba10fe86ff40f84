import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { GitObject, ObjectType } from '../git/object.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { decodeTree, type TreeEntry } from '../git/tree.ts';
import type { EntryKind, SkillEntry } from './skill-entry.ts';

/**
 * The bytes of an object that has to be there, and of a type.
 * @throws GitkelError `not-found`, `malformed` for another type.
 */
export function bytesOfType(
  oid: string,
  object: GitObject | undefined,
  type: ObjectType,
): Uint8Array {
  if (object === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot read the ${type} ${oid}: it is not in the repository`,
      {
        reason: 'object-missing',
        hint: 'Fetch it; a shallow or partial clone does not hold everything.',
      },
    );
  }
  if (object.type !== type)
    throw malformed('object-type', `Cannot read the ${type} ${oid}: it is a ${object.type}`);
  return object.bytes;
}

function objectOf(
  store: ReadableObjects,
  oid: string,
  type: ObjectType,
  limit: number,
): Uint8Array {
  return bytesOfType(oid, store.read(oid, limit), type);
}

/** The id in the first header of a commit (`tree`) or a tag (`object`). */
export function firstId(bytes: Uint8Array, header: string): string | undefined {
  const line = fromUtf8(bytes.subarray(0, header.length + 42));
  return new RegExp(`^${header} ([0-9a-f]{40})\\n`).exec(line ?? '')?.[1];
}

/**
 * A commit, or the one that an annotated tag names, and its tree.
 * @throws GitkelError `not-found`, `malformed`; `refused` for damaged objects.
 */
export function peeledCommit(
  store: ReadableObjects,
  oid: string,
): { readonly commit: string; readonly tree: string } {
  let at = oid;
  for (let tags = 0; tags <= LIMITS.skillTags; tags++) {
    const object = store.read(at, LIMITS.commitBytes);
    const isTag = object?.type === 'tag';
    const bytes = isTag ? object.bytes : objectOf(store, at, 'commit', LIMITS.commitBytes);
    const next = firstId(bytes, isTag ? 'object' : 'tree');
    if (next === undefined)
      throw malformed('commit-headers', `Cannot read ${at}: it names no tree or object first`);
    if (!isTag) return { commit: at, tree: next };
    at = next;
  }
  throw malformed(
    'tag-chain',
    `Cannot read ${oid}: it is a tag of more than ${LIMITS.skillTags} tags`,
  );
}

function readTree(store: ReadableObjects, oid: string): readonly TreeEntry[] {
  return decodeTree(objectOf(store, oid, 'tree', LIMITS.skillTreeBytes));
}

const KINDS: Readonly<Record<TreeEntry['mode'], EntryKind>> = {
  '100644': 'file',
  '100755': 'file',
  '120000': 'symlink',
  '40000': 'directory',
  '160000': 'submodule',
};

/**
 * What an entry of a tree is to a skill.
 * @param path from the skill's root; @param read the bytes of the blob, of at most `LIMITS.skillFileBytes`
 */
export function treeSkillEntry(
  path: string,
  { mode }: TreeEntry,
  read: () => Uint8Array,
): SkillEntry {
  return {
    path,
    kind: KINDS[mode],
    mode: mode === '100755' ? 0o755 : 0o644,
    // Known when it is read: the store refuses what is larger than it is asked for.
    size: 0,
    links: 1,
    read,
  };
}

/** The tree at a path below another one. */
function treeAt(store: ReadableObjects, root: string, path: string): string {
  let at = root;
  for (const segment of path.split('/').filter((part) => part !== '')) {
    const entry = readTree(store, at).find(({ name }) => name === segment);
    if (entry?.mode !== '40000') {
      throw new GitkelError(
        'not-found',
        `Cannot read ${quoted(path, 200)}: the commit has no such directory`,
        { reason: 'no-directory' },
      );
    }
    at = entry.oid;
  }
  return at;
}

/**
 * Everything below a directory of a commit: the bytes of its blobs, through no filter and no line ending conversion.
 * Objects are hashed again as they are read.
 * @param commit id of a commit, or of an annotated tag
 * @param path the directory, with `/`; empty for the top
 * @throws GitkelError `not-found` for a commit, an object or a directory that is not there; `malformed` for trees that Git
 * would not write; `refused` for damaged or too large objects.
 */
export function* gitEntries(
  store: ReadableObjects,
  commit: string,
  path: string,
): Generator<SkillEntry> {
  const top = treeAt(store, peeledCommit(store, commit).tree, path);
  const open: { readonly path: string; readonly oid: string }[] = [{ path: '', oid: top }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const found of readTree(store, at.oid)) {
      const full = at.path === '' ? found.name : `${at.path}/${found.name}`;
      const entry = treeSkillEntry(full, found, () =>
        objectOf(store, found.oid, 'blob', LIMITS.skillFileBytes),
      );
      yield entry;
      if (entry.kind === 'directory' && entry.path.split('/').length <= LIMITS.skillDepth)
        open.push({ path: entry.path, oid: found.oid });
    }
  }
}
