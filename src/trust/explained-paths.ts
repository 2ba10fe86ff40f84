/**
 * By which ways trust leads to an AID, or would if nothing cut them: for people who ask why somebody is trusted, or is not.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { EffectiveTrust } from './effective-trust.ts';
import type { VouchFact } from './facts.ts';
import { carriesTrust, PATH_COST, rankOf, STEP_COSTS, type TrustLevel } from './level.ts';
import { takesIn, type TrustQuestion } from './scope.ts';
import type { TrustRoot } from './trust-policy.ts';
import type { Viewpoint } from './viewpoint.ts';

/** What cuts a step of a path: one word for each rule. */
export const CUTS = {
  'taken-back': 'it was taken back',
  expired: 'it has expired',
  'other-scope': 'it is limited to something else than what is asked',
  distrusted: 'whom it is about is distrusted',
} as const;

export type Cut = keyof typeof CUTS;

/** A vouch on the way, and what cuts it, if anything does. */
export interface ExplainedStep {
  readonly vouch: VouchFact;
  readonly cut: Cut | undefined;
}

/** A path of vouches from a root to an AID. */
export interface ExplainedPath {
  readonly root: TrustRoot;
  /** From the root on; empty where the AID is the root. */
  readonly steps: readonly ExplainedStep[];
  /** The lowest of the root's level and those of the steps. */
  readonly level: TrustLevel;
  readonly cost: number;
  /** Why it leads nowhere: the first step that is cut, a root that is, or that it costs too much. */
  readonly broken: Cut | 'too-far' | undefined;
}

/** How far an AID is trusted for a question, over which paths, and what takes it away. */
export interface Explanation {
  /** The shortest first; at most `LIMITS.explainedPaths`. */
  readonly paths: readonly ExplainedPath[];
  /** False where there are more. */
  readonly isWhole: boolean;
  /** What those who are heard last said of the AID that carries no trust: `none` and `distrust`. */
  readonly against: readonly VouchFact[];
}

/** The newest vouch of each controller about each AID; `network` has them oldest first. */
function newestAbout({ network }: Viewpoint): ReadonlyMap<string, readonly VouchFact[]> {
  const about = new Map<string, VouchFact[]>();
  for (const all of network.vouches.values()) {
    const newest = new Map(all.map((vouch) => [vouch.about, vouch]));
    for (const vouch of newest.values()) {
      const others = about.get(vouch.about);
      if (others === undefined) about.set(vouch.about, [vouch]);
      else others.push(vouch);
    }
  }
  return about;
}

interface Ground {
  readonly view: Viewpoint;
  readonly question: TrustQuestion;
  readonly trust: EffectiveTrust;
}

function cutOf({ view, question, trust }: Ground, vouch: VouchFact): Cut | undefined {
  if (vouch.standing !== 'counts') return 'taken-back';
  if (vouch.until <= view.now) return 'expired';
  if (!takesIn(view.policy.criteria, vouch.scope, question)) return 'other-scope';
  return trust.removed.has(vouch.about) ? 'distrusted' : undefined;
}

function pathFrom(
  ground: Ground,
  root: TrustRoot,
  level: TrustLevel,
  vouches: readonly VouchFact[],
): ExplainedPath {
  const { view, question, trust } = ground;
  const steps = vouches.map((vouch) => ({ vouch, cut: cutOf(ground, vouch) }));
  const levels = [level, ...vouches.flatMap((one) => (carriesTrust(one.level) ? one.level : []))];
  const cost = levels.reduce((sum, one) => sum + STEP_COSTS[one], 0);
  const [lowest = level] = levels.toSorted((a, b) => rankOf(a) - rankOf(b));
  const rootCut: Cut | undefined = trust.removed.has(root.aid)
    ? 'distrusted'
    : takesIn(view.policy.criteria, root.scope, question)
      ? undefined
      : 'other-scope';
  const cut = rootCut ?? steps.find((step) => step.cut !== undefined)?.cut;
  const tooFar = cost > PATH_COST ? 'too-far' : undefined;
  return { root, steps, level: lowest, cost, broken: cut ?? tooFar };
}

/** Explains how far an AID is trusted for a question. */
export function explainTrust(view: Viewpoint, aid: string, question: TrustQuestion): Explanation {
  const ground: Ground = { view, question, trust: view.trust(question) };
  const about = newestAbout(view);
  const roots = view.policy.roots.toSorted((a, b) => (a.aid < b.aid ? -1 : 1));
  const paths: ExplainedPath[] = [];
  // Backwards from the AID, the shortest first; what is found does not depend on the order of the vouches.
  let ends: readonly (readonly VouchFact[])[] = [[]];
  let left: number = LIMITS.explainedSteps;
  for (let length = 0; length <= LIMITS.trustDepth && ends.length > 0; length++) {
    const longer: (readonly VouchFact[])[] = [];
    for (const end of ends) {
      const start = end[0]?.controller ?? aid;
      for (const root of roots)
        if (root.aid === start && carriesTrust(root.level))
          paths.push(pathFrom(ground, root, root.level, end));
      if (paths.length > LIMITS.explainedPaths || left <= 0) break;
      for (const vouch of before(about, start, end, aid)) {
        left--;
        longer.push([vouch, ...end]);
      }
    }
    if (paths.length > LIMITS.explainedPaths || left <= 0) break;
    ends = longer;
  }
  return {
    paths: paths.slice(0, LIMITS.explainedPaths),
    isWhole: paths.length <= LIMITS.explainedPaths && left > 0 && view.network.isWhole,
    against: (about.get(aid) ?? []).filter(({ level }) => !carriesTrust(level)),
  };
}

/** The vouches that lead to the start of a path, and to no place of it twice. */
function before(
  about: ReadonlyMap<string, readonly VouchFact[]>,
  start: string,
  path: readonly VouchFact[],
  aid: string,
): readonly VouchFact[] {
  const visited = new Set([aid, ...path.map(({ controller }) => controller)]);
  return (about.get(start) ?? [])
    .filter(({ level, controller }) => carriesTrust(level) && !visited.has(controller))
    .toSorted((a, b) => rankOf(b.level) - rankOf(a.level) || (a.said < b.said ? -1 : 1));
}
