import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { looseHeaders } from '../git/commit.ts';
import type { ReadableObjects } from '../git/objects.ts';
import { parseGenesis } from './genesis.ts';
import { GENESIS_PATH } from './layout.ts';
import { TreeFiles } from './tree-files.ts';

/**
 * The id of the log that the tree of a commit claims to be of; `undefined` when it holds no `gitkel.json`. A claim: it
 * tells where to look, and proves nothing.
 * @throws GitkelError for what cannot be read.
 */
export function claimedLogId(
  crypto: Crypto,
  store: ReadableObjects,
  commit: string,
): string | undefined {
  const object = store.read(commit, LIMITS.commitBytes);
  const tree = object?.type === 'commit' ? looseHeaders(object.bytes).tree : undefined;
  if (tree === undefined) return undefined;
  const bytes = new TreeFiles(store).read(tree, GENESIS_PATH, LIMITS.fileBytes);
  return bytes === undefined ? undefined : parseGenesis(crypto, bytes).logId;
}
