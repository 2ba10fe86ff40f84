/**
 * Whom somebody who judges skills trusts, and what they ask for.
 * @module
 */
import type { Criteria } from './criteria.ts';
import type { AuditMethod, TrustScope } from './facts.ts';
import type { TrustLevel, VouchLevel } from './level.ts';

/** How much harm a skill could do with what it asks for, the least first. */
export const TIERS = ['T0', 'T1', 'T2', 'T3'] as const;
export type Tier = (typeof TIERS)[number];

/** An AID that the viewer knows first hand. With `distrust` nothing that it says is heard, for and against. */
export interface TrustRoot {
  readonly aid: string;
  readonly level: VouchLevel;
  readonly scope: TrustScope;
}

/** What a skill has to meet. */
export interface Requirement {
  /** SAIDs of criteria, all of which it has to meet. */
  readonly criteria: readonly string[];
  /** How far who says so has to be trusted. */
  readonly trust: TrustLevel;
  /** How many distinct controllers have to say so, at least 1. */
  readonly redundancy: number;
  /**
   * How audits may be made. Where it is not said: by people, with the help of a language model or without, and for the
   * criterion `scanned` by a scanner; and grants and imports count like audits. Where it is said, only audits count.
   */
  readonly methods?: readonly AuditMethod[] | undefined;
}

/** What trust is judged by: roots, criteria, and what is asked for of each tier. */
export interface TrustPolicy {
  readonly roots: readonly TrustRoot[];
  /** Every criterion that the policy knows, built in or its own. */
  readonly criteria: Criteria;
  /** A tier that is not named asks for nothing. */
  readonly requirements: Readonly<Partial<Record<Tier, Requirement>>>;
}
