import { fromUtf8 } from '../base/bytes.ts';
import { GitkelError, malformed } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { looseHeaders } from '../git/commit.ts';
import type { ObjectReader } from '../git/object-reader.ts';

/** The object that an annotated tag names in its first header. */
function taggedObject(bytes: Uint8Array): string | undefined {
  return /^object ([0-9a-f]{40})\n/.exec(fromUtf8(bytes.subarray(0, 48)) ?? '')?.[1];
}

/**
 * The tree at the tip of a ref, whatever that is: a commit, a tag, or a tree itself. `undefined` for a blob, in which no
 * skill can be.
 * @throws GitkelError `not-found` for objects that are missing, `malformed` for headers that Git would not write; `refused`
 * for damaged objects.
 */
export async function tipTree(
  objects: Pick<ObjectReader, 'read'>,
  tip: string,
): Promise<string | undefined> {
  let at = tip;
  for (let tags = 0; tags <= LIMITS.skillTags; tags++) {
    const object = await objects.read(at, LIMITS.objectBytes);
    if (object === undefined) {
      throw new GitkelError('not-found', `Cannot read ${at}: it is not in the repository`, {
        reason: 'object-missing',
      });
    }
    if (object.type === 'tree') return at;
    if (object.type === 'blob') return undefined;
    const isTag = object.type === 'tag';
    const next = isTag ? taggedObject(object.bytes) : looseHeaders(object.bytes).tree;
    if (next === undefined)
      throw malformed('commit-headers', `Cannot read ${at}: it does not say first what it is of`);
    if (!isTag) return next;
    at = next;
  }
  throw malformed(
    'tag-chain',
    `Cannot read ${tip}: it is a tag of more than ${LIMITS.skillTags} tags`,
  );
}
