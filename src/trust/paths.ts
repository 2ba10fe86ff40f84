/**
 * The cheapest paths from some starts, of bounded length and cost. Which of several equal ones is found does not depend on
 * the order in which vouches are given.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { VouchFact } from './facts.ts';
import { carriesTrust, PATH_COST, rankOf, STEP_COSTS } from './level.ts';

/** Where a path has come to. */
export interface Reached {
  readonly aid: string;
  readonly cost: number;
  /** The last step, and where it started; `undefined` at a start. */
  readonly step: { readonly vouch: VouchFact; readonly from: Reached } | undefined;
}

/** The vouches along a path, from the start on. */
export function stepsOf({ step }: Reached): readonly VouchFact[] {
  const steps: VouchFact[] = [];
  for (let last = step; last !== undefined; last = last.from.step) steps.push(last.vouch);
  return steps.toReversed();
}

/**
 * All that paths of at most `trustDepth` steps and a cost of at most `PATH_COST` lead to, each with the cheapest path, of
 * these the shortest, of these the first by the SAIDs of its last step.
 * @param starts AIDs with their costs
 * @param stepsFrom the vouches along which a path may go on; asked for when an AID is reached, and again when it is reached
 *   at a lower cost
 * @param leastRank the rank that every vouch has to have
 * @param closed AIDs that no path leads to or through
 */
export function spread(
  starts: ReadonlyMap<string, number>,
  stepsFrom: (aid: string) => readonly VouchFact[],
  leastRank: number,
  closed: { has(aid: string): boolean },
): ReadonlyMap<string, Reached> {
  const best = new Map<string, Reached>();
  for (const [aid, cost] of starts)
    if (!closed.has(aid)) best.set(aid, { aid, cost, step: undefined });
  let front: readonly Reached[] = [...best.values()];
  for (let round = 0; round < LIMITS.trustDepth && front.length > 0; round++) {
    const next = new Map<string, Reached>();
    for (const from of front) {
      for (const vouch of stepsFrom(from.aid)) {
        const { level, about: aid } = vouch;
        if (!carriesTrust(level) || rankOf(level) < leastRank) continue;
        const cost = from.cost + STEP_COSTS[level];
        // What was found in an earlier round is shorter, and stays unless this is cheaper.
        if (cost > PATH_COST || cost >= (best.get(aid)?.cost ?? Infinity)) continue;
        const rival = next.get(aid);
        const isBetter =
          rival?.step === undefined ||
          cost < rival.cost ||
          (cost === rival.cost && vouch.said < rival.step.vouch.said);
        if (isBetter && !closed.has(aid)) next.set(aid, { aid, cost, step: { vouch, from } });
      }
    }
    for (const [aid, reached] of next) best.set(aid, reached);
    front = [...next.values()];
  }
  return best;
}
