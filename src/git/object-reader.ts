import { GitkelError } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import { objectDamaged } from './loose.ts';
import { type GitObject, isObjectId, objectId } from './object.ts';

/**
 * Reads the objects of one repository. Whatever reads them, what is read is hashed again, and nothing is said to be absent
 * that some file claims to hold. Close it when done.
 */
export interface ObjectReader {
  /**
   * An object of at most `limit` bytes (`LIMITS.objectBytes` unless told); `undefined` when it is certain that the repository
   * does not hold it.
   * @throws GitkelError `refused`: `object-corrupt`, `pack-corrupt`, `object-too-large`; `environment`.
   */
  read(oid: string, limit?: number): Promise<GitObject | undefined>;
  /** Whether the repository claims to hold an object. */
  has(oid: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Reads objects, without being believed: neither what it gives nor that it finds nothing. */
export interface UncheckedReader {
  /** @throws GitkelError `refused`, reason `object-too-large`, for one that is larger than `limit`. */
  read(oid: string, limit: number): Promise<GitObject | undefined>;
  /** Forgets what it knows of the files, since they may have been replaced. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** How often a read starts over: once for damage, further times while another process repacks. */
const TRIES = 8;

/** The error for an object that is larger than the caller allows. */
export function objectTooLarge(oid: string, size: number, limit: number): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot read the object ${oid}: ${size} bytes, the limit is ${limit}`,
    { reason: 'object-too-large' },
  );
}

/**
 * Reads an object through a reader that is not believed.
 * @param objects the directory of the objects; @param isClaimed whether a file there claims to hold the object
 */
export async function readChecked(
  host: Host,
  objects: string,
  reader: UncheckedReader,
  isClaimed: (oid: string) => boolean,
  [oid, limit]: readonly [oid: string, limit: number],
): Promise<GitObject | undefined> {
  if (!isObjectId(oid)) throw new Error(`not an object id: ${oid}`);
  let what = 'it cannot be read';
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) {
      await reader.refresh();
      await host.sleep(2 ** tries);
    }
    const object = await reader.read(oid, limit);
    if (object === undefined) {
      if (!isClaimed(oid)) return undefined;
      continue;
    }
    const found = objectId(host.crypto, object.type, object.bytes);
    if (found === oid) return object;
    what = `its content has the id ${found}`;
  }
  throw objectDamaged(oid, objects, what);
}
