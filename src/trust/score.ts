/**
 * The score: a view of what speaks for a skill, in whole numbers, relative to the roots of whoever looks. It decides
 * nothing. Everything is computed exactly and rounded down once, where a percentage comes out, so that it does not depend
 * on the order of anything.
 * @module
 */
import { failedAudits } from './claim.ts';
import { widestTerms } from './claim-problem.ts';
import { type CriterionFinding, findCriteria } from './criterion-finding.ts';
import { closedManifests, edgesByStart, judgedEdges } from './criterion-path.ts';
import { heardRevocations } from './decide.ts';
import { ownDistrusted } from './effective-trust.ts';
import type { SkillFacts } from './facts.ts';
import { rankOf } from './level.ts';
import type { CriterionScore, Score, Vote } from './score-parts.ts';
import type { Viewpoint } from './viewpoint.ts';
import { scoreOfVotes, TRUST_WEIGHTS, votesOn } from './vote.ts';

/** What a publisher weighs whom the viewer lets release here, whether or not trusted otherwise. */
const ALLOWED = 60;
/** How much the dimensions add to the value. */
const SHARES = { author: 30, audit: 50, transparency: 20 } as const;

interface ScoredEdge {
  readonly from: string | undefined;
  readonly to: string;
  readonly votes: readonly Vote[];
  readonly score: number;
}

/** What a path comes to is its weakest edge. */
interface ScoredPath {
  readonly score: number;
  readonly weakest: ScoredEdge | undefined;
}

/** The strongest path from nothing to the files; `undefined` where no path leads there. */
function strongestPath(
  edges: readonly ScoredEdge[],
  closed: ReadonlySet<string>,
  manifest: string,
): ScoredPath | undefined {
  const starts = edgesByStart(edges);
  const best = new Map<string | undefined, ScoredPath>([
    [undefined, { score: 100, weakest: undefined }],
  ]);
  const open = new Set<string | undefined>([undefined]);
  for (const place of open) {
    // Taken out, so that it comes again when a stronger path leads there.
    open.delete(place);
    const path = best.get(place);
    for (const edge of path === undefined ? [] : (starts.get(place) ?? [])) {
      const isWeaker = edge.score <= (path?.score ?? 0);
      const next = isWeaker ? { score: edge.score, weakest: edge } : path;
      if (next === undefined || closed.has(edge.to)) continue;
      if (next.score <= (best.get(edge.to)?.score ?? -1)) continue;
      best.set(edge.to, next);
      open.add(edge.to);
    }
  }
  return best.get(manifest);
}

function scoreCriterion(
  facts: SkillFacts,
  view: Viewpoint,
  { criterion: said, name, isMet }: CriterionFinding,
): CriterionScore {
  const criterion = view.policy.criteria.get(said);
  if (criterion === undefined) return { criterion: said, name, score: 0, isMet, votes: [] };
  const edges = judgedEdges(facts, view, widestTerms(criterion)).map((edge): ScoredEdge => {
    const votes = votesOn(facts, view, edge, said);
    return { from: edge.from, to: edge.to, votes, score: scoreOfVotes(votes) };
  });
  const path = strongestPath(edges, closedManifests(facts, view), facts.manifest);
  return {
    criterion: said,
    name,
    score: path?.score ?? 0,
    isMet,
    votes: path?.weakest?.votes ?? [],
  };
}

/** How far the publisher is trusted: as the roots say, and not less than anybody who is let release here. */
export function authorScore({ name, release }: SkillFacts, view: Viewpoint): number {
  if (release?.standing !== 'counts') return 0;
  const { trusted, removed } = view.trust({ name });
  const { controller, foldedController } = release;
  if (removed.has(controller) || removed.has(foldedController)) return 0;
  if (ownDistrusted(release, removed) !== undefined) return 0;
  const level = trusted.get(controller)?.level;
  return Math.max(level === undefined ? 0 : TRUST_WEIGHTS[level], release.isAllowed ? ALLOWED : 0);
}

/** How much others can check: a release in a log 40, and each of source, permissions and witnesses 20. */
function transparencyScore({ release, statesPermissions }: SkillFacts): number {
  if (release?.standing !== 'counts') return 0;
  const { namesSource, isWitnessed } = release;
  return 40 + [namesSource, statesPermissions, isWitnessed].filter(Boolean).length * 20;
}

function hasNegatives(facts: SkillFacts, view: Viewpoint): boolean {
  return (
    heardRevocations(facts, view).length > 0 ||
    failedAudits(facts, view).some(({ manifest }) => manifest === facts.manifest)
  );
}

/**
 * Scores a skill as seen from a viewpoint. With the same facts, policy and day it is the same everywhere.
 * @returns whole numbers from 0 to 100; the value is 0 where somebody who is heard speaks against the skill
 */
export function score(facts: SkillFacts, view: Viewpoint): Score {
  const findings = findCriteria(facts, view);
  const criteria = findings
    .filter(({ criterion }) => view.policy.criteria.get(criterion)?.computed === undefined)
    .map((finding) => scoreCriterion(facts, view, finding));
  const audit = criteria.length === 0 ? undefined : Math.min(...criteria.map((each) => each.score));
  const integrity = facts.isIntact ? 100 : 0;
  const author = authorScore(facts, view);
  const transparency = transparencyScore(facts);
  const sum =
    SHARES.author * author + SHARES.audit * (audit ?? 0) + SHARES.transparency * transparency;
  const shares = SHARES.author + SHARES.transparency + (audit === undefined ? 0 : SHARES.audit);
  const value = Math.floor((integrity * sum) / (100 * shares));
  return {
    value: hasNegatives(facts, view) ? 0 : value,
    integrity,
    author,
    audit,
    transparency,
    permissions: facts.tier,
    coverage: {
      met: findings.filter(({ isMet }) => isMet).length,
      required: findings.length,
    },
    criteria,
    roots: [
      ...new Set(view.policy.roots.filter(({ level }) => rankOf(level) > 0).map(({ aid }) => aid)),
    ].toSorted(),
  };
}
