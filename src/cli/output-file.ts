import path from 'node:path';
import { realpathSync } from 'node:fs';
import { GitkelError } from '../base/errors.ts';
import { shownPath, statOf, writeFileDurably } from '../host/files.ts';
import type { Host } from '../host/host.ts';

function isSameFile(a: string, b: string): boolean {
  return path.resolve(a) === path.resolve(b) || realpathSync(a) === realpathSync(b);
}

/**
 * Refuses to write to a path where that would destroy something else than an earlier file of that kind.
 * @param input the file that was read, which stays as it is
 * @throws GitkelError `usage`.
 */
export function requireOutput(host: Host, file: string, input?: string): void {
  if (file === '') throw new GitkelError('usage', 'Cannot write: no file is named');
  const stats = statOf(host, path.resolve(file));
  if (stats === undefined) return;
  if (stats.isFile() && (input === undefined || !isSameFile(file, input))) return;
  const what = stats.isFile()
    ? 'it is the file that is read'
    : 'something is there that is no regular file';
  throw new GitkelError('usage', `Cannot write ${shownPath(file)}: ${what}`, {
    reason: 'output',
    hint: 'Name another file with -o.',
  });
}

/** Writes a file for others to read, where {@link requireOutput} allows it. */
export function writeOutput(host: Host, file: string, bytes: Uint8Array, input?: string): void {
  requireOutput(host, file, input);
  writeFileDurably(host, path.resolve(file), bytes, 0o644);
}

/** The file that a signer's contribution is written to: beside the one that was read, or as asked. */
export function outputName(
  file: string,
  output: string | undefined,
  signer: string,
  isOnly: boolean,
): string {
  return output !== undefined && isOnly ? output : `${output ?? file}.${signer.slice(0, 12)}.sig`;
}
