/**
 * Compaction of a repository: everything in as few packs as can be, compressed as well as can be.
 * @module
 */
import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { removeIfPresent, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { configValue } from './config.ts';
import { foldAllPacks } from './fold-packs.ts';
import { runGit } from './git-process.ts';
import { hazards } from './hazards.ts';
import { looseIds, loosePath, readLoose } from './loose.ts';
import { type GitObject, objectId } from './object.ts';
import { encodePack, storePack } from './pack-writer.ts';
import { lockPacksWaiting, unlockPacks } from './packs-lock.ts';
import { makePrivateGitDir } from './private-git-dir.ts';
import type { Repository } from './repository.ts';
import { type StoreSize, storeSize } from './store-size.ts';

export interface Compaction {
  /** Stock git, which compresses objects against each other, or this program, which puts packs together. */
  readonly by: 'git' | 'gitkel';
  readonly before: StoreSize;
  readonly after: StoreSize;
}

const SIX_HOURS = 21_600_000;
/** What nothing reaches is kept so long, as `git gc` does; only loose objects and files of dead writers can be that. */
const GRACE = '2.weeks.ago';
/** What of a repository tells which objects are needed. Some of it may be missing now and appear while git runs. */
const ROOTS = ['HEAD', 'refs', 'packed-refs', 'logs', 'index', 'worktrees'];

/** Things in a repository by which objects are elsewhere, or needed although nothing of its own reaches them. */
const INCOMPLETE = new Set(['alternates', 'grafts', 'shallow', 'promisor']);

function requireComplete(host: Host, repository: Repository): void {
  const found = hazards(host, repository).find(({ reason }) => INCOMPLETE.has(reason));
  if (found === undefined) return;
  throw new GitkelError(
    'environment',
    `Cannot compact ${shownPath(repository.commonDir)}: it does not hold all of its objects (${found.reason}: ${found.detail})`,
    { reason: found.reason, hint: '`gitkel doctor` tells what mends it.' },
  );
}

/** @throws GitkelError `environment`: `git-missing`, `git-failed`, `git-stopped`. */
async function compactByGit({ commonDir, config }: Repository): Promise<void> {
  const shared = Object.fromEntries(ROOTS.map((name) => [name, join(commonDir, name)]));
  const own = makePrivateGitDir(shared);
  // Who else may read the objects is the one thing that the repository's config decides here.
  const sharing = configValue(config, 'core', 'sharedrepository');
  const options = {
    gitDir: own.path,
    objectDirectory: join(commonDir, 'objects'),
    timeoutMs: SIX_HOURS,
    config: [
      'repack.writeBitmaps=false',
      ...(sharing === undefined ? [] : [`core.sharedRepository=${sharing}`]),
    ],
  };
  try {
    for (const args of [
      ['repack', '-a', '-d', '-f', '-q'],
      ['prune', `--expire=${GRACE}`],
    ]) {
      const { exitCode, stderr } = await runGit(args, options);
      if (exitCode === 0) continue;
      throw new GitkelError(
        'environment',
        `Cannot compact ${shownPath(commonDir)}: git ${args[0] ?? ''} ended with ${exitCode}: ${stderr.trim().slice(-400)}`,
        { reason: 'git-failed', hint: 'Nothing is lost. `git fsck` tells what is wrong.' },
      );
    }
  } finally {
    own.remove();
  }
}

/** Loose objects that are whole, in portions that fit into memory; a damaged one stays where it is. */
function* loosePortions(host: Host, objects: string): Generator<ReadonlyMap<string, GitObject>> {
  let portion = new Map<string, GitObject>();
  let bytes = 0;
  for (const oid of looseIds(host, objects)) {
    const object = wholeLoose(host, objects, oid);
    if (object === undefined) continue;
    portion.set(oid, object);
    bytes += object.bytes.length;
    if (bytes < LIMITS.foldedPackBytes) continue;
    yield portion;
    portion = new Map();
    bytes = 0;
  }
  if (portion.size > 0) yield portion;
}

function wholeLoose(host: Host, objects: string, oid: string): GitObject | undefined {
  try {
    const object = readLoose(host, objects, oid, LIMITS.objectBytes);
    if (object === undefined) return undefined;
    return objectId(host.crypto, object.type, object.bytes) === oid ? object : undefined;
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
    return undefined;
  }
}

function compactByOurselves(host: Host, commonDir: string): void {
  const objects = join(commonDir, 'objects');
  for (const portion of loosePortions(host, objects)) {
    storePack(host, join(objects, 'pack'), encodePack(host.crypto, [...portion.values()]));
    for (const oid of portion.keys()) removeIfPresent(host, loosePath(objects, oid));
  }
  foldAllPacks(host, commonDir);
}

async function compactLocked(host: Host, repository: Repository): Promise<Compaction['by']> {
  try {
    await compactByGit(repository);
    return 'git';
  } catch (error) {
    if (!(error instanceof GitkelError) || error.reason !== 'git-missing') throw error;
    compactByOurselves(host, repository.commonDir);
    return 'gitkel';
  }
}

/**
 * Compacts a repository: with stock git all that its refs reach goes into one pack with deltas, and what nothing reaches is
 * dropped; without it the packs are put together as they are. Whoever writes meanwhile loses nothing: what is not yet
 * reached lies in a pack that is protected, or in one that is made too late to be dropped.
 * @throws GitkelError `environment` for a repository that may not be written, or that does not hold all of its objects.
 */
export async function compact(host: Host, repository: Repository): Promise<Compaction> {
  const { commonDir } = repository;
  requireComplete(host, repository);
  const lock = await lockPacksWaiting(host, commonDir);
  try {
    const before = storeSize(host, commonDir);
    const by = await compactLocked(host, repository);
    return { by, before, after: storeSize(host, commonDir) };
  } finally {
    unlockPacks(host, lock);
  }
}
