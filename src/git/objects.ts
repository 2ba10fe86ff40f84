import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { toHex } from '../base/bytes.ts';
import { namesIn, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { looseIds, loosePath, objectDamaged, readLoose } from './loose.ts';
import { type GitObject, idOf, isObjectId, type NewObject, objectId } from './object.ts';
import { foldSmallPacks } from './fold-packs.ts';
import { PackKeeps, sweepKeeps } from './pack-keep.ts';
import { type EncodedPack, encodePack, storeFreshPack } from './pack-writer.ts';
import type { PackedPlace } from './packed-place.ts';
import { Packs, type StoreDamage } from './packs.ts';
import type { Repository } from './repository.ts';

/** One stored copy of an object. */
export interface StoredObject {
  readonly oid: string;
  /** The path of the loose file or of the pack. */
  readonly where: string;
  /**
   * Reads this copy and hashes it again.
   * @throws GitkelError `refused` (`object-corrupt`, `pack-corrupt`, `object-too-large`).
   */
  readonly read: (limit?: number) => GitObject;
}

/** Objects that can be read at once; {@link ObjectStore} is what holds them. */
export type ReadableObjects = Pick<ObjectStore, 'read'>;

/** What a search came to: the object, or the first damaged copy, or nothing. */
interface Search {
  readonly object?: GitObject;
  readonly failure?: GitkelError;
}

/** Packs that are no larger are remembered until they are folded. */
const REMEMBERED_PACK_BYTES = 65_536;

/** How often a lookup starts over while another process repacks. */
const REPACK_TRIES = 64;

/**
 * The objects of one repository, loose and packed. What is read is hashed again each time, so that whoever can write to
 * the disk can make an object unreadable but never another. Close it when done.
 */
export class ObjectStore {
  readonly #host: Host;
  readonly #commonDir: string;
  readonly #objects: string;
  readonly #packs: Packs;
  /** Packs that this store protects until {@link release}. */
  readonly #kept: PackKeeps;
  /** Small packs that this store has written since it last folded. */
  readonly #written = new Map<string, EncodedPack>();
  /** Of a directory that nobody writes to any more, what lies in it; `undefined` of any other one. */
  readonly #fixed: ReadonlySet<string> | undefined;
  #swept = false;

  /**
   * @param objects the directory of the objects, where that is another one than the repository's own
   * @param isFixed whether nobody writes to it any more: then it is listed once, and not again for what is not in it
   */
  constructor(
    host: Host,
    repository: Pick<Repository, 'commonDir'>,
    objects?: string,
    isFixed = false,
  ) {
    this.#host = host;
    this.#commonDir = repository.commonDir;
    this.#objects = objects ?? join(repository.commonDir, 'objects');
    this.#packs = new Packs(host, join(this.#objects, 'pack'));
    this.#kept = new PackKeeps(host, this.#packs.directory);
    this.#fixed = isFixed ? new Set(namesIn(host, this.#objects)) : undefined;
  }

  #verified(oid: string, where: string, object: GitObject): GitObject {
    const found = objectId(this.#host.crypto, object.type, object.bytes);
    if (found !== oid) throw objectDamaged(oid, where, `its content has the id ${found}`);
    return object;
  }

  #readPacked(oid: string, place: PackedPlace, limit: number): GitObject {
    try {
      return this.#verified(oid, place.pack.packPath, this.#packs.read(place, limit));
    } catch (error) {
      if (!(error instanceof GitkelError) || error.reason !== 'pack-corrupt') throw error;
      throw objectDamaged(oid, place.pack.packPath, error.message);
    }
  }

  #readLoose(oid: string, limit: number): GitObject | undefined {
    if (this.#fixed?.has(oid.slice(0, 2)) === false) return undefined;
    const object = readLoose(this.#host, this.#objects, oid, limit);
    return object === undefined
      ? undefined
      : this.#verified(oid, loosePath(this.#objects, oid), object);
  }

  /** Every copy that is known, in the order in which Git looks for them. */
  *#copies(oid: string, limit: number): Generator<() => GitObject | undefined> {
    for (const place of this.#packs.places(oid)) yield () => this.#readPacked(oid, place, limit);
    yield () => this.#readLoose(oid, limit);
  }

  /** A good copy where it is likely to be. Whatever is wrong with that one, the whole search says. */
  #likely(oid: string, limit: number): GitObject | undefined {
    const place = this.#packs.likelyPlace(oid);
    if (place === undefined) return undefined;
    try {
      return this.#readPacked(oid, place, limit);
    } catch (error) {
      if (error instanceof GitkelError) return undefined;
      throw error;
    }
  }

  /** Looks through what is known: a good copy makes up for damaged ones. */
  #search(oid: string, limit: number): Search {
    let failure: GitkelError | undefined;
    for (const copy of this.#copies(oid, limit)) {
      try {
        const object = copy();
        if (object !== undefined) return { object };
      } catch (error) {
        // A pack that is gone was repacked by another process; what it held is found after a refresh.
        if (
          !(error instanceof GitkelError) ||
          (error.code === 'environment' && error.reason !== 'enoent')
        )
          throw error;
        if (error.reason !== 'enoent') failure ??= error;
      }
    }
    return failure === undefined ? {} : { failure };
  }

  /**
   * Reads an object of at most `limit` bytes; `undefined` when it is certain that the repository does not hold it.
   * @throws GitkelError `refused`: `object-corrupt` when every copy is damaged (it names the id and the file),
   * `pack-corrupt` when a damaged index may hide it, `object-too-large`; `environment` for errors of the disk.
   */
  read(oid: string, limit: number = LIMITS.objectBytes): GitObject | undefined {
    if (!isObjectId(oid)) throw new Error(`not an object id: ${oid}`);
    const likely = this.#likely(oid, limit);
    if (likely !== undefined) return likely;
    let failure: GitkelError | undefined;
    // Once more after a refresh; further times only while another process keeps repacking under our feet.
    for (let tries = 0; tries < REPACK_TRIES; tries++) {
      const found = this.#search(oid, limit);
      if (found.object !== undefined) return found.object;
      failure = found.failure ?? failure;
      if (!this.#refreshed()) break;
    }
    if (failure !== undefined) throw failure;
    this.#packs.assertIndexesHold();
    return undefined;
  }

  /** Whether the repository claims to hold an object. Its content is checked only when it is read. */
  has(oid: string): boolean {
    if (this.#isKnown(oid)) return true;
    if (this.#refreshed() && this.#isKnown(oid)) return true;
    this.#packs.assertIndexesHold();
    return false;
  }

  /**
   * Sees whether other packs are there now. A listing that was under way while another process put a pack in the place of
   * others may hold neither: only two in a row that bring nothing new are certain.
   */
  #refreshed(): boolean {
    return this.#fixed === undefined && (this.#packs.refresh() || this.#packs.refresh());
  }

  #isKnown(oid: string): boolean {
    return (
      this.#packs.places(oid).next().done !== true ||
      statOf(this.#host, loosePath(this.#objects, oid)) !== undefined
    );
  }

  /**
   * Stores objects in one small pack, durably: when it returns they survive a power cut. Stock Git does not repack the objects
   * away until {@link release}: call it once something refers to them. An object that some pack holds already is stored all the
   * same, under a name that no pack had before: a pack that others may be removing at this moment is nothing to rely on.
   * @returns the ids, in the order of the objects
   * @throws GitkelError `environment`.
   */
  writePack(objects: readonly NewObject[]): readonly string[] {
    const { crypto } = this.#host;
    const ids = objects.map((object) => idOf(crypto, object));
    const fresh = new Map<string, NewObject>();
    for (const [index, { type, bytes }] of objects.entries()) {
      const oid = ids[index] ?? '';
      if (this.#kept.isEmpty || !this.#isKept(oid)) fresh.set(oid, { type, bytes, oid });
    }
    if (fresh.size > 0) this.#store(encodePack(crypto, [...fresh.values()]));
    return ids;
  }

  #store(encoded: EncodedPack): void {
    const { directory } = this.#packs;
    this.#sweep();
    const name = toHex(this.#host.random(20));
    const packPath = join(directory, `pack-${name}.pack`);
    this.#kept.keep(packPath);
    storeFreshPack(this.#host, directory, name, encoded);
    this.#packs.added(name, encoded);
    if (encoded.pack.length <= REMEMBERED_PACK_BYTES && this.#written.size <= LIMITS.smallPacks)
      this.#written.set(packPath, encoded);
  }

  /** Whether an object is in a pack that this store has written and still protects. */
  #isKept(oid: string): boolean {
    const kept = this.#packs.places(oid, ({ packPath }) => this.#kept.has(packPath));
    return kept.next().done !== true;
  }

  /** Ends the protection of what was written: by now something refers to it, or nothing ever will. */
  release(): void {
    this.#kept.release();
  }

  /**
   * Folds small packs into larger ones when there are too many. Everything is stored already, so that what goes wrong
   * with the disk here is left for another time.
   */
  fold(): void {
    if (this.#packs.smallCount <= LIMITS.smallPacks) return;
    try {
      if (foldSmallPacks(this.#host, this.#commonDir, this.#written)) this.#packs.refresh();
    } catch (error) {
      if (!(error instanceof GitkelError)) throw error;
    }
    this.#written.clear();
  }

  #sweep(): void {
    if (!this.#swept) sweepKeeps(this.#host, this.#packs.directory);
    this.#swept = true;
  }

  /** Sees what other processes added or removed. A lookup that finds nothing does so by itself. */
  refresh(): void {
    this.#packs.refresh();
  }

  /** Every stored copy of every object, reachable or not. */
  *list(): Generator<StoredObject> {
    for (const { oid, place } of this.#packs.all()) {
      const read = (limit: number = LIMITS.objectBytes): GitObject =>
        this.#readPacked(oid, place, limit);
      yield { oid, where: place.pack.packPath, read };
    }
    for (const oid of looseIds(this.#host, this.#objects)) {
      const where = loosePath(this.#objects, oid);
      const read = (limit: number = LIMITS.objectBytes): GitObject => {
        const object = this.#readLoose(oid, limit);
        if (object === undefined) throw objectDamaged(oid, where, 'the file vanished');
        return object;
      };
      yield { oid, where, read };
    }
  }

  /** Damage of whole files: checksums of packs and indexes. Reads every pack once. */
  damages(): Iterable<StoreDamage> {
    return this.#packs.damages();
  }

  /** Closes the files that are open. The store can be used on; it opens them again. */
  close(): void {
    this.#kept.close();
    this.#packs.close();
  }
}
