import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { namesIn, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { trailerHolds } from './checksum.ts';
import { loosePath } from './loose.ts';
import { offsetOf, openPack, packDamaged } from './pack-index.ts';
import { PagedFiles } from './paged-files.ts';

function isGone(error: unknown): boolean {
  return error instanceof GitkelError && error.reason === 'enoent';
}

/** How often the directory is listed again while another process repacks. */
const TRIES = 64;

/** Whether a pack index lists an object. */
function isListed(host: Host, directory: string, oid: string): boolean {
  const names = new Set(namesIn(host, directory));
  const files = new PagedFiles(host);
  try {
    for (const name of names) {
      if (!name.endsWith('.idx') || !names.has(name.replace(/\.idx$/, '.pack'))) continue;
      const path = join(directory, name);
      if (offsetOf(files, openPack(files, path), oid) !== undefined) return true;
      if (!trailerHolds(host.crypto, files, path)) throw packDamaged(path, 'its checksum is wrong');
    }
    return false;
  } finally {
    files.close();
  }
}

/**
 * Whether a loose file or a pack index claims to hold an object; whether it does is told by reading it.
 * @param objects the directory of the objects
 * @throws GitkelError `refused`, reason `pack-corrupt`, when a damaged index may hide it; `environment`.
 */
export function isClaimed(host: Host, objects: string, oid: string): boolean {
  if (statOf(host, loosePath(objects, oid)) !== undefined) return true;
  for (let tries = 1; ; tries++) {
    try {
      return isListed(host, join(objects, 'pack'), oid);
    } catch (error) {
      if (!isGone(error) || tries >= TRIES) throw error;
    }
  }
}
