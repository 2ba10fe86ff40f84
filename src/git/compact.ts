/**
 * Compaction of a repository: everything in as few packs as can be, compressed as well as can be.
 * @module
 */
import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { fsyncDirectory, namesIn, removeIfPresent, shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { foldAllPacks } from './fold-packs.ts';
import { packReached } from './git-pack.ts';
import { hazards } from './hazards.ts';
import { looseIds, loosePath, readLoose } from './loose.ts';
import { type GitObject, objectId } from './object.ts';
import { keepPath } from './pack-keep.ts';
import { encodePack, storePack } from './pack-writer.ts';
import { readPackedRefs } from './packed-refs.ts';
import { lockPacksWaiting, unlockPacks } from './packs-lock.ts';
import { fileRefs } from './refs.ts';
import { readHead, type Repository } from './repository.ts';
import { type StoreSize, storeSize } from './store-size.ts';

export interface Compaction {
  /** Stock git, which compresses objects against each other, or this program, which puts packs together. */
  readonly by: 'git' | 'gitkel';
  readonly before: StoreSize;
  readonly after: StoreSize;
}

/** Files beside HEAD and refs by which objects are needed: then it is for stock git alone to say which are not. */
const FURTHER_ROOTS = ['index', 'logs', 'worktrees'];
/** Seconds after which what a dead writer left in the directory of the packs is removed. */
const GRACE = 86_400;

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

/** Removes packs that a new one has made superfluous, unless somebody protects them by now. */
function removePacks(host: Host, directory: string, stems: readonly string[]): void {
  removeIfPresent(host, join(directory, 'multi-pack-index'));
  for (const stem of stems) {
    if (statOf(host, join(directory, `${stem}.keep`)) !== undefined) continue;
    for (const ending of ['.idx', '.pack', '.rev', '.bitmap'])
      removeIfPresent(host, join(directory, `${stem}${ending}`));
  }
}

/**
 * Packs all that refs and HEAD reach anew, and drops what was in packs before. Which packs these are is settled before the
 * refs are read: whoever writes puts everything into a new pack and protects it until a ref is moved, so that what lies in
 * an unprotected pack is reached by now, or never will be.
 * @throws GitkelError `environment`: `git-missing`, `git-failed`, `git-stopped`.
 */
async function compactByGit(host: Host, repository: Repository): Promise<void> {
  const directory = join(repository.commonDir, 'objects/pack');
  const { old, staying } = packStems(host, directory);
  const roots = rootsOf(host, repository);
  if (roots.size === 0) return;
  const packed = await packReached(repository, roots, staying);
  fsyncDirectory(host, directory);
  removePacks(
    host,
    directory,
    old.filter((stem) => stem !== packed),
  );
}

/** The packs, without their endings: those that nobody protects, and the others. */
function packStems(
  host: Host,
  directory: string,
): { readonly old: readonly string[]; readonly staying: readonly string[] } {
  const names = namesIn(host, directory);
  const stems = names.flatMap((name) => /^(pack-.*)\.idx$/.exec(name)?.[1] ?? []);
  // Looked at one by one: a list may have been begun before the file was made that is made first.
  const isStaying = (stem: string): boolean =>
    ['.keep', '.promisor', '.mtimes'].some(
      (ending) => statOf(host, join(directory, `${stem}${ending}`)) !== undefined,
    );
  const staying = stems.filter(isStaying);
  return { old: stems.filter((stem) => !staying.includes(stem)), staying };
}

/** The objects that refs and HEAD name. */
function rootsOf(host: Host, repository: Repository): ReadonlySet<string> {
  const loose = fileRefs(host, repository).list('refs/').values();
  // Read for themselves, too: a ref of a name that is refused here still names what is needed.
  const packed = readPackedRefs(host, join(repository.commonDir, 'packed-refs')).values();
  const head = readHead(host, repository.commonDir);
  return new Set([...loose, ...packed, ...(head?.kind === 'detached' ? [head.oid] : [])]);
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

/** Removes what writers that died left: files with temporary names, and packs without an index. */
function sweepLeftovers(host: Host, directory: string): void {
  const names = new Set(namesIn(host, directory));
  for (const name of names) {
    const path = join(directory, name);
    const isTemporary = /^(?:tmp_|\.tmp-)/.test(name);
    const isHalf =
      name.endsWith('.pack') &&
      !names.has(name.replace(/\.pack$/, '.idx')) &&
      statOf(host, keepPath(path)) === undefined;
    if (!isTemporary && !isHalf) continue;
    const stats = statOf(host, path);
    if (stats !== undefined && host.now() - stats.mtimeMs / 1000 > GRACE)
      removeIfPresent(host, path);
  }
}

async function compactLocked(host: Host, repository: Repository): Promise<Compaction['by']> {
  const { commonDir } = repository;
  sweepLeftovers(host, join(commonDir, 'objects/pack'));
  const isPlain = FURTHER_ROOTS.every((name) => statOf(host, join(commonDir, name)) === undefined);
  if (isPlain) {
    try {
      await compactByGit(host, repository);
      return 'git';
    } catch (error) {
      if (!(error instanceof GitkelError) || error.reason !== 'git-missing') throw error;
    }
  }
  compactByOurselves(host, commonDir);
  return 'gitkel';
}

/**
 * Compacts a repository: with stock git all that its refs reach goes into one pack with deltas, and what nothing reaches is
 * dropped from packs. Without git, or where there are work trees or reflogs, the packs are put together as they are. Whoever
 * writes meanwhile loses nothing: what is not yet reached lies in a pack that is protected, or in one that is made too late
 * to be dropped.
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
