import * as Flags from '@oclif/core/flags';
import { DAY_FORM, dayNumber } from '../base/day.ts';
import { GitkelError, quoted } from '../base/errors.ts';

/** The day of judging, for a verdict of another day to be computed again. */
export const dayFlag = Flags.string({
  helpValue: 'DATE',
  summary: 'Judge as of this day, in UTC, by the log as it is now: 2026-11-21; else today.',
});

/** Days since 1970-01-01; `undefined` where no day is named. @throws GitkelError `usage`, reason `day`. */
export function dayOf(flag: string | undefined): number | undefined {
  if (flag === undefined) return undefined;
  const day = dayNumber(flag);
  if (day !== undefined) return day;
  throw new GitkelError('usage', `Cannot judge as of ${quoted(flag)}: that is no day`, {
    reason: 'day',
    hint: `Write ${DAY_FORM}.`,
  });
}
