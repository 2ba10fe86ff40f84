/**
 * The cheapest paths from some starts, of bounded length and cost. Which of several equal ones is found does not depend on
 * the order in which vouches are given.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { VouchFact } from './facts.ts';
import { carriesTrust, PATH_COST, STEP_COSTS } from './level.ts';

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

/** Whether one path is better than another one to the same AID. The one that was found before is no longer than it. */
function isBetter(one: Reached, other: Reached | undefined, isSameRound: boolean): boolean {
  if (other === undefined || one.cost !== other.cost) return one.cost < (other?.cost ?? Infinity);
  return isSameRound && (one.step?.vouch.said ?? '') < (other.step?.vouch.said ?? '');
}

/**
 * All that paths of at most `trustDepth` steps and a cost of at most `PATH_COST` lead to, each with the cheapest path, of
 * these the shortest, of these the first by the SAIDs of its last step.
 * @param starts AIDs with their costs
 * @param stepsFrom the vouches along which a path may go on; asked for once for each AID that is reached
 */
export function spread(
  starts: ReadonlyMap<string, number>,
  stepsFrom: (aid: string) => readonly VouchFact[],
): ReadonlyMap<string, Reached> {
  const best = new Map<string, Reached>();
  const steps = new Map<string, readonly VouchFact[]>();
  let front = [...starts].map(([aid, cost]): Reached => ({ aid, cost, step: undefined }));
  for (const each of front) best.set(each.aid, each);
  for (let round = 0; round < LIMITS.trustDepth && front.length > 0; round++) {
    const next = new Map<string, Reached>();
    for (const from of front) {
      const known = steps.get(from.aid) ?? stepsFrom(from.aid);
      steps.set(from.aid, known);
      for (const vouch of known) {
        if (!carriesTrust(vouch.level)) continue;
        const cost = from.cost + STEP_COSTS[vouch.level];
        const to: Reached = { aid: vouch.about, cost, step: { vouch, from } };
        const isBest = isBetter(to, best.get(to.aid), false);
        if (cost <= PATH_COST && isBest && isBetter(to, next.get(to.aid), true))
          next.set(to.aid, to);
      }
    }
    for (const [aid, reached] of next) best.set(aid, reached);
    front = [...next.values()];
  }
  return best;
}
