import { closeSync, openSync, readSync } from 'node:fs';
import { LIMITS } from '../base/limits.ts';

/** A file of lines that another program is writing. */
export interface GrowingLines {
  /** Tells the whole lines that came since the last look; false when the file has grown beyond its limit. */
  readonly look: () => boolean;
  /** Tells what stands there without the end of a line, too: no more comes. */
  readonly last: () => void;
  readonly close: () => void;
}

const CHUNK = 65_536;

/** Follows a file that may not be there yet. Its text is ASCII, as strace escapes everything else. */
export function growingLines(path: string, line: (text: string) => void): GrowingLines {
  const chunk = new Uint8Array(CHUNK);
  const decoder = new TextDecoder('latin1');
  let descriptor: number | undefined;
  let [offset, rest] = [0, ''];
  const look = (): boolean => {
    try {
      descriptor ??= openSync(path, 'r');
    } catch {
      return true;
    }
    for (;;) {
      const length = readSync(descriptor, chunk, 0, CHUNK, offset);
      if (length === 0) return true;
      offset += length;
      if (offset > LIMITS.runTraceBytes) return false;
      const lines = (rest + decoder.decode(chunk.subarray(0, length))).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) line(text);
    }
  };
  return {
    look,
    last: () => {
      look();
      if (rest !== '') line(rest);
      rest = '';
    },
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}
