/**
 * The recorded low-level vectors, by name of the file.
 * @module
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fromHex } from '../../src/base/bytes.ts';

/** The text of `test/vectors/lowlevel/<name>.json`. */
export function vectorText(name: string): string {
  return readFileSync(
    path.join(import.meta.dirname, '../vectors/lowlevel', `${name}.json`),
    'utf8',
  );
}

/** The characters of CESR text. */
export const ALPHABET: readonly string[] =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');

export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error(`${text} is not hexadecimal`);
  return bytes;
}
