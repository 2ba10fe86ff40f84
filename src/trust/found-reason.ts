import type { FoundReason } from './decision.ts';
import { TRUST_REASONS, type TrustReason } from './trust-reason.ts';

/** A reason with what was found, and what mends it. */
export function foundReason(
  reason: TrustReason,
  detail: string,
  statements: readonly string[],
): FoundReason {
  return { reason, detail, hint: TRUST_REASONS[reason].mend, statements: [...new Set(statements)] };
}

const ORDER: readonly string[] = Object.keys(TRUST_REASONS);

/** The gravest reasons first, in the order of the table; those of one kind as they come. */
export function byGravity(reasons: readonly FoundReason[]): readonly FoundReason[] {
  return reasons.toSorted((a, b) => ORDER.indexOf(a.reason) - ORDER.indexOf(b.reason));
}
