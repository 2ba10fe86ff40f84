import { join } from 'node:path';
import { namesIn, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { looseIds, loosePath } from './loose.ts';
import { openPack } from './pack-index.ts';
import { PagedFiles } from './paged-files.ts';

/** What the objects of a repository take up. */
export interface StoreSize {
  readonly packs: number;
  /** Objects that lie in files of their own. */
  readonly loose: number;
  /** Copies in packs, and loose ones. */
  readonly objects: number;
  /** Bytes of packs with their indexes, and of loose objects. */
  readonly bytes: number;
}

/**
 * Counts packs and objects.
 * @throws GitkelError `environment`; `refused`, reason `pack-corrupt`, for an index that is none.
 */
export function storeSize(host: Host, commonDir: string): StoreSize {
  const objects = join(commonDir, 'objects');
  const directory = join(objects, 'pack');
  const names = new Set(namesIn(host, directory));
  const files = new PagedFiles(host);
  const size = { packs: 0, loose: 0, objects: 0, bytes: 0 };
  try {
    for (const name of names) {
      if (!name.endsWith('.idx') || !names.has(name.replace(/\.idx$/, '.pack'))) continue;
      const indexPath = join(directory, name);
      const { count, packBytes } = openPack(files, indexPath);
      size.packs++;
      size.objects += count;
      size.bytes += packBytes + files.size(indexPath);
    }
  } finally {
    files.close();
  }
  for (const oid of looseIds(host, objects)) {
    size.loose++;
    size.objects++;
    size.bytes += statOf(host, loosePath(objects, oid))?.size ?? 0;
  }
  return size;
}
