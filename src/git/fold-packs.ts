/**
 * Folding of small packs, which every commit adds to, into larger ones.
 *
 * A pack is folded when it is small, and consists of a `.pack` and an `.idx` and nothing else: then neither another
 * writer protects it (`.keep`), nor has Git noted anything about it (`.promisor`, `.mtimes`, `.bitmap`, `.rev`). Who made it
 * does not matter, since what it holds is in the new pack before it is removed. Where Git keeps an index over several
 * packs, all of them are left to Git.
 * @module
 */
import { join } from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { namesIn, readFileBounded, removeIfPresent, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { mergePacks, type StoredPack } from './merged-pack.ts';
import { keepPath } from './pack-keep.ts';
import { type EncodedPack, storePack } from './pack-writer.ts';
import { lockPacks, unlockPacks } from './packs-lock.ts';

interface SmallPack {
  readonly packPath: string;
  readonly bytes: number;
}

const ENDINGS = ['.idx', '.pack'];
/** Bytes of an index for each byte of its pack, at the most: no entry is shorter than a header and an empty zlib stream. */
const INDEX_SHARE = 4;
const INDEX_BYTES = 2_048;

/** The packs of at most so many bytes that may be folded, the smallest first. */
function smallPacks(host: Host, directory: string, mostBytes: number): readonly SmallPack[] {
  const endings = new Map<string, string[]>();
  for (const name of namesIn(host, directory)) {
    if (name === 'multi-pack-index') return [];
    const [, stem, ending] = /^(pack-[0-9a-f]{40})(\..*)$/.exec(name) ?? [];
    if (stem === undefined || ending === undefined) continue;
    endings.set(stem, [...(endings.get(stem) ?? []), ending]);
  }
  const packs: SmallPack[] = [];
  for (const [stem, found] of endings) {
    if (found.join(' ') !== ENDINGS.join(' ')) continue;
    const packPath = join(directory, `${stem}.pack`);
    const stats = statOf(host, packPath);
    if (stats?.isFile() === true && stats.size <= mostBytes)
      packs.push({ packPath, bytes: stats.size });
  }
  return packs.toSorted((a, b) => a.bytes - b.bytes);
}

/** A pack is folded with smaller ones that are so many times as large together. */
const GROWTH = 3;

/**
 * The smallest packs, without those at the end of which `GROWTH` would be larger than all smaller ones together: so each
 * byte is copied as often as its pack can quadruple, and few packs are left, of which each is larger than a third of all
 * smaller ones together (`git repack --geometric` does the like).
 */
function growing(packs: readonly SmallPack[]): readonly SmallPack[] {
  let sum = packs.reduce((total, { bytes }) => total + bytes, 0);
  let count = packs.length;
  for (; count > 0; count--) {
    const last = packs[count - 1]?.bytes ?? 0;
    if (sum <= LIMITS.foldedPackBytes && GROWTH * last <= sum - last) break;
    sum -= last;
  }
  return packs.slice(0, count);
}

/** Packs as this process has written them, by their paths: they need not be read again. */
export type WrittenPacks = ReadonlyMap<string, EncodedPack>;

const NOTHING_WRITTEN: WrittenPacks = new Map();

/** Reads packs one after the other; one that is gone, or is no longer what it was, is left out. */
function* contentsOf(
  host: Host,
  packs: readonly SmallPack[],
  written: WrittenPacks,
): Generator<StoredPack> {
  for (const { packPath, bytes } of packs) {
    const own = written.get(packPath);
    if (own?.pack.length === bytes) {
      yield { packPath, ...own };
      continue;
    }
    const indexPath = packPath.replace(/\.pack$/, '.idx');
    const index = readFileBounded(host, indexPath, INDEX_SHARE * bytes + INDEX_BYTES);
    const pack = readFileBounded(host, packPath, bytes);
    if (pack !== undefined && index !== undefined) yield { packPath, pack, index };
  }
}

/** The index first, as Git does: without it nobody looks for the pack. */
function removePack(host: Host, packPath: string): void {
  if (statOf(host, keepPath(packPath)) !== undefined) return;
  removeIfPresent(host, packPath.replace(/\.pack$/, '.idx'));
  removeIfPresent(host, packPath);
}

/** Folds these packs into one, durably, and removes them then; how many were removed. The caller holds the lock. */
function foldInto(
  host: Host,
  directory: string,
  packs: readonly SmallPack[],
  written: WrittenPacks,
): number {
  if (packs.length < 2) return 0;
  const packBytes = packs.reduce((total, { bytes }) => total + bytes, 0);
  const contents = contentsOf(host, packs, written);
  const { encoded, packPaths } = mergePacks(host.crypto, contents, packBytes);
  const newPath = join(directory, `${encoded.name}.pack`);
  const others = packPaths.filter((path) => path !== newPath);
  if (packPaths.length < 2) return 0;
  storePack(host, directory, encoded);
  for (const path of others) removePack(host, path);
  return others.length;
}

/**
 * Folds the small packs of a repository when there are more than `LIMITS.smallPacks`; whether it did. It does nothing
 * while another process does the same.
 * @throws GitkelError `environment`; every object is where it was then, or in the new pack.
 */
export function foldSmallPacks(
  host: Host,
  commonDir: string,
  written: WrittenPacks = NOTHING_WRITTEN,
): boolean {
  const directory = join(commonDir, 'objects/pack');
  const found = (): readonly SmallPack[] => smallPacks(host, directory, LIMITS.smallPackBytes);
  if (found().length <= LIMITS.smallPacks) return false;
  const attempt = lockPacks(host, commonDir);
  if (!attempt.ok) return false;
  try {
    return foldInto(host, directory, growing(found()), written) > 0;
  } finally {
    unlockPacks(host, attempt.lock);
  }
}

/** Puts packs together, as they come, up to a bound. */
function groupsOf(
  packs: readonly SmallPack[],
  mostBytes: number,
): readonly (readonly SmallPack[])[] {
  const groups: SmallPack[][] = [];
  let room = 0;
  for (const pack of packs) {
    const group = groups.at(-1);
    if (group === undefined || pack.bytes > room) {
      groups.push([pack]);
      room = mostBytes - pack.bytes;
    } else {
      group.push(pack);
      room -= pack.bytes;
    }
  }
  return groups;
}

/**
 * Folds all packs of a repository into as few as the bound on their size allows. The caller holds the lock.
 * @throws GitkelError `environment`; every object is where it was then, or in a new pack.
 */
export function foldAllPacks(host: Host, commonDir: string): void {
  const directory = join(commonDir, 'objects/pack');
  const packs = smallPacks(host, directory, LIMITS.compactedPackBytes);
  for (const group of groupsOf(packs, LIMITS.compactedPackBytes))
    foldInto(host, directory, group, NOTHING_WRITTEN);
}
