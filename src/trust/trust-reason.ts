import type { Decision } from './decision.ts';

interface ReasonText {
  readonly decision: Exclude<Decision['decision'], 'accept'>;
  /** What it means, whichever skill it is about. */
  readonly title: string;
  /** What mends it. */
  readonly mend: string;
}

/** Every reason for which trust says no, with what it means and what mends it. The gravest first. */
export const TRUST_REASONS = {
  'audit-failed': {
    decision: 'reject',
    title: 'somebody who is heard found that the files break a criterion',
    mend: 'Use other files. An auditor who was wrong takes the audit back: gitkel skill revoke SAID.',
  },
  'revoked-by-trusted': {
    decision: 'reject',
    title: 'somebody who is heard revoked the skill',
    mend: 'Use a later release, or remove the skill.',
  },
  'files-not-intact': {
    decision: 'reject',
    title: 'the files are not those that the statements are about',
    mend: 'Put the released files there.',
  },
  'publisher-distrusted': {
    decision: 'reject',
    title: 'whoever judges distrusts the publisher',
    mend: 'Remove the skill, or take the distrust back: gitkel trust remove AID.',
  },
  'trust-too-large': {
    decision: 'needs-review',
    title: 'more identities or statements follow from the roots than are looked at',
    mend: 'Trust fewer identities, or narrower ones.',
  },
  'publisher-doubted': {
    decision: 'needs-review',
    title: 'somebody who is heard distrusts the publisher',
    mend: 'Find out why. Who distrusts takes it back with another vouch: gitkel skill vouch AID.',
  },
  'criterion-unknown': {
    decision: 'needs-review',
    title: 'a criterion is asked for whose text is not known',
    mend: 'Define it where it is asked for, with the text that the auditors judge by.',
  },
  'author-not-anchored': {
    decision: 'needs-review',
    title: 'no release by an allowed publisher that counts names these files',
    mend: 'Have them released: gitkel skill release DIR --as AID.',
  },
  'audit-expired': {
    decision: 'needs-review',
    title: 'audits that would be enough have expired',
    mend: 'Ask the auditors to judge the files again.',
  },
  'audit-retracted': {
    decision: 'needs-review',
    title: 'audits that would be enough were taken back by who made them',
    mend: 'Ask the auditors to judge the files again.',
  },
  'vouch-expired': {
    decision: 'needs-review',
    title: 'the auditors were trusted until a vouch expired',
    mend: 'Ask who vouched to do so again: gitkel skill vouch AID.',
  },
  'issuer-untrusted': {
    decision: 'needs-review',
    title: 'the auditors are not trusted as far as is asked for',
    mend: 'Have it audited by somebody who is, or trust the auditors: gitkel trust add AID.',
  },
  'auditor-is-publisher': {
    decision: 'needs-review',
    title: 'the files were audited by their own publisher',
    mend: 'Have them audited by somebody whom the publisher does not control.',
  },
  'method-not-allowed': {
    decision: 'needs-review',
    title: 'the audits were made in a way that is not allowed here',
    mend: 'Have it audited by a method that the requirement names.',
  },
  'audits-not-distinct': {
    decision: 'needs-review',
    title: 'the auditors are fewer controllers than they are identifiers',
    mend: 'Have it audited by somebody whom neither these auditors nor the publisher control.',
  },
  'audits-missing': {
    decision: 'needs-review',
    title: 'too few audits say that the files meet a criterion',
    mend: 'Have the files audited: gitkel skill audit DIR --as AID.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>;

/** Why trust says no: one word for each rule. */
export type TrustReason = keyof typeof TRUST_REASONS;
