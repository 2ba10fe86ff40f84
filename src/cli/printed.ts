import { once } from 'node:events';

/** Characters that are printed at once. */
const PIECE = 65_536;

/** Prints text to standard output in pieces, none before the one before it was taken: a long one never lies in memory whole. */
export async function printed(parts: Iterable<string>): Promise<void> {
  let piece = '';
  for (const part of parts) {
    piece += part;
    if (piece.length < PIECE) continue;
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
    piece = '';
  }
  process.stdout.write(piece);
}

/** Prints bytes to standard output in pieces, in the same way. */
export async function printedBytes(bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; from += PIECE) {
    if (!process.stdout.write(bytes.subarray(from, from + PIECE)))
      await once(process.stdout, 'drain');
  }
}
