import * as Flags from '@oclif/core/flags';
import { parseDay } from '../base/day.ts';

/** The day of judging, for a verdict of another day to be computed again. */
export const dayFlag = Flags.string({
  helpValue: 'DATE',
  summary: 'Judge as of this day, in UTC, by the log as it is now: 2026-11-21; else today.',
});

/** Days since 1970-01-01; `undefined` where no day is named. @throws GitkelError `malformed`, reason `day`. */
export function dayOf(flag: string | undefined): number | undefined {
  return flag === undefined ? undefined : parseDay(flag);
}
