/**
 * Programs as one script each, with what V8 made of it beside: compiled when the project was built, by that version of V8.
 *
 * Both files belong to whoever installed the program. V8 runs what it is given there as it runs the text, so that nothing
 * of the kind is ever written or looked for anywhere else.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

const DIGEST_CHARS = 64;
const CRC_BYTES = 4;

/** The name of what V8 of this version and machine made of a script. */
export function compiledScriptName(name: string): string {
  return `${name}-${process.versions.v8}-${process.arch}.bin`;
}

/** Puts a name to what V8 made of a text, so that it is used with no other text, and not when it is damaged. */
export function packCompiled(text: string, compiled: Uint8Array): Uint8Array {
  const content = Buffer.concat([Buffer.from(digestIn(text)), compiled]);
  const sum = Buffer.alloc(CRC_BYTES);
  sum.writeUInt32LE(crc32(content));
  return Buffer.concat([sum, content]);
}

/** A text begins with a comment that holds the digest of the rest. */
function digestIn(text: string): string {
  return text.slice(2, 2 + DIGEST_CHARS);
}

function unpackCompiled(text: string, packed: Buffer): Buffer | undefined {
  const content = packed.subarray(CRC_BYTES);
  if (packed.length < CRC_BYTES + DIGEST_CHARS) return undefined;
  if (packed.readUInt32LE() !== crc32(content)) return undefined;
  if (content.toString('latin1', 0, DIGEST_CHARS) !== digestIn(text)) return undefined;
  return content.subarray(DIGEST_CHARS);
}

/** A script that is yet to run, and its text. */
export interface UnrunScript<T> {
  readonly script: Script;
  readonly text: string;
  /** Runs it: gives what the script makes of the function by which it loads modules. */
  readonly run: () => T;
}

/** Makes a script of a text, and of what V8 made of it before. @param T what whoever built the text knows that it gives */
export function unrunScript<T>(
  directory: string,
  name: string,
  text: string,
  cachedData?: Buffer,
): UnrunScript<T> {
  const filename = join(directory, `${name}.cjs`);
  const script = new Script(text, { filename, ...(cachedData && { cachedData }) });
  const run = (): T => {
    const load: (require: NodeJS.Require) => T = script.runInThisContext();
    return load(createRequire(filename));
  };
  return { script, text, run };
}

/** The text of a script in a directory. It is ASCII throughout, which V8 reads as it is. */
export function scriptText(directory: string, name: string): string {
  return readFileSync(join(directory, `${name}.cjs`), 'latin1');
}

/** What compiling gives; `undefined` for a text that does not end as it should, as where a disk was full. */
function unlessCutOff<T>(compile: () => T): T | undefined {
  try {
    return compile();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What a script gives that lies compiled in a directory; `undefined` when nothing is there that fits. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- whoever built the script knows what it gives
export function compiledScript<T>(directory: string, name: string): T | undefined {
  let packed: Buffer;
  let text: string;
  try {
    packed = readFileSync(join(directory, compiledScriptName(name)));
    text = scriptText(directory, name);
  } catch {
    return undefined;
  }
  const compiled = unpackCompiled(text, packed);
  if (compiled === undefined) return undefined;
  return unlessCutOff(() => unrunScript<T>(directory, name, text, compiled))?.run();
}
