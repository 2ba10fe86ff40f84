/**
 * One pack out of several, by copying deflated bytes: nothing is inflated, so that it costs little more than reading and
 * writing them.
 * @module
 */
import { toHex } from '../base/bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { TRAILER_BYTES } from './checksum.ts';
import { decodeIndex, encodeIndex, type IndexEntry, PACK_HEADER_BYTES } from './pack-index.ts';
import { type EncodedPack, packHeader } from './pack-writer.ts';
import { crc32 } from './zlib.ts';

/** A pack and its index as they lie on the disk. */
export interface StoredPack {
  readonly packPath: string;
  readonly pack: Uint8Array;
  readonly index: Uint8Array;
  /** What the index lists, where this process itself has written both: then nothing of it needs to be checked. */
  readonly entries?: readonly IndexEntry[];
}

export interface MergedPack {
  readonly encoded: EncodedPack;
  /** The packs of which every object is in it; the others were damaged, or could not be taken apart. */
  readonly packPaths: readonly string[];
}

/** An entry of a stored pack, and where it ends. */
interface Entry extends IndexEntry {
  readonly end: number;
}

const FIRST_DELTA_TYPE = 6;

function inPackOrder(entries: readonly IndexEntry[], packBytes: number): readonly Entry[] {
  const sorted = entries.toSorted((a, b) => a.offset - b.offset);
  const packEnd = packBytes - TRAILER_BYTES;
  return sorted.map(({ oid, crc, offset }, n) => ({
    oid,
    crc,
    offset,
    end: sorted[n + 1]?.offset ?? packEnd,
  }));
}

/**
 * The entries in the order of the pack; `undefined` unless they fill it without a gap and each has the CRC-32 that the
 * index holds: a damaged pack is left as it is, for a good copy to be found beside it.
 */
function entriesOf({ pack, index, entries: known }: StoredPack): readonly Entry[] | undefined {
  if (known !== undefined) return inPackOrder(known, pack.length);
  const listed = decodeIndex(index);
  const entries = listed === undefined ? [] : inPackOrder(listed, pack.length);
  if (entries[0]?.offset !== PACK_HEADER_BYTES) return undefined;
  const packEnd = pack.length - TRAILER_BYTES;
  const isWhole = ({ offset, end, crc }: Entry): boolean =>
    offset < end && end <= packEnd && crc32(pack.subarray(offset, end)) === crc;
  return entries.every(isWhole) ? entries : undefined;
}

function isDelta(pack: Uint8Array, { offset }: Entry): boolean {
  return (((pack[offset] ?? 0) >> 4) & 7) >= FIRST_DELTA_TYPE;
}

/**
 * Which entries of a pack are to be copied: those that are new. A pack with deltas is copied as a whole or not at all,
 * since a delta says how far before it its base stands.
 */
function newEntries(
  pack: Uint8Array,
  entries: readonly Entry[],
  known: ReadonlyMap<string, IndexEntry>,
): readonly Entry[] | undefined {
  if (!entries.some(({ oid }) => known.has(oid))) return entries;
  if (entries.some((entry) => isDelta(pack, entry))) return undefined;
  return entries.filter(({ oid }) => !known.has(oid));
}

/** Entries that stand one behind the other are copied at once. */
function* runsOf(
  entries: readonly Entry[],
): Generator<{ readonly start: number; readonly end: number }> {
  let run: { start: number; end: number } | undefined;
  for (const { offset, end } of entries) {
    if (run?.end === offset) run.end = end;
    else {
      if (run !== undefined) yield run;
      run = { start: offset, end };
    }
  }
  if (run !== undefined) yield run;
}

/**
 * Copies the objects of packs into one, each once. Pure.
 * @param packs read one after the other, so that one at a time is in memory; @param packBytes of all of them
 */
export function mergePacks(
  crypto: Crypto,
  packs: Iterable<StoredPack>,
  packBytes: number,
): MergedPack {
  const body = new Uint8Array(packBytes);
  const taken = new Map<string, IndexEntry>();
  const packPaths: string[] = [];
  let at = PACK_HEADER_BYTES;
  for (const stored of packs) {
    const { pack, packPath } = stored;
    const entries = entriesOf(stored);
    const fresh = entries === undefined ? undefined : newEntries(pack, entries, taken);
    const size = fresh?.reduce((sum, { offset, end }) => sum + end - offset, 0) ?? 0;
    if (fresh === undefined || at + size + TRAILER_BYTES > packBytes) continue;
    const from = at;
    for (const { start, end } of runsOf(fresh)) {
      body.set(pack.subarray(start, end), at);
      at += end - start;
    }
    let offset = from;
    for (const entry of fresh) {
      taken.set(entry.oid, { oid: entry.oid, crc: entry.crc, offset });
      offset += entry.end - entry.offset;
    }
    packPaths.push(packPath);
  }
  body.set(packHeader(taken.size));
  const checksum = crypto.digest('sha1', body.subarray(0, at));
  body.set(checksum, at);
  const pack = body.subarray(0, at + TRAILER_BYTES);
  const entries = [...taken.values()].toSorted((a, b) => (a.oid < b.oid ? -1 : 1));
  const index = encodeIndex(crypto, entries, checksum);
  return { encoded: { name: `pack-${toHex(checksum)}`, pack, index, entries }, packPaths };
}
