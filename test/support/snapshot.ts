import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Every file in a directory with the digest of its bytes, by path: equal when nothing changed, to the byte. */
export function snapshot(dir: string): ReadonlyMap<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const paths = files.map((file) => path.relative(dir, path.join(file.parentPath, file.name))).toSorted();
  return new Map(paths.map((file) => [file, createHash('sha256').update(readFileSync(path.join(dir, file))).digest('hex')]));
}
