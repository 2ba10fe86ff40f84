import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { namesIn, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { trailerHolds } from './checksum.ts';
import type { EncodedPack } from './pack-writer.ts';
import type { GitObject } from './object.ts';
import {
  offsetOf,
  openPack,
  type Pack,
  packDamaged,
  packedId,
  packedOffset,
  packPathOf,
  trailersAgree,
  writtenFanOut,
} from './pack-index.ts';
import { emptyBaseCache, readPacked } from './packed-object.ts';
import { type PackedPlace, placeAt, withoutPack } from './packed-place.ts';
import { PagedFiles } from './paged-files.ts';

/** Packs of at most so many objects are held in one table: a log gets one such pack with every batch. */
const SMALL_PACK = 1_024;

interface ListedObject {
  readonly oid: string;
  readonly offset: number;
}

/** A pack whose objects are in the table, and their ids. */
interface SmallPack extends Pack {
  readonly ids: readonly string[];
}

/** A damage that was found in a file of the store. */
export interface StoreDamage {
  readonly where: string;
  readonly error: GitkelError;
}

function damageOf(where: string, what: string): StoreDamage {
  return { where, error: packDamaged(where, what) };
}

/** All packs of one repository. Packs that other processes add or remove are seen at the next {@link refresh}. */
export class Packs {
  readonly directory: string;
  readonly #host: Host;
  readonly #files: PagedFiles;
  /** By the time at which an object was last found in them, the latest last. */
  readonly #large = new Map<string, Pack>();
  readonly #small = new Map<string, SmallPack>();
  /** Objects of the small packs. */
  readonly #places = new Map<string, PackedPlace>();
  /** The large pack in which an object was found last: what is looked for next is likely to be there, too. */
  #recent: Pack | undefined;
  readonly #damaged = new Map<string, GitkelError>();
  readonly #checked = new Set<string>();
  #bases = emptyBaseCache();
  #scanned = false;

  constructor(host: Host, directory: string) {
    this.#host = host;
    this.directory = directory;
    this.#files = new PagedFiles(host);
  }

  /** Takes up a pack that this process has just stored, under a name that none had before. */
  added(name: string, { entries, index, pack: { length: packBytes } }: EncodedPack): void {
    const stem = join(this.directory, `pack-${name}`);
    const [indexPath, packPath] = [`${stem}.idx`, `${stem}.pack`];
    const [count, fanOut] = [entries.length, writtenFanOut(index)];
    const pack: Pack = { indexPath, packPath, count, fanOut, largeOffsets: 0, packBytes };
    if (count > SMALL_PACK) this.#large.set(indexPath, pack);
    else this.#addSmall(pack, entries);
  }

  #addSmall(pack: Pack, entries: readonly ListedObject[]): void {
    for (const { oid, offset } of entries)
      this.#places.set(oid, placeAt(pack, offset, this.#places.get(oid)));
    this.#small.set(pack.indexPath, { ...pack, ids: entries.map(({ oid }) => oid) });
  }

  /** Opens one pack; a damaged one is remembered and is an error only for what cannot be found elsewhere. */
  #open(indexPath: string): void {
    try {
      const pack = openPack(this.#files, indexPath);
      if (pack.count > SMALL_PACK) {
        this.#large.set(indexPath, pack);
        return;
      }
      this.#checkIndex(pack);
      const entries = Array.from({ length: pack.count }, (_, i) => ({
        oid: packedId(this.#files, pack, i),
        offset: packedOffset(this.#files, pack, i),
      }));
      this.#addSmall(pack, entries);
    } catch (error) {
      if (!(error instanceof GitkelError) || error.code === 'environment') throw error;
      this.#damaged.set(indexPath, error);
    }
  }

  /** How many of the packs that are known are small enough to be folded. */
  get smallCount(): number {
    let count = 0;
    for (const packs of [this.#small, this.#large])
      for (const { packBytes } of packs.values()) if (packBytes <= LIMITS.smallPackBytes) count++;
    return count;
  }

  #checkIndex(pack: Pack): void {
    if (this.#checked.has(pack.indexPath)) return;
    if (!trailerHolds(this.#host.crypto, this.#files, pack.indexPath))
      throw packDamaged(pack.indexPath, 'its checksum is wrong');
    this.#checked.add(pack.indexPath);
  }

  #indexPaths(): readonly string[] {
    const names = new Set(namesIn(this.#host, this.directory));
    const indexes = [...names].filter(
      (name) => name.endsWith('.idx') && names.has(name.replace(/\.idx$/, '.pack')),
    );
    if (indexes.length > LIMITS.packs) {
      throw new GitkelError(
        'refused',
        `Cannot read ${shownPath(this.directory)}: more than ${LIMITS.packs} packs`,
        {
          reason: 'too-many-packs',
          hint: 'Run `gitkel gc` there, or `git gc`.',
        },
      );
    }
    return indexes.map((name) => join(this.directory, name));
  }

  /**
   * Sees which packs are there now.
   * @returns whether others are there than before
   */
  refresh(): boolean {
    this.#scanned = true;
    let changed = false;
    const present = new Set(this.#indexPaths());
    const known = [...this.#large.keys(), ...this.#small.keys(), ...this.#damaged.keys()];
    for (const path of known) {
      if (present.has(path)) continue;
      this.#forget(path);
      changed = true;
    }
    for (const path of present) {
      if (this.#large.has(path) || this.#small.has(path) || this.#damaged.has(path)) continue;
      changed = true;
      try {
        this.#open(path);
      } catch (error) {
        // Another process removed it since the directory was listed.
        if (!(error instanceof GitkelError) || error.reason !== 'enoent') throw error;
      }
    }
    return changed;
  }

  /** Forgets a pack that is gone, and what was read of it. */
  #forget(indexPath: string): void {
    for (const oid of this.#small.get(indexPath)?.ids ?? []) {
      const left = withoutPack(this.#places.get(oid), indexPath);
      if (left === undefined) this.#places.delete(oid);
      else this.#places.set(oid, left);
    }
    for (const path of [indexPath, packPathOf(indexPath)]) this.#files.forget(path);
    this.#large.delete(indexPath);
    this.#small.delete(indexPath);
    this.#damaged.delete(indexPath);
    this.#checked.delete(indexPath);
    if (this.#recent?.indexPath === indexPath) this.#recent = undefined;
    this.#bases = emptyBaseCache();
  }

  /** A place of an object where it is likely to be, found with little work: where there is none, it may be elsewhere. */
  likelyPlace(oid: string): PackedPlace | undefined {
    const known = this.#places.get(oid);
    if (known !== undefined || this.#recent === undefined) return known;
    const offset = this.#offsetIn(this.#recent, oid);
    return offset === undefined ? undefined : { pack: this.#recent, offset };
  }

  /** Every place of an object in the packs that are known, or in those of them that are such. */
  *places(oid: string, isSuch: (pack: Pack) => boolean = () => true): Generator<PackedPlace> {
    if (!this.#scanned) this.refresh();
    for (let place = this.#places.get(oid); place !== undefined; place = place.other)
      if (isSuch(place.pack)) yield place;
    for (const pack of this.#largeByUse()) {
      const offset = isSuch(pack) ? this.#offsetIn(pack, oid) : undefined;
      if (offset === undefined) continue;
      this.#use(pack);
      yield { pack, offset };
    }
  }

  #use(pack: Pack): void {
    if (pack === this.#recent || !this.#large.delete(pack.indexPath)) return;
    this.#large.set(pack.indexPath, pack);
    this.#recent = pack;
  }

  /** Objects that are asked for together were written together: few packs are searched in vain. */
  *#largeByUse(): Generator<Pack> {
    const recent = this.#recent;
    if (recent !== undefined) yield recent;
    for (const pack of [...this.#large.values()].toReversed()) if (pack !== recent) yield pack;
  }

  #offsetIn(pack: Pack, oid: string): number | undefined {
    try {
      return offsetOf(this.#files, pack, oid);
    } catch (error) {
      // Another process repacked it: what it held is found after a refresh.
      if (!(error instanceof GitkelError) || error.reason !== 'enoent') throw error;
      return undefined;
    }
  }

  /** Reads an object at its place; not hashed. */
  read(place: PackedPlace, limit: number): GitObject {
    return readPacked(this.#files, this.#bases, place.pack, place.offset, limit);
  }

  /**
   * Makes sure that an object that was not found is not hidden by a damaged index.
   * @throws GitkelError `refused`, reason `pack-corrupt`.
   */
  assertIndexesHold(): void {
    for (const pack of this.#large.values()) this.#checkIndex(pack);
    for (const error of this.#damaged.values()) throw error;
  }

  /** All objects of all packs, pack by pack. */
  *all(): Generator<{ readonly oid: string; readonly place: PackedPlace }> {
    this.refresh();
    for (const pack of [...this.#large.values(), ...this.#small.values()]) {
      for (let i = 0; i < pack.count; i++) {
        yield {
          oid: packedId(this.#files, pack, i),
          place: { pack, offset: packedOffset(this.#files, pack, i) },
        };
      }
    }
  }

  /** Checks the checksums of every pack and index, reading them whole; but no pack above a bound. */
  *damages(): Generator<StoreDamage> {
    this.refresh();
    for (const [where, error] of this.#damaged) yield { where, error };
    for (const pack of [...this.#large.values(), ...this.#small.values()]) {
      try {
        yield* this.#damagesOf(pack);
      } catch (error) {
        // Another process repacked it meanwhile: there is nothing left to check.
        if (!(error instanceof GitkelError) || error.reason !== 'enoent') throw error;
      }
    }
  }

  *#damagesOf(pack: Pack): Generator<StoreDamage> {
    const { indexPath, packPath } = pack;
    if (!trailerHolds(this.#host.crypto, this.#files, indexPath))
      yield damageOf(indexPath, 'its checksum is wrong');
    if (!trailersAgree(this.#files, pack)) {
      yield damageOf(indexPath, 'it is the index of another pack');
    } else if (
      pack.packBytes <= LIMITS.checkedPackBytes &&
      !trailerHolds(this.#host.crypto, this.#files, packPath)
    ) {
      yield damageOf(packPath, 'its checksum is wrong');
    }
  }

  close(): void {
    this.#files.close();
  }
}
