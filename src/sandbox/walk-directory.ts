/**
 * Walks through directories that somebody hostile may fill: names are bytes, not text, and what cannot be looked into is told.
 * @module
 */
import { type Dirent, readdirSync } from 'node:fs';

/** A path as bytes, one character for each (Latin-1): names need not be UTF-8. */
export type BytePath = string;

export function bytePath(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** What `node:fs` takes for such a path. */
export function rawPath(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The path as text; `undefined` for one that is none in UTF-8. */
export function textPath(path: BytePath): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(rawPath(path));
  } catch {
    return undefined;
  }
}

/** What a walk does with what it finds. */
export interface Walk {
  /**
   * Looks at an entry.
   * @param path below the root of the walk
   * @returns `past` for a directory that is not to be looked into, `stop` to end the walk
   */
  readonly visit: (
    path: BytePath,
    entry: Pick<Dirent, 'isDirectory' | 'isSocket'>,
  ) => 'into' | 'past' | 'stop';
  /**
   * Looks at a directory that cannot be read, though it is there.
   * @returns true where it is to be tried once more
   */
  readonly unreadable: (path: BytePath) => boolean;
  /** Entries that are looked at; then the walk ends. */
  readonly limit: number;
}

function isAbsent(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(error.code)
  );
}

/** The entries of a directory; `undefined` where it cannot be read, `[]` where it is none, or gone. */
function entriesOf(path: Buffer): readonly Dirent<Buffer>[] | undefined {
  try {
    return readdirSync(path, { encoding: 'buffer', withFileTypes: true });
  } catch (error) {
    return isAbsent(error) ? [] : undefined;
  }
}

/**
 * Walks through a directory and all below it, links not followed.
 * @returns false where there was more than the limit
 */
export function walkDirectory(root: string, { visit, unreadable, limit }: Walk): boolean {
  const top = bytePath(root);
  const open: BytePath[] = [''];
  let looked = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const full = rawPath(at === '' ? top : `${top}/${at}`);
    const entries = entriesOf(full) ?? (unreadable(at) ? entriesOf(full) : undefined) ?? [];
    for (const entry of entries) {
      if (++looked > limit) return false;
      const name = entry.name.toString('latin1');
      const path = at === '' ? name : `${at}/${name}`;
      const next = visit(path, entry);
      if (next === 'stop') return true;
      if (next === 'into' && entry.isDirectory()) open.push(path);
    }
  }
  return true;
}
