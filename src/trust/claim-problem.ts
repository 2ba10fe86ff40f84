import { SCANNED } from './built-in-criteria.ts';
import { type Claim, termOf } from './claim.ts';
import { areOneParty } from './control.ts';
import type { Criterion } from './criteria.ts';
import { ownDistrusted } from './effective-trust.ts';
import { type AuditMethod, AUDIT_METHODS, type SkillFacts } from './facts.ts';
import { rankOf, type TrustLevel } from './level.ts';
import type { Requirement } from './trust-policy.ts';
import type { Viewpoint } from './viewpoint.ts';

/** Why what somebody says does not count towards a criterion. */
export type ClaimProblem =
  | 'audit-retracted'
  | 'audit-expired'
  | 'vouch-expired'
  | 'issuer-untrusted'
  | 'auditor-is-publisher'
  | 'method-not-allowed'
  | 'audit-failed';

/** What a claim has to be like to count. */
export interface ClaimTerms {
  readonly criterion: Criterion;
  readonly trust: TrustLevel;
  readonly methods: readonly AuditMethod[];
  /** Whether imports and grants count, too. */
  readonly countsOthers: boolean;
}

/** The terms of a requirement for one of its criteria. */
export function termsOf(
  { trust, methods }: Pick<Requirement, 'trust' | 'methods'>,
  criterion: Criterion,
): ClaimTerms {
  const byPeople: readonly AuditMethod[] = ['human', 'human+llm'];
  const usual = criterion.name === SCANNED ? [...byPeople, 'scanner' as const] : byPeople;
  return {
    criterion,
    trust,
    methods: methods ?? usual,
    countsOthers: methods === undefined,
  };
}

/** The widest terms: whatever has any weight counts. */
export function widestTerms(criterion: Criterion): ClaimTerms {
  return { criterion, trust: 'low', methods: AUDIT_METHODS, countsOthers: true };
}

/** The level at which the issuer of a claim is trusted to judge a criterion; `undefined` for none. */
export function levelOf(
  facts: SkillFacts,
  view: Viewpoint,
  { fact }: Claim,
  criterion: string,
  lasts = false,
): TrustLevel | undefined {
  const { trusted, removed } = view.trust({ name: facts.name, criterion }, lasts);
  // Whoever the viewer distrusts is not trusted by way of an identifier that they control either, nor as its device.
  return ownDistrusted(fact, removed) === undefined
    ? trusted.get(fact.controller)?.level
    : undefined;
}

function trustProblem(
  facts: SkillFacts,
  view: Viewpoint,
  claim: Claim,
  { criterion, trust }: ClaimTerms,
): 'vouch-expired' | 'issuer-untrusted' | undefined {
  const reaches = (lasts: boolean): boolean =>
    rankOf(levelOf(facts, view, claim, criterion.said, lasts)) >= rankOf(trust);
  if (reaches(false)) return undefined;
  return reaches(true) ? 'vouch-expired' : 'issuer-untrusted';
}

function isMethodAllowed(claim: Claim, { methods, countsOthers }: ClaimTerms): boolean {
  return claim.kind === 'audit' ? methods.includes(claim.fact.method) : countsOthers;
}

/** Why a claim does not count, all of it; empty when it does. */
export function claimProblems(
  facts: SkillFacts,
  view: Viewpoint,
  claim: Claim,
  terms: ClaimTerms,
): readonly ClaimProblem[] {
  const { fact, kind } = claim;
  const trust = trustProblem(facts, view, claim, terms);
  return [
    ...(kind === 'audit' && fact.result === 'fail' ? (['audit-failed'] as const) : []),
    ...(fact.standing === 'counts' ? [] : (['audit-retracted'] as const)),
    ...(view.now < termOf(claim).until ? [] : (['audit-expired'] as const)),
    ...(trust === undefined ? [] : [trust]),
    ...(facts.release !== undefined && areOneParty(fact, facts.release)
      ? (['auditor-is-publisher'] as const)
      : []),
    ...(isMethodAllowed(claim, terms) ? [] : (['method-not-allowed'] as const)),
  ];
}
