/**
 * The command line in one file, with what V8 made of it beside: compiled when the project was built, by that version of
 * V8. Where another one runs, or anything does not fit, the same program is loaded from its modules.
 *
 * Both files lie beside this one and belong to whoever installed the program. V8 runs what it is given there as it runs
 * the text, so that nothing of the kind is ever written or looked for anywhere else.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** Runs the command that the arguments name; told the path of the main module. */
export type Program = (argv: readonly string[], main: string) => Promise<void>;

const DIGEST_CHARS = 64;
const CRC_BYTES = 4;
const FILE = 'program.cjs';

/** The name of what V8 of this version and machine made of the program. */
export function compiledName(): string {
  return `program-${process.versions.v8}-${process.arch}.bin`;
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

/** The program as a script that is yet to run, and the path of its text. */
export interface ProgramScript {
  readonly script: Script;
  readonly text: string;
  readonly run: () => Program;
}

/** Makes the program of a text, and of what V8 made of it before. */
export function programScript(directory: string, text: string, cachedData?: Buffer): ProgramScript {
  const filename = path.join(directory, FILE);
  const script = new Script(text, { filename, ...(cachedData && { cachedData }) });
  const run = (): Program => {
    const load: (require: NodeJS.Require) => Program = script.runInThisContext();
    return load(createRequire(filename));
  };
  return { script, text, run };
}

/** The text of the program in a directory. It is ASCII throughout, which V8 reads as it is. */
export function programText(directory: string): string {
  return readFileSync(path.join(directory, FILE), 'latin1');
}

/** The program that lies compiled in a directory; `undefined` when nothing is there that fits. */
export function compiledProgram(directory: string): Program | undefined {
  let packed: Buffer;
  let text: string;
  try {
    packed = readFileSync(path.join(directory, compiledName()));
    text = programText(directory);
  } catch {
    return undefined;
  }
  const compiled = unpackCompiled(text, packed);
  if (compiled === undefined) return undefined;
  return programScript(directory, text, compiled).run();
}

let loaded: Program | undefined;

/**
 * The command line of this installation, as fast as it can be loaded.
 * @param directory that of the main module
 */
export async function program(directory: string): Promise<Program> {
  loaded ??= compiledProgram(directory) ?? (await import('./command-line.ts')).runCommandLine;
  return loaded;
}
