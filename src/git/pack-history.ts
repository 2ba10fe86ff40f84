import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { encodeBundle } from './bundle.ts';
import { looseHeaders } from './commit.ts';
import type { GitObject } from './object.ts';
import type { ReadableObjects } from './objects.ts';
import { encodePack } from './pack-writer.ts';
import { decodeTree } from './tree.ts';

const SUBMODULE = '160000';

function tooLarge(): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot bundle a history of more than ${LIMITS.pageBytes} bytes`,
    { reason: 'too-large', hint: 'Audit it with `gitkel audit`.' },
  );
}

function namedBy({ type, bytes }: GitObject): readonly string[] {
  switch (type) {
    case 'commit': {
      const { tree, parents } = looseHeaders(bytes);
      return tree === undefined ? parents : [...parents, tree];
    }
    case 'tree':
      return decodeTree(bytes).flatMap(({ mode, oid }) => (mode === SUBMODULE ? [] : [oid]));
    case 'blob':
    case 'tag':
      return [];
  }
}

/**
 * A bundle of one branch with all that its commit reaches. Each object is hashed again, and not judged.
 * @throws GitkelError `refused` for objects that are missing or damaged, and for a history that is too large.
 */
export function bundleOf(
  crypto: Crypto,
  store: ReadableObjects,
  ref: string,
  tip: string,
): Uint8Array {
  const objects = new Map<string, GitObject>();
  const open = [tip];
  let bytes = 0;
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    if (objects.has(oid)) continue;
    const object = store.read(oid);
    if (object === undefined) {
      throw new GitkelError('refused', `Cannot bundle the history: the object ${oid} is missing`, {
        reason: 'object-missing',
        hint: '`gitkel audit --objects` tells what is wrong.',
      });
    }
    bytes += object.bytes.length;
    if (bytes > LIMITS.pageBytes) throw tooLarge();
    objects.set(oid, object);
    open.push(...namedBy(object));
  }
  const found = [...objects].map(([oid, object]) => ({ ...object, oid }));
  return encodeBundle(ref, tip, encodePack(crypto, found).pack);
}
