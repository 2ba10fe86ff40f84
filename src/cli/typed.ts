import { GitkelError } from '../base/errors.ts';

/**
 * Reads a flag's value. What cannot be read there is a wrong call, not a malformed file.
 * @throws GitkelError `usage` where `parse` throws `malformed`.
 */
export function typed<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof GitkelError) || cause.code !== 'malformed') throw cause;
    const { message, reason, hint } = cause;
    throw new GitkelError('usage', message, {
      cause,
      ...(reason === undefined ? {} : { reason }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
