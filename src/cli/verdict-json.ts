import type { LegacyVerdict } from '../skills/legacy-verdict.ts';
import type { SkillVerdict } from '../skills/skill-verdict.ts';
import { type ChainHop, chainOf, weakestFirst } from '../trust/chain.ts';
import type { Condition } from '../trust/condition.ts';
import type { Decision } from '../trust/decision.ts';
import { score } from '../trust/score.ts';
import type { Score } from '../trust/score-parts.ts';

/** What others said of a skill, as results tell of it. */
export interface ShownDecision {
  readonly decision: Decision['decision'];
  /** The gravest first. */
  readonly reasons: readonly {
    readonly reason: string;
    readonly detail: string;
    readonly hint: string;
    /** SAIDs of the statements that it rests on. */
    readonly statements: readonly string[];
  }[];
  readonly conditions: readonly Condition[];
  /** By whom it was judged what others said: a policy, or the home. None where a release was all that was asked for. */
  /** As what it was judged where no publisher who may released it. */
  readonly legacy?: LegacyVerdict;
  readonly views: readonly {
    readonly decision: Decision['decision'];
    /** The weakest hop first. */
    readonly chain: readonly ChainHop[];
    readonly score: Score;
  }[];
}

/** What nobody was asked about is refused for one reason. */
export function refusedFor(one: {
  readonly reason: string;
  readonly detail: string;
  readonly hint: string;
}): ShownDecision {
  return { decision: 'reject', reasons: [{ ...one, statements: [] }], conditions: [], views: [] };
}

export function shownDecision(verdict: SkillVerdict): ShownDecision {
  const { decision, reasons, conditions, assessments, legacy } = verdict;
  return {
    decision,
    reasons: reasons.map(({ reason, detail, hint, statements }) => ({
      reason,
      detail,
      hint,
      statements,
    })),
    conditions,
    ...(legacy === undefined ? {} : { legacy }),
    views: assessments.map(({ view, facts, decision: one }) => ({
      decision: one.decision,
      chain: weakestFirst(chainOf(facts, view)),
      score: score(facts, view),
    })),
  };
}
