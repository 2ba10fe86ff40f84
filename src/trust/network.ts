/**
 * Who may be reached from the roots, at whatever time and for whatever question: the vouches that all trust is computed
 * from. It grows outwards, so that whom nobody reaches costs nothing.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { byAge } from './age.ts';
import type { VouchFact } from './facts.ts';
import { carriesTrust, rankOf, STEP_COSTS, type VouchLevel } from './level.ts';
import { spread } from './paths.ts';
import type { TrustRoot } from './trust-policy.ts';

/**
 * The vouches in the name of a controller, in any order, also those that expired or were taken back. It is asked once for
 * each AID that the roots ever reached, never for others, and read no further than the bounds allow.
 */
export type VouchesOf = (aid: string) => Iterable<VouchFact>;

/** Everybody whom the roots ever reached, with what they say of others. */
export interface TrustNetwork {
  /** The vouches of every AID that was ever reached, by their controller, the oldest first. */
  readonly vouches: ReadonlyMap<string, readonly VouchFact[]>;
  /** The same in lists of those about one AID. */
  readonly pairs: ReadonlyMap<string, readonly (readonly VouchFact[])[]>;
  /** The levels that they say. */
  readonly levels: ReadonlySet<VouchLevel>;
  /** The names that they are limited to, and the SAIDs of criteria. */
  readonly names: ReadonlySet<string>;
  readonly criteria: ReadonlySet<string>;
  /** False where more follows from the roots than is looked at. */
  readonly isWhole: boolean;
}

/** Lower levels come later where nothing else tells: what says less is not undone by what was said at once. */
function lateness({ level }: VouchFact): number {
  return level === 'distrust' ? 1 : -rankOf(level);
}

function byRank(a: VouchFact, b: VouchFact): number {
  const areTogether = a.position === b.position && a.sn === b.sn;
  return (areTogether ? lateness(a) - lateness(b) : 0) || byAge(a, b);
}

/** The AIDs whose word the viewer hears in nothing. */
function silenced(roots: readonly TrustRoot[]): ReadonlySet<string> {
  const distrusted = roots.filter(
    ({ level, scope }) =>
      level === 'distrust' && scope.names === undefined && scope.criteria === undefined,
  );
  return new Set(distrusted.map(({ aid }) => aid));
}

/** The AIDs to start at, each with the lowest cost that a root has for it. */
export function startsOf(roots: readonly TrustRoot[]): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  for (const { aid, level } of roots) {
    if (carriesTrust(level))
      starts.set(aid, Math.min(starts.get(aid) ?? Infinity, STEP_COSTS[level]));
  }
  return starts;
}

function pairsOf(vouches: readonly VouchFact[]): readonly (readonly VouchFact[])[] {
  const pairs = new Map<string, VouchFact[]>();
  for (const vouch of vouches) {
    const pair = pairs.get(vouch.about);
    if (pair === undefined) pairs.set(vouch.about, [vouch]);
    else pair.push(vouch);
  }
  return [...pairs.values()];
}

/**
 * Walks outwards from the roots along every vouch that counted at some time until `now`, whatever it is limited to.
 * @param now the day of judging
 */
export function networkOf(
  roots: readonly TrustRoot[],
  vouchesOf: VouchesOf,
  now: number,
): TrustNetwork {
  const vouches = new Map<string, readonly VouchFact[]>();
  const levels = new Set<VouchLevel>();
  const names = new Set<string>();
  const criteria = new Set<string>();
  let isWhole = true;
  let left: number = LIMITS.trustVouches;
  const read = (aid: string): readonly VouchFact[] => {
    if (vouches.size >= LIMITS.trustIdentities) {
      isWhole = false;
      return [];
    }
    const found: VouchFact[] = [];
    for (const vouch of vouchesOf(aid)) {
      if (left === 0) {
        isWhole = false;
        break;
      }
      left -= 1;
      const { standing, from, about, level, scope } = vouch;
      if (vouch.controller !== aid || about === aid || standing === 'void' || from > now) continue;
      found.push(vouch);
      levels.add(level);
      scope.names?.forEach((name) => names.add(name));
      scope.criteria?.forEach((criterion) => criteria.add(criterion));
    }
    const sorted = found.toSorted(byRank);
    vouches.set(aid, sorted);
    return sorted;
  };
  const stepsFrom = (aid: string): readonly VouchFact[] => vouches.get(aid) ?? read(aid);
  const reached = spread(startsOf(roots), stepsFrom, 1, silenced(roots));
  // Whom the longest paths lead to is not walked on from, but may distrust others.
  for (const aid of reached.keys()) stepsFrom(aid);
  const pairs = new Map([...vouches].map(([aid, all]) => [aid, pairsOf(all)]));
  return { vouches, pairs, levels, names, criteria, isWhole };
}
