import { counted } from '../base/counted.ts';
import type { RuleStanding, TierStanding } from '../gate/policy-rule.ts';
import type { PolicySandbox } from '../gate/policy-sandbox.ts';
import type { PolicyCriteria, PolicyLegacy } from '../gate/policy-trust.ts';
import type { StatedRequirement } from '../trust/stated-policy.ts';
import type { RepositoryPolicy } from '../gate/repository-policy.ts';
import { criterionNamed } from '../trust/criteria.ts';
import type { VouchLevel } from '../trust/level.ts';
import { harmless } from './output.ts';

/** A policy as `--json` tells of it. */
export interface ShownPolicy {
  readonly digest: string;
  readonly log: { readonly id: string; readonly url: string | null; readonly ref: string | null };
  /** Seconds. */
  readonly maxAge: number | null;
  readonly maintainers: readonly string[];
  readonly paths: readonly { readonly match: string; readonly release: readonly string[] }[];
  readonly trust: readonly {
    readonly aid: string;
    readonly level: VouchLevel;
    readonly names: readonly string[];
  }[];
  readonly criteria: {
    /** With the SAID of each text, which is what audits name. */
    readonly defined: readonly {
      readonly name: string;
      readonly said: string;
      readonly implies: readonly string[];
    }[];
    readonly required: PolicyCriteria['required'];
  };
  /** `null` where skills without a release are refused. */
  readonly legacy: PolicyLegacy | null;
  readonly sandbox: PolicySandbox;
}

export function shownPolicy({
  digest,
  log,
  maxAge,
  maintainers,
  paths,
  trust,
  criteria,
  legacy,
  sandbox,
}: RepositoryPolicy): ShownPolicy {
  return {
    digest,
    log: { id: log.id, url: log.url ?? null, ref: log.ref ?? null },
    maxAge: maxAge ?? null,
    maintainers,
    paths: paths.map(({ match, release }) => ({ match: match.text, release })),
    trust: trust.roots.map(({ aid, level, scope }) => ({ aid, level, names: scope.names ?? [] })),
    criteria: {
      defined: criteria.defined.flatMap(({ name, implies }) => {
        const said = criterionNamed(trust.criteria, name)?.said;
        return said === undefined ? [] : [{ name, said, implies }];
      }),
      required: criteria.required,
    },
    legacy: legacy ?? null,
    sandbox,
  };
}

/** What is asked of a skill, in words. */
export function requirementWords({
  criteria,
  trust,
  redundancy,
  methods,
}: StatedRequirement): string {
  const who = `${counted(redundancy, 'controller')} trusted ${trust}${trust === 'high' ? '' : ' or more'}`;
  const how = methods.length === 0 ? '' : `, found out by ${methods.join(' or ')}`;
  return `${criteria.join(' and ')}, each by ${who}${how}`;
}

function trustLines(
  { trust, criteria, legacy }: ShownPolicy,
  name: (aid: string) => string,
): readonly string[] {
  return [
    ...trust.map(
      ({ aid, level, names }) =>
        `  trusts ${name(aid)}: ${level}${names.length === 0 ? '' : `, for ${harmless(names.join(', '))}`}`,
    ),
    ...criteria.defined.map(({ name: criterion, said }) => `  defines ${criterion} (${said})`),
    ...Object.entries(criteria.required).map(
      ([of, requirement]) =>
        `  asks of ${of === 'all' ? 'a skill of any other tier' : `a skill of tier ${of}`}: ${requirementWords(requirement)}`,
    ),
    ...(legacy === null
      ? ['  skills without a release are refused']
      : [
          `  skills without a release: ${legacy.mode}`,
          ...legacy.roots.map(({ kind, sha256 }) => `    signed under the ${kind} root ${sha256}`),
        ]),
  ];
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
    ...trustLines(policy, name),
    ...(policy.sandbox.unsandboxed === 'allowed'
      ? ['  skills may be run without a sandbox, where there is none']
      : []),
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

/** What a policy asks of skills by their risk tier, and by which of its requirements. */
export function tierLines(tiers: readonly TierStanding[]): readonly string[] {
  return tiers.map(({ tier, by, requirement }) => {
    if (requirement === null) return `${tier}: nothing beside a release`;
    const why = by === tier ? 'by its own requirement' : `by the requirement for ${by ?? 'all'}`;
    return `${tier}: ${requirementWords(requirement)} (${why})`;
  });
}
