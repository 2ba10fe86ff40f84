import type { Command } from '@oclif/core/command';
import { Config } from '@oclif/core/config';
import { ExitError } from '@oclif/core/errors';
import { flush } from '@oclif/core/flush';
import { handle } from '@oclif/core/handle';
import { run } from '@oclif/core/run';
import { EXIT } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { reportUnknownCommand } from './unknown-command.ts';

/** Where each command is loaded from, by its id (`identity:show`). */
export type CommandModules = ReadonlyMap<
  string,
  () => Promise<{ readonly default: Command.Class }>
>;

/**
 * What fails outside of a command, and may do so after it ended well: then the exit code is that of the failure. In words
 * always, since the output may be what failed.
 */
function failLate(error: unknown): void {
  reportFailure(error, '', false);
  const { exitCode } = process;
  process.once('exit', () => {
    process.exitCode = exitCode;
  });
}

function listenForLateFailures(): void {
  process.on('uncaughtException', failLate);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Other errors of the output are thrown by its other listener, and caught above.
    if (error.code !== 'EPIPE') return;
    // Whoever read the output has gone: it is told on standard error, since a further try there would fail again.
    reportFailure(error, '', false);
    process.exit(EXIT.environment);
  });
  process.stderr.on('error', () => process.exit(EXIT.environment));
}

/** The framework's configuration, with commands that are loaded as told instead of from files of their own. */
async function configOf(main: string, commands: CommandModules): Promise<Config> {
  const config = await Config.load(main);
  const plugin = config.plugins.get(config.name);
  if (plugin === undefined) throw new Error('the framework has not loaded this program');
  plugin.findCommand = async (id: string): Promise<Command.Class> => {
    const load = commands.get(id);
    if (load === undefined) throw new Error(`no such command: ${id}`);
    const { default: command } = await load();
    return Object.assign(command, { id, plugin });
  };
  return config;
}

/**
 * Runs the command that the arguments name, and tells its failure; the exit code is that of the process.
 * @param main the path of the main module, beside which the framework finds the commands' list
 * @param commands where commands are loaded from; else from their files
 */
export async function runCommandLine(
  argv: readonly string[],
  main: string,
  commands?: CommandModules,
): Promise<void> {
  listenForLateFailures();
  const given = [...argv];
  try {
    await run(given, commands === undefined ? main : await configOf(main, commands));
    await flush();
  } catch (error) {
    if (error instanceof ExitError) await handle(error);
    else if (!reportUnknownCommand(error, given))
      reportFailure(error, '', given.includes('--json'));
  }
}
