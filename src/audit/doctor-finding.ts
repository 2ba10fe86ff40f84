import { GitkelError } from '../base/errors.ts';

/** One thing that was looked at: how it is, and what mends it. */
export interface DoctorFinding {
  /** Stable name of what was looked at. */
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'error';
  readonly detail: string;
  /** What to do; `null` when there is nothing to do. */
  readonly mend: string | null;
}

export function fine(check: string, detail: string): DoctorFinding {
  return { check, level: 'ok', detail, mend: null };
}

export function warning(check: string, detail: string, mend: string): DoctorFinding {
  return { check, level: 'warning', detail, mend };
}

export function failure(check: string, detail: string, mend: string): DoctorFinding {
  return { check, level: 'error', detail, mend };
}

/** A failed step as a finding, with the hint of its error, or else `mend`. */
export function failed(check: string, error: GitkelError, mend: string): DoctorFinding {
  return failure(check, error.message, error.hint ?? mend);
}

/** Runs a check; trouble that it meets is a finding, too. */
export function attempt(
  check: string,
  mend: string,
  step: () => readonly DoctorFinding[],
): readonly DoctorFinding[] {
  try {
    return step();
  } catch (error) {
    if (error instanceof GitkelError) return [failed(check, error, mend)];
    throw error;
  }
}
