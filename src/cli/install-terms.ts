/**
 * Whom a person trusts to release skills: named, by a policy, or because a skill of theirs is installed already.
 * @module
 */
import path from 'node:path';
import { dayOfSeconds } from '../base/day.ts';
import { GitkelError } from '../base/errors.ts';
import { stalenessOf } from '../gate/judge-content.ts';
import { allowedFor, ruleFor } from '../gate/policy-rule.ts';
import type { RepositoryPolicy } from '../gate/repository-policy.ts';
import type { SkillSource } from '../install/skill-source.ts';
import type { InstalledSkill } from '../install/skills-lock.ts';
import type { VerifyTerms } from '../install/verify-installed.ts';
import { homeTrust } from '../keys/home-trust.ts';
import { viewsOn } from '../skills/judge-skill.ts';
import { statedPolicy } from '../trust/stated-policy.ts';
import type { TrustPolicy } from '../trust/trust-policy.ts';
import type { LegacyTrust } from '../skills/legacy-verdict.ts';
import { homeLegacyTrust, policyLegacyTrust } from './legacy-trust.ts';
import { dayOf } from './day-flag.ts';
import { duration } from './duration.ts';
import { policyNamed } from './policy-file.ts';
import type { InstallPolicy } from './install-skill.ts';
import type { Session } from './session.ts';
import type { DecidingLog } from './skill-log.ts';

const SECONDS_PER_DAY = 86_400;

export interface TrustFlags {
  readonly publisher?: readonly string[] | undefined;
  readonly policy?: string | undefined;
  readonly 'max-age'?: string | undefined;
  readonly at?: string | undefined;
}

/** What the flags say, read and checked. */
export interface Terms {
  readonly publishers: readonly string[];
  readonly policy: RepositoryPolicy | undefined;
  /** Seconds; the shorter one of the flag's and the policy's. */
  readonly maxAge: number | undefined;
  /** What is asked beside a release: by the home, and by the policy. All of them have to be met. */
  readonly asked: readonly TrustPolicy[];
  /** The day of judging, in days since 1970-01-01, UTC. */
  readonly day: number;
  /** What becomes of skills that nobody released: what the policy says where there is one, within what the home says. */
  readonly legacy: LegacyTrust | undefined;
}

/** A policy never widens what a home says; and where the policy says nothing, a home lets nothing in. */
function within(
  policy: LegacyTrust | undefined,
  home: LegacyTrust | undefined,
): LegacyTrust | undefined {
  return policy === undefined ? undefined : { ...policy, within: home };
}

/** @throws GitkelError `usage`, `not-found` for a name or file that is not there, `malformed` for a policy. */
export function termsOf(session: Session, flags: TrustFlags): Terms {
  const { host } = session;
  const policy = flags.policy === undefined ? undefined : policyNamed(host, flags.policy);
  const ages = [
    ...(flags['max-age'] === undefined ? [] : [duration(flags['max-age'])]),
    ...(policy?.maxAge === undefined ? [] : [policy.maxAge]),
  ];
  const day = dayOf(flags.at);
  const now = day === undefined ? host.now() : day * SECONDS_PER_DAY;
  const asked = statedPolicy(host.crypto, homeTrust(session.home));
  const own = homeLegacyTrust(session.home, asked, now);
  return {
    publishers: (flags.publisher ?? []).map((name) => session.aid(name)),
    policy,
    maxAge: ages.length === 0 ? undefined : Math.min(...ages),
    asked: [asked, ...(policy === undefined ? [] : [policy.trust])],
    day: dayOfSeconds(now),
    legacy:
      policy === undefined || flags.policy === undefined
        ? own
        : within(
            policyLegacyTrust(host, policy, path.dirname(path.resolve(flags.policy)), now),
            own,
          ),
  };
}

/** A policy decides by the log that it names, and by no other. */
export function requireItsLog(
  { policy }: Pick<Terms, 'policy'>,
  { contents }: Pick<DecidingLog, 'contents'>,
): void {
  const id = contents.genesis?.logId ?? 'a log without a batch';
  if (policy === undefined || policy.log.id === id) return;
  throw new GitkelError(
    'refused',
    `Cannot judge by this log: the policy names ${policy.log.id}, this is ${id}`,
    {
      reason: 'other-log',
      hint: 'Name a copy of the log of the policy with --log.',
    },
  );
}

/** The path that a policy is asked about: the one in the skill's repository, else its name. */
function pathFor(source: SkillSource, name: string): string {
  return source.type === 'git' ? source.path : name;
}

function allowed(
  { publishers, policy }: Terms,
  source: SkillSource,
  name: string,
): readonly string[] {
  return [
    ...publishers,
    ...(policy === undefined ? [] : allowedFor(policy, pathFor(source, name))),
  ];
}

/** What becomes of a skill that nobody released. A policy without a rule for its path refuses it, as the gate does. */
function legacyFor({ policy, legacy }: Terms, source: SkillSource): LegacyTrust | undefined {
  const isUngoverned =
    policy !== undefined && source.type === 'git' && ruleFor(policy, source.path) === undefined;
  return isUngoverned ? undefined : legacy;
}

/**
 * Who may have released what is to be installed. Where nobody is named and there is no policy, that is whoever released
 * what is installed under the name.
 */
export function installPolicy(
  terms: Terms,
  log: DecidingLog,
): (source: SkillSource, name: string, locked: InstalledSkill | undefined) => InstallPolicy {
  requireItsLog(terms, log);
  const staleness = stalenessOf(log, terms.maxAge);
  const views = viewsOn(log.contents, terms.asked, terms.day);
  return (source, name, locked) => {
    const named = allowed(terms, source, name);
    const isKept = named.length === 0 && terms.policy === undefined && locked !== undefined;
    return {
      trust: {
        allowed: isKept && locked.author !== undefined ? [locked.author.aid] : named,
        elsewhere: terms.policy?.paths.flatMap(({ release }) => release),
        before: locked?.author === undefined ? [] : [locked.author.aid],
        heeded: terms.policy?.maintainers,
        staleness,
        mayLoseModes: false,
        views,
        legacy: legacyFor(terms, source),
      },
      digest: terms.policy?.digest,
    };
  };
}

/** By what installed skills are judged again. */
export function verifyTerms(terms: Terms, log: DecidingLog | undefined): VerifyTerms {
  if (log === undefined) return { log, staleness: undefined };
  requireItsLog(terms, log);
  const isNamed = terms.publishers.length > 0 || terms.policy !== undefined;
  return {
    log,
    staleness: stalenessOf(log, terms.maxAge),
    views: viewsOn(log.contents, terms.asked, terms.day),
    legacy: ({ source }) => legacyFor(terms, source),
    heeded: terms.policy?.maintainers,
    ...(isNamed
      ? { publishers: ({ source, name }: InstalledSkill) => allowed(terms, source, name) }
      : {}),
  };
}
