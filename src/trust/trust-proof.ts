/**
 * The proof tree of a criterion: who says so, and why they are trusted.
 * @module
 */
import { counted } from '../base/counted.ts';
import type { ClaimTerms } from './claim-problem.ts';
import type { JudgedClaim, JudgedEdge } from './criterion-path.ts';
import type { Proof } from './decision.ts';
import { ownDistrusted } from './effective-trust.ts';
import type { SkillFacts } from './facts.ts';
import { rankOf } from './level.ts';
import { stepsOf } from './paths.ts';
import { claimWords, vouchWords } from './trust-words.ts';
import type { Viewpoint } from './viewpoint.ts';

function leaf(claim: string, holds: boolean, statement?: string): Proof {
  return { claim, holds, statement, parts: [] };
}

/** Why somebody is trusted to judge a criterion, or not. */
export function trustProof(
  { name }: SkillFacts,
  view: Viewpoint,
  aid: string,
  { criterion, trust }: Pick<ClaimTerms, 'criterion' | 'trust'>,
): Proof {
  const { trusted, removed } = view.trust({ name, criterion: criterion.said });
  const asked = `${aid} is trusted to judge ${criterion.name}, at ${trust} at least`;
  if (removed.has(aid)) {
    const vouch = removed.get(aid);
    const by =
      vouch === undefined
        ? leaf(`the viewer distrusts ${aid}`, true)
        : leaf(vouchWords(vouch), true, vouch.said);
    return { claim: asked, holds: false, reason: 'issuer-untrusted', parts: [by] };
  }
  const found = trusted.get(aid);
  if (found === undefined)
    return { claim: asked, holds: false, reason: 'issuer-untrusted', parts: [] };
  const steps = stepsOf(found.reached);
  const root = steps[0]?.controller ?? aid;
  const holds = rankOf(found.level) >= rankOf(trust);
  return {
    claim: `${asked}: it is at ${found.level}`,
    holds,
    reason: holds ? undefined : 'issuer-untrusted',
    parts: [
      leaf(`${root} is a root`, true),
      ...steps.map((vouch) => leaf(vouchWords(vouch), true, vouch.said)),
    ],
  };
}

function claimProof(
  facts: SkillFacts,
  view: Viewpoint,
  { claim, problems }: JudgedClaim,
  terms: ClaimTerms,
): Proof {
  const { said, controller } = claim.fact;
  const trust = trustProof(facts, view, controller, terms);
  const { criterion } = terms;
  const { removed } = view.trust({ name: facts.name, criterion: criterion.said });
  const silenced = ownDistrusted(claim.fact, removed);
  return {
    claim: claimWords(view.policy.criteria, claim),
    holds: problems.length === 0,
    reason: problems[0],
    statement: said,
    parts:
      trust.holds && silenced !== undefined
        ? [trust, leaf(`the viewer distrusts ${silenced}`, true)]
        : [trust],
  };
}

/** What is said about one edge, with who says it. */
export function edgeProof(
  facts: SkillFacts,
  view: Viewpoint,
  edge: JudgedEdge,
  terms: ClaimTerms,
  redundancy: number,
): Proof {
  const { from, to, count, claims } = edge;
  const files = to === facts.manifest ? 'the files' : `the files of ${to}`;
  const what = from === undefined ? `${files} as a whole` : `what changed from ${from} to ${files}`;
  return {
    claim: `${counted(redundancy, 'distinct controller')} for ${what}: there are ${count}`,
    holds: count >= redundancy,
    parts: claims.map((each) => claimProof(facts, view, each, terms)),
  };
}
