import type { FileDifference } from '../records/skill-manifest.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { letsIn } from '../skills/judge-skill.ts';
import type { SkillVerdict } from '../skills/skill-verdict.ts';
import { TRUST_REASONS, type TrustReason } from '../trust/trust-reason.ts';
import type { SkillState } from '../skills/verdict-reason.ts';

/** Why a skill is not installed, or not good any more. */
export interface Objection {
  readonly state: Exclude<SkillState, 'verified'>;
  /** Stable name of the rule: one of the verdict's own, one for which files are no skill, or one of `INSTALL_REASONS`. */
  readonly reason: string;
  /** What was found, in one sentence without its full stop. */
  readonly detail: string;
  /** What mends it. */
  readonly hint: string;
  /** The verdict on its files, where it speaks against the skill. */
  readonly verdict?: SkillVerdict | undefined;
  readonly release?: ReleaseEntry | undefined;
  /** The first of the differences from the release. */
  readonly differences?: readonly FileDifference[] | undefined;
}

/** Reasons that only installed skills have, with the state and what mends it. */
export const INSTALL_REASONS = {
  'signed-before': {
    state: 'intact-unsigned',
    mend: 'Ask the publisher for a release of these files; what is installed stays.',
  },
  'legacy-off': {
    state: 'intact-unsigned',
    mend: 'Say what is to become of such skills (gitkel trust legacy --mode, or the policy), or remove it.',
  },
  'root-changed': {
    state: 'signed-untrusted',
    mend: 'A name means a skill only together with whoever signs it. If you know that the new one is to be trusted: gitkel skill install --replace-publisher.',
  },
  'publisher-changed': {
    state: 'signed-untrusted',
    mend: 'A name means a skill only together with its publisher. If you know that the new one is to be trusted: gitkel skill install --replace-publisher.',
  },
  'older-release': {
    state: 'stale',
    mend: 'Keep the newer one; to go back on purpose, have the older files released again.',
  },
  'other-log': {
    state: 'stale',
    mend: 'Name the log by which it was installed with --log; to change the log, remove the skill and install it anew.',
  },
  'log-missing': {
    state: 'stale',
    mend: 'Name a copy of the log with --log; `gitkel clone` makes one.',
  },
  'log-behind': { state: 'stale', mend: 'Bring the copy of the log up to date, then try again.' },
  'log-forked': {
    state: 'error',
    mend: 'Compare the two copies of the log, and trust neither until you know why: gitkel compare.',
  },
  'release-unknown': {
    state: 'error',
    mend: 'Somebody changed the lock, or the log is another one: take the lock from your version control.',
  },
  'lock-edited': {
    state: 'error',
    mend: 'Somebody changed the lock: take it from your version control, or remove the skill and install it again.',
  },
  'nested-skill': {
    state: 'error',
    mend: 'Consent is for one skill: ask the publisher to release the inner one by itself, and install each.',
  },
  'install-name': {
    state: 'error',
    mend: 'Ask the publisher for a name of letters, digits and hyphens.',
  },
  'expected-other': {
    state: 'signed-untrusted',
    mend: 'Look at what is there now, and expect that if it is right: gitkel skill digest SOURCE.',
  },
  'not-in-lock': {
    state: 'signed-untrusted',
    mend: 'Move it away, and install it with `gitkel skill install`, which asks.',
  },
  'not-installed': {
    state: 'intact-unsigned',
    mend: 'Nobody answers for it: move it away, or have it released and install it.',
  },
  'skill-missing': {
    state: 'nothing-to-verify',
    mend: 'Install it again, or take it out of the lock: gitkel skill remove NAME.',
  },
  'no-skill': { state: 'nothing-to-verify', mend: 'Move it away: there is no SKILL.md in it.' },
  quarantined: {
    state: 'nothing-to-verify',
    mend: 'It is good again: `gitkel skill verify --quarantine` moves it back.',
  },
  'not-as-locked': {
    state: 'tampered',
    mend: 'Move it aside (gitkel skill verify --quarantine), and install it again.',
  },
} as const satisfies Readonly<
  Record<string, { readonly state: Exclude<SkillState, 'verified'>; readonly mend: string }>
>;

export type InstallReason = keyof typeof INSTALL_REASONS;

/** Whether it keeps a skill from being used at all, and not only from being let in: it was edited, revoked, or found bad. */
export function isBad({ state, reason }: Pick<Objection, 'state' | 'reason'>): boolean {
  if (state === 'revoked' || state === 'tampered') return true;
  return isTrustReason(reason) && TRUST_REASONS[reason].decision === 'reject';
}

function isTrustReason(reason: string): reason is TrustReason {
  return Object.hasOwn(TRUST_REASONS, reason);
}

/** An objection by a rule of this page. */
export function objection(
  reason: InstallReason,
  detail: string,
  release?: ReleaseEntry,
): Objection {
  const { state, mend } = INSTALL_REASONS[reason];
  return { state, reason, detail, hint: mend, release };
}

/** A verdict that does not let a skill in, as an objection; `undefined` for one that does. */
export function objectionOf(verdict: SkillVerdict): Objection | undefined {
  const { state, reason, detail, hint, decision, release, differences } = verdict;
  if (letsIn(verdict)) return undefined;
  if (state === 'verified' || reason === undefined)
    throw new Error(`a skill that is not let in (${decision}) has a reason`);
  return { state, reason, detail, hint, verdict, release, differences };
}
