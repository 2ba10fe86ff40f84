/**
 * What becomes of skills that no publisher who may has released here: six classes, three modes, one table. Only a release by
 * who may release it makes a skill `signed-trusted`, and only that is accepted without conditions.
 * @module
 */
import type { Condition } from './condition.ts';
import type { Decision } from './decision.ts';

/** How much of it is let in, the most first. */
export const LEGACY_MODES = ['permissive', 'standard', 'strict'] as const;
export type LegacyMode = (typeof LEGACY_MODES)[number];

/** What is known of a skill, whatever is made of it. */
export const LEGACY_CLASSES = [
  'unsigned-unknown',
  'unsigned-pinned',
  'foreign-signed',
  'signed-unknown-author',
  'signed-trusted',
  'bad',
] as const;
export type LegacyClass = (typeof LEGACY_CLASSES)[number];

/** A root certificate under which signatures of others count. */
export interface LegacyRoot {
  readonly kind: 'oms';
  /** SHA-256 of the DER of the certificate, lower-case hexadecimal. */
  readonly sha256: string;
  /** SAIDs of the criteria that a skill is held to meet whose signature leads there, perhaps none. */
  readonly criteria: readonly string[];
}

/** What somebody who judges skills wants to become of those that nobody released here. */
export interface LegacyPolicy {
  readonly mode: LegacyMode;
  readonly roots: readonly LegacyRoot[];
}

/** What is known beside the class. */
export interface LegacyEvidence {
  /** Whether somebody who is trusted for that answers for exactly these files with an import. */
  readonly isImported: boolean;
  /** Whether an exemption of exactly these files is in force. */
  readonly isExempted: boolean;
  /** Whether the root under which they are signed is mapped to criteria. */
  readonly isMapped: boolean;
  /** Whether somebody who is trusted audited exactly these files, and passed them. */
  readonly isAudited: boolean;
  /** Whether everything that is asked for is met, and something of it by what others say. */
  readonly meetsCriteria: boolean;
}

interface ReasonText {
  /** What it means, whichever skill it is about. */
  readonly title: string;
  /** What mends it. */
  readonly mend: string;
}

/** Reasons that only such skills have, with what they mean and what mends them. */
export const LEGACY_REASONS = {
  unsigned: {
    title: 'nobody answers for these files',
    mend: 'Have them released; or let somebody who is trusted answer for them for a while: gitkel skill exempt DIR --as AID.',
  },
  exempted: {
    title: 'nobody signed these files; an exemption lets exactly them in for a while',
    mend: 'Have them released before the exemption expires.',
  },
  'exemption-expired': {
    title: 'the exemption that let these files in has expired',
    mend: 'Have them released, or look at them again and exempt them anew: gitkel skill exempt DIR --as AID.',
  },
  'exemption-not-enough': {
    title: 'the mode is strict, which lets in no unsigned files, exempted or imported or not',
    mend: 'Have them released.',
  },
  imported: {
    title: 'nobody signed these files; a curator who is trusted answers for them',
    mend: 'Ask their author for a release.',
  },
  'foreign-signed': {
    title: 'these files are signed under a foreign root that is pinned, and not released here',
    mend: 'Ask their author for a release.',
  },
  'foreign-root-unmapped': {
    title: 'these files are signed under a foreign root that is pinned and meets no criterion',
    mend: 'Say which criteria its signatures meet ("criteria" of the root), or have a curator import them: gitkel skill import DIR --as AID.',
  },
  'import-missing': {
    title: 'the mode is strict, and no curator who is trusted answers for these files',
    mend: 'Have a curator who is trusted import them: gitkel skill import DIR --as AID.',
  },
  'author-unknown': {
    title: 'the release is by a publisher whom nobody here knows',
    mend: 'Name its publisher if it is to be trusted; or have it audited by somebody who is.',
  },
  'author-unknown-audited': {
    title:
      'the release is by a publisher whom nobody here knows; somebody who is trusted audited it',
    mend: 'Name its publisher if it is to be trusted.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>;

/** Why the table says what it says. */
export type LegacyReason = keyof typeof LEGACY_REASONS;

/** What the table says of one skill. */
export interface LegacyOutcome {
  readonly decision: Decision['decision'];
  /** Absent for `signed-trusted`, and for `bad`, which has reasons of its own. */
  readonly reason?: LegacyReason | undefined;
  /** Empty but for `accept-with-conditions`. */
  readonly conditions: readonly Condition[];
}

/** What always has to be kept with skills below `signed-trusted`. */
const ALWAYS: readonly Condition[] = [
  'no-secrets',
  'strip-allowed-tools',
  'no-hooks',
  'show-description',
];
const SANDBOX: readonly Condition[] = ['sandbox', ...ALWAYS];
const HARMLESS: readonly Condition[] = ['sandbox', 'no-network', 'workspace-read-only', ...ALWAYS];

function accept(reason: LegacyReason, conditions: readonly Condition[]): LegacyOutcome {
  return { decision: 'accept-with-conditions', reason, conditions };
}

function review(reason: LegacyReason): LegacyOutcome {
  return { decision: 'needs-review', reason, conditions: [] };
}

function reject(reason: LegacyReason): LegacyOutcome {
  return { decision: 'reject', reason, conditions: [] };
}

function unsignedUnknown(mode: LegacyMode): LegacyOutcome {
  switch (mode) {
    case 'permissive':
      return accept('unsigned', HARMLESS);
    case 'standard':
      return review('unsigned');
    case 'strict':
      return reject('unsigned');
  }
}

function unsignedPinned(mode: LegacyMode, { isImported }: LegacyEvidence): LegacyOutcome {
  return mode === 'strict'
    ? reject('exemption-not-enough')
    : accept(isImported ? 'imported' : 'exempted', SANDBOX);
}

function foreignSigned(mode: LegacyMode, evidence: LegacyEvidence): LegacyOutcome {
  const { isMapped, isImported, isExempted } = evidence;
  switch (mode) {
    case 'permissive':
      return accept('foreign-signed', ALWAYS);
    case 'standard':
      if (isMapped || isImported) return accept('foreign-signed', ALWAYS);
      return isExempted ? accept('exempted', SANDBOX) : review('foreign-root-unmapped');
    case 'strict':
      return isImported ? accept('foreign-signed', ALWAYS) : reject('import-missing');
  }
}

function unknownAuthor(mode: LegacyMode, evidence: LegacyEvidence): LegacyOutcome {
  switch (mode) {
    case 'permissive':
      // Anybody can release any files: that alone is worth no more than no release at all.
      return evidence.isAudited || evidence.meetsCriteria
        ? accept('author-unknown-audited', SANDBOX)
        : accept('author-unknown', HARMLESS);
    case 'standard':
      return evidence.isAudited || evidence.meetsCriteria
        ? accept('author-unknown-audited', ALWAYS)
        : review('author-unknown');
    case 'strict':
      return evidence.meetsCriteria
        ? accept('author-unknown-audited', ALWAYS)
        : review('author-unknown');
  }
}

/** The table: what a mode makes of a skill of a class. */
export function judgeClass(
  of: LegacyClass,
  mode: LegacyMode,
  evidence: LegacyEvidence,
): LegacyOutcome {
  switch (of) {
    case 'unsigned-unknown':
      return unsignedUnknown(mode);
    case 'unsigned-pinned':
      return unsignedPinned(mode, evidence);
    case 'foreign-signed':
      return foreignSigned(mode, evidence);
    case 'signed-unknown-author':
      return unknownAuthor(mode, evidence);
    case 'signed-trusted':
      return { decision: 'accept', conditions: [] };
    case 'bad':
      return { decision: 'reject', conditions: [] };
  }
}
