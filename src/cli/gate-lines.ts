import type { ChangeVerdict, JudgedSkill } from '../gate/judge-change.ts';
import { refusalLine } from '../gate/refusal.ts';
import { refusalsOf } from '../gate/verdict-lines.ts';
import type { FileDifference } from '../records/skill-manifest.ts';
import { counted } from '../base/counted.ts';
import type { GateOutcome } from './gate.ts';
import { countExemptions, type ExemptionCount, exemptionLines } from '../skills/exemption-count.ts';
import { letsIn } from '../skills/judge-skill.ts';
import { CONDITIONS } from '../trust/condition.ts';
import { harmless } from './output.ts';
import { saidLines } from './said-lines.ts';
import { shownDecision, type ShownDecision } from './verdict-json.ts';

/** A judged skill as `--json` tells of it. */
interface ShownSkill extends ShownDecision {
  readonly path: string;
  readonly change: JudgedSkill['change'];
  readonly from: string | null;
  readonly state: JudgedSkill['verdict']['state'];
  readonly reason: string | null;
  readonly detail: string;
  readonly hint: string;
  readonly name: string | null;
  readonly manifest: string | null;
  /** The pattern of the rule that decides, and who may release by it. */
  readonly rule: string | null;
  readonly allowed: readonly string[];
  readonly release: {
    readonly said: string;
    readonly controller: string;
    readonly version: string;
    readonly position: number;
  } | null;
  readonly revocation: { readonly said: string; readonly controller: string } | null;
  readonly differences: readonly FileDifference[];
}

function shownSkill({ path, change, from, rule, allowed, verdict }: JudgedSkill): ShownSkill {
  const { state, reason, detail, hint, name, manifest, release, revocation, differences } = verdict;
  return {
    path,
    change,
    from: from ?? null,
    state,
    reason: reason ?? null,
    detail,
    hint,
    name: name ?? null,
    manifest: manifest ?? null,
    rule: rule ?? null,
    allowed,
    release:
      release === undefined
        ? null
        : {
            said: release.said,
            controller: release.controller,
            version: release.version,
            position: release.position,
          },
    revocation:
      revocation === undefined
        ? null
        : { said: revocation.said, controller: revocation.controller },
    differences,
    ...shownDecision(verdict),
  };
}

/** The verdict on a range as `--json` tells of it. */
export interface ShownGate {
  readonly state: ChangeVerdict['state'];
  /** The rule behind the first refusal. */
  readonly reason: string | null;
  readonly base: string;
  readonly head: string;
  readonly log: string;
  readonly batches: number;
  /** SHA-256 of the policy in force before. */
  readonly policy: string;
  readonly policyChange: ChangeVerdict['policy']['outcome'];
  readonly skills: readonly ShownSkill[];
  readonly exemptions: ExemptionCount;
  readonly deleted: readonly string[];
  readonly refusals: readonly {
    readonly path: string;
    readonly reason: string;
    readonly detail: string;
    readonly hint: string;
  }[];
}

function exemptionsIn({ skills }: ChangeVerdict): ExemptionCount {
  return countExemptions(skills.map(({ verdict }) => verdict.legacy?.exemption?.daysLeft));
}

export function shownGate(outcome: GateOutcome): ShownGate {
  const { base, head, policy, verdict, logId, batches } = outcome;
  const refusals = refusalsOf(verdict).map(({ path, reason, detail, hint }) => ({
    path,
    reason,
    detail,
    hint,
  }));
  return {
    state: verdict.state,
    reason: refusals[0]?.reason ?? null,
    base,
    head,
    log: logId,
    batches,
    policy: policy.digest,
    policyChange: verdict.policy.outcome,
    skills: verdict.skills.map(shownSkill),
    exemptions: exemptionsIn(verdict),
    deleted: verdict.deleted,
    refusals,
  };
}

/** The verdict on a range for people: what passes, then one line for each refusal, then the verdict. */
export function gateLines({ verdict: judged, logId, batches }: GateOutcome): readonly string[] {
  const refusals = refusalsOf(judged);
  return [
    ...judged.skills
      .filter(({ verdict }) => letsIn(verdict))
      .flatMap(({ path, change, verdict }) => [
        harmless(`ok  ${path} (${change}): ${verdict.detail}`),
        ...saidLines(verdict).map((line) => `      ${line}`),
        ...verdict.conditions.map(
          (condition) => `      on condition: ${condition}: ${CONDITIONS[condition]}`,
        ),
      ]),
    ...judged.deleted.map((path) => harmless(`ok  ${path} (deleted)`)),
    ...(judged.policy.outcome === 'approved' ? ['ok  the policy is replaced, as approved'] : []),
    ...refusals.map((refusal) => harmless(`NO  ${refusalLine(refusal)}`)),
    ...exemptionLines(exemptionsIn(judged)),
    `judged by log ${logId}, ${counted(batches, 'batch', 'batches')}`,
    judged.state === 'accepted'
      ? 'accepted'
      : `refused: ${counted(refusals.length, 'problem')}, see above`,
  ];
}
