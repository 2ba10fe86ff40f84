/**
 * The command line in one file, with what V8 made of it beside.
 * @module
 */
import {
  compiledScript,
  compiledScriptName,
  scriptText,
  type UnrunScript,
  unrunScript,
} from '../host/compiled-script.ts';

/** Runs the command that the arguments name; told the path of the main module. */
export type Program = (argv: readonly string[], main: string) => Promise<void>;

const NAME = 'program';

/** The name of what V8 of this version and machine made of the program. */
export function compiledName(): string {
  return compiledScriptName(NAME);
}

/** Makes the program of a text, and of what V8 made of it before. */
export function programScript(
  directory: string,
  text: string,
  cachedData?: Buffer,
): UnrunScript<Program> {
  return unrunScript(directory, NAME, text, cachedData);
}

/** The text of the program in a directory. */
export function programText(directory: string): string {
  return scriptText(directory, NAME);
}

/** The program that lies compiled in a directory; `undefined` when nothing is there that fits. */
export function compiledProgram(directory: string): Program | undefined {
  return compiledScript(directory, NAME);
}
