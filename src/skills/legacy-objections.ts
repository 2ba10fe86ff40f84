/**
 * What is said against a skill that no publisher who may has released, and what of it is no more than a stranger's word.
 * @module
 */
import { heardRevocations } from '../trust/decide.ts';
import type { Decision } from '../trust/decision.ts';
import type { Tier } from '../trust/trust-policy.ts';
import type { Assessment, SkillVerdict, Trust, VerdictFinding } from './skill-verdict.ts';
import { isIdleReason, isVoidReason, reasonText, type VerdictReason } from './verdict-reason.ts';

/** What is asked from each viewpoint. */
export interface Viewed {
  readonly tier: Tier;
  readonly assessments: readonly Assessment[];
  /** The same of the files alone, whoever released them. */
  readonly alone: () => readonly Assessment[];
}

/** One of the two. */
export type Seen = Omit<Viewed, 'alone'>;

/** What keeps anything from being let in although it rejects nothing: that nobody knows all that is said against it. */
const OPEN: ReadonlySet<VerdictReason> = new Set(['trust-too-large', 'publisher-doubted']);

/** What others found against the files, whoever lets them in. */
export function objections(found: SkillVerdict, { assessments }: Seen): SkillVerdict | undefined {
  const reasonsOf = (of: Decision['decision']): readonly VerdictFinding[] =>
    assessments.flatMap(({ decision }) => (decision.decision === of ? decision.reasons : []));
  const [first, ...more] = reasonsOf('reject');
  if (first !== undefined) return { ...judged(found, 'reject', [first, ...more]), assessments };
  const [open, ...others] = reasonsOf('needs-review').filter(({ reason }) => OPEN.has(reason));
  if (open === undefined) return undefined;
  return { ...judged(found, 'needs-review', [open, ...others]), assessments };
}

/** A verdict by reasons that the table has, or signatures. */
export function judged(
  found: SkillVerdict,
  decision: Decision['decision'],
  reasons: readonly [VerdictFinding, ...VerdictFinding[]],
): SkillVerdict {
  const [{ reason, detail, hint }] = reasons;
  const state = reasonText(reason)?.state ?? found.state;
  return { ...found, state, decision, reason, detail, hint, reasons };
}

/**
 * Whether a verdict is that a release by a stranger does not count, or was taken back by who made it; or that one never
 * counted, in whosever name a device sealed it that might not. That is no word on files for which somebody answers who is
 * trusted.
 */
export function isIdleForeign(
  { release, revocation, state, reason }: SkillVerdict,
  { allowed, elsewhere = [], before = [] }: Trust,
): boolean {
  if (release === undefined) return false;
  if (state !== 'revoked' && isVoidReason(reason)) return true;
  const { controller } = release;
  if ([allowed, elsewhere, before].some((aids) => aids.includes(controller))) return false;
  return state === 'revoked'
    ? revocation?.controller === controller
    : reason !== undefined && isIdleReason(reason);
}

/** Whether somebody who is heard revoked the release or its files; what its publisher revokes that nobody hears is not asked. */
export function isRevokedByHeard({ assessments }: Seen): boolean {
  return assessments.some(({ view, facts }) => {
    const heard = view.heard(facts.name);
    return heardRevocations(facts, view).some(({ controller }) => heard.has(controller));
  });
}
