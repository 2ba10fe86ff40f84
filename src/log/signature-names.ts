import type { Attachments } from '../cesr/attachments.ts';

/** Whose signatures are attached to an event: keys and witnesses by index, others by identifier. */
export interface SignatureNames {
  readonly keys: readonly number[];
  readonly witnesses: readonly number[];
  /** Identifiers that endorse it. */
  readonly endorsers: readonly string[];
}

export function signatureNames(attachments: Attachments): SignatureNames {
  const { controllerSignatures, witnessSignatures } = attachments;
  const { transferableReceipts, nonTransferableReceipts } = attachments;
  return {
    keys: controllerSignatures.map(({ index }) => index),
    witnesses: witnessSignatures.map(({ index }) => index),
    endorsers: [
      ...new Set([...transferableReceipts, ...nonTransferableReceipts].map(({ aid }) => aid)),
    ],
  };
}
