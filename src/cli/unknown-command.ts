import { CLIError } from '@oclif/core/errors';
import { quoted } from '../base/errors.ts';
import { nearNames } from '../keys/key-name.ts';
import { EXIT } from './exit-codes.ts';
import { harmlessJson } from './output.ts';

/**
 * Reports a command that does not exist, as every other error is; whether the error was one.
 * @param ids the ids of the commands that exist, where they are known
 */
export function reportUnknownCommand(
  error: unknown,
  argv: readonly string[],
  ids: readonly string[],
): boolean {
  const [, id] =
    (error instanceof CLIError ? /^command (\S+) not found$/i.exec(error.message) : undefined) ??
    [];
  if (id === undefined) return false;
  process.exitCode = EXIT.usage;
  const message = `Cannot find the command ${quoted(id.replaceAll(':', ' '))}`;
  const near = nearNames(id, ids).map((one) => `\`gitkel ${one.replaceAll(':', ' ')}\``);
  const meant = near.length === 0 ? '' : `Did you mean ${near.join(', ')}? `;
  const hint = `${meant}List the commands with \`gitkel --help\`.`;
  if (argv.includes('--json'))
    process.stdout.write(`${harmlessJson({ error: { code: 'usage', message, hint } })}\n`);
  else process.stderr.write(`gitkel: ${message}\n  ${hint}\n`);
  return true;
}
