import type { ActingReason } from '../log/acting.ts';
import { OMS_REASONS, type OmsReason } from '../oms/oms-problem.ts';
import { LEGACY_REASONS, type LegacyReason } from '../trust/legacy.ts';
import { TRUST_REASONS, type TrustReason } from '../trust/trust-reason.ts';
import type { SkillProblemReason } from './skill-entry.ts';

/** What a verdict on a skill comes to. Only `verified` is a yes. */
export const SKILL_STATES = [
  'verified',
  'intact-unsigned',
  'signed-untrusted',
  'tampered',
  'revoked',
  'stale',
  'nothing-to-verify',
  'error',
] as const;

export type SkillState = (typeof SKILL_STATES)[number];

/** Why a release counts for nobody. */
type IdleReason = Exclude<ActingReason, 'own' | 'device'>;

/** Why a verdict is not `verified`: one word for each rule. */
export type VerdictReason =
  | keyof typeof VERDICT_REASONS
  | OmsReason
  | LegacyReason
  | TrustReason
  | SkillProblemReason;

interface ReasonText {
  readonly state: Exclude<SkillState, 'verified'>;
  /** What it means, whichever skill it is about. */
  readonly title: string;
  /** What mends it. */
  readonly mend: string;
}

const IDLE: Readonly<Record<IdleReason, ReasonText>> = {
  superseded: {
    state: 'signed-untrusted',
    title: 'the release was taken back by a recovery of its publisher',
    mend: 'Ask the publisher to release these files again.',
  },
  'device-not-linked': {
    state: 'signed-untrusted',
    title: 'the release is sealed by an identifier that was no device of the publisher',
    mend: 'Ask the publisher to link the device, then to release again.',
  },
  'device-link-superseded': {
    state: 'signed-untrusted',
    title: 'the device that sealed the release was linked by an event that a recovery took back',
    mend: 'Ask the publisher to link the device again, then to release again.',
  },
  'device-revoked': {
    state: 'signed-untrusted',
    title: 'the release was sealed after its device was revoked',
    mend: 'Ask the publisher to release these files again.',
  },
  'capability-missing': {
    state: 'signed-untrusted',
    title: 'the device that sealed the release may not release',
    mend: 'Ask the publisher to link the device with the capability release, then to release again.',
  },
};

const VOID: readonly (keyof typeof IDLE)[] = [
  'device-not-linked',
  'device-revoked',
  'capability-missing',
];

/** Whether a reason is that a release never counted: a device sealed it that might not. */
export function isVoidReason(reason: string | undefined): boolean {
  return VOID.some((one) => one === reason);
}

/** Whether a reason is that a release counts for nobody. */
export function isIdleReason(reason: string): boolean {
  return Object.hasOwn(IDLE, reason);
}

const TAMPERED = 'Put the released files there, or have these ones released.';

/** Every reason but those for which files are no skill at all, with what it means and what mends it. */
export const VERDICT_REASONS = {
  ...IDLE,
  'no-release': {
    state: 'intact-unsigned',
    title: 'no release in the log names these files',
    mend: 'Have them released by their publisher: gitkel skill release DIR --as AID --version VERSION.',
  },
  'no-rule': {
    state: 'signed-untrusted',
    title: 'the policy has no rule for this path, so that nobody may release a skill there',
    mend: 'Move the skill, or have a maintainer add a rule for the path.',
  },
  'publisher-not-allowed': {
    state: 'signed-untrusted',
    title: 'the release is by a publisher that is not allowed here',
    mend: 'Have it released by a publisher that is allowed for this place; where you decide who that is, name them with --publisher AID.',
  },
  'publisher-other-path': {
    state: 'signed-untrusted',
    title: 'the release is by a publisher that is allowed for other paths alone',
    mend: 'Move the skill to a path of its publisher, or have it released by a publisher that is allowed for this one.',
  },
  'publisher-duplicitous': {
    state: 'signed-untrusted',
    title: 'the publisher is proved to have signed two histories',
    mend: 'Trust nothing of this publisher until it has recovered with a rotation.',
  },
  'file-changed': {
    state: 'tampered',
    title: 'a file is not the released one',
    mend: TAMPERED,
  },
  'file-added': {
    state: 'tampered',
    title: 'there is a file that was not released',
    mend: TAMPERED,
  },
  'file-removed': {
    state: 'tampered',
    title: 'a released file is not there',
    mend: TAMPERED,
  },
  'mode-widened': {
    state: 'tampered',
    title: 'a file may be executed that was released without that',
    mend: TAMPERED,
  },
  'mode-narrowed': {
    state: 'tampered',
    title: 'a file may not be executed that was released with that',
    mend: TAMPERED,
  },
  'release-revoked': {
    state: 'revoked',
    title: 'the release is revoked',
    mend: 'Use the replacement if the revocation names one; otherwise remove the skill.',
  },
  'manifest-revoked': {
    state: 'revoked',
    title: 'these files are revoked, whoever releases them',
    mend: 'Use the replacement if the revocation names one; otherwise remove the skill.',
  },
  'name-revoked': {
    state: 'revoked',
    title: 'all releases of this name up to the revocation are revoked',
    mend: 'Use a later release, or remove the skill.',
  },
  'older-release': {
    state: 'stale',
    title: 'the release is older than the one that it would replace',
    mend: 'Keep the newer one; to go back on purpose, have the older files released again.',
  },
  'log-stale': {
    state: 'stale',
    title: 'the copy of the log is older than the policy allows',
    mend: 'Bring it up to date: gitkel pull.',
  },
  'log-freshness-unknown': {
    state: 'stale',
    title: 'nobody knows how old the copy of the log is',
    mend: 'Bring it up to date: gitkel pull.',
  },
  'nothing-to-verify': {
    state: 'nothing-to-verify',
    title: 'there is no skill',
    mend: 'Name a directory with a SKILL.md.',
  },
  'tree-unreadable': {
    state: 'error',
    title: 'a directory holds what Git does not write',
    mend: 'Write the directory anew with stock Git.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>;

type Texts = Readonly<Record<string, Omit<ReasonText, 'state'>>>;

function textIn(texts: Texts, reason: string, state: ReasonText['state']): ReasonText | undefined {
  const text = Object.hasOwn(texts, reason) ? texts[reason] : undefined;
  return text === undefined ? undefined : { ...text, state };
}

/** What says that the files are not those that were signed, and not only that nobody here trusts who signed them. */
const CHANGED: readonly string[] = [
  'oms-form',
  'oms-signature',
  'oms-digest',
  'oms-file-changed',
  'oms-file-added',
  'oms-file-missing',
] satisfies readonly OmsReason[];

const UNSIGNED: readonly string[] = [
  'unsigned',
  'exempted',
  'exemption-expired',
  'exemption-not-enough',
  'imported',
] satisfies readonly LegacyReason[];

/** The reason of a signature of others that does not hold, or of a skill that nobody released. */
function foreignText(reason: string): ReasonText | undefined {
  return (
    textIn(OMS_REASONS, reason, CHANGED.includes(reason) ? 'tampered' : 'signed-untrusted') ??
    textIn(
      LEGACY_REASONS,
      reason,
      UNSIGNED.includes(reason) ? 'intact-unsigned' : 'signed-untrusted',
    )
  );
}

/** The text of a reason; `undefined` for one of those for which files are no skill: there the verdict says it all. */
export function reasonText(reason: string): ReasonText | undefined {
  const texts: Readonly<Record<string, ReasonText>> = VERDICT_REASONS;
  if (Object.hasOwn(texts, reason)) return texts[reason];
  return textIn(TRUST_REASONS, reason, 'signed-untrusted') ?? foreignText(reason);
}
