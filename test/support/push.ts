import type { RefUpdate } from '../../src/gate/judge-refs.ts';
import type { GitObject } from '../../src/git/object.ts';
import { addCommit, type Tree } from './made-tree.ts';

export const MAIN = 'refs/heads/main';

/** Refs that somebody pushes together, and what has to be refused: `path: reason`, sorted; nothing when it is taken. */
export interface Push {
  readonly name: string;
  readonly updates: readonly RefUpdate[];
  readonly refused: readonly string[];
  /** The tip of `main` before: that of the repository, or none, so that the installed policy is in force. */
  readonly main: string | undefined;
}

/** What pushes are made on. */
export interface Made {
  readonly objects: GitObject[];
  readonly base: Tree;
  readonly main: string;
  /** A commit before that one. */
  readonly older: string;
}

/** A commit on `main` with another tree, pushed there or to a new ref. */
export function push(
  { main, objects }: Made,
  name: string,
  tree: Tree,
  refused: readonly string[] = [],
  ref = MAIN,
): Push {
  const after = addCommit(objects, tree, [main]);
  const before = ref === MAIN ? main : undefined;
  return { name, updates: [{ ref, before, after }], refused, main };
}
