import type { FileSystem } from './host.ts';

/**
 * Reads `length` bytes at `position`; fewer when the file ends before.
 * @param enough so many bytes are all, when a call gives them and no more although more was asked for
 */
export function readAt(
  fs: FileSystem,
  fd: number,
  position: number,
  length: number,
  enough = length,
): Uint8Array {
  const buffer = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = fs.readSync(fd, buffer, filled, length - filled, position + filled);
    filled += count;
    if (count === 0 || filled === enough) break;
  }
  return filled === length ? buffer : buffer.subarray(0, filled);
}
