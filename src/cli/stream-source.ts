/**
 * The bytes of streams that the user named: files, pipes and the standard input, in pieces.
 * @module
 */
import path from 'node:path';
import { GitkelError, malformed } from '../base/errors.ts';
import { isAbsent, onDisk, shownPath } from '../host/files.ts';
import type { Host } from '../host/host.ts';

/** The file name that stands for the standard input. */
const STANDARD_INPUT = '-';

/** Bytes that are read at once: few enough that a signature that does not hold is noticed soon. */
const CHUNK = 65_536;

/**
 * Bytes of a file that can be read twice; `undefined` for one that is read once: the standard input, a pipe.
 * @throws GitkelError `not-found` when it is not there.
 */
export function sizeOfStream(host: Host, file: string): number | undefined {
  if (file === STANDARD_INPUT) return undefined;
  const stats = onDisk(`Cannot look at ${shownPath(file)}`, () => {
    try {
      return host.fs.statSync(path.resolve(file));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  });
  if (stats === undefined)
    throw new GitkelError('not-found', `Cannot read ${shownPath(file)}: it is not there`);
  if (stats.isDirectory())
    throw malformed('not-a-file', `Cannot read ${shownPath(file)}: it is a directory`);
  return stats.isFile() ? stats.size : undefined;
}

/** The bytes of a file, in pieces that are valid until the next one. */
function* pieces(host: Host, file: string): Generator<Uint8Array, void> {
  const action = `Cannot read ${shownPath(file)}`;
  const fd = onDisk(action, () => host.fs.openSync(path.resolve(file), 'r'));
  try {
    const buffer = new Uint8Array(CHUNK);
    for (;;) {
      const count = onDisk(action, () => host.fs.readSync(fd, buffer, 0, CHUNK, null));
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    host.fs.closeSync(fd);
  }
}

async function* standardInput(): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of process.stdin) {
    if (!(chunk instanceof Uint8Array)) throw new Error('the standard input is read as bytes');
    yield chunk;
  }
}

/** The bytes of a stream, `-` for the standard input, in pieces that are valid until the next one. */
export function streamPieces(
  host: Host,
  file: string,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return file === STANDARD_INPUT ? standardInput() : pieces(host, file);
}
