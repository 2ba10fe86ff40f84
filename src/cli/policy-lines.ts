import type { RuleStanding } from '../gate/policy-rule.ts';
import type { RepositoryPolicy } from '../gate/repository-policy.ts';
import { harmless } from './output.ts';

/** A policy as `--json` tells of it. */
export interface ShownPolicy {
  readonly digest: string;
  readonly log: { readonly id: string; readonly url: string | null; readonly ref: string | null };
  /** Seconds. */
  readonly maxAge: number | null;
  readonly maintainers: readonly string[];
  readonly paths: readonly { readonly match: string; readonly release: readonly string[] }[];
}

export function shownPolicy({
  digest,
  log,
  maxAge,
  maintainers,
  paths,
}: RepositoryPolicy): ShownPolicy {
  return {
    digest,
    log: { id: log.id, url: log.url ?? null, ref: log.ref ?? null },
    maxAge: maxAge ?? null,
    maintainers,
    paths: paths.map(({ match, release }) => ({ match: match.text, release })),
  };
}

/** A policy for people; `name` gives an AID as they know it. */
export function policyLines(policy: ShownPolicy, name: (aid: string) => string): readonly string[] {
  const { digest, log, maxAge, maintainers, paths } = policy;
  const place = log.url ?? log.ref;
  return [
    `policy sha256:${digest}`,
    `  log ${log.id}${place === null ? '' : ` at ${harmless(place)}`}`,
    `  ${maxAge === null ? 'a copy of the log may have any age' : `a copy of the log may be ${maxAge} seconds old`}`,
    ...maintainers.map((aid) => `  maintainer ${name(aid)}`),
    ...paths.map(({ match, release }) => `  ${harmless(match)}: ${release.map(name).join(', ')}`),
  ];
}

const STATES: Readonly<Record<RuleStanding['state'], string>> = {
  decides: 'decides',
  'less-specific': 'matches, but another rule is more specific',
  'no-match': 'does not match',
};

/** How the rules of a policy stand to a path. */
export function ruleLines(
  rules: readonly RuleStanding[],
  name: (aid: string) => string,
): readonly string[] {
  return rules.map(
    ({ match, release, state }) =>
      `${state === 'decides' ? 'ok ' : '-- '} ${harmless(match)} ${STATES[state]}: ${release.map(name).join(', ')}`,
  );
}
