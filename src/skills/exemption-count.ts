import { counted } from '../base/counted.ts';

/** How many skills of a report are let in by exemptions. */
export interface ExemptionCount {
  /** Skills in all. */
  readonly total: number;
  readonly exempted: number;
  /** Of these, those whose exemption ends within {@link SOON_DAYS}. */
  readonly expiring: number;
}

/** Days within which an exemption ends soon. */
export const SOON_DAYS = 30;

/**
 * Counts them.
 * @param daysLeft for each skill the days for which its exemption still holds, `undefined` where it is let in by none
 */
export function countExemptions(daysLeft: readonly (number | undefined)[]): ExemptionCount {
  const left = daysLeft.filter((days) => days !== undefined);
  return {
    total: daysLeft.length,
    exempted: left.length,
    expiring: left.filter((days) => days <= SOON_DAYS).length,
  };
}

/** What a report says of them; nothing where there are none. */
export function exemptionLines({ total, exempted, expiring }: ExemptionCount): readonly string[] {
  if (exempted === 0) return [];
  const [are, expire] = [exempted === 1 ? 'is' : 'are', expiring === 1 ? 'expires' : 'expire'];
  return [
    `${exempted} of ${counted(total, 'skill')} ${are} exempted, ${expiring} ${expire} within ${SOON_DAYS} days`,
  ];
}
