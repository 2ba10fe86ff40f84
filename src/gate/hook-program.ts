/**
 * The hooks in one file, with what V8 made of it beside, as the command line is: Git starts one or two of them for every
 * push, which do little. Where anything does not fit, the same is loaded from its modules.
 * @module
 */
import { compiledScript } from '../host/compiled-script.ts';
import { expectShortRun } from '../host/short-runs.ts';
import type { HookName } from './hook-name.ts';

/** Runs a hook to its end. */
export type HookProgram = (name: HookName, args: readonly string[]) => Promise<void>;

/** The names of the files: `<name>.cjs`, and what V8 made of it. */
export const HOOKS_SCRIPT = 'hooks';

/**
 * Runs a hook of this installation to its end, loaded as fast as it can be. Until it is told otherwise, a server lets
 * nothing pass: not even where loading never ends.
 * @param directory that of the file which Git's script names
 * @param args what Git gives the hook
 */
export async function runInstalledHook(
  name: HookName,
  directory: string,
  args: readonly string[],
): Promise<void> {
  const program = compiledScript<{ readonly run: HookProgram }>(directory, HOOKS_SCRIPT)?.run;
  expectShortRun();
  await (program ?? (await import('./hook-main.ts')).runHookFile)(name, args);
}
