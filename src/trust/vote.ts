/**
 * What each statement weighs, and what statements come to together.
 * @module
 */
import { type Claim, termOf } from './claim.ts';
import { levelOf } from './claim-problem.ts';
import { behind, partiesOf } from './control.ts';
import type { JudgedEdge } from './criterion-path.ts';
import type { AuditMethod, SkillFacts } from './facts.ts';
import { type Depth, rankOf, type TrustLevel } from './level.ts';
import type { Vote } from './score-parts.ts';
import type { Viewpoint } from './viewpoint.ts';

/** What trust in whoever speaks weighs, in percent. */
export const TRUST_WEIGHTS: Readonly<Record<TrustLevel, number>> = {
  high: 90,
  medium: 60,
  low: 30,
};
/** What an audit weighs by the lesser of its thoroughness and its understanding, in percent. */
const DEPTH: Readonly<Record<Depth, number>> = { high: 100, medium: 80, low: 50, none: 0 };
/** What an audit weighs by how it was made, in percent. */
const KIND: Readonly<Record<AuditMethod, number>> = {
  human: 100,
  'human+llm': 70,
  llm: 40,
  scanner: 25,
};
/** A weight of all; weights are products of four percentages, in millionths. */
const WHOLE = 1_000_000n;
function depthOf({ kind, fact }: Claim): number {
  if (kind !== 'audit') return DEPTH.low;
  const { thoroughness, understanding } = fact;
  return DEPTH[rankOf(thoroughness) < rankOf(understanding) ? thoroughness : understanding];
}

/** What is left of the term of a claim, in whole percent, rounded down. */
function freshnessOf(claim: Claim, now: number): number {
  const { from, until } = termOf(claim);
  if (now < from || now >= until) return 0;
  return Math.floor(((until - now) * 100) / (until - from));
}

/**
 * What a claim weighs towards a criterion.
 * @param controller whose vote it is: that of its party
 */
export function voteOf(
  facts: SkillFacts,
  view: Viewpoint,
  claim: Claim,
  criterion: string,
  controller = claim.fact.foldedController,
): Vote {
  const level = levelOf(facts, view, claim, criterion);
  const trust = level === undefined ? 0 : TRUST_WEIGHTS[level];
  const depth = depthOf(claim);
  const kind = claim.kind === 'audit' ? KIND[claim.fact.method] : KIND.human;
  const freshness = freshnessOf(claim, view.now);
  return {
    controller,
    statement: claim.fact.said,
    method: claim.kind === 'audit' ? claim.fact.method : claim.kind,
    trust,
    depth,
    kind,
    freshness,
    weight: Math.floor((trust * depth * kind * freshness) / 100),
  };
}

function byWeight(a: Vote, b: Vote): number {
  return b.weight - a.weight || (a.statement < b.statement ? -1 : 1);
}

/** The first vote of each party. */
function firstOfEach(votes: readonly Vote[]): readonly Vote[] {
  const controllers = new Set<string>();
  return votes.filter(({ controller }) => {
    const isFirst = !controllers.has(controller);
    controllers.add(controller);
    return isFirst;
  });
}

/** What counts on an edge, the strongest first. */
export function votesOn(
  facts: SkillFacts,
  view: Viewpoint,
  { claims }: JudgedEdge,
  criterion: string,
): readonly Vote[] {
  const counting = claims.filter(({ problems }) => problems.length === 0);
  // As for the gate: devices and delegates of one, by whichever way, are one.
  const parties = partiesOf(counting.map(({ claim }) => behind(claim.fact)));
  const votes = counting
    .map(({ claim }, index) => voteOf(facts, view, claim, criterion, parties[index]))
    .toSorted(byWeight);
  const unscanned = firstOfEach(votes.filter(({ method }) => method !== 'scanner'));
  return [...new Set([...firstOfEach(votes), ...unscanned])].toSorted(byWeight);
}

/** What votes leave open together, of `WHOLE` to the power of their number. */
function leftOpen(votes: readonly Vote[]): bigint {
  let left = 1n;
  for (const { weight } of votes) left *= WHOLE - BigInt(weight);
  return left;
}

/**
 * 100 times what votes leave no doubt of, rounded down: each leaves open a part of what the others do. Scanners together
 * close at most half of what is left open without them.
 */
export function scoreOfVotes(votes: readonly Vote[]): number {
  const all = firstOfEach(votes);
  const unscanned = firstOfEach(votes.filter(({ method }) => method !== 'scanner'));
  const whole = 2n * WHOLE ** BigInt(all.length);
  const left = 2n * leftOpen(all);
  const half = leftOpen(unscanned) * WHOLE ** BigInt(all.length - unscanned.length);
  return Number((100n * (whole - (left > half ? left : half))) / whole);
}
