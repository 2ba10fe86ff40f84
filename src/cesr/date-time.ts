/**
 * Date and time in CESR: ISO 8601 with microseconds and an offset, the characters outside of Base64 replaced.
 * @module
 */
import { malformed, quoted, type GitkelError } from '../base/errors.ts';
import { decodePrimitive } from './primitive.ts';

const CODE = '1AAG';
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.\d{6}[+-](\d\d):(\d\d)$/;

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isDateTime(text: string): boolean {
  const match = DATE_TIME.exec(text);
  if (match === null) return false;
  const [
    year = 0,
    month = 0,
    day = 0,
    hour = 0,
    minute = 0,
    second = 0,
    offsetHour = 0,
    offsetMinute = 0,
  ] = match.slice(1).map(Number);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return false;
  return hour < 24 && minute < 60 && second < 60 && offsetHour < 24 && offsetMinute < 60;
}

function unreadable(text: string): GitkelError {
  return malformed(
    'cesr-date-time',
    `Cannot read the date and time ${quoted(text)}: no such moment can be meant`,
  );
}

/** The CESR text (36 characters) of `YYYY-MM-DDThh:mm:ss.ffffff+hh:mm`. */
export function encodeDateTime(dateTime: string): string {
  if (!isDateTime(dateTime))
    throw new Error(`${quoted(dateTime)} is not a date and time with microseconds`);
  return CODE + dateTime.replaceAll(':', 'c').replace('.', 'd').replace('+', 'p');
}

/**
 * The date and time that a CESR text stands for, as `YYYY-MM-DDThh:mm:ss.ffffff+hh:mm`.
 * @throws GitkelError `malformed` for anything else.
 */
export function decodeDateTime(text: string): string {
  if (decodePrimitive(text).code !== CODE) throw unreadable(text);
  const dateTime = text.slice(CODE.length).replaceAll('c', ':').replace('d', '.').replace('p', '+');
  if (!isDateTime(dateTime)) throw unreadable(text);
  return dateTime;
}
