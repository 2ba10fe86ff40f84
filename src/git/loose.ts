/**
 * Loose objects: one deflated file each (gitrepository-layout, `objects/[0-9a-f][0-9a-f]`).
 * @module
 */
import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { namesIn, readFileBounded, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { type GitObject, isObjectType } from './object.ts';
import { inflate } from './zlib.ts';

/** Type, size and NUL. */
const HEADER_BYTES = 32;

/** Where an object would lie loose. */
export function loosePath(objects: string, oid: string): string {
  return join(objects, oid.slice(0, 2), oid.slice(2));
}

/** The error for a stored object that is not what its id says; `reason` is `object-corrupt`. */
export function objectDamaged(oid: string, where: string, what: string): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot use the object ${oid} in ${shownPath(where)}: ${what}`,
    {
      reason: 'object-corrupt',
      hint: 'Fetch the log again from a copy that is whole; the damaged file has to be removed by hand first.',
    },
  );
}

/** Splits `<type> <size>\0<content>`, or says nothing when it is anything else. */
function parseFramed(bytes: Uint8Array): GitObject | undefined {
  const nul = bytes.subarray(0, HEADER_BYTES).indexOf(0);
  const header = new TextDecoder('latin1').decode(bytes.subarray(0, Math.max(nul, 0)));
  const [, type = '', size = ''] = /^([a-z]+) (0|[1-9][0-9]{0,15})$/.exec(header) ?? [];
  const content = bytes.subarray(nul + 1);
  return isObjectType(type) && Number(size) === content.length
    ? { type, bytes: content }
    : undefined;
}

function tooLarge(oid: string, limit: number): GitkelError {
  return new GitkelError(
    'refused',
    `Cannot read the object ${oid}: it is larger than ${limit} bytes`,
    {
      reason: 'object-too-large',
    },
  );
}

function readDeflated(
  host: Host,
  path: string,
  oid: string,
  limit: number,
): Uint8Array | undefined {
  const bound = limit + HEADER_BYTES;
  try {
    return readFileBounded(host, path, bound + (bound >> 8) + 64);
  } catch (error) {
    if (!(error instanceof GitkelError) || error.code !== 'malformed') throw error;
    throw error.reason === 'too-large'
      ? tooLarge(oid, limit)
      : objectDamaged(oid, path, 'it is not a regular file');
  }
}

/**
 * Reads a loose object of at most `limit` bytes; `undefined` when there is none. Not hashed: the caller compares its id.
 * @throws GitkelError `refused` (`object-corrupt`, `object-too-large`) when the file is not one deflated object.
 */
export function readLoose(
  host: Host,
  objects: string,
  oid: string,
  limit: number,
): GitObject | undefined {
  const path = loosePath(objects, oid);
  const deflated = readDeflated(host, path, oid, limit);
  if (deflated === undefined) return undefined;
  if (deflated.length === 0) throw objectDamaged(oid, path, 'the file is empty');
  const inflated = inflate(deflated, limit + HEADER_BYTES);
  if (!inflated.ok) {
    throw inflated.problem === 'too-long'
      ? tooLarge(oid, limit)
      : objectDamaged(oid, path, 'the file is cut off or damaged');
  }
  if (inflated.consumed !== deflated.length)
    throw objectDamaged(oid, path, 'more follows the object in its file');
  const object = parseFramed(inflated.bytes);
  if (object === undefined) throw objectDamaged(oid, path, 'the header is not that of an object');
  if (object.bytes.length > limit) throw tooLarge(oid, limit);
  return object;
}

/** The ids of all loose objects, by the names of their files. */
export function* looseIds(host: Host, objects: string): Generator<string> {
  for (const directory of namesIn(host, objects)) {
    if (!/^[0-9a-f]{2}$/.test(directory)) continue;
    for (const name of namesIn(host, join(objects, directory))) {
      if (/^[0-9a-f]{38}$/.test(name)) yield directory + name;
    }
  }
}
