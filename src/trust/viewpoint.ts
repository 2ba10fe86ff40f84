/**
 * What the questions about trust are asked of: a policy, who is reachable from its roots, and the day.
 * @module
 */
import type { VouchFact } from './facts.ts';
import type { TrustLevel } from './level.ts';
import type { TrustPolicy } from './trust-policy.ts';

/**
 * The vouches in the name of a controller, in any order, also those that expired or were taken back. It is asked once for
 * each AID that the roots ever reached, never for others, and read only as far as the bounds allow.
 */
export type VouchesOf = (aid: string) => Iterable<VouchFact>;

/** What trust is asked about: the judgement of a criterion of skills of this name. */
export interface TrustQuestion {
  readonly name: string;
  /** The SAID of a criterion; without one the vouches count that are limited to some. */
  readonly criterion?: string | undefined;
}

/** How an AID is trusted for a question. */
export interface Trusted {
  readonly aid: string;
  readonly level: TrustLevel;
  /** What the path costs, at most `PATH_COST`. */
  readonly cost: number;
  /** The vouches from a root to it, the root's first; empty for a root. */
  readonly path: readonly VouchFact[];
}

export interface Viewpoint {
  readonly policy: TrustPolicy;
  /** The day of judging. */
  readonly now: number;
  /** Every AID that roots and vouches ever reached, whatever became of them and whatever they are limited to. */
  readonly heard: ReadonlySet<string>;
}
