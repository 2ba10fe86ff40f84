import { CLIError } from '@oclif/core/errors';
import { type ErrorCode, GitkelError } from '../base/errors.ts';
import { systemTrouble } from '../host/files.ts';
import { nearNames } from '../keys/key-name.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { displayed, harmlessJson } from './output.ts';
import { fitted, screenOf } from './terminal-text.ts';

/** What every command answers with `--json` when it fails. */
export interface FailureAnswer {
  readonly error: {
    /** Which kind of error it is: each has one exit code. */
    readonly code: ErrorCode | 'bug';
    /** What was attempted, and what is in the way of it. */
    readonly message: string;
    /** Which rule failed; `gitkel explain` tells of it. */
    readonly reason?: string | undefined;
    /** What to do next. */
    readonly hint?: string | undefined;
  };
}

/** How a run that failed ends: what is said and with which exit code. */
interface Failure extends FailureAnswer {
  readonly exitCode: number;
  /** For whoever looks into a bug. */
  readonly trace?: string | undefined;
}

/** Of these nothing is left to explain: the person did it. */
const OBVIOUS = new Set(['declined', 'interrupted', 'unattended']);

/** What a flag that does not exist was perhaps meant to be. */
function meantFlag(message: string, flags: readonly string[]): string {
  const [, wrong] = /^Nonexistent flag: --([^ =]+)/.exec(message) ?? [];
  const near = wrong === undefined ? [] : nearNames(wrong, flags);
  return near.length === 0 ? '' : `Did you mean ${near.map((name) => `--${name}`).join(', ')}? `;
}

function failureOf(thrown: unknown, command: string, flags: readonly string[]): Failure {
  const error =
    thrown instanceof GitkelError ? thrown : (systemTrouble('Cannot go on', thrown) ?? thrown);
  if (error instanceof GitkelError) {
    const { code, message, reason, hint } = error;
    return { exitCode: exitCodeOf(code), error: { code, message, reason, hint } };
  }
  if (error instanceof CLIError) {
    const message = error.message
      .replace(/\nSee more help with --help$/, '')
      .replaceAll(/\s*\n\s*/g, ' ')
      .replace(/^The following errors? occurred: /, '')
      .replaceAll(/Missing required flag (?=[a-z])/g, 'Missing required flag --');
    const hint = `${meantFlag(message, flags)}See \`${['gitkel', ...command.split(':'), '--help'].filter((word) => word !== '').join(' ')}\`.`;
    return { exitCode: EXIT.usage, error: { code: 'usage', message, hint } };
  }
  const message = `This is a bug in gitkel: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  const hint =
    'Please report it, with the command and the lines below. What was reported committed before it is safe.';
  return {
    exitCode: EXIT.bug,
    error: { code: 'bug', message, hint },
    trace: error instanceof Error ? error.stack : undefined,
  };
}

/** The command that tells more of a failure, where a person reads it. */
function explained(reason: string | undefined): readonly string[] {
  if (reason === undefined || OBVIOUS.has(reason) || !process.stderr.isTTY) return [];
  return [`  more: gitkel explain ${reason}`];
}

function tell(lines: readonly string[]): void {
  const shown = fitted(lines.map(displayed), screenOf(process.stderr, process));
  process.stderr.write(shown.map((line) => `${line}\n`).join(''));
}

/**
 * Says why a run failed, in words on standard error or as JSON on standard output, and sets the exit code.
 * A terminal is told how to have it explained.
 * @param command the command's id, with colons; empty when none was found
 * @param flags the names of the command's flags, of which one may be meant
 * @param shownHint what a person reads in place of the hint
 */
export function reportFailure(
  thrown: unknown,
  command: string,
  isJson: boolean,
  flags: readonly string[] = [],
  shownHint: (hint: string) => string = (hint) => hint,
): void {
  const { exitCode, error, trace } = failureOf(thrown, command, flags);
  process.exitCode = exitCode;
  if (isJson) process.stdout.write(`${harmlessJson({ error })}\n`);
  else
    tell([
      `gitkel: ${error.message}`,
      ...(error.hint === undefined ? [] : [`  ${shownHint(error.hint)}`]),
      ...explained(error.reason),
    ]);
  if (trace !== undefined) process.stderr.write(`${trace.split('\n').map(displayed).join('\n')}\n`);
}
