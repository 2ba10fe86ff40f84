/**
 * The chain from the files of a skill to whoever judges them, hop by hop: who said what, and why it counts or not.
 * @module
 */
import { dayText } from '../base/day.ts';
import { quoted } from '../base/errors.ts';
import { byAge } from './age.ts';
import { type Claim, criteriaOfClaim, failedAudits, heardOf, termOf } from './claim.ts';
import { type ClaimProblem, termsOf, widestTerms } from './claim-problem.ts';
import type { Criterion } from './criteria.ts';
import { judgedEdges } from './criterion-path.ts';
import { heardRevocations } from './decide.ts';
import type { Said, SkillFacts, VouchFact } from './facts.ts';
import { carriesTrust, rankOf } from './level.ts';
import { stepsOf } from './paths.ts';
import { authorScore } from './score.ts';
import { TRUST_REASONS } from './trust-reason.ts';
import { claimWords, releaseFactWords, revocationWords, vouchWords } from './trust-words.ts';
import type { Viewpoint } from './viewpoint.ts';
import { TRUST_WEIGHTS, voteOf } from './vote.ts';

/** Weights are in millionths, strengths in percent. */
const MILLIONTHS_PER_PERCENT = 10_000;

/** One hop of a chain: who says what, and whether that counts. */
export interface ChainHop {
  readonly kind:
    | 'manifest'
    | 'release'
    | 'audit'
    | 'import'
    | 'grant'
    | 'revocation'
    | 'vouch'
    | 'root';
  /** Whose hop it is: the controller; `undefined` for the manifest, which nobody makes. */
  readonly who: string | undefined;
  /** The AID whose event seals the statement, that event's number, and its position; roots and manifests have none. */
  readonly issuer: string | undefined;
  readonly sn: number | undefined;
  readonly position: number | undefined;
  /** The SAID of the statement. */
  readonly statement: string | undefined;
  /** What it says, in one sentence without its full stop. */
  readonly claim: string;
  readonly counts: boolean;
  /** Why it counts or not, in the same form. */
  readonly why: string;
  /** From 0, which counts for nothing, to 100: the weight in the score. */
  readonly strength: number;
}

type Finding = Pick<ChainHop, 'counts' | 'why' | 'strength'>;

const NOBODY = {
  issuer: undefined,
  sn: undefined,
  position: undefined,
  statement: undefined,
} as const;

function hop(kind: ChainHop['kind'], fact: Said, claim: string, finding: Finding): ChainHop {
  const { controller: who, issuer, sn, position, said: statement } = fact;
  return { kind, who, issuer, sn, position, statement, claim, ...finding };
}

function manifestHop({ name, manifest, isIntact }: SkillFacts): ChainHop {
  return {
    kind: 'manifest',
    who: undefined,
    ...NOBODY,
    claim: `the files of ${quoted(name)} are those of ${manifest}`,
    counts: isIntact,
    why: isIntact ? 'every file was read and held against it' : 'they are not',
    strength: isIntact ? 100 : 0,
  };
}

function releaseHop(facts: SkillFacts, view: Viewpoint): readonly ChainHop[] {
  const { release } = facts;
  if (release === undefined) return [];
  const { standing, why, isAllowed } = release;
  const strength = authorScore(facts, view);
  const counts = standing === 'counts' && isAllowed;
  const reason = why === '' ? 'it is sealed in the key event log of its publisher' : why;
  const who = isAllowed ? reason : `${reason}; the publisher may not release it here`;
  return [
    hop('release', release, releaseFactWords(facts, release), { counts, why: who, strength }),
  ];
}

/** What is asked for that audits could meet; where nothing is, all that somebody says. */
function judgedCriteria(facts: SkillFacts, view: Viewpoint): readonly Criterion[] {
  const { criteria, requirements } = view.policy;
  const asked = requirements[facts.tier]?.criteria ?? [];
  const said = heardOf(facts, view, facts.audits).flatMap((each) => each.criteria);
  const imported = heardOf(facts, view, facts.imports).flatMap((each) => each.criteria);
  return [...new Set(asked.length > 0 ? asked : [...said, ...imported])].flatMap((each) => {
    const criterion = criteria.get(each);
    return criterion === undefined || criterion.computed !== undefined ? [] : [criterion];
  });
}

/** What one claim comes to for all criteria together. */
interface Tally {
  readonly claim: Claim;
  readonly met: { readonly criterion: Criterion; readonly weight: number }[];
  readonly unmet: { readonly criterion: Criterion; readonly problem: ClaimProblem }[];
}

function tallies(facts: SkillFacts, view: Viewpoint): ReadonlyMap<string, Tally> {
  const requirement = view.policy.requirements[facts.tier];
  const tallied = new Map<string, Tally>();
  for (const criterion of judgedCriteria(facts, view)) {
    const terms =
      requirement === undefined ? widestTerms(criterion) : termsOf(requirement, criterion);
    const judged = judgedEdges(facts, view, terms).flatMap(({ claims }) => claims);
    for (const { claim, problems } of judged) {
      const tally = tallied.get(claim.fact.said) ?? { claim, met: [], unmet: [] };
      tallied.set(claim.fact.said, tally);
      const [problem] = problems;
      if (problem !== undefined) tally.unmet.push({ criterion, problem });
      else tally.met.push({ criterion, weight: voteOf(facts, view, claim, criterion.said).weight });
    }
  }
  return tallied;
}

function tallyFinding({ met, unmet }: Tally): Finding {
  const [failed] = unmet;
  if (met.length === 0)
    return {
      counts: false,
      why: failed === undefined ? '' : TRUST_REASONS[failed.problem].title,
      strength: 0,
    };
  const names = met.map(({ criterion }) => criterion.name);
  const weights = met.map(({ weight }) => weight);
  return {
    counts: true,
    why: `it counts towards ${names.join(', ')}`,
    strength: Math.floor(Math.min(...weights) / MILLIONTHS_PER_PERCENT),
  };
}

/** Why a claim is in no tally. */
function untalliedWhy(view: Viewpoint, claim: Claim): string {
  const { from } = termOf(claim);
  if (from > view.now) return `it is not in force before ${dayText(from)}`;
  const isKnown = criteriaOfClaim(claim).some((said) => view.policy.criteria.has(said));
  return isKnown
    ? 'nobody asks here for what it says, or a newer statement of its issuer takes its place'
    : 'nobody here knows the criteria that it names';
}

function claimHops(facts: SkillFacts, view: Viewpoint): readonly ChainHop[] {
  const tallied = tallies(facts, view);
  const others = [
    ...heardOf(facts, view, facts.audits).map((fact) => ({ kind: 'audit', fact }) as const),
    ...heardOf(facts, view, facts.imports).map((fact) => ({ kind: 'import', fact }) as const),
  ].filter(({ fact }) => !tallied.has(fact.said));
  const all: readonly { claim: Claim; tally?: Tally }[] = [
    ...[...tallied.values()].map((tally) => ({ claim: tally.claim, tally })),
    ...others.map((claim) => ({ claim })),
  ];
  const failed = new Set(failedAudits(facts, view).map(({ said }) => said));
  const sorted = all.toSorted((a, b) => byAge(a.claim.fact, b.claim.fact));
  return sorted.flatMap(({ claim, tally }): readonly ChainHop[] => {
    const words = claimWords(view.policy.criteria, claim);
    const finding = failed.has(claim.fact.said)
      ? {
          counts: true,
          why: 'its issuer is heard, and it beats all that is said for the files',
          strength: 0,
        }
      : tally === undefined
        ? { counts: false, why: untalliedWhy(view, claim), strength: 0 }
        : tallyFinding(tally);
    const criterion = (tally?.met[0] ?? tally?.unmet[0])?.criterion.said;
    return [
      hop(claim.kind, claim.fact, words, finding),
      ...trustHops(facts, view, claim.fact.controller, criterion),
    ];
  });
}

function vouchHop(view: Viewpoint, vouch: VouchFact): ChainHop {
  const isOver = vouch.until <= view.now;
  const strength = carriesTrust(vouch.level) && !isOver ? TRUST_WEIGHTS[vouch.level] : 0;
  const why = isOver
    ? `it expired on ${dayText(vouch.until)}`
    : vouch.level === 'distrust'
      ? `it takes all trust from ${vouch.about}`
      : 'it is the newest of its issuer about that AID, and in force';
  return hop('vouch', vouch, vouchWords(vouch), { counts: !isOver, why, strength });
}

function rootHop(view: Viewpoint, aid: string): ChainHop {
  const levels = view.policy.roots.flatMap((root) => (root.aid === aid ? [root.level] : []));
  const level = levels.toSorted((a, b) => rankOf(b) - rankOf(a))[0] ?? 'none';
  const isDistrusted = levels.includes('distrust');
  return {
    kind: 'root',
    who: aid,
    ...NOBODY,
    claim: isDistrusted
      ? `whoever judges distrusts ${aid}`
      : `whoever judges trusts ${aid}: ${level}`,
    counts: true,
    why: 'it is written where whoever judges writes whom they trust',
    strength: isDistrusted || !carriesTrust(level) ? 0 : TRUST_WEIGHTS[level],
  };
}

/** From whom a statement is by to a root, vouch by vouch; also over vouches that expired, where there are no others. */
function trustHops(
  { name }: SkillFacts,
  view: Viewpoint,
  aid: string,
  criterion: string | undefined,
): readonly ChainHop[] {
  const { trusted, removed } = view.trust({ name, criterion });
  if (removed.has(aid)) {
    const vouch = removed.get(aid);
    return [vouch === undefined ? rootHop(view, aid) : vouchHop(view, vouch)];
  }
  const found = trusted.get(aid) ?? view.trust({ name, criterion }, true).trusted.get(aid);
  if (found === undefined) return [];
  const steps = stepsOf(found.reached);
  const root = steps[0]?.controller ?? aid;
  return [...steps.toReversed().map((vouch) => vouchHop(view, vouch)), rootHop(view, root)];
}

function revocationHops(facts: SkillFacts, view: Viewpoint): readonly ChainHop[] {
  return heardRevocations(facts, view).map((fact) =>
    hop('revocation', fact, revocationWords(fact), {
      counts: true,
      why: 'its issuer is heard, and it beats all that is said for the skill',
      strength: 0,
    }),
  );
}

/** What is found against files, and nothing that is said for them. */
function againstHops(facts: SkillFacts, view: Viewpoint): readonly ChainHop[] {
  const audits = failedAudits(facts, view);
  return [
    ...revocationHops(facts, view),
    ...claimHops({ ...facts, audits, imports: [], release: undefined }, view),
  ];
}

/**
 * The hops from the files to the roots: the manifest, its release, what revokes it, and whatever who is heard says about the
 * files or those from which differences lead to them, each with the vouches through which its issuer is trusted. Nothing
 * stands there twice.
 * @param others the same files by other SAIDs: what is found against them by those stands there, too
 */
export function chainOf(
  facts: SkillFacts,
  view: Viewpoint,
  others: readonly SkillFacts[] = [],
): readonly ChainHop[] {
  const hops = [
    manifestHop(facts),
    ...releaseHop(facts, view),
    ...revocationHops(facts, view),
    ...claimHops(facts, view),
    ...others.flatMap((other) => againstHops(other, view)),
  ];
  const known = new Map(hops.toReversed().map((each) => [keyOf(each), each]));
  return hops.filter((each) => known.get(keyOf(each)) === each);
}

function keyOf({ kind, statement, who }: ChainHop): string {
  return `${kind} ${statement ?? who ?? ''}`;
}

/** The same hops, the weakest first: a chain is as strong as that. Equally strong ones stay in their order. */
export function weakestFirst(hops: readonly ChainHop[]): readonly ChainHop[] {
  return hops.toSorted((a, b) => a.strength - b.strength);
}
