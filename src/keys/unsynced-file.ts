/**
 * Small files whose loss with the power does no harm, written without waiting for the disk.
 * @module
 */
import { toHex } from '../base/bytes.ts';
import { quoted } from '../base/errors.ts';
import { discard, onDisk, writeAll } from '../host/files.ts';
import type { Host } from '../host/host.ts';

/**
 * Writes a new file that only its owner can read; after a loss of power it may be empty.
 * @throws GitkelError `environment`, also when there is such a file.
 */
export function writeUnsynced(host: Host, path: string, bytes: Uint8Array): void {
  onDisk(`Cannot write ${quoted(path)}`, () => {
    const fd = host.fs.openSync(path, 'wx', 0o600);
    try {
      writeAll(host.fs, fd, bytes);
    } finally {
      host.fs.closeSync(fd);
    }
  });
}

/** Replaces a file at once; after a loss of power the old bytes, the new ones or an empty file may be there. */
export function replaceUnsynced(host: Host, path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${toHex(host.random(8))}.tmp`;
  try {
    writeUnsynced(host, temporary, bytes);
    onDisk(`Cannot write ${quoted(path)}`, () => host.fs.renameSync(temporary, path));
  } catch (error) {
    discard(host, temporary);
    throw error;
  }
}
