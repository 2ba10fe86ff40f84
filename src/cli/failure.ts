import { CLIError } from '@oclif/core/errors';
import { type ErrorCode, GitkelError } from '../base/errors.ts';
import { systemTrouble } from '../host/files.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { displayed, harmlessJson } from './output.ts';

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

function failureOf(thrown: unknown, command: string): Failure {
  const error =
    thrown instanceof GitkelError ? thrown : (systemTrouble('Cannot go on', thrown) ?? thrown);
  if (error instanceof GitkelError) {
    const { code, message, reason, hint } = error;
    return { exitCode: exitCodeOf(code), error: { code, message, reason, hint } };
  }
  if (error instanceof CLIError) {
    const message = error.message
      .replace(/\nSee more help with --help$/, '')
      .replaceAll(/\s*\n\s*/g, ' ');
    const hint = `See \`${['gitkel', ...command.split(':'), '--help'].filter((word) => word !== '').join(' ')}\`.`;
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

/**
 * Says why a run failed, in words on standard error or as JSON on standard output, and sets the exit code.
 * @param command the command's id, with colons; empty when none was found
 */
export function reportFailure(thrown: unknown, command: string, isJson: boolean): void {
  const { exitCode, error, trace } = failureOf(thrown, command);
  process.exitCode = exitCode;
  if (isJson) process.stdout.write(`${harmlessJson({ error })}\n`);
  else
    process.stderr.write(
      [`gitkel: ${error.message}`, ...(error.hint === undefined ? [] : [`  ${error.hint}`])]
        .map((line) => `${displayed(line)}\n`)
        .join(''),
    );
  if (trace !== undefined) process.stderr.write(`${trace.split('\n').map(displayed).join('\n')}\n`);
}
