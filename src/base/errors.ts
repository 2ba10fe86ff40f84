/** Every {@link ErrorCode}. */
export const ERROR_CODES = [
  'refused',
  'usage',
  'malformed',
  'not-found',
  'conflict',
  'incomplete',
  'environment',
] as const;

/**
 * The ways in which this library fails on purpose. Each code has one exit code of the command line.
 *
 * - `refused`: verification or policy says no; `reason` says which rule
 * - `usage`: the call itself is wrong
 * - `malformed`: input cannot be parsed exactly
 * - `not-found`: what was asked for is not there
 * - `conflict`: the log moved
 * - `incomplete`: a batch lacks signatures
 * - `environment`: git, disk, lock or permissions
 */
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorDetails extends ErrorOptions {
  /** Stable machine-readable name of the rule that failed, e.g. `object-corrupt`. */
  readonly reason?: string;
  /** What to do next, in one sentence. */
  readonly hint?: string;
}

/** An operating error: expected, and the caller can act on it. Bugs are plain `Error`s. */
export class GitkelError extends Error {
  override readonly name = 'GitkelError';
  readonly code: ErrorCode;
  readonly reason: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
    this.reason = details.reason;
    this.hint = details.hint;
  }
}

/** Input that cannot be parsed exactly; `reason` names the rule. */
export function malformed(
  reason: string,
  message: string,
  details: ErrorDetails = {},
): GitkelError {
  return new GitkelError('malformed', message, { ...details, reason });
}

/** The value as a message may quote it: JSON, ASCII only, at most 64 characters unless told (a path is of use whole). */
export function quoted(value: unknown, limit = 64): string {
  const text = JSON.stringify(value) ?? String(value);
  const ascii = text.replaceAll(
    /[^\u0020-\u007e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return ascii.length <= limit ? ascii : `${ascii.slice(0, limit - 3)}...`;
}
