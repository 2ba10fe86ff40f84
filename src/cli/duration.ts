import { GitkelError, quoted } from '../base/errors.ts';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Seconds of a length of time as people write it: a whole number and a unit, `90s`, `15m`, `12h`, `30d`, `4w`.
 * @throws GitkelError `usage`.
 */
export function duration(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const seconds = SECONDS[unit ?? ''];
  if (digits === undefined || seconds === undefined) {
    throw new GitkelError('usage', `Cannot read the duration ${quoted(text)}`, {
      reason: 'duration',
      hint: 'Write a whole number with s, m, h, d or w: 90s, 15m, 12h, 30d, 4w.',
    });
  }
  return Number(digits) * seconds;
}
