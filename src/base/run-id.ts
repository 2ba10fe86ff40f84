/**
 * Names of runs.
 * @module
 */
import { dayNumber } from './day.ts';

const RUN_ID = /^(\d{4}-\d{2}-\d{2})-[0-9a-f]{12}$/;

/** The day, in UTC, on which a run of that name began; `undefined` for what is no name of a run. */
export function runDay(id: string): string | undefined {
  const day = RUN_ID.exec(id)?.[1];
  return day === undefined || dayNumber(day) === undefined ? undefined : day;
}
