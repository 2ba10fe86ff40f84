import { compareBytes, utf8 } from '../base/bytes.ts';
import { GitkelError, malformed } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import { decodeTree, type TreeEntry } from '../git/tree.ts';
import { bytesOfType, firstId, treeSkillEntry } from '../skills/git-entries.ts';
import { digestSkill, type SkillDigest } from '../skills/skill-digest.ts';
import type { SkillEntry } from '../skills/skill-entry.ts';

/** Trees, and blobs, that are asked for before the first answer is waited for. */
const TREES_AT_ONCE = 32;
const BLOBS_AT_ONCE = 8;

/** Reads the skills of a repository by their trees; each tree and each file is hashed once, however many changes have it. */
export interface SkillReader {
  readonly crypto: Crypto;
  /**
   * The entries of a tree.
   * @throws GitkelError `malformed` for a tree that Git would not write, `refused` for a damaged one or one too many.
   */
  tree(oid: string): Promise<readonly TreeEntry[]>;
  /** @throws GitkelError `refused`, reason `object-too-large`, beyond `limit` bytes. */
  blob(oid: string, limit: number): Promise<Uint8Array>;
  /**
   * The tree to which an object leads: that of a commit, of what an annotated tag names, or itself; `undefined` for a blob.
   * @throws GitkelError `malformed` for a commit or tag that names nothing.
   */
  treeOf(oid: string): Promise<string | undefined>;
  /** The digest of the skill whose directory is this tree. */
  digest(oid: string): Promise<SkillDigest>;
}

/** The error for a change of more directories than are looked into. */
export function tooManyDirectories(): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot judge a change: more than ${LIMITS.gateTrees} directories differ`,
    { reason: 'too-many-directories', hint: 'Push it in smaller parts.' },
  );
}

/** Runs over a list, so many at a time, in order, until `isEnough` says so of what has come. */
export async function inLots<T, R>(
  list: readonly T[],
  size: number,
  run: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let at = 0; at < list.length; at += size)
    results.push(...(await Promise.all(list.slice(at, at + size).map(run))));
  return results;
}

/** A file of a tree, without its bytes. */
interface Found {
  readonly path: string;
  readonly entry: TreeEntry;
}

/** The entries of a tree, and no more of them than are too many. */
async function firstEntries(reader: SkillReader, oid: string): Promise<readonly TreeEntry[]> {
  return (await reader.tree(oid)).slice(0, LIMITS.skillEntries + 1);
}

/** Everything below a tree, as far as a skill may go; one entry too many where there are more. */
async function below(reader: SkillReader, root: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  let level: readonly { readonly path: string; readonly oid: string }[] = [{ path: '', oid: root }];
  for (let depth = 0; depth <= LIMITS.skillDepth && level.length > 0; depth++) {
    const next: { readonly path: string; readonly oid: string }[] = [];
    for (let at = 0; at < level.length; at += TREES_AT_ONCE) {
      const lot = level.slice(at, at + TREES_AT_ONCE);
      const trees = await Promise.all(lot.map(async ({ oid }) => firstEntries(reader, oid)));
      for (const [index, { path }] of lot.entries()) {
        for (const entry of trees[index] ?? []) {
          const full = path === '' ? entry.name : `${path}/${entry.name}`;
          found.push({ path: full, entry });
          if (found.length > LIMITS.skillEntries) return found;
          if (entry.mode === '40000') next.push({ path: full, oid: entry.oid });
        }
      }
    }
    level = next;
  }
  return found;
}

/** The bytes of a file, or why there are none. */
type Content = () => Uint8Array;

async function contentOf(reader: SkillReader, oid: string): Promise<Content> {
  try {
    const bytes = await reader.blob(oid, LIMITS.skillFileBytes);
    return () => bytes;
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason !== 'object-too-large') throw error;
    return () => {
      throw error;
    };
  }
}

/** Reads files in the order in which the rules of skills take them, and no more than those may have together. */
async function contentsOf(
  reader: SkillReader,
  found: readonly Found[],
): Promise<ReadonlyMap<string, Content>> {
  const files = found
    .filter(({ entry: { mode } }) => mode === '100644' || mode === '100755')
    .map(({ path, entry }) => ({ path, oid: entry.oid, key: utf8(path) }))
    .toSorted((a, b) => compareBytes(a.key, b.key));
  const contents = new Map<string, Content>();
  if (files.length > LIMITS.skillFiles) return contents;
  let total = 0;
  for (let at = 0; at < files.length && total <= LIMITS.skillBytes; at += BLOBS_AT_ONCE) {
    const lot = files.slice(at, at + BLOBS_AT_ONCE);
    const read = await Promise.all(lot.map(async ({ oid }) => contentOf(reader, oid)));
    for (const [index, content] of read.entries()) {
      contents.set(lot[index]?.path ?? '', content);
      total += lengthOf(content);
    }
  }
  return contents;
}

function lengthOf(content: Content): number {
  try {
    return content().length;
  } catch {
    return 0;
  }
}

/** @param count is told how many bytes there are, before they are hashed */
async function entriesOf(
  reader: SkillReader,
  root: string,
  count: (bytes: number) => void,
): Promise<readonly SkillEntry[]> {
  const found = await below(reader, root);
  const contents = await contentsOf(reader, found);
  for (const content of contents.values()) count(lengthOf(content));
  return found.map(({ path, entry }) =>
    treeSkillEntry(path, entry, () => {
      const content = contents.get(path);
      if (content === undefined)
        throw new Error(`${path} was not read, the rules refuse it before`);
      return content();
    }),
  );
}

async function treeOf(
  objects: Pick<ObjectReader, 'read'>,
  oid: string,
): Promise<string | undefined> {
  let at = oid;
  for (let tags = 0; tags <= LIMITS.skillTags; tags++) {
    const object = await objects.read(at, LIMITS.skillTreeBytes);
    if (object?.type === 'tree') return at;
    if (object?.type === 'blob') return undefined;
    const isTag = object?.type === 'tag';
    const bytes = isTag ? object.bytes : bytesOfType(at, object, 'commit');
    const next = firstId(bytes, isTag ? 'object' : 'tree');
    if (next === undefined)
      throw malformed('commit-headers', `Cannot read ${at}: it names no tree or object first`);
    if (!isTag) return next;
    at = next;
  }
  throw malformed(
    'tag-chain',
    `Cannot read ${oid}: it is a tag of more than ${LIMITS.skillTags} tags`,
  );
}

/** A reader of skills over the objects of a repository. Whoever opened `objects` closes it. */
export function skillReader(crypto: Crypto, objects: Pick<ObjectReader, 'read'>): SkillReader {
  const digests = new Map<string, Promise<SkillDigest>>();
  const kept = new Map<string, Uint8Array>();
  let [trees, treeBytes, keptBytes, skillBytes] = [0, 0, 0, 0];
  const count = (bytes: number): void => {
    skillBytes += bytes;
    if (skillBytes <= LIMITS.gateSkillBytes) return;
    throw new GitkelError(
      'refused',
      `Cannot judge a change: the skills that differ have more than ${LIMITS.gateSkillBytes} bytes`,
      { reason: 'too-many-skills', hint: 'Push it in smaller parts.' },
    );
  };
  const reader: SkillReader = {
    crypto,
    tree: async (oid) => {
      if (++trees > LIMITS.gateTrees) throw tooManyDirectories();
      const bytes = bytesOfType(oid, await objects.read(oid, LIMITS.skillTreeBytes), 'tree');
      treeBytes += bytes.length;
      if (treeBytes > LIMITS.gateTreeBytes) {
        throw new GitkelError(
          'refused',
          `Cannot judge a change: directories that differ have more than ${LIMITS.gateTreeBytes} bytes of names`,
          { reason: 'too-many-directories', hint: 'Push it in smaller parts.' },
        );
      }
      return decodeTree(bytes);
    },
    blob: async (oid, limit) => {
      const known = kept.get(oid);
      if (known !== undefined && known.length <= limit) return known;
      const bytes = bytesOfType(oid, await objects.read(oid, limit), 'blob');
      keptBytes += bytes.length;
      if (keptBytes > LIMITS.gateKeptBytes) {
        kept.clear();
        keptBytes = bytes.length;
      }
      kept.set(oid, bytes);
      return bytes;
    },
    treeOf: async (oid) => treeOf(objects, oid),
    digest: async (oid) => {
      const known =
        digests.get(oid) ??
        entriesOf(reader, oid, count).then((entries) => digestSkill(crypto, entries));
      digests.set(oid, known);
      return known;
    },
  };
  return reader;
}
