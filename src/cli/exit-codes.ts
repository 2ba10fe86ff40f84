import type { ErrorCode } from '../base/errors.ts';

/** Exit codes by name: the only table there is. Scripts and Git hooks branch on them. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  malformed: 3,
  notFound: 4,
  conflict: 5,
  incomplete: 6,
  environment: 7,
  /** An error that nobody foresaw (EX_SOFTWARE of sysexits.h). */
  bug: 70,
} as const;

const BY_ERROR: Readonly<Record<ErrorCode, number>> = {
  refused: EXIT.refused,
  usage: EXIT.usage,
  malformed: EXIT.malformed,
  'not-found': EXIT.notFound,
  conflict: EXIT.conflict,
  incomplete: EXIT.incomplete,
  environment: EXIT.environment,
};

export function exitCodeOf(code: ErrorCode): number {
  return BY_ERROR[code];
}
