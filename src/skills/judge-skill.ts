/**
 * The verdict on a skill by everything that is asked of it: a release that counts, and what others say of its files.
 * @module
 */
import type { Contents } from '../log/contents.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import type { SkillManifest } from '../records/skill-manifest.ts';
import { decide } from '../trust/decide.ts';
import { type Decision, DECISIONS, type Proof } from '../trust/decision.ts';
import type { SkillFacts } from '../trust/facts.ts';
import { TRUST_REASONS } from '../trust/trust-reason.ts';
import type { Tier, TrustPolicy } from '../trust/trust-policy.ts';
import { type Viewpoint, viewpointOf } from '../trust/viewpoint.ts';
import { riskOf } from './risk-tier.ts';
import type { SkillFile } from './skill-files.ts';
import { type SkillLog, saidsOf } from './skill-log.ts';
import { findPermissions } from './skill-report.ts';
import { isLegacy, judgeLegacy } from './judge-legacy.ts';
import { isIdleForeign } from './legacy-objections.ts';
import { judgeManifest } from './judge-manifest.ts';
import type { Assessment, SkillVerdict, Trust } from './skill-verdict.ts';
import { factsOf, type JudgedSkill as JudgedFacts } from './trust-facts.ts';
import { vouchesIn } from './vouch-facts.ts';

/** A skill as it was found: its manifest, and the files of that. */
export interface FoundSkill {
  readonly manifest: SkillManifest;
  readonly files: readonly SkillFile[];
  /** The bytes of `skill.oms.sig`, where that is a signature over them. */
  readonly omsSignature?: Uint8Array | undefined;
}

/** Whether a verdict lets a skill in. Conditions come from the policy that asks for them: whoever runs the skill keeps them. */
export function letsIn({ decision }: Pick<SkillVerdict, 'decision'>): boolean {
  return decision === 'accept' || decision === 'accept-with-conditions';
}

/** SAIDs of the statements by which a verdict lets a skill in, each once. */
export function statementsBehind({
  assessments,
}: Pick<SkillVerdict, 'assessments'>): readonly string[] {
  const found = new Set<string>();
  const collect = ({ holds, statement, parts }: Proof): void => {
    if (!holds) return;
    if (statement !== undefined) found.add(statement);
    parts.forEach(collect);
  };
  for (const { decision } of assessments) collect(decision.proof);
  return [...found];
}

/** Whether a policy says anything beside who may release. */
function judgesMore({ roots, requirements }: TrustPolicy): boolean {
  return roots.length > 0 || Object.keys(requirements).length > 0;
}

/**
 * From where the skills of a log are judged: once for each policy that trusts somebody or asks for something.
 * @param now days since 1970-01-01, UTC
 */
export function viewsOn(
  contents: Contents,
  policies: readonly TrustPolicy[],
  now: number,
): readonly Viewpoint[] {
  return policies.filter(judgesMore).map((policy) => viewpointOf(policy, vouchesIn(contents), now));
}

/** What a skill could do with what it asks for; one that does not say may ask for anything. */
export function tierOf(files: readonly SkillFile[]): {
  readonly tier: Tier;
  readonly statesPermissions: boolean;
} {
  const found = findPermissions(files);
  return found.outcome === 'declared'
    ? { tier: riskOf(found.permissions).tier, statesPermissions: true }
    : { tier: 'T3', statesPermissions: false };
}

/** What is found against the same files by another name, and not by the one by which they were judged. */
function objections(
  { view, decision }: Assessment,
  facts: SkillFacts,
  inFull: boolean,
): readonly Assessment[] {
  if (facts.audits.length === 0 && facts.revocations.length === 0) return [];
  const known = new Set(decision.reasons.map(({ reason, detail }) => `${reason} ${detail}`));
  const other = decide(facts, view, inFull);
  const reasons = other.reasons.filter(
    ({ reason, detail }) =>
      TRUST_REASONS[reason].decision === 'reject' && !known.has(`${reason} ${detail}`),
  );
  return reasons.length === 0 ? [] : [{ view, facts, decision: { ...other, reasons } }];
}

/**
 * What a skill comes to from a viewpoint: at the end by the SAID by which it is judged, before it what is found against the
 * same files by others of their SAIDs.
 * @param inFull whether the proof tells what does not count, too
 */
export function assessSkill(
  contents: Contents,
  skill: JudgedFacts,
  others: readonly string[],
  view: Viewpoint,
  inFull = false,
): readonly [...Assessment[], Assessment] {
  const facts = factsOf(contents, skill, view);
  const own: Assessment = { view, facts, decision: decide(facts, view, inFull) };
  const otherwise = others
    .filter((manifest) => manifest !== skill.manifest)
    .flatMap((manifest) =>
      objections(own, factsOf(contents, { ...skill, manifest }, view), inFull),
    );
  return [...otherwise, own];
}

function assess(
  log: SkillLog,
  { manifest, files }: FoundSkill,
  release: JudgedFacts['release'],
  view: Viewpoint,
): readonly Assessment[] {
  const { name } = manifest;
  const judged = {
    name,
    ...tierOf(files),
    isIntact: true,
    release,
  };
  const said = release?.entry.manifest ?? manifest.said;
  const others = saidsOf(log, manifest, release?.entry);
  return assessSkill(log.contents, { ...judged, manifest: said }, others, view);
}

function gravity({ decision }: Pick<Decision, 'decision'>): number {
  return DECISIONS.indexOf(decision);
}

/** The gravest decision of several assessments, with the reasons of all of them. */
export function gravestDecision(assessments: readonly Assessment[]): Decision | undefined {
  const decisions = assessments
    .map(({ decision }) => decision)
    .toSorted((a, b) => gravity(b) - gravity(a));
  const [gravest] = decisions;
  if (gravest === undefined) return undefined;
  return {
    ...gravest,
    reasons: decisions.flatMap((each) => each.reasons),
    conditions: [...new Set(decisions.flatMap((each) => each.conditions))],
  };
}

/** A verdict by the gravest of several decisions on a skill whose release counts, with the reasons of all of them. */
function withAssessments(found: SkillVerdict, assessments: readonly Assessment[]): SkillVerdict {
  const gravest = gravestDecision(assessments);
  if (gravest === undefined) return found;
  const { decision, reasons, conditions } = gravest;
  const judged = { ...found, decision, reasons, conditions, assessments };
  if (letsIn(judged)) return judged;
  const [first] = reasons;
  if (first === undefined) throw new Error(`the decision ${decision} has no reason`);
  const { reason, detail, hint } = first;
  return { ...judged, state: 'signed-untrusted', reason, detail, hint };
}

/** The gravest verdict; where all let the skill in, under the conditions of all of them. */
function strictestOf(verdicts: readonly SkillVerdict[], found: SkillVerdict): SkillVerdict {
  const [gravest = found] = verdicts.toSorted((a, b) => gravity(b) - gravity(a));
  if (!letsIn(gravest)) return gravest;
  return { ...gravest, conditions: [...new Set(verdicts.flatMap((each) => each.conditions))] };
}

/**
 * Judges a skill by a log: its release first, then, where that counts, from each viewpoint of those who judge. All of them
 * have to let it in.
 */
export function judgeSkill(log: SkillLog, skill: FoundSkill, trust: Trust): SkillVerdict {
  const found = judgeManifest(log, skill.manifest, trust);
  const { release } = found;
  const { allowed, views = [], legacy } = trust;
  const assessed = (entry: ReleaseEntry | undefined): readonly Assessment[] => {
    const by = entry && { entry, isAllowed: allowed.includes(entry.controller) };
    return views.flatMap((view) => assess(log, skill, by, view));
  };
  if (legacy !== undefined && (isLegacy(found) || isIdleForeign(found, trust))) {
    const { tier } = tierOf(skill.files);
    const viewed = { tier, assessments: assessed(release), alone: () => assessed(undefined) };
    return strictestOf(
      [legacy, ...(legacy.within === undefined ? [] : [legacy.within])].map((each) =>
        judgeLegacy(log, skill, { ...trust, legacy: each }, found, viewed),
      ),
      found,
    );
  }
  if (found.state !== 'verified' || release === undefined) return found;
  return withAssessments(found, assessed(release));
}
