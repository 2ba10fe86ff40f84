/**
 * What people write down about whom they trust and what they ask for, as the evaluation takes it.
 * @module
 */
import type { Crypto } from '../crypto/crypto.ts';
import { type Criteria, criteriaOf, criterionNamed, type CriterionDefinition } from './criteria.ts';
import type { AuditMethod } from './facts.ts';
import type { TrustLevel, VouchLevel } from './level.ts';
import { type Requirement, TIERS, type Tier, type TrustPolicy } from './trust-policy.ts';

/** Somebody who is known first hand. Empty lists limit nothing. */
export interface StatedRoot {
  readonly aid: string;
  readonly level: VouchLevel;
  /** Names or SAIDs of criteria. */
  readonly criteria?: readonly string[] | undefined;
  readonly names: readonly string[];
}

/** What is asked of the skills of a tier. */
export interface StatedRequirement {
  /** Names or SAIDs of criteria. */
  readonly criteria: readonly string[];
  readonly trust: TrustLevel;
  readonly redundancy: number;
  /** How audits may be made; the usual ways where none is named. */
  readonly methods: readonly AuditMethod[];
}

/** Whom somebody trusts, and what they ask for, as it is written down. */
export interface StatedTrust {
  readonly roots: readonly StatedRoot[];
  /** Criteria beside those that are built in. */
  readonly criteria: readonly CriterionDefinition[];
  /** By tier; which one is for a tier, `requiredBy` says. */
  readonly require: Readonly<Partial<Record<Tier | 'all', StatedRequirement>>>;
}

/** SAIDs of criteria. A name that nobody defined stays as it is: no audit names it, so that it is never met. */
function saidsOf(criteria: Criteria, refs: readonly string[]): readonly string[] {
  return refs.map((ref) => criterionNamed(criteria, ref)?.said ?? ref);
}

function requirementOf(
  criteria: Criteria,
  { criteria: refs, trust, redundancy, methods }: StatedRequirement,
): Requirement {
  return {
    criteria: saidsOf(criteria, refs),
    trust,
    redundancy,
    methods: methods.length === 0 ? undefined : methods,
  };
}

/**
 * Which requirement is for the skills of a tier: that of the tier; else the one for all; else that of the next lower tier, so
 * that nobody is asked for less by asking for more.
 */
export function requiredBy(
  require: StatedTrust['require'],
  tier: Tier,
): keyof StatedTrust['require'] | undefined {
  if (require[tier] !== undefined) return tier;
  if (require.all !== undefined) return 'all';
  return TIERS.slice(0, TIERS.indexOf(tier)).findLast((lower) => require[lower] !== undefined);
}

/**
 * The policy that a person or a repository wrote down.
 * @throws GitkelError as {@link criteriaOf}, for criteria that imply each other in a circle and the like.
 */
export function statedPolicy(
  crypto: Crypto,
  { roots, criteria: own, require }: StatedTrust,
): TrustPolicy {
  const criteria = criteriaOf(crypto, own);
  return {
    roots: roots.map(({ aid, level, criteria: refs = [], names }) => ({
      aid,
      level,
      scope: {
        criteria: refs.length === 0 ? undefined : saidsOf(criteria, refs),
        names: names.length === 0 ? undefined : names,
      },
    })),
    criteria,
    requirements: Object.fromEntries(
      TIERS.flatMap((tier) => {
        const by = requiredBy(require, tier);
        const stated = by === undefined ? undefined : require[by];
        return stated === undefined ? [] : [[tier, requirementOf(criteria, stated)] as const];
      }),
    ),
  };
}
