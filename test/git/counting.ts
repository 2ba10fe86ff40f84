/** Commits that count: number n is known by its id, so that processes can move a ref from one to the next. */
import { mailboxCommit } from '../../src/git/commit.ts';
import { type GitObject, objectId } from '../../src/git/object.ts';
import { nodeHost } from '../../src/host/node.ts';

const EMPTY_TREE: GitObject = { type: 'tree', bytes: new Uint8Array() };

export function countingObjects(count: number): readonly GitObject[] {
  const { crypto } = nodeHost();
  const tree = objectId(crypto, 'tree', EMPTY_TREE.bytes);
  const commits = Array.from({ length: count }, (_, n): GitObject => ({
    type: 'commit',
    bytes: mailboxCommit(tree, `${n}\n`),
  }));
  return [...commits, EMPTY_TREE];
}

export function countingIds(count: number): readonly string[] {
  const { crypto } = nodeHost();
  return countingObjects(count)
    .slice(0, count)
    .map(({ bytes }) => objectId(crypto, 'commit', bytes));
}
