/**
 * Whether a criterion is met: by a path from nothing to the files, each edge of which enough controllers vouch for.
 * @module
 */
import { type Claim, type Edge, edgesFor, failedAudits, newestClaims } from './claim.ts';
import { type ClaimProblem, claimProblems, type ClaimTerms } from './claim-problem.ts';
import { behind, countParties } from './control.ts';
import type { SkillFacts } from './facts.ts';
import type { Viewpoint } from './viewpoint.ts';

/** What is overlooked to find out why a criterion is not met. */
export type Leniency = ClaimProblem | 'audits-not-distinct';

/** What one party says about an edge. */
export interface JudgedClaim {
  readonly claim: Claim;
  /** Why it does not count; empty when it does. */
  readonly problems: readonly ClaimProblem[];
}

export interface JudgedEdge {
  readonly from: string | undefined;
  readonly to: string;
  readonly claims: readonly JudgedClaim[];
  /** How many distinct controllers say so in a way that counts. */
  readonly count: number;
}

/** Everything that is said of a criterion, judged by some terms. */
export function judgedEdges(
  facts: SkillFacts,
  view: Viewpoint,
  terms: ClaimTerms,
  leniency?: Leniency,
): readonly JudgedEdge[] {
  const areApart = leniency === 'audits-not-distinct';
  const partyOf = ({ fact }: Claim): string => (areApart ? fact.issuer : fact.controller);
  const partiesOf = ({ fact }: Claim): readonly string[] =>
    areApart ? [fact.issuer] : behind(fact);
  return edgesFor(facts, view, terms.criterion.said).map((edge: Edge): JudgedEdge => {
    const claims = newestClaims(edge, partyOf).map((claim): JudgedClaim => {
      const problems = claimProblems(facts, view, claim, terms);
      return { claim, problems: problems.filter((problem) => problem !== leniency) };
    });
    const counting = claims.filter(({ problems }) => problems.length === 0);
    const count = countParties(counting.map(({ claim }) => partiesOf(claim)));
    return { from: edge.from, to: edge.to, claims, count };
  });
}

/** Edges by where they start: from nothing, which is `undefined`, or from the files of a manifest. */
export function edgesByStart<T extends Pick<Edge, 'from'>>(
  edges: readonly T[],
): ReadonlyMap<string | undefined, readonly T[]> {
  const starts = new Map<string | undefined, T[]>();
  for (const edge of edges) {
    const same = starts.get(edge.from);
    if (same === undefined) starts.set(edge.from, [edge]);
    else same.push(edge);
  }
  return starts;
}

/** The manifests that no path leads through: somebody who is heard found that their files fail. */
export function closedManifests(facts: SkillFacts, view: Viewpoint): ReadonlySet<string> {
  const closed = new Set(failedAudits(facts, view).map(({ manifest }) => manifest));
  closed.delete(facts.manifest);
  return closed;
}

/**
 * The shortest path to the files from nothing whose every edge has enough controllers by itself; `undefined` when there is
 * none. It leads through no other files that somebody who is heard found to fail.
 */
export function pathTo(
  facts: SkillFacts,
  view: Viewpoint,
  edges: readonly JudgedEdge[],
  redundancy: number,
): readonly JudgedEdge[] | undefined {
  const starts = edgesByStart(edges.filter(({ count }) => count >= redundancy));
  const closed = closedManifests(facts, view);
  const last = new Map<string, JudgedEdge>();
  const places: (string | undefined)[] = [undefined];
  for (const place of places) {
    for (const edge of starts.get(place) ?? []) {
      if (last.has(edge.to) || closed.has(edge.to)) continue;
      last.set(edge.to, edge);
      places.push(edge.to);
    }
  }
  const path: JudgedEdge[] = [];
  for (let at: string | undefined = facts.manifest; at !== undefined;) {
    const edge = last.get(at);
    if (edge === undefined) return undefined;
    path.push(edge);
    at = edge.from;
  }
  return path.toReversed();
}
