import { expectShortRun } from '../host/short-runs.ts';
import { compiledProgram, type Program } from './compiled-program.ts';

let loaded: Program | undefined;

/**
 * The command line of this installation, as fast as it can be loaded: where another V8 runs, or anything does not fit, the
 * same program is loaded from its modules.
 * @param directory that of the main module
 */
export async function program(directory: string): Promise<Program> {
  if (loaded === undefined) {
    expectShortRun();
    loaded = compiledProgram(directory) ?? (await import('./command-line.ts')).runCommandLine;
  }
  return loaded;
}
