import { requiredBy, type StatedRequirement } from '../trust/stated-policy.ts';
import { type Tier, TIERS } from '../trust/trust-policy.ts';
import { compareSpecificity, matchesPath, reachesBelow } from './path-pattern.ts';
import type { PathRule, RepositoryPolicy } from './repository-policy.ts';

/** The rules that match a path, the one that decides first. */
function matching({ paths }: RepositoryPolicy, path: string): readonly PathRule[] {
  return paths
    .filter(({ match }) => matchesPath(match, path))
    .toSorted((a, b) => compareSpecificity(b.match, a.match));
}

/**
 * The rule that decides who may release the skill at a path: the most specific one that matches. `undefined` where none
 * does: then nobody may.
 * @param path of the skill's directory from the top of the repository, with `/`; empty for the top
 */
export function ruleFor(policy: RepositoryPolicy, path: string): PathRule | undefined {
  return matching(policy, path)[0];
}

/** The AIDs that may release the skill at a path; none where no rule matches. */
export function allowedFor(policy: RepositoryPolicy, path: string): readonly string[] {
  return ruleFor(policy, path)?.release ?? [];
}

/** Whether some rule matches the directory at a path, or any that may ever lie below it. */
export function isGoverned({ paths }: RepositoryPolicy, path: string): boolean {
  return paths.some(({ match }) => reachesBelow(match, path));
}

/** How one rule of a policy stands to a path. */
export interface RuleStanding {
  readonly match: string;
  readonly release: readonly string[];
  readonly state: 'decides' | 'less-specific' | 'no-match';
}

/** How each rule stands to a path, in the order of the policy. */
export function explainPath(policy: RepositoryPolicy, path: string): readonly RuleStanding[] {
  const deciding = ruleFor(policy, path);
  return policy.paths.map((rule) => {
    const state =
      rule === deciding ? 'decides' : matchesPath(rule.match, path) ? 'less-specific' : 'no-match';
    return { match: rule.match.text, release: rule.release, state };
  });
}

/** What is asked of the skills of one risk tier. */
export interface TierStanding {
  readonly tier: Tier;
  /** Which requirement of the policy that is; `null` where nothing is asked beside a release. */
  readonly by: Tier | 'all' | null;
  readonly requirement: StatedRequirement | null;
}

/** What is asked of the skills of each tier, and by which requirement. */
export function explainTiers({
  criteria: { required },
}: RepositoryPolicy): readonly TierStanding[] {
  return TIERS.map((tier) => {
    const by = requiredBy(required, tier);
    const requirement = by === undefined ? undefined : required[by];
    return by === undefined || requirement === undefined
      ? { tier, by: null, requirement: null }
      : { tier, by, requirement };
  });
}
