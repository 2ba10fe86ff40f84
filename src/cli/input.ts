import path from 'node:path';
import { GitkelError, malformed, quoted } from '../base/errors.ts';
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

/** What each kind of file is, for whoever named another one. */
const KINDS = {
  archive: 'Give a .zip, .skill, .tgz or .tar.gz file.',
  card: 'A card is what `gitkel key show NAME` prints; for a rotation, what `gitkel key next NAME` does.',
  export: 'A batch of others is what `gitkel batch export ID -o FILE` wrote.',
  policy: 'gitkel policy init writes a policy to begin with.',
} as const;

/**
 * What a file of a kind holds that the user named.
 * @throws GitkelError as {@link inputFile}; `malformed` for what cannot be read, naming the file and what it has to be.
 */
export function parsedFile<T>(file: string, kind: keyof typeof KINDS, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof GitkelError) || cause.code !== 'malformed') throw cause;
    const { reason = cause.code, message, hint = KINDS[kind] } = cause;
    throw malformed(reason, `${message} (in ${quoted(file, 512)})`, { cause, hint });
  }
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
