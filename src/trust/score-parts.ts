import type { AuditMethod } from './facts.ts';
import type { Tier } from './trust-policy.ts';

/** What a statement weighs in the score of a criterion. */
export interface Vote {
  /** The controller at the root of the delegations, of several who are one party the first by its AID: one vote each, and beside it that of its scanner if that is stronger. */
  readonly controller: string;
  readonly statement: string;
  readonly method: AuditMethod | 'import' | 'grant';
  /** Trust, depth, kind and freshness in percent; their product is the weight, in millionths. */
  readonly trust: number;
  readonly depth: number;
  readonly kind: number;
  readonly freshness: number;
  readonly weight: number;
}

/** The score of one criterion, with the votes that it is made of. */
export interface CriterionScore {
  readonly criterion: string;
  readonly name: string;
  /** 0 to 100. */
  readonly score: number;
  /** Whether the gate holds it for met. */
  readonly isMet: boolean;
  /** The votes on the weakest edge of the strongest path to the files, the strongest first. */
  readonly votes: readonly Vote[];
}

/** A view of how well a skill is vouched for, relative to the roots; it decides nothing. Whole numbers from 0 to 100. */
export interface Score {
  readonly value: number;
  readonly integrity: number;
  readonly author: number;
  /** The lowest of the criteria that are asked for; `undefined` where none is that audits could meet. */
  readonly audit: number | undefined;
  readonly transparency: number;
  /** How much harm it could do: shown, and part of no sum. */
  readonly permissions: Tier;
  /** How many of the criteria that are asked for are met. */
  readonly coverage: { readonly met: number; readonly required: number };
  readonly criteria: readonly CriterionScore[];
  /** The AIDs that it is relative to. */
  readonly roots: readonly string[];
}
