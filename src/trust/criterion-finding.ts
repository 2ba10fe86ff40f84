/**
 * Whether one criterion of a requirement is met, and why not.
 * @module
 */
import { counted } from '../base/counted.ts';
import { dayText } from '../base/day.ts';
import type { ComputedCriterion } from './built-in-criteria.ts';
import { termOf } from './claim.ts';
import { type ClaimTerms, levelOf, termsOf } from './claim-problem.ts';
import type { Criterion } from './criteria.ts';
import {
  judgedEdges,
  type JudgedClaim,
  type JudgedEdge,
  type Leniency,
  pathTo,
} from './criterion-path.ts';
import type { FoundReason, Proof } from './decision.ts';
import type { SkillFacts } from './facts.ts';
import { foundReason } from './found-reason.ts';
import { edgeProof } from './trust-proof.ts';
import { releaseFactWords } from './trust-words.ts';
import type { Requirement } from './trust-policy.ts';
import type { Viewpoint } from './viewpoint.ts';

/** Whether a skill meets one criterion, and why not. */
export interface CriterionFinding {
  /** The SAID, and the name where the criterion is known. */
  readonly criterion: string;
  readonly name: string;
  readonly isMet: boolean;
  /** Why it is not met; empty when it is. */
  readonly reasons: readonly FoundReason[];
  readonly proof: Proof;
}

/** What is overlooked, one after the other, to find out what is in the way. */
const LENIENCIES = [
  'audit-expired',
  'audit-retracted',
  'vouch-expired',
  'issuer-untrusted',
  'auditor-is-publisher',
  'method-not-allowed',
  'audits-not-distinct',
] as const satisfies readonly Leniency[];

/** Statements that a sentence names. */
const NAMED = 3;

/** What is in the way of one statement, as the end of a sentence that begins with it. */
function inTheWay(
  facts: SkillFacts,
  view: Viewpoint,
  { claim }: JudgedClaim,
  problem: (typeof LENIENCIES)[number],
  terms: ClaimTerms,
): string {
  const { fact, kind } = claim;
  switch (problem) {
    case 'audit-expired':
      return `expired on ${dayText(termOf(claim).until)}`;
    case 'audit-retracted':
      return fact.why === '' ? 'was taken back' : `was taken back: ${fact.why}`;
    case 'vouch-expired':
      return `is by ${fact.controller}, who was trusted until a vouch expired`;
    case 'issuer-untrusted': {
      const level = levelOf(facts, view, claim, terms.criterion.said);
      return `is by ${fact.controller}, who is ${level === undefined ? 'not trusted' : `trusted at ${level} only`}`;
    }
    case 'auditor-is-publisher':
      return `is by ${fact.controller}, who is or is controlled by whoever controls the publisher`;
    case 'method-not-allowed':
      return kind === 'audit'
        ? `was made by the method ${fact.method}`
        : `is no audit but a ${kind}`;
    case 'audits-not-distinct':
      return fact.issuer === fact.foldedController
        ? `is by ${fact.issuer}`
        : `is by ${fact.issuer}, which ${fact.foldedController} controls`;
  }
}

function reasonOf(
  facts: SkillFacts,
  view: Viewpoint,
  edges: readonly JudgedEdge[],
  problem: (typeof LENIENCIES)[number],
  terms: ClaimTerms,
  needs: string,
): FoundReason {
  const claims = edges
    .flatMap((edge) => edge.claims)
    .filter(({ problems }) =>
      problem === 'audits-not-distinct' ? problems.length === 0 : problems.includes(problem),
    );
  const named = claims
    .slice(0, NAMED)
    .map((each) => `${each.claim.fact.said} ${inTheWay(facts, view, each, problem, terms)}`);
  const more = claims.length > NAMED ? [`and ${claims.length - NAMED} more`] : [];
  return foundReason(
    problem,
    `${needs}: ${[...named, ...more].join('; ')}`,
    claims.map(({ claim }) => claim.fact.said),
  );
}

function needsWords(
  facts: SkillFacts,
  edges: readonly JudgedEdge[],
  { criterion, trust }: ClaimTerms,
  redundancy: number,
): string {
  const last = edges.filter(({ to }) => to === facts.manifest);
  const most = Math.max(0, ...last.map(({ count }) => count));
  const needs = `${criterion.name} needs ${counted(redundancy, 'distinct controller')} trusted at ${trust} at least`;
  return most < redundancy
    ? `${needs}, and has ${most}`
    : `${needs}, and the files that the audits lead back to have too few`;
}

function audited(
  facts: SkillFacts,
  view: Viewpoint,
  requirement: Requirement,
  criterion: Criterion,
): CriterionFinding {
  const { redundancy } = requirement;
  const { said, name } = criterion;
  const terms = termsOf(requirement, criterion);
  const edges = judgedEdges(facts, view, terms);
  const path = pathTo(facts, view, edges, redundancy);
  const proofOf = (all: readonly JudgedEdge[]): readonly Proof[] =>
    all.map((edge) => edgeProof(facts, view, edge, terms, redundancy));
  if (path !== undefined) {
    const proof = { claim: `${name} is met`, holds: true, parts: proofOf(path) };
    return { criterion: said, name, isMet: true, reasons: [], proof };
  }
  const needs = needsWords(facts, edges, terms, redundancy);
  const reasons = LENIENCIES.flatMap((leniency) => {
    const lenient = judgedEdges(facts, view, terms, leniency);
    if (pathTo(facts, view, lenient, redundancy) === undefined) return [];
    const shown = leniency === 'audits-not-distinct' ? lenient : edges;
    return [reasonOf(facts, view, shown, leniency, terms, needs)];
  });
  const all = reasons.length > 0 ? reasons : [foundReason('audits-missing', needs, [])];
  const proof = {
    claim: `${name} is met`,
    holds: false,
    reason: all[0]?.reason,
    parts: proofOf(edges),
  };
  return { criterion: said, name, isMet: false, reasons: all, proof };
}

function computed(
  facts: SkillFacts,
  { said, name }: Criterion,
  which: ComputedCriterion,
): CriterionFinding {
  const { release, isIntact } = facts;
  const isAnchored = release?.standing === 'counts' && release.isAllowed;
  const isMet = which === 'content-intact' ? isIntact : isAnchored;
  const reason = which === 'content-intact' ? 'files-not-intact' : 'author-not-anchored';
  const words =
    release === undefined
      ? 'no release of these files is there'
      : `${releaseFactWords(facts, release)}${release.isAllowed ? '' : ', who may not release it here'}${release.why === '' ? '' : `: ${release.why}`}`;
  const detail =
    which === 'content-intact'
      ? `the files are ${isIntact ? '' : 'not '}those of ${facts.manifest}`
      : words;
  return {
    criterion: said,
    name,
    isMet,
    reasons: isMet ? [] : [foundReason(reason, `${name} is not met: ${detail}`, [])],
    proof: {
      claim: `${name} is met: ${detail}`,
      holds: isMet,
      reason: isMet ? undefined : reason,
      statement: which === 'author-anchored' ? release?.said : undefined,
      parts: [],
    },
  };
}

function findCriterion(
  facts: SkillFacts,
  view: Viewpoint,
  requirement: Requirement,
  said: string,
): CriterionFinding {
  const criterion = view.policy.criteria.get(said);
  if (criterion === undefined) {
    const detail = `${said} is asked for, and nobody here knows its text`;
    return {
      criterion: said,
      name: said,
      isMet: false,
      reasons: [foundReason('criterion-unknown', detail, [])],
      proof: { claim: `${said} is met`, holds: false, reason: 'criterion-unknown', parts: [] },
    };
  }
  return criterion.computed === undefined
    ? audited(facts, view, requirement, criterion)
    : computed(facts, criterion, criterion.computed);
}

/** Whether a skill meets each of the criteria that are asked for of its tier. */
export function findCriteria(facts: SkillFacts, view: Viewpoint): readonly CriterionFinding[] {
  const requirement = view.policy.requirements[facts.tier];
  return requirement === undefined
    ? []
    : requirement.criteria.map((said) => findCriterion(facts, view, requirement, said));
}

/** Whether whoever may release the skill did, where that is not asked for by name. */
export function findRelease(facts: SkillFacts, view: Viewpoint): readonly CriterionFinding[] {
  const asked = view.policy.requirements[facts.tier]?.criteria ?? [];
  return [...view.policy.criteria.values()]
    .filter(({ computed: which, said }) => which === 'author-anchored' && !asked.includes(said))
    .map((criterion) => computed(facts, criterion, 'author-anchored'));
}
