import path from 'node:path';
import type { Command } from '@oclif/core/command';
import { Config } from '@oclif/core/config';
import { ExitError } from '@oclif/core/errors';
import { flush } from '@oclif/core/flush';
import { handle } from '@oclif/core/handle';
import type * as Interfaces from '@oclif/core/interfaces';
import { run } from '@oclif/core/run';
import { EXIT } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { reportUnknownCommand } from './unknown-command.ts';

/** What the framework would find out about this program by looking at its files. */
export interface KnownCommands {
  readonly pjson: Interfaces.PJSON;
  readonly topics: readonly Interfaces.Topic[];
  /** All commands, sorted, as the manifest describes them. */
  readonly commands: readonly Command.Cached[];
  /** Where each command is loaded from, by its id (`identity:show`). */
  readonly modules: ReadonlyMap<string, () => Promise<{ readonly default: Command.Class }>>;
}

let toldLate: unknown;

/**
 * What fails outside of a command, and may do so after it ended well: then the exit code is that of the failure. In words
 * always, since the output may be what failed.
 */
function failLate(error: unknown): void {
  // Of what went wrong with the output, more than one listener may tell.
  if (error === toldLate) return;
  toldLate = error;
  reportFailure(error, '', false);
  const { exitCode } = process;
  process.once('exit', () => {
    process.exitCode = exitCode;
  });
}

/**
 * Listens for what fails late. Whoever read the output may have gone, as `head` does when it has enough: what was begun goes
 * on to its end, quietly, and ends as it would have. Other errors of the output are failures.
 * @returns resolves when nothing can be written to the output any more
 */
async function listenForLateFailures(): Promise<void> {
  process.on('uncaughtException', failLate);
  process.stderr.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.exit(EXIT.environment);
  });
  return new Promise((resolve) => {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') failLate(error);
      resolve();
    });
  });
}

/** The framework's configuration for what is known already: it reads no files, and sorts nothing by the rules of a locale. */
function optionsOf(main: string, known: KnownCommands): Interfaces.LoadOptions {
  const { pjson, topics, commands, modules } = known;
  const { name, version } = pjson;
  const root = path.resolve(path.dirname(main), '../../..');
  const findCommand = async (id: string): Promise<Command.Class> => {
    const load = modules.get(id);
    if (load === undefined) throw new Error(`no such command: ${id}`);
    const { default: command } = await load();
    return Object.assign(command, { id, plugin });
  };
  const plugin: Interfaces.Plugin = {
    _base: name,
    alias: name,
    commandIDs: commands.map(({ id }) => id),
    commands: commands.map((command) => ({
      ...command,
      load: async () => findCommand(command.id),
    })),
    commandsDir: undefined,
    findCommand,
    hasManifest: true,
    hooks: {},
    isRoot: true,
    load: async () => {},
    moduleType: 'module',
    name,
    options: { root },
    pjson,
    root,
    topics: [...topics],
    type: 'core',
    valid: true,
    version,
  };
  return { root, plugins: new Map([[name, plugin]]) };
}

/**
 * Runs the command that the arguments name, and tells its failure; the exit code is that of the process.
 * @param main the path of the main module, beside which the framework finds the commands' list
 * @param known what is known of the commands; else the framework finds them
 */
export async function runCommandLine(
  argv: readonly string[],
  main: string,
  known?: KnownCommands,
): Promise<void> {
  const unread = listenForLateFailures();
  const given = [...argv];
  try {
    // Nobody is told of a file of colours, which the framework would look for in the person's home.
    Config.prototype.loadTheme = async () => undefined;
    await run(given, known === undefined ? main : optionsOf(main, known));
    await Promise.race([flush(), unread]);
  } catch (error) {
    if (error instanceof ExitError) await handle(error);
    else if (!reportUnknownCommand(error, given, known?.commands.map(({ id }) => id) ?? []))
      reportFailure(error, '', given.includes('--json'));
  }
}
