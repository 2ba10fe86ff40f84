/**
 * What all questions about trust are asked of: a policy, who is reachable from its roots, and the day.
 * @module
 */
import { fitsPattern } from '../records/name-pattern.ts';
import { coversCriterion } from './criteria.ts';
import { RecentlyUsed } from '../base/recently-used.ts';
import {
  type EffectiveTrust,
  effectiveTrust,
  heardLevels,
  type Trusted,
} from './effective-trust.ts';
import { networkOf, type TrustNetwork, type VouchesOf } from './network.ts';
import type { TrustQuestion } from './scope.ts';
import type { TrustPolicy } from './trust-policy.ts';

/** One viewpoint serves any number of skills. */
export interface Viewpoint {
  readonly policy: TrustPolicy;
  /** The day of judging, in days since 1970-01-01 UTC. */
  readonly now: number;
  /** Every AID that roots and vouches ever reached, with its vouches: statements of others change nothing. */
  readonly network: TrustNetwork;
  /** Who is heard about skills of a name, with the level at which they ever were trusted: what they warn of counts. */
  heard(name: string): ReadonlyMap<string, Trusted>;
  /** How far each AID is trusted for a question; as if no vouch expired, if that is asked for. */
  trust(question: TrustQuestion, lasts?: boolean): EffectiveTrust;
}

/** Answers about so many AIDs are kept. */
const KEPT_AIDS = 65_536;

/** Finds each of the last answers once: whoever is heard may limit vouches in as many ways as are read of them. */
function remembering<T>(find: (asked: T) => string): (asked: T) => string {
  const known = new Map<T, string>();
  return (asked) => {
    const answer = known.get(asked) ?? find(asked);
    if (known.size >= KEPT_ANSWERS) known.clear();
    known.set(asked, answer);
    return answer;
  };
}

/** Names, and criteria, of which is kept what they are like. */
const KEPT_ANSWERS = 64;

/**
 * Walks from the roots of a policy to all who may be reached.
 * @param vouchesOf is asked once for each AID that is reached, and for no other
 * @param now the day of judging, in days since 1970-01-01 UTC
 */
export function viewpointOf(policy: TrustPolicy, vouchesOf: VouchesOf, now: number): Viewpoint {
  const network = networkOf(policy.roots, vouchesOf, now);
  const scopes = policy.roots.map(({ scope }) => scope);
  const patterns = [...new Set([...scopes.flatMap(({ names }) => names ?? []), ...network.names])];
  // Names are alike if they fit the same patterns.
  const kindOf = remembering((name: string): string =>
    patterns.flatMap((pattern, index) => (fitsPattern(pattern, name) ? [index] : [])).join(','),
  );
  const stated = scopes.flatMap(({ criteria }) => criteria ?? []);
  const limits = [...new Set([...stated, ...network.criteria])];
  // Criteria are alike if the same limits take them in.
  const sortOf = remembering((criterion: string | undefined): string => {
    if (limits.length === 0) return '';
    if (criterion === undefined) return 'any';
    const within = limits.filter((limit) => coversCriterion(policy.criteria, [limit], criterion));
    return within.join(',');
  });
  const heardBy = new RecentlyUsed<ReadonlyMap<string, Trusted>>(KEPT_AIDS);
  const answers = new RecentlyUsed<EffectiveTrust>(KEPT_AIDS);
  const heard = (name: string): ReadonlyMap<string, Trusted> => {
    const kind = kindOf(name);
    const known = heardBy.get(kind);
    if (known !== undefined) return known;
    const found = heardLevels(policy, network, name);
    heardBy.add(kind, found, found.size + 1);
    return found;
  };
  const trust = (question: TrustQuestion, lasts = false): EffectiveTrust => {
    const key = `${String(lasts)} ${sortOf(question.criterion)} ${kindOf(question.name)}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const found = effectiveTrust(policy, network, heard(question.name), question, now, lasts);
    answers.add(key, found, found.trusted.size + 1);
    return found;
  };
  return { policy, now, network, heard, trust };
}
