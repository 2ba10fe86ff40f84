/**
 * Pack indexes, version 2 (gitformat-pack): which objects a pack holds, and where.
 * @module
 */
import { shownPath } from '../host/files.ts';
import { fromHex, sameBytes, toHex } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { TRAILER_BYTES } from './checksum.ts';
import type { PagedFiles } from './paged-files.ts';

const INDEX_MAGIC = Uint8Array.of(0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2);
const FAN_OUT_BYTES = 1024;
const IDS_START = INDEX_MAGIC.length + FAN_OUT_BYTES;
const OID_BYTES = 20;
/** Id, CRC-32 and 32-bit offset. */
const BYTES_PER_OBJECT = OID_BYTES + 4 + 4;
const LARGE_OFFSET = 0x8000_0000;
/** `PACK`. */
const PACK_MAGIC = 0x5041_434b;
export const PACK_HEADER_BYTES = 12;

/** A pack and its index, whose header and sizes were checked; the checksum was not. */
export interface Pack {
  readonly indexPath: string;
  readonly packPath: string;
  readonly count: number;
  /** How many ids begin with a byte of at most i. */
  readonly fanOut: Uint32Array;
  /** Entries in the table of 64-bit offsets. */
  readonly largeOffsets: number;
  readonly packBytes: number;
}

/** The error for a pack or an index that is damaged. */
export function packDamaged(path: string, what: string): GitkelError {
  return new GitkelError('refused', `Cannot use the pack file ${shownPath(path)}: ${what}`, {
    reason: 'pack-corrupt',
    hint: 'Run `git fsck --full`, and fetch the log again from a copy that is whole.',
  });
}

function uint32(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] ?? 0) * 0x100_0000 + (bytes[at + 1] ?? 0) * 0x1_0000;
  return high + (bytes[at + 2] ?? 0) * 0x100 + (bytes[at + 3] ?? 0);
}

function readFanOut(files: PagedFiles, path: string): Uint32Array {
  const table = files.read(path, INDEX_MAGIC.length, FAN_OUT_BYTES);
  if (table.length < FAN_OUT_BYTES) throw packDamaged(path, 'its index is cut off');
  const fanOut = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    fanOut[i] = uint32(table, 4 * i);
    if ((fanOut[i] ?? 0) < (fanOut[i - 1] ?? 0))
      throw packDamaged(path, 'its index has a falling count');
  }
  return fanOut;
}

/**
 * Checks that a pack begins as one and holds as many objects as its index lists.
 * @throws GitkelError `refused`, reason `pack-corrupt`.
 */
export function assertPackHeader(files: PagedFiles, { packPath, count }: Pack): void {
  const header = files.read(packPath, 0, PACK_HEADER_BYTES);
  if (header.length < PACK_HEADER_BYTES || uint32(header, 0) !== PACK_MAGIC)
    throw packDamaged(packPath, 'it does not begin as a pack');
  const version = uint32(header, 4);
  if (version !== 2 && version !== 3) throw packDamaged(packPath, `its version is ${version}`);
  if (uint32(header, 8) !== count)
    throw packDamaged(packPath, 'it does not hold as many objects as its index');
}

/** The pack that an index belongs to. */
export function packPathOf(indexPath: string): string {
  return indexPath.replace(/\.idx$/, '.pack');
}

/**
 * Opens a pack by its index: checks the index's magic, version, counts and size. The pack itself is opened when an object
 * of it is read.
 * @throws GitkelError `refused`, reason `pack-corrupt`.
 */
export function openPack(files: PagedFiles, indexPath: string): Pack {
  const packPath = packPathOf(indexPath);
  const magic = files.read(indexPath, 0, INDEX_MAGIC.length);
  if (toHex(magic) !== toHex(INDEX_MAGIC))
    throw packDamaged(indexPath, 'it is not an index of version 2');
  const fanOut = readFanOut(files, indexPath);
  const count = fanOut[255] ?? 0;
  if (count > LIMITS.packObjects)
    throw packDamaged(indexPath, `it lists ${count} objects, the limit is ${LIMITS.packObjects}`);
  const spare = files.size(indexPath) - (IDS_START + count * BYTES_PER_OBJECT + 2 * TRAILER_BYTES);
  if (spare < 0 || spare % 8 !== 0 || spare / 8 > count)
    throw packDamaged(indexPath, 'its size does not fit its count');
  return {
    indexPath,
    packPath,
    count,
    fanOut,
    largeOffsets: spare / 8,
    packBytes: files.sizeUnopened(packPath),
  };
}

/** Whether pack and index name the same pack checksum: one was not exchanged for another. */
export function trailersAgree(files: PagedFiles, pack: Pack): boolean {
  if (pack.packBytes < TRAILER_BYTES) return false;
  const end = files.size(pack.indexPath) - 2 * TRAILER_BYTES;
  const named = files.read(pack.indexPath, end, TRAILER_BYTES);
  return (
    toHex(named) === toHex(files.read(pack.packPath, pack.packBytes - TRAILER_BYTES, TRAILER_BYTES))
  );
}

/** The id at a place of the sorted list. */
export function packedId(files: PagedFiles, pack: Pack, position: number): string {
  return toHex(packedIdBytes(files, pack, position));
}

function packedIdBytes(files: PagedFiles, pack: Pack, position: number): Uint8Array {
  return files.read(pack.indexPath, IDS_START + position * OID_BYTES, OID_BYTES);
}

/**
 * Where in the pack the object at a place of the sorted list begins.
 * @throws GitkelError `refused` for an offset outside of the pack.
 */
export function packedOffset(files: PagedFiles, pack: Pack, position: number): number {
  const offsets = IDS_START + pack.count * (OID_BYTES + 4);
  const small = uint32(files.read(pack.indexPath, offsets + 4 * position, 4), 0);
  const offset =
    small < LARGE_OFFSET
      ? small
      : largeOffset(files, pack, small - LARGE_OFFSET, offsets + 4 * pack.count);
  if (offset < PACK_HEADER_BYTES || offset >= pack.packBytes - TRAILER_BYTES) {
    throw packDamaged(pack.indexPath, `it points to byte ${offset}, which is outside of the pack`);
  }
  return offset;
}

function largeOffset(files: PagedFiles, pack: Pack, entry: number, table: number): number {
  if (entry >= pack.largeOffsets)
    throw packDamaged(pack.indexPath, 'it points outside of its table of large offsets');
  const bytes = files.read(pack.indexPath, table + 8 * entry, 8);
  return uint32(bytes, 0) * 0x1_0000_0000 + uint32(bytes, 4);
}

/** Ids in a row that are looked through without asking for each of them alone. */
const IDS_AT_ONCE = 256;

/** The order of an id among others to the one that begins at a place of a table. */
function compareAt(id: Uint8Array, table: Uint8Array, start: number): number {
  for (let at = 0; at < OID_BYTES; at++) {
    const difference = (id[at] ?? 0) - (table[start + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Where in the pack an object begins, or `undefined` when the index does not list it. */
export function offsetOf(files: PagedFiles, pack: Pack, oid: string): number | undefined {
  const id = fromHex(oid) ?? new Uint8Array();
  const first = id[0] ?? 0;
  let low = first === 0 ? 0 : (pack.fanOut[first - 1] ?? 0);
  let high = pack.fanOut[first] ?? 0;
  while (high - low > IDS_AT_ONCE) {
    const middle = (low + high) >>> 1;
    if (compareAt(id, packedIdBytes(files, pack, middle), 0) < 0) high = middle;
    else low = middle;
  }
  const start = low;
  const table = files.read(pack.indexPath, IDS_START + start * OID_BYTES, (high - low) * OID_BYTES);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareAt(id, table, (middle - start) * OID_BYTES);
    if (order === 0) return packedOffset(files, pack, middle);
    if (order > 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

/** One object as an index lists it. */
export interface IndexEntry {
  readonly oid: string;
  readonly crc: number;
  readonly offset: number;
}

/** How many ids of a list begin with a byte of at most i, for each i. The ids, 20 bytes each, begin at `start`. */
function fanOutOf(bytes: Uint8Array, start: number, count: number): Uint32Array {
  const fanOut = new Uint32Array(256);
  for (let n = 0; n < count; n++) {
    const first = bytes[start + OID_BYTES * n] ?? 0;
    fanOut[first] = (fanOut[first] ?? 0) + 1;
  }
  for (let i = 1; i < 256; i++) fanOut[i] = (fanOut[i] ?? 0) + (fanOut[i - 1] ?? 0);
  return fanOut;
}

/** The fan-out of an index that {@link encodeIndex} wrote. */
export function writtenFanOut(index: Uint8Array): Uint32Array {
  return fanOutOf(index, IDS_START, countIn(index));
}

function countIn(index: Uint8Array): number {
  return (index.length - IDS_START - 2 * TRAILER_BYTES) / BYTES_PER_OBJECT;
}

/** The index of a pack below 2 GiB, its own checksum behind. The entries are sorted by id. */
export function encodeIndex(
  crypto: Crypto,
  entries: readonly IndexEntry[],
  packChecksum: Uint8Array,
): Uint8Array {
  const index = new Uint8Array(IDS_START + entries.length * BYTES_PER_OBJECT + 2 * TRAILER_BYTES);
  const view = new DataView(index.buffer);
  index.set(INDEX_MAGIC);
  const crcs = IDS_START + OID_BYTES * entries.length;
  const offsets = crcs + 4 * entries.length;
  for (const [n, { oid, crc, offset }] of entries.entries()) {
    index.set(fromHex(oid) ?? [], IDS_START + OID_BYTES * n);
    view.setUint32(crcs + 4 * n, crc);
    view.setUint32(offsets + 4 * n, offset);
  }
  const fanOut = fanOutOf(index, IDS_START, entries.length);
  for (let i = 0; i < 256; i++) view.setUint32(INDEX_MAGIC.length + 4 * i, fanOut[i] ?? 0);
  const end = index.length - TRAILER_BYTES;
  index.set(packChecksum, end - TRAILER_BYTES);
  index.set(crypto.digest('sha1', index.subarray(0, end)), end);
  return index;
}

/** What {@link encodeIndex} wrote, its own checksum behind; `undefined` for anything else, 64-bit offsets among it. */
export function decodeIndex(index: Uint8Array): readonly IndexEntry[] | undefined {
  const count = countIn(index);
  if (!Number.isInteger(count) || count < 0) return undefined;
  if (!sameBytes(index.subarray(0, INDEX_MAGIC.length), INDEX_MAGIC)) return undefined;
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  if (view.getUint32(IDS_START - 4) !== count) return undefined;
  const crcs = IDS_START + OID_BYTES * count;
  return Array.from({ length: count }, (_, n) => ({
    oid: toHex(index.subarray(IDS_START + OID_BYTES * n, IDS_START + OID_BYTES * (n + 1))),
    crc: view.getUint32(crcs + 4 * n),
    offset: view.getUint32(crcs + 4 * (count + n)),
  }));
}
