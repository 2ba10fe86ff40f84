interface ReasonText {
  /** What it means, whichever skill it is about. */
  readonly title: string;
  /** What mends it. */
  readonly mend: string;
}

const SIGN_AGAIN = 'Ask whoever signed it for a signature over these files.';
const GET_AGAIN =
  'Get the skill anew from where it was signed; what was added or changed is not covered.';

/**
 * Why a signature by OpenSSF Model Signing does not hold for the files of a skill, with what that means and what mends it.
 * None of them means that there is no signature.
 */
export const OMS_REASONS = {
  'oms-form': { title: 'skill.oms.sig is no signature', mend: SIGN_AGAIN },
  'oms-material': {
    title: 'the signature is not to be verified with certificates',
    mend: 'Ask whoever signed it for a signature with a chain of certificates.',
  },
  'oms-method': {
    title: 'the signature is made in a way that is not supported',
    mend: 'Ask whoever signed it for one over whole files, by SHA-256, without symbolic links.',
  },
  'oms-signature': { title: 'the signature is not by the key that it names', mend: SIGN_AGAIN },
  'oms-chain': {
    title: 'the certificates do not follow from each other, or are not for signing files',
    mend: SIGN_AGAIN,
  },
  'oms-root': {
    title: 'the certificates lead to no root that is pinned',
    mend: 'If you know that the root is to be trusted, pin it: gitkel trust legacy --oms-root FILE.',
  },
  'oms-expired': { title: 'a certificate has expired', mend: SIGN_AGAIN },
  'oms-not-yet-valid': {
    title: 'a certificate is not valid yet',
    mend: 'Set the clock of this machine right; else ask whoever signed it.',
  },
  'oms-digest': { title: 'the signature does not fit its own list of files', mend: SIGN_AGAIN },
  'oms-file-changed': { title: 'a file is not the one that was signed', mend: GET_AGAIN },
  'oms-file-added': { title: 'there is a file that was not signed', mend: GET_AGAIN },
  'oms-file-missing': { title: 'a file that was signed is not there', mend: GET_AGAIN },
} as const satisfies Readonly<Record<string, ReasonText>>;

/** Why a foreign signature does not hold. */
export type OmsReason = keyof typeof OMS_REASONS;

/** What is wrong with one signature. */
export interface OmsProblem {
  readonly reason: OmsReason;
  /** What was found, in one sentence without its full stop. */
  readonly detail: string;
}
