import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { looseHeaders } from '../git/commit.ts';
import { splitCommit } from '../git/commit-headers.ts';
import { configValue } from '../git/config.ts';
import { ObjectStore } from '../git/objects.ts';
import { fileRefs, type RefStore } from '../git/refs.ts';
import type { Repository } from '../git/repository.ts';
import type { Host } from '../host/host.ts';
import { parseRecord } from './batch-record.ts';
import { parseGenesis } from './genesis.ts';
import { branchRef, CONFIG_BRANCH, CONFIG_SECTION, GENESIS_PATH, remoteBranchRef, SIDE_BRANCH } from './layout.ts';
import { TreeFiles } from './tree-files.ts';

/** A ref under which a log stands or will stand. */
export interface LogRef {
  readonly ref: string;
  readonly tip: string | undefined;
}

/** The id of the log whose history ends at `tip`; `undefined` when its root commit holds no `gitkel.json`. */
function logIdAt(host: Host, store: ObjectStore, tip: string): string | undefined {
  let oid = tip;
  for (let steps = 0; steps < LIMITS.batches; steps++) {
    const object = store.read(oid, LIMITS.commitBytes);
    if (object?.type !== 'commit') return undefined;
    const { tree, parents } = looseHeaders(object.bytes);
    const [parent] = parents;
    if (parent === undefined) {
      const bytes = tree === undefined ? undefined : new TreeFiles(store).read(tree, GENESIS_PATH, LIMITS.fileBytes);
      return bytes === undefined ? undefined : parseGenesis(host.crypto, bytes).logId;
    }
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

/** Whether the root of a history has a file `gitkel.json`, whatever is in it. */
function startsAsLog(store: ObjectStore, tip: Uint8Array): boolean {
  let { tree, parents } = looseHeaders(tip);
  for (let steps = 0; parents[0] !== undefined; steps++) {
    const object = steps < LIMITS.batches ? store.read(parents[0], LIMITS.commitBytes) : undefined;
    if (object?.type !== 'commit') return false;
    ({ tree, parents } = looseHeaders(object.bytes));
  }
  return tree !== undefined && new TreeFiles(store).entry(tree, GENESIS_PATH) !== undefined;
}

/**
 * Whether what stands at a commit is a log, be it a broken one: what is wrong with it is for an audit to say. A history
 * that cannot be read is taken for one, too.
 */
function isLog(store: ObjectStore, tip: string): boolean {
  try {
    const object = store.read(tip, LIMITS.commitBytes);
    return object?.type === 'commit' && (claimsBatch(object.bytes) || startsAsLog(store, object.bytes));
  } catch (error) {
    if (error instanceof GitkelError && error.code !== 'environment') return true;
    throw error;
  }
}

function candidates(refs: RefStore, repository: Repository): readonly LogRef[] {
  const found = [branchRef(SIDE_BRANCH), remoteBranchRef(SIDE_BRANCH)].flatMap((ref): readonly LogRef[] => {
    const tip = refs.read(ref);
    return tip === undefined ? [] : [{ ref, tip }];
  });
  const head = repository.head.kind === 'branch' ? repository.head.ref : undefined;
  const tip = head === undefined ? undefined : refs.read(head);
  if (head !== undefined && tip !== undefined && found.every(({ ref }) => ref !== head)) found.push({ ref: head, tip });
  return found;
}

function severalLogs(host: Host, store: ObjectStore, found: readonly LogRef[]): readonly string[] {
  const ids = found.map(({ ref, tip }) => ({ ref, id: tip === undefined ? undefined : tryLogIdAt(host, store, tip) }));
  const distinct = new Set(ids.flatMap(({ id }) => id ?? []));
  return distinct.size > 1 ? ids.flatMap(({ ref, id }) => (id === undefined ? [] : [`${ref} (${id})`])) : [];
}

/**
 * Finds the ref of the log in a repository. First match wins: `branch`; `gitkel.branch` in the config; local `gitkel`;
 * `origin/gitkel`; the checked-out branch, if its root commit holds `gitkel.json`.
 * @throws GitkelError `not-found`, or `usage` when several refs hold different logs.
 */
export function findLogRef(host: Host, repository: Repository, branch: string | undefined): LogRef {
  const refs = fileRefs(host, repository);
  const named = branch ?? configValue(repository.config, CONFIG_SECTION, CONFIG_BRANCH);
  if (named !== undefined) {
    const ref = named.startsWith('refs/') ? named : branchRef(named);
    return { ref, tip: refs.read(ref) };
  }
  const store = new ObjectStore(host, repository);
  try {
    const found = candidates(refs, repository);
    const several = found.length > 1 ? severalLogs(host, store, found) : [];
    if (several.length > 0) {
      throw new GitkelError('usage', `Cannot tell which log is meant: ${several.join(', ')}`, { hint: 'Name one with --branch.' });
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
