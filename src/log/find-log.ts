import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { looseHeaders } from '../git/commit.ts';
import { splitCommit } from '../git/commit-headers.ts';
import { configValue } from '../git/config.ts';
import { ObjectStore } from '../git/objects.ts';
import { isRefName } from '../git/ref-name.ts';
import { fileRefs, type RefStore } from '../git/refs.ts';
import type { Repository } from '../git/repository.ts';
import { decodeTree } from '../git/tree.ts';
import type { Host } from '../host/host.ts';
import { parseRecord } from './batch-record.ts';
import { claimedLogId } from './claimed-log-id.ts';
import {
  branchRef,
  CONFIG_BRANCH,
  CONFIG_SECTION,
  DETACHED_HEAD,
  GENESIS_PATH,
  LOG_BRANCH,
  remoteBranchRef,
  SIDE_BRANCH,
} from './layout.ts';

/** A ref under which a log stands or will stand. */
export interface LogRef {
  readonly ref: string;
  readonly tip: string | undefined;
}

/**
 * The id of the log whose history ends at `tip`: a batch carries it, of anything else the root commit tells. `undefined`
 * when no `gitkel.json` is there.
 */
function logIdAt(host: Host, store: ObjectStore, tip: string): string | undefined {
  let oid = tip;
  for (let steps = 0; steps < LIMITS.batches; steps++) {
    const object = store.read(oid, LIMITS.commitBytes);
    if (object?.type !== 'commit') return undefined;
    const [parent] = looseHeaders(object.bytes).parents;
    if (parent === undefined || (oid === tip && claimsBatch(object.bytes)))
      return claimedLogId(host.crypto, store, oid);
    oid = parent;
  }
  return undefined;
}

function tryLogIdAt(host: Host, store: ObjectStore, tip: string): string | undefined {
  try {
    return logIdAt(host, store, tip);
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/** Whether a commit's message is that of a batch, whatever else is wrong with the commit. */
function claimsBatch(bytes: Uint8Array): boolean {
  const split = splitCommit(bytes);
  if ('ok' in split) return false;
  try {
    parseRecord(split.message);
    return true;
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return false;
  }
}

/** A tree that may be anybody's: the entry `gitkel.json` is in it or not; `undefined` where it cannot be read. */
function holdsGenesis(store: ObjectStore, tree: string | undefined): boolean | undefined {
  const object = tree === undefined ? undefined : store.read(tree, LIMITS.objectBytes);
  return object?.type === 'tree'
    ? decodeTree(object.bytes).some(({ name }) => name === GENESIS_PATH)
    : undefined;
}

function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return undefined;
    throw error;
  }
}

/** The tree of the root commit of a history; `undefined` where the way there, or that commit, cannot be read. */
function rootTree(store: ObjectStore, tip: Uint8Array): string | undefined {
  let { tree, parents } = looseHeaders(tip);
  for (let steps = 0; parents[0] !== undefined; steps++) {
    const object = steps < LIMITS.batches ? store.read(parents[0], LIMITS.commitBytes) : undefined;
    if (object?.type !== 'commit') return undefined;
    ({ tree, parents } = looseHeaders(object.bytes));
  }
  return tree;
}

/**
 * Whether what stands at a commit is a log, be it a broken one: what is wrong with it is for an audit to say. What cannot
 * be read is taken for one, too; it is none where its commit is no batch and no `gitkel.json` is in the tree of its root
 * (of a history without its beginning: in its last tree, since a log keeps all of its files).
 */
function isLog(store: ObjectStore, tip: string): boolean {
  const object = unlessUnreadable(() => store.read(tip, LIMITS.commitBytes));
  if (object === undefined) return true;
  if (object.type !== 'commit') return false;
  if (claimsBatch(object.bytes)) return true;
  const root = unlessUnreadable(() => rootTree(store, object.bytes));
  const holds = (tree: string | undefined): boolean | undefined =>
    unlessUnreadable(() => holdsGenesis(store, tree));
  return holds(root) ?? holds(looseHeaders(object.bytes).tree) ?? true;
}

function candidates(refs: RefStore, repository: Repository): readonly LogRef[] {
  const found = [branchRef(SIDE_BRANCH), remoteBranchRef(SIDE_BRANCH)].flatMap(
    (ref): readonly LogRef[] => {
      const tip = refs.read(ref);
      return tip === undefined ? [] : [{ ref, tip }];
    },
  );
  const { head } = repository;
  if (head.kind === 'detached') return [...found, { ref: DETACHED_HEAD, tip: head.oid }];
  // A bare repository that was made to be pushed to may name a branch that nobody pushed.
  const [own, main] = [head.ref, branchRef(LOG_BRANCH)].map((ref) => ({
    ref,
    tip: refs.read(ref),
  }));
  const last = own?.tip === undefined ? main : own;
  return last?.tip === undefined || found.some(({ ref }) => ref === last.ref)
    ? found
    : [...found, last];
}

function severalLogs(host: Host, store: ObjectStore, found: readonly LogRef[]): readonly string[] {
  const ids = found.map(({ ref, tip }) => ({
    ref,
    id: tip === undefined ? undefined : tryLogIdAt(host, store, tip),
  }));
  const distinct = new Set(ids.flatMap(({ id }) => id ?? []));
  return distinct.size > 1
    ? ids.flatMap(({ ref, id }) => (id === undefined ? [] : [`${ref} (${id})`]))
    : [];
}

/** The ref that the caller names, or else the repository's config. */
function namedRef(repository: Repository, branch: string | undefined): string | undefined {
  const named = branch ?? configValue(repository.config, CONFIG_SECTION, CONFIG_BRANCH);
  if (named === undefined) return undefined;
  const ref = named.startsWith('refs/') ? named : branchRef(named);
  if (isRefName(ref)) return ref;
  if (branch !== undefined) {
    throw new GitkelError(
      'usage',
      `Cannot look for the log on the branch ${quoted(branch)}: that is no name of a branch`,
      { reason: 'ref-name' },
    );
  }
  throw new GitkelError(
    'environment',
    `Cannot look for the log on the branch ${quoted(named)}, which the repository's config names: that is no name of a branch`,
    {
      reason: 'ref-name',
      hint: `Correct ${CONFIG_SECTION}.${CONFIG_BRANCH} in its config, or name a branch with --branch.`,
    },
  );
}

/**
 * Finds the ref of the log in a repository. First match wins: `branch`; `gitkel.branch` in the config; local `gitkel`;
 * `origin/gitkel`; the checked-out branch or the commit of a detached HEAD, `main` where HEAD names a branch that is not there,
 * if its root commit holds `gitkel.json` or what is there cannot be read.
 * @throws GitkelError `not-found`; `usage` when several refs hold different logs, or `branch` is no name; `environment`
 * when the config names no branch.
 */
export function findLogRef(host: Host, repository: Repository, branch: string | undefined): LogRef {
  const refs = fileRefs(host, repository);
  const named = namedRef(repository, branch);
  if (named !== undefined) return { ref: named, tip: refs.read(named) };
  const store = new ObjectStore(host, repository);
  try {
    const found = candidates(refs, repository);
    const several = found.length > 1 ? severalLogs(host, store, found) : [];
    if (several.length > 0) {
      throw new GitkelError('usage', `Cannot tell which log is meant: ${several.join(', ')}`, {
        hint: 'Name one with --branch.',
      });
    }
    for (const candidate of found) {
      if (candidate.tip !== undefined && isLog(store, candidate.tip)) return candidate;
    }
    const [only] = found;
    if (only !== undefined && only.ref.endsWith(`/${SIDE_BRANCH}`)) return only;
  } finally {
    store.close();
  }
  throw new GitkelError('not-found', `Cannot find a log in ${quoted(repository.gitDir)}`, {
    hint: 'Make one with `gitkel init`, or name its branch with --branch.',
  });
}
