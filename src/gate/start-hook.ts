/**
 * What Git starts for a hook first: a CommonJS file, which Node starts sooner than a module.
 * @module
 */
import { unlessUnsettled } from '../host/unsettled.ts';
import { compiledHooks } from './compiled-hooks.ts';
import type { HookName } from './hook-name.ts';

/**
 * Runs a hook of this installation to its end. Until it is told otherwise, a server lets nothing pass: not even where loading
 * never ends.
 * @param directory that of the file which Git's script names
 * @param modules loads the hook's own module, which does the same where nothing compiled fits
 */
export async function startHook(
  name: HookName,
  directory: string,
  modules: () => Promise<unknown>,
): Promise<void> {
  const run = compiledHooks(directory);
  await unlessUnsettled(run === undefined ? modules() : run(name, process.argv.slice(2)));
}
