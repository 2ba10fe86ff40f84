/**
 * How far somebody is trusted to judge skills, and what trusting through them costs.
 * @module
 */

/** Levels that carry trust, the lowest first. */
export const TRUST_LEVELS = ['low', 'medium', 'high'] as const;
export type TrustLevel = (typeof TRUST_LEVELS)[number];

/** What a vouch may say: `none` takes back what was said before, `distrust` removes. */
export const VOUCH_LEVELS = ['distrust', 'none', ...TRUST_LEVELS] as const;
export type VouchLevel = (typeof VOUCH_LEVELS)[number];

/** How much of a whole: the thoroughness of an audit, and the understanding in it. */
export const DEPTHS = ['none', 'low', 'medium', 'high'] as const;
export type Depth = (typeof DEPTHS)[number];

/** A level as a number: 3 high, 2 medium, 1 low, 0 for no trust. */
export function rankOf(level: VouchLevel | Depth | undefined): number {
  switch (level) {
    case 'high':
      return 3;
    case 'medium':
      return 2;
    case 'low':
      return 1;
    case 'none':
    case 'distrust':
    case undefined:
      return 0;
  }
}

/** Whether a level carries trust. */
export function carriesTrust(level: VouchLevel): level is TrustLevel {
  return rankOf(level) > 0;
}

/** What one step along a path costs, by the level of that step. */
export const STEP_COSTS: Readonly<Record<TrustLevel, number>> = { high: 0, medium: 1, low: 5 };

/** What a whole path may cost. */
export const PATH_COST = 10;
