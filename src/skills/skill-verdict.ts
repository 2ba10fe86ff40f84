/**
 * Verdicts on skills: what they are given by, and what they come to.
 * @module
 */
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import type { SkillRevocation } from '../log/releases.ts';
import type { FileDifference, SkillManifest } from '../records/skill-manifest.ts';
import type { Condition } from '../trust/condition.ts';
import type { Decision, FoundReason } from '../trust/decision.ts';
import type { SkillFacts } from '../trust/facts.ts';
import type { Viewpoint } from '../trust/viewpoint.ts';
import type { LegacyTrust, LegacyVerdict } from './legacy-verdict.ts';
import type { SkillProblem } from './skill-entry.ts';
import { type SkillState, VERDICT_REASONS, type VerdictReason } from './verdict-reason.ts';

/** Whom somebody who judges a skill trusts, and what they know of the log's age. */
export interface Trust {
  /** AIDs of the controllers that may release it. */
  readonly allowed: readonly string[];
  /** AIDs that may release skills at other places by the same policy, and not this one. */
  readonly elsewhere?: readonly string[] | undefined;
  /** AIDs of whom a release of the same files was taken before: of releases by strangers theirs is told first. */
  readonly before?: readonly string[] | undefined;
  /** AIDs whose revocations count beside those of the allowed ones and of the release's own controller. */
  readonly heeded?: readonly string[] | undefined;
  /** Why nothing can be verified by this copy of the log. */
  readonly staleness?: Staleness | undefined;
  /** Whether files may have lost the permission to be executed, as they do in archives and on some systems. */
  readonly mayLoseModes?: boolean | undefined;
  /** From where it is judged what others say of the files; all of them have to let the skill in. */
  readonly views?: readonly Viewpoint[] | undefined;
  /** What becomes of skills that nobody released; they are refused where it is not said. */
  readonly legacy?: LegacyTrust | undefined;
}

/** What one viewpoint comes to. */
export interface Assessment {
  readonly view: Viewpoint;
  readonly facts: SkillFacts;
  readonly decision: Decision;
}

/** Why a verdict is no plain yes. */
export type VerdictFinding = Omit<FoundReason, 'reason'> & { readonly reason: VerdictReason };

export interface Staleness {
  readonly reason: 'log-stale' | 'log-freshness-unknown';
  readonly detail: string;
}

export interface SkillVerdict {
  readonly state: SkillState;
  /** What follows from it. A skill is let in by `accept`, and by `accept-with-conditions` for who keeps them. */
  readonly decision: Decision['decision'];
  /** All that speaks against it, the gravest first; empty for `accept` alone. */
  readonly reasons: readonly VerdictFinding[];
  readonly conditions: readonly Condition[];
  /** The rule that it breaks; `undefined` for `verified` alone. */
  readonly reason: VerdictReason | undefined;
  /** What was found, in one sentence without its full stop. */
  readonly detail: string;
  /** What mends it; empty for `verified`. */
  readonly hint: string;
  /** The name that the skill states, and the SAID of its manifest, where it has one. */
  readonly name: string | undefined;
  readonly manifest: string | undefined;
  /** The release that decided; for `tampered` the one that the files were held against. */
  readonly release: ReleaseEntry | undefined;
  readonly revocation: SkillRevocation | undefined;
  /** The first of the differences from that release. */
  readonly differences: readonly FileDifference[];
  /** What it comes to from each viewpoint; none where a release that counts is missing, or all that is asked for. */
  readonly assessments: readonly Assessment[];
  /** Where the skill was judged as one that nobody who may released. */
  readonly legacy?: LegacyVerdict | undefined;
}

/** What every verdict has against which its release speaks, or the lack of one. */
function refusing(
  reason: VerdictReason,
  detail: string,
  hint: string,
): Pick<SkillVerdict, 'decision' | 'reasons' | 'conditions' | 'assessments'> {
  const reasons = [{ reason, detail, hint, statements: [] }];
  return { decision: 'reject', reasons, conditions: [], assessments: [] };
}

interface Ground {
  readonly release?: ReleaseEntry | undefined;
  readonly revocation?: SkillRevocation | undefined;
  readonly differences?: readonly FileDifference[];
}

/** A verdict by a rule that is broken. */
export function verdictFor(
  manifest: Pick<SkillManifest, 'name' | 'said'>,
  reason: keyof typeof VERDICT_REASONS,
  detail: string,
  { release, revocation, differences = [] }: Ground = {},
): SkillVerdict {
  const { state, mend: hint } = VERDICT_REASONS[reason];
  const { name, said } = manifest;
  return {
    state,
    reason,
    detail,
    hint,
    name,
    manifest: said,
    release,
    revocation,
    differences: differences.slice(0, LIMITS.verdictDifferences),
    ...refusing(reason, detail, hint),
  };
}

/** What a release is called in a sentence. */
export function releaseWords({ name, version, controller, position }: ReleaseEntry): string {
  return `release ${quoted(version)} of ${quoted(name)} by ${controller} at position ${position}`;
}

/** The verdict on files that are no skill: the first rule that they break. */
export function unusableVerdict(problems: readonly SkillProblem[]): SkillVerdict {
  const [first] = problems;
  if (first === undefined) throw new Error('files that break no rule are a skill');
  const { reason, path, detail } = first;
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  const isEmpty = reason === 'skill-md-missing';
  const where = path === '' ? '' : `${quoted(path, 200)}: `;
  const [words, hint] = [
    `${where}${detail}${more}`,
    'Correct it: gitkel skill check DIR names everything.',
  ];
  return {
    state: isEmpty ? 'nothing-to-verify' : 'error',
    reason,
    detail: words,
    hint,
    name: undefined,
    manifest: undefined,
    release: undefined,
    revocation: undefined,
    differences: [],
    ...refusing(reason, words, hint),
  };
}
