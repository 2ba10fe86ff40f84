import { tmpdir } from 'node:os';
import path from 'node:path';
import { cloneBare, isCloneUrl } from '../git/clone.ts';
import { remotePlace } from '../git/remote-address.ts';
import { onDisk } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { makeScratch } from '../host/scratch.ts';

/**
 * The directory that a source names on this machine; `undefined` when it has to be fetched over a network.
 * @throws GitkelError `usage`, reason `remote-url`, for a `file://` URL that leads elsewhere.
 */
export function localDirectory(source: string): string | undefined {
  if (source.startsWith('file://')) {
    const place = remotePlace(source, process.cwd());
    return place.kind === 'directory' ? place.dir : undefined;
  }
  return isCloneUrl(source) ? undefined : path.resolve(source);
}

/** Fetches a repository into a directory that is gone afterwards, and gives it to `use`. */
export async function fetchedCopy<T>(
  host: Host,
  url: string,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const scratch = onDisk('Cannot make a directory for a copy', () =>
    makeScratch(tmpdir(), 'gitkel-copy'),
  );
  try {
    const copy = path.join(scratch.path, 'copy.git');
    await cloneBare(host, url, copy);
    return await use(copy);
  } finally {
    scratch.remove();
  }
}
