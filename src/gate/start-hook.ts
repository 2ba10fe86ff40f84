/**
 * What Git starts for a hook first: a CommonJS file, which Node starts sooner than a module.
 * @module
 */
import { quoted } from '../base/errors.ts';
import { unlessUnsettled } from '../host/unsettled.ts';
import { compiledHooks } from './compiled-hooks.ts';
import { type HookName, hookSide } from './hook-name.ts';

/** Enough for the path of a file that is missing. */
const MESSAGE_CHARS = 512;

/** What there is to say, in the words of Git's script; the lines of a program that Node would show beside it are long. */
function refusal(name: HookName, error: unknown): string {
  const why = quoted(error instanceof Error ? error.message : String(error), MESSAGE_CHARS);
  const where =
    hookSide(name) === 'server'
      ? 'the operator of this repository can mend that'
      : 'see what is wrong with';
  return `gitkel: refused: the ${name} hook cannot run: ${why}\ngitkel: ${where}: gitkel hook status\n`;
}

async function runHook(
  name: HookName,
  directory: string,
  modules: () => Promise<unknown>,
): Promise<void> {
  const run = compiledHooks(directory);
  await (run === undefined ? modules() : run(name, process.argv.slice(2)));
}

/**
 * Runs a hook of this installation to its end. Until it is told otherwise, a server lets nothing pass: not even where loading
 * fails, or never ends.
 * @param directory that of the file which Git's script names
 * @param modules loads the hook's own module, which does the same where nothing compiled fits
 */
export async function startHook(
  name: HookName,
  directory: string,
  modules: () => Promise<unknown>,
): Promise<void> {
  try {
    await unlessUnsettled(runHook(name, directory, modules));
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(refusal(name, error));
  }
}
