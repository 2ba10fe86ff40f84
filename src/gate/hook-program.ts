import { compiledHooks } from './compiled-hooks.ts';
import type { HookName } from './hook-name.ts';

/**
 * Runs a hook of this installation to its end, loaded as fast as it can be; where nothing compiled fits, from its modules.
 * @param directory that of the hook's own module
 * @param args what Git gives the hook
 */
export async function runInstalledHook(
  name: HookName,
  directory: string,
  args: readonly string[],
): Promise<void> {
  const run = compiledHooks(directory) ?? (await import('./hook-main.ts')).runHookFile;
  await run(name, args);
}
