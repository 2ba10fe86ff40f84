const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** How lengths of time are written, for messages. */
export const DURATION_FORM = 'a whole number with s, m, h, d or w: 90s, 15m, 12h, 30d, 4w';

/** Seconds of a length of time as people write it: a whole number and a unit, `90s`, `15m`, `12h`, `30d`, `4w`. */
export function durationSeconds(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const seconds = SECONDS[unit ?? ''];
  return digits === undefined || seconds === undefined ? undefined : Number(digits) * seconds;
}
