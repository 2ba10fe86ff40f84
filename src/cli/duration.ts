import { DURATION_FORM, durationSeconds } from '../base/duration.ts';
import { GitkelError, quoted } from '../base/errors.ts';

/**
 * Seconds of a length of time as people write it: a whole number and a unit, `90s`, `15m`, `12h`, `30d`, `4w`.
 * @throws GitkelError `usage`.
 */
export function duration(text: string): number {
  const seconds = durationSeconds(text);
  if (seconds === undefined) {
    throw new GitkelError('usage', `Cannot read the duration ${quoted(text)}`, {
      reason: 'duration',
      hint: `Write ${DURATION_FORM}.`,
    });
  }
  return seconds;
}
