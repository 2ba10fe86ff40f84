import { GitkelError, malformed, quoted } from '../base/errors.ts';

/** The last second that the form can say: 9999-12-31T23:59:59Z. */
const LAST_SECOND = 253_402_300_799;

/**
 * Seconds since 1970 as `2026-11-21T09:00:00Z`.
 * @throws GitkelError `usage` for what is no whole number of seconds from 1970 to 9999.
 */
export function formatTime(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > LAST_SECOND) {
    throw new GitkelError('usage', `Cannot write the time ${seconds}: seconds from 1970 to 9999 are meant`, { reason: 'time' });
  }
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/**
 * Reads exactly the form that {@link formatTime} writes.
 * @throws GitkelError `malformed`.
 */
export function parseTime(text: string): number {
  const seconds = Date.parse(text) / 1000;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && seconds >= 0;
  if (!isTime || formatTime(seconds) !== text) {
    throw malformed('time', `Cannot read the time ${quoted(text)}: write it as 2026-11-21T09:00:00Z`);
  }
  return seconds;
}
