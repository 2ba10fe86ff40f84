import * as Flags from '@oclif/core/flags';
import { DAY_FORM, dayNumber, dayOfSeconds, dayText } from '../base/day.ts';
import { durationSeconds } from '../base/duration.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import type { Term } from '../records/skill-statement.ts';

/** The last day of a statement. It is not called `expires`: that is when a staged batch does. */
export const untilFlag = {
  until: Flags.string({
    helpValue: 'DATE|90d',
    summary: 'The first day on which it holds no more, in UTC, or how long it holds.',
  }),
};

const SECONDS_PER_DAY = 86_400;

function endOf(today: number, text: string): number | undefined {
  const seconds = durationSeconds(text);
  if (seconds === undefined) return dayNumber(text);
  return seconds % SECONDS_PER_DAY === 0 ? today + seconds / SECONDS_PER_DAY : undefined;
}

/**
 * The days of a statement that is made now.
 * @param usual for how many days it holds unless told
 * @param most for how many days it may
 * @throws GitkelError `usage`, reason `term`.
 */
export function termFromNow(
  host: Pick<Host, 'now'>,
  text: string | undefined,
  { usual, most }: { readonly usual: number; readonly most: number },
): Term {
  const today = dayOfSeconds(host.now());
  const end = text === undefined ? today + usual : endOf(today, text);
  if (end === undefined) {
    throw new GitkelError('usage', `Cannot read ${quoted(text)} as the end of a statement`, {
      reason: 'term',
      hint: `Write ${DAY_FORM}, or a number of whole days or weeks: 90d, 12w.`,
    });
  }
  if (end > today && end - today <= most) return { first: dayText(today), end: dayText(end) };
  throw new GitkelError(
    'usage',
    `Cannot let this hold until ${quoted(text)}: 1 to ${most} days from ${dayText(today)} on are allowed, until ${dayText(today + most)} at the latest`,
    { reason: 'term', hint: 'Say it anew when it ends.' },
  );
}
