/**
 * Whole days in UTC, as text `2026-11-21` and as numbers counted from 1970-01-01 on. Days are claims of whoever wrote
 * them; only their order is computed here, no clock is read.
 * @module
 */
import { malformed, quoted } from './errors.ts';

const SECONDS_PER_DAY = 86_400;
const MILLISECONDS_PER_DAY = 86_400_000;
/** 9999-12-31. */
const LAST_DAY = 2_932_896;

/** How days are written, for messages. */
export const DAY_FORM = 'a day in UTC, as 2026-11-21';

/**
 * The text of a day.
 * @param day days since 1970-01-01, from 0 to 9999-12-31
 */
export function dayText(day: number): string {
  if (!Number.isSafeInteger(day) || day < 0 || day > LAST_DAY)
    throw new Error(`${day} is no day from 1970 to 9999`);
  return new Date(day * MILLISECONDS_PER_DAY).toISOString().slice(0, 10);
}

/** Days since 1970-01-01 of a text of exactly the form that {@link dayText} writes; `undefined` for anything else. */
export function dayNumber(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const day = Date.parse(`${text}T00:00:00Z`) / MILLISECONDS_PER_DAY;
  return Number.isSafeInteger(day) && day >= 0 && dayText(day) === text ? day : undefined;
}

/** The day that seconds since 1970 fall into. */
export function dayOfSeconds(seconds: number): number {
  return Math.floor(seconds / SECONDS_PER_DAY);
}

/**
 * Reads a day that somebody wrote.
 * @throws GitkelError `malformed`, reason `day`.
 */
export function parseDay(text: string): number {
  const day = dayNumber(text);
  if (day !== undefined) return day;
  throw malformed('day', `Cannot read the day ${quoted(text)}: write it as 2026-11-21`);
}
