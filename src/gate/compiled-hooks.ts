/**
 * The hooks in one file, with what V8 made of it beside, as the command line is: Git starts one or two of them for every
 * push, which do little.
 * @module
 */
import { compiledScript } from '../host/compiled-script.ts';
import { expectShortRun } from '../host/short-runs.ts';
import type { HookName } from './hook-name.ts';

/** Runs a hook to its end. */
export type HookProgram = (name: HookName, args: readonly string[]) => Promise<void>;

/** The names of the files: `<name>.cjs`, and what V8 made of it. */
export const HOOKS_SCRIPT = 'hooks';

/** The hooks that lie compiled in a directory; `undefined` when nothing is there that fits. */
export function compiledHooks(directory: string): HookProgram | undefined {
  expectShortRun();
  return compiledScript<{ readonly run: HookProgram }>(directory, HOOKS_SCRIPT)?.run;
}
