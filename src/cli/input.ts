import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { isAbsent, onDisk, readFileBounded, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';

/**
 * The bytes of a file that the user named, bounded.
 * @throws GitkelError `not-found` when it is not there.
 */
export function inputFile(host: Host, file: string, limit: number): Uint8Array {
  const bytes = readFileBounded(host, path.resolve(file), limit);
  if (bytes === undefined)
    throw new GitkelError('not-found', `Cannot read ${quoted(file)}: it is not there`);
  return bytes;
}

/** Whether a regular file is at a path that the user named; links are followed. */
export function isFileAt(host: Host, file: string): boolean {
  return onDisk(
    () => `Cannot look at ${shownPath(file)}`,
    () => {
      try {
        return host.fs.statSync(file).isFile();
      } catch (error) {
        if (isAbsent(error)) return false;
        throw error;
      }
    },
  );
}
