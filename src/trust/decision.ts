import type { Condition } from './condition.ts';
import type { TrustReason } from './trust-reason.ts';

/** What trust comes to. Only `accept` is a yes; `accept-with-conditions` is one for who keeps the conditions. */
export const DECISIONS = ['accept', 'accept-with-conditions', 'needs-review', 'reject'] as const;

/** One step of the proof, with what it rests on. */
export interface Proof {
  /** What is claimed, in one sentence without its full stop. */
  readonly claim: string;
  readonly holds: boolean;
  /** Why it does not hold, where that is known. */
  readonly reason?: TrustReason | undefined;
  /** The SAID of the statement that says so. */
  readonly statement?: string | undefined;
  readonly parts: readonly Proof[];
}

/** Why a decision is no plain yes. */
export interface FoundReason {
  readonly reason: TrustReason;
  /** What was found, in one sentence without its full stop. */
  readonly detail: string;
  /** What mends it. */
  readonly hint: string;
  /** SAIDs of the statements that it rests on. */
  readonly statements: readonly string[];
}

/** What trust comes to for one skill, as seen from one viewpoint, with its proof. */
export interface Decision {
  readonly decision: (typeof DECISIONS)[number];
  /** Empty for `accept` alone; the gravest first. */
  readonly reasons: readonly FoundReason[];
  /** What has to be kept; empty but for `accept-with-conditions`. */
  readonly conditions: readonly Condition[];
  readonly proof: Proof;
}
