/**
 * The index of a pack that came without one: every object is found, put together and hashed, within bounds.
 * @module
 */
import { sameBytes, toHex } from '../base/bytes.ts';
import { type GitkelError, malformed } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { TRAILER_BYTES } from './checksum.ts';
import { applyDelta, deltaResultSize } from './delta.ts';
import { type GitObject, objectId, type ObjectType } from './object.ts';
import { encodeIndex, type IndexEntry, PACK_HEADER_BYTES } from './pack-index.ts';
import { WaitingDeltas } from './waiting-deltas.ts';
import { crc32, inflate } from './zlib.ts';

const OID_BYTES = 20;
const OFFSET_DELTA = 6;
const ID_DELTA = 7;
/** An offset needs another table from here on. */
const LARGEST_PACK = 0x8000_0000;
/** Longest size, or distance, in groups of seven bits. */
const LONGEST_NUMBER = 7;

const TYPES: readonly (ObjectType | undefined)[] = [undefined, 'commit', 'tree', 'blob', 'tag'];
/** Bytes of objects that are kept because others may build on them. */
const CACHE_BYTES = 67_108_864;

/** An object as it stands in a pack, before what it builds on is looked at. */
interface Entry {
  readonly offset: number;
  /** Where its deflated bytes begin, and where the next object does. */
  readonly start: number;
  readonly end: number;
  readonly size: number;
  /** Absent for what is put together from another object. */
  readonly type: ObjectType | undefined;
  /** Where, or under which id, the object begins that this one is a difference to. */
  readonly base: number | string | undefined;
}

/** Called for each object that was hashed: how many were, and how many there are. */
export type OnObject = (done: number, total: number) => void;

function damaged(why: string): GitkelError {
  return malformed('pack-damaged', `Cannot read the pack: ${why}`, {
    hint: 'It was cut off or changed on the way: fetch it again.',
  });
}

/** Where a number in groups of seven bits ends; `undefined` where it is too long or cut off. */
function numberEnd(pack: Uint8Array, start: number): number | undefined {
  for (let at = start; at < Math.min(pack.length, start + LONGEST_NUMBER); at++)
    if ((pack[at] ?? 0) < 0x80) return at + 1;
  return undefined;
}

function sizeOf(pack: Uint8Array, start: number, end: number): number {
  let size = (pack[start] ?? 0) & 0x0f;
  for (let at = start + 1, scale = 16; at < end; at++, scale *= 128)
    size += ((pack[at] ?? 0) & 0x7f) * scale;
  return size;
}

/** How far back a base begins: each further group adds one. */
function distanceOf(pack: Uint8Array, start: number, end: number): number {
  let distance = 0;
  for (let at = start; at < end; at++)
    distance = (at === start ? 0 : (distance + 1) * 128) + ((pack[at] ?? 0) & 0x7f);
  return distance;
}

/** What an object is a difference to, and where that is told; the object itself for others. */
function baseAt(
  pack: Uint8Array,
  offset: number,
  start: number,
  type: number,
): { readonly base: Entry['base']; readonly start: number } | undefined {
  if (type === ID_DELTA)
    return { base: toHex(pack.subarray(start, start + OID_BYTES)), start: start + OID_BYTES };
  if (type !== OFFSET_DELTA) return { base: undefined, start };
  const end = numberEnd(pack, start);
  return end === undefined
    ? undefined
    : { base: offset - distanceOf(pack, start, end), start: end };
}

function inflateExactly(pack: Uint8Array, start: number, end: number, size: number): Inflation {
  const inflated = inflate(pack.subarray(start, end), size);
  if (!inflated.ok || inflated.bytes.length !== size)
    throw damaged(
      `at byte ${start}, the deflated bytes are not the ${size} bytes that they should be`,
    );
  return inflated;
}

interface Inflation {
  readonly bytes: Uint8Array;
  readonly consumed: number;
}

/** An entry, and its inflated bytes: the object, or what makes it of another one. */
interface Inflated {
  readonly entry: Entry;
  readonly bytes: Uint8Array;
}

function entryAt(pack: Uint8Array, offset: number, end: number): Inflated {
  const at = (why: string): GitkelError => damaged(`at byte ${offset}, ${why}`);
  const sizeEnd = numberEnd(pack, offset);
  if (sizeEnd === undefined) throw at('the size of an object is too large or cut off');
  const size = sizeOf(pack, offset, sizeEnd);
  if (size > LIMITS.objectBytes)
    throw at(`an object has ${size} bytes, the limit is ${LIMITS.objectBytes}`);
  const code = ((pack[offset] ?? 0) >> 4) & 7;
  const type = TYPES[code];
  if (type === undefined && code !== OFFSET_DELTA && code !== ID_DELTA)
    throw at(`there is no object (type ${code})`);
  const found = baseAt(pack, offset, sizeEnd, code);
  if (found === undefined) throw at('the distance to a base is too large or cut off');
  const { base, start } = found;
  const { bytes, consumed } = inflateExactly(pack, start, end, size);
  return { entry: { offset, start, end: start + consumed, size, type, base }, bytes };
}

/** The objects of a pack in their order; together they fill it. */
function* entriesOf(
  crypto: Crypto,
  pack: Uint8Array,
): Generator<Inflated & { readonly total: number }> {
  const end = pack.length - TRAILER_BYTES;
  if (end < PACK_HEADER_BYTES) throw damaged('it is cut off');
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  const [magic, version, count] = [0, 4, 8].map((at) => view.getUint32(at));
  if (magic !== 0x5041_434b) throw damaged('it does not begin as a pack');
  if (version !== 2) throw damaged(`its version is ${version}`);
  if (pack.length >= LARGEST_PACK) throw damaged('it is larger than 2 GiB');
  if (!sameBytes(crypto.digest('sha1', pack.subarray(0, end)), pack.subarray(end)))
    throw damaged('its checksum is wrong');
  const total = count ?? 0;
  let offset = PACK_HEADER_BYTES;
  for (let found = 0; found < total; found++) {
    if (offset >= end) throw damaged(`it holds ${found} of ${total} objects`);
    const inflated = entryAt(pack, offset, end);
    offset = inflated.entry.end;
    yield { ...inflated, total };
  }
  if (offset !== end) throw damaged('bytes follow on its last object');
}

/** Puts together and hashes the objects of one pack, those first that others build on. */
class Indexing {
  readonly #crypto: Crypto;
  readonly #pack: Uint8Array;
  readonly #entries = new Map<number, Entry>();
  readonly #offsets = new Map<string, number>();
  readonly #kept = new Map<number, GitObject>();
  #keptBytes = 0;
  /** Bytes of all that was inflated and put together. */
  #work = 0;
  readonly found: IndexEntry[] = [];

  constructor(crypto: Crypto, pack: Uint8Array) {
    this.#crypto = crypto;
    this.#pack = pack;
  }

  /** Where the base begins; `undefined` while it is not known. */
  #baseOf({ base }: Entry): number | undefined {
    return typeof base === 'string' ? this.#offsets.get(base) : base;
  }

  #count(bytes: number): void {
    this.#work += bytes;
    if (this.#work > LIMITS.indexedBytes)
      throw damaged(`putting its objects together takes more than ${LIMITS.indexedBytes} bytes`);
  }

  #keep(offset: number, object: GitObject): void {
    if (object.bytes.length > CACHE_BYTES / 8) return;
    this.#kept.set(offset, object);
    this.#keptBytes += object.bytes.length;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#keptBytes <= CACHE_BYTES) return;
      this.#kept.delete(oldest);
      this.#keptBytes -= bytes.length;
    }
  }

  /** The object at an offset; `undefined` while a base that it builds on is not known. */
  #objectAt(offset: number): GitObject | undefined {
    const deltas: Entry[] = [];
    let object: GitObject | undefined;
    for (let at = offset; object === undefined;) {
      object = this.#kept.get(at);
      if (object !== undefined) break;
      const entry = this.#entries.get(at);
      if (entry === undefined) throw damaged(`at byte ${offset}, the base of a delta is no object`);
      if (entry.type !== undefined) {
        object = { type: entry.type, bytes: this.#inflate(entry) };
        this.#keep(at, object);
        break;
      }
      if (deltas.length >= LIMITS.deltaChain)
        throw damaged(`at byte ${offset}, an object is a delta of too many others`);
      deltas.push(entry);
      const base = this.#baseOf(entry);
      if (base === undefined) return undefined;
      at = base;
    }
    for (const delta of deltas.toReversed()) {
      object = { type: object.type, bytes: this.#applied(object.bytes, delta) };
      this.#keep(delta.offset, object);
    }
    return object;
  }

  #inflate({ start, end, size }: Entry): Uint8Array {
    this.#count(size);
    return inflateExactly(this.#pack, start, end, size).bytes;
  }

  #applied(base: Uint8Array, entry: Entry): Uint8Array {
    const delta = this.#inflate(entry);
    const size = deltaResultSize(delta) ?? 0;
    if (size > LIMITS.objectBytes)
      throw damaged(
        `at byte ${entry.offset}, an object has ${size} bytes, the limit is ${LIMITS.objectBytes}`,
      );
    this.#count(size);
    const bytes = applyDelta(base, delta);
    if (bytes === undefined)
      throw damaged(`at byte ${entry.offset}, a delta does not fit its base`);
    return bytes;
  }

  /** Takes an object up; whether it stands for itself, and is known. */
  enter({ entry, bytes }: Inflated): boolean {
    this.#entries.set(entry.offset, entry);
    this.#count(bytes.length);
    if (entry.type === undefined) return false;
    const object: GitObject = { type: entry.type, bytes };
    this.#keep(entry.offset, object);
    this.#note(entry, object);
    return true;
  }

  /** Takes up an object that builds on another one; `undefined` while that is not known. */
  resolve(entry: Entry): IndexEntry | undefined {
    const object = this.#objectAt(entry.offset);
    return object === undefined ? undefined : this.#note(entry, object);
  }

  #note({ offset, end }: Entry, { type, bytes }: GitObject): IndexEntry {
    const oid = objectId(this.#crypto, type, bytes);
    this.#offsets.set(oid, offset);
    const noted = { oid, crc: crc32(this.#pack.subarray(offset, end)), offset };
    this.found.push(noted);
    return noted;
  }
}

function incomplete(): GitkelError {
  return malformed(
    'pack-incomplete',
    'Cannot read the pack: objects in it build on others that are not in it',
    { hint: 'Make one that holds everything: git bundle create FILE --all' },
  );
}

/**
 * The index (version 2) of a pack that holds all that its objects build on. The pack's checksum, the size of each object
 * and its place are checked, and that nothing follows; what the objects hold is not judged.
 * @throws GitkelError `malformed`: `pack-damaged`, `pack-incomplete`.
 */
export function indexPack(crypto: Crypto, pack: Uint8Array, onObject?: OnObject): Uint8Array {
  const indexing = new Indexing(crypto, pack);
  const waiting = new WaitingDeltas<Entry>();
  let total = 0;
  for (const inflated of entriesOf(crypto, pack)) {
    ({ total } = inflated);
    if (indexing.enter(inflated)) onObject?.(indexing.found.length, total);
    else waiting.add(inflated.entry);
  }
  const ready = indexing.found.flatMap((found) => waiting.take(found)).toReversed();
  for (let entry = ready.pop(); entry !== undefined; entry = ready.pop()) {
    const found = indexing.resolve(entry);
    if (found === undefined) throw incomplete();
    onObject?.(indexing.found.length, total);
    for (const next of waiting.take(found)) ready.push(next);
  }
  const { first } = waiting;
  if (first !== undefined) {
    // A base that is no object of the pack is told from one that lies elsewhere.
    indexing.resolve(first);
    throw incomplete();
  }
  const sorted = indexing.found.toSorted((a, b) => (a.oid < b.oid ? -1 : 1));
  return encodeIndex(crypto, sorted, pack.subarray(pack.length - TRAILER_BYTES));
}
