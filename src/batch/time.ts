import { malformed, quoted } from '../base/errors.ts';

/** Seconds since 1970 as `2026-11-21T09:00:00Z`. */
export function formatTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/**
 * Reads exactly the form that {@link formatTime} writes.
 * @throws GitkelError `malformed`.
 */
export function parseTime(text: string): number {
  const seconds = Date.parse(text) / 1000;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) || !Number.isSafeInteger(seconds) || formatTime(seconds) !== text) {
    throw malformed('time', `Cannot read the time ${quoted(text)}: write it as 2026-11-21T09:00:00Z`);
  }
  return seconds;
}
