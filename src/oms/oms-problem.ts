/** Why a signature by OpenSSF Model Signing does not hold for the files of a skill. None of them means that there is none. */
export type OmsReason =
  | 'oms-form'
  | 'oms-material'
  | 'oms-method'
  | 'oms-signature'
  | 'oms-chain'
  | 'oms-root'
  | 'oms-expired'
  | 'oms-not-yet-valid'
  | 'oms-digest'
  | 'oms-file-changed'
  | 'oms-file-added'
  | 'oms-file-missing';

export interface OmsProblem {
  readonly reason: OmsReason;
  /** What was found, in one sentence without its full stop. */
  readonly detail: string;
}
