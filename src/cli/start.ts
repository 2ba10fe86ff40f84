/**
 * What the installed command runs first. It is a CommonJS file, which Node starts a tenth sooner than a module, and loads
 * nothing but what is compiled already; where that does not fit, the same is done by modules.
 * @module
 */
import { unlessUnsettled } from '../host/unsettled.ts';
import { COMPLETE } from './complete-call.ts';

/** What lies beside the file, loaded when it is asked for. */
export interface Beside {
  readonly complete: () => {
    readonly complete: (argv: readonly string[], directory: string) => Promise<void>;
  };
  /** The main module, which runs what the process was asked for. */
  readonly main: () => Promise<unknown>;
}

async function started(directory: string, file: string, beside: Beside): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv[0] === COMPLETE) {
    // A shell waits for it with every key that is pressed: nothing below is loaded.
    await beside.complete().complete(argv.slice(1), directory);
    return;
  }
  const { expectShortRun } = await import('../host/short-runs.ts');
  const { compiledProgram } = await import('./compiled-program.ts');
  expectShortRun();
  const program = compiledProgram(directory);
  await (program === undefined ? beside.main() : program(argv, file));
}

/**
 * Runs what the process was asked for.
 * @param directory that of the file that was started
 */
export async function start(directory: string, file: string, beside: Beside): Promise<void> {
  await unlessUnsettled(started(directory, file, beside));
}
