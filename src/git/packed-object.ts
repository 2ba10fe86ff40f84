/**
 * Reads one object out of a pack, its deltas applied, within bounds.
 * @module
 */
import { shownPath } from '../host/files.ts';
import { GitkelError } from '../base/errors.ts';
import { toHex } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { TRAILER_BYTES } from './checksum.ts';
import { applyDelta, deltaResultSize } from './delta.ts';
import type { GitObject, ObjectType } from './object.ts';
import { assertPackHeader, offsetOf, type Pack, packDamaged } from './pack-index.ts';
import type { PagedFiles } from './paged-files.ts';
import { inflate } from './zlib.ts';

const OID_BYTES = 20;
/** Longest header that is read: type and size, then an offset or an id. */
const HEADER_BYTES = 32;
const CACHE_BYTES = 33_554_432;

/** Objects that others are deltas of, as many as the bound allows. */
export interface BaseCache {
  readonly objects: Map<string, GitObject>;
  bytes: number;
}

export function emptyBaseCache(): BaseCache {
  return { objects: new Map(), bytes: 0 };
}

function keep(cache: BaseCache, key: string, object: GitObject): void {
  if (object.bytes.length > CACHE_BYTES / 8 || cache.objects.has(key)) return;
  cache.objects.set(key, object);
  cache.bytes += object.bytes.length;
  for (const [oldest, { bytes }] of cache.objects) {
    if (cache.bytes <= CACHE_BYTES) return;
    cache.objects.delete(oldest);
    cache.bytes -= bytes.length;
  }
}

/** What stands before the deflated bytes of a packed object. */
type EntryHeader = {
  /** Bytes after inflating: of the object, or of the delta. */
  readonly size: number;
  readonly dataStart: number;
} & (
  | { readonly kind: ObjectType }
  /** `base` is where the base of the delta begins. */
  | { readonly kind: 'delta'; readonly base: number }
);

const TYPES: readonly (ObjectType | undefined)[] = [undefined, 'commit', 'tree', 'blob', 'tag'];
const OFFSET_DELTA = 6;
const ID_DELTA = 7;

function damagedAt(pack: Pack, offset: number, what: string): GitkelError {
  return packDamaged(pack.packPath, `at byte ${offset}, ${what}`);
}

/** The distance to a base: groups of seven bits, most significant first, each further one adding one. */
function distanceAt(
  bytes: Uint8Array,
  start: number,
): { readonly distance: number; readonly next: number } | undefined {
  let distance = 0;
  for (let at = start; at < bytes.length && at < start + 7; at++) {
    const byte = bytes[at] ?? 0;
    distance += byte & 0x7f;
    if (byte < 0x80) return { distance, next: at + 1 };
    distance = (distance + 1) * 128;
  }
  return undefined;
}

function entryHeader(files: PagedFiles, pack: Pack, offset: number): EntryHeader {
  const end = pack.packBytes - TRAILER_BYTES;
  const bytes = files.read(pack.packPath, offset, Math.min(HEADER_BYTES, end - offset));
  const first = bytes[0] ?? 0;
  let size = first & 0x0f;
  let next = 1;
  for (let scale = 16, byte = first; byte >= 0x80; scale *= 128) {
    byte = bytes[next++] ?? 0;
    size += (byte & 0x7f) * scale;
    if (next > 8) throw damagedAt(pack, offset, 'the size of an object is too large');
  }
  const type = (first >> 4) & 7;
  if (type === OFFSET_DELTA) {
    const found = distanceAt(bytes, next);
    if (found === undefined || found.distance === 0 || found.distance > offset) {
      throw damagedAt(pack, offset, 'a delta has its base outside of the pack');
    }
    return { kind: 'delta', size, base: offset - found.distance, dataStart: offset + found.next };
  }
  if (type === ID_DELTA) {
    const id = toHex(bytes.subarray(next, next + OID_BYTES));
    const base = id.length === 2 * OID_BYTES ? offsetOf(files, pack, id) : undefined;
    if (base === undefined)
      throw damagedAt(pack, offset, `the base ${id} of a delta is not in the pack`);
    return { kind: 'delta', size, base, dataStart: offset + next + OID_BYTES };
  }
  const kind = TYPES[type];
  if (kind === undefined) throw damagedAt(pack, offset, `there is no object (type ${type})`);
  return { kind, size, dataStart: offset + next };
}

/** Inflates what begins at `start` to exactly `size` bytes, without knowing where its deflated bytes end. */
function inflateAt(files: PagedFiles, pack: Pack, start: number, size: number): Uint8Array {
  const available = pack.packBytes - TRAILER_BYTES - start;
  // Deflate adds little to what it cannot shrink; a wasteful writer gets a second, larger try.
  const guesses = [size + (size >> 8) + 64, 2 * size + LIMITS.treeBytes];
  for (const guess of guesses) {
    const result = inflate(files.read(pack.packPath, start, Math.min(guess, available)), size);
    if (result.ok && result.bytes.length === size) return result.bytes;
    if (result.ok || result.problem !== 'input-ended') break;
  }
  throw damagedAt(pack, start, `the deflated bytes are not the ${size} bytes that they should be`);
}

function tooLarge(pack: Pack, offset: number, size: number, limit: number): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot read the object at byte ${offset} of ${shownPath(pack.packPath)}: ${size} bytes, the limit is ${limit}`,
    { reason: 'object-too-large' },
  );
}

interface Delta {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Unravelled {
  readonly base: GitObject;
  /** The last one applies to the base, the first one makes the object that was asked for. */
  readonly deltas: readonly Delta[];
}

/** Follows deltas to the object that all of them build on. */
function unravel(
  files: PagedFiles,
  cache: BaseCache,
  pack: Pack,
  start: number,
  limit: number,
): Unravelled {
  const deltas: Delta[] = [];
  let held = 0;
  for (let offset = start; ;) {
    const known = cache.objects.get(`${offset} ${pack.packPath}`);
    if (known !== undefined) return { base: known, deltas };
    const entry = entryHeader(files, pack, offset);
    const { size, dataStart } = entry;
    const bound =
      deltas.length === 0 && entry.kind !== 'delta' ? limit : Math.max(limit, LIMITS.objectBytes);
    if (size > bound) throw tooLarge(pack, offset, size, bound);
    const bytes = inflateAt(files, pack, dataStart, size);
    if (entry.kind !== 'delta') {
      const object: GitObject = { type: entry.kind, bytes };
      if (deltas.length > 0) keep(cache, `${offset} ${pack.packPath}`, object);
      return { base: object, deltas };
    }
    held += size;
    if (held > LIMITS.deltaBytes || deltas.length >= LIMITS.deltaChain) {
      throw damagedAt(pack, start, 'an object is a delta of too many others');
    }
    deltas.push({ offset, bytes });
    offset = entry.base;
  }
}

/**
 * The object that begins at `offset`. Not hashed: the caller compares its id.
 * @throws GitkelError `refused` (`pack-corrupt`, `object-too-large`).
 */
export function readPacked(
  files: PagedFiles,
  cache: BaseCache,
  pack: Pack,
  offset: number,
  limit: number,
): GitObject {
  assertPackHeader(files, pack);
  const { base, deltas } = unravel(files, cache, pack, offset, limit);
  let object = base;
  let work = 0;
  for (const [index, delta] of deltas.toReversed().entries()) {
    const size = deltaResultSize(delta.bytes) ?? 0;
    const bound = index === deltas.length - 1 ? limit : Math.max(limit, LIMITS.objectBytes);
    if (size > bound) throw tooLarge(pack, delta.offset, size, bound);
    work += size;
    if (work > LIMITS.deltaWork)
      throw damagedAt(pack, offset, 'an object is a delta of too large others');
    const bytes = applyDelta(object.bytes, delta.bytes);
    if (bytes === undefined) throw damagedAt(pack, delta.offset, 'a delta does not fit its base');
    object = { type: object.type, bytes };
    if (index < deltas.length - 1) keep(cache, `${delta.offset} ${pack.packPath}`, object);
  }
  if (object.bytes.length > limit) throw tooLarge(pack, offset, object.bytes.length, limit);
  return object;
}
