/**
 * The one form in which a log holds what is attached to an event: who signs, witnesses, approves and endorses it, each
 * once, in one order, and nothing that is not verified.
 * @module
 */
import { sameBytes, utf8 } from '../base/bytes.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../cesr/attachments.ts';
import type { NonTransferableReceipt, TransferableReceipt } from '../cesr/attachment-item.ts';
import type { IndexedSignature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { Anchor, KeyLogs } from '../keri/key-log.ts';
import { checkProofs, type Proof, signerName } from '../keri/proofs.ts';
import { checkSignature, type SignedEvent } from '../keri/signatures.ts';
import type { KeyState } from '../keri/state.ts';

function isRising<T>(items: readonly T[], isLess: (one: T, other: T) => boolean): boolean {
  return items.every((item, at) => {
    const before = items[at - 1];
    return before === undefined || isLess(before, item);
  });
}

function isLessIndex(one: IndexedSignature, other: IndexedSignature): boolean {
  return one.index < other.index;
}

function isLessReceipt(one: TransferableReceipt, other: TransferableReceipt): boolean {
  if (one.aid !== other.aid) return one.aid < other.aid;
  if (one.sequenceNumber !== other.sequenceNumber) return one.sequenceNumber < other.sequenceNumber;
  return one.signature.index < other.signature.index;
}

function isLessFixed(one: NonTransferableReceipt, other: NonTransferableReceipt): boolean {
  return one.aid < other.aid;
}

/**
 * Whether attachments are in the one form: CESR text, each kind in one group, in the order of KERI, each signer once, in
 * order. Whether they hold is another question. A delegated event names one approval of its delegator, no other event does.
 */
export function isInOneForm(
  attachments: Attachments,
  attached: Uint8Array,
  isDelegated: boolean,
): boolean {
  const {
    controllerSignatures,
    witnessSignatures: witnessed,
    sealSources,
    transferableReceipts,
    nonTransferableReceipts,
  } = attachments;
  const kept = {
    ...noAttachments,
    controllerSignatures,
    witnessSignatures: witnessed,
    sealSources,
    transferableReceipts,
    nonTransferableReceipts,
  };
  return (
    sealSources.length === (isDelegated ? 1 : 0) &&
    isRising(controllerSignatures, isLessIndex) &&
    isRising(witnessed, isLessIndex) &&
    isRising(transferableReceipts, isLessReceipt) &&
    isRising(nonTransferableReceipts, isLessFixed) &&
    sameBytes(utf8(encodeAttachments(kept)), attached)
  );
}

/**
 * Who endorses an event beside its controllers and witnesses, by name; `undefined` when one of the endorsements does not
 * hold: a signature by a key that cannot rotate and is no witness of the event, or by a key of an establishment event in
 * the trunk of a KEL that is known.
 */
export function endorsers(
  crypto: Crypto,
  logs: KeyLogs,
  { event, attachments }: SignedEvent,
  before: KeyState | undefined,
): readonly string[] | undefined {
  const { transferableReceipts, nonTransferableReceipts } = attachments;
  const count = transferableReceipts.length + nonTransferableReceipts.length;
  if (count === 0) return [];
  const theirs = { ...noAttachments, transferableReceipts, nonTransferableReceipts };
  const { verified } = checkProofs(crypto, event, before, theirs, logs);
  const isAll =
    verified.length === count &&
    verified.every(({ kind }) => kind === 'endorsement' || kind === 'transferable');
  return isAll ? verified.map(signerName) : undefined;
}

function signaturesOf(
  proofs: readonly Proof[],
  kind: 'controller' | 'witness',
): readonly IndexedSignature[] {
  return proofs
    .flatMap((proof) => (proof.kind === kind ? [proof.signature] : []))
    .toSorted((one, other) => one.index - other.index);
}

/** Proofs as a log holds them attached to their event: each kind in its order. */
export function attachedProofs(proofs: readonly Proof[], anchor?: Anchor): Attachments {
  const receipts = proofs.flatMap((proof): readonly TransferableReceipt[] => {
    if (proof.kind !== 'transferable') return [];
    const { signer, signature } = proof;
    return [{ aid: signer.aid, sequenceNumber: signer.sn, said: signer.said, signature }];
  });
  const endorsements = proofs.flatMap((proof) =>
    proof.kind === 'endorsement' ? [proof.receipt] : [],
  );
  return {
    ...noAttachments,
    controllerSignatures: signaturesOf(proofs, 'controller'),
    witnessSignatures: signaturesOf(proofs, 'witness'),
    sealSources: anchor === undefined ? [] : [{ sequenceNumber: anchor.sn, said: anchor.said }],
    transferableReceipts: receipts.toSorted((one, other) => (isLessReceipt(one, other) ? -1 : 1)),
    nonTransferableReceipts: endorsements.toSorted((one, other) =>
      isLessFixed(one, other) ? -1 : 1,
    ),
  };
}

/**
 * What is attached to an event that evaluates to `accept`, or is in the trunk already, in the one form of a log:
 * signatures, receipts and endorsements that hold, each signer once, witnesses by their places, and for a delegated event
 * its one true anchor. Everything else is left out.
 * @param before the key state before the event
 * @param anchor where the delegator approves the event, as the decision on it says
 * @param known names of signers whose signatures are left out, because the log has them
 */
export function inOneForm(
  crypto: Crypto,
  logs: KeyLogs,
  { event, attachments }: SignedEvent,
  before: KeyState | undefined,
  anchor: Anchor | undefined,
  known?: ReadonlySet<string>,
): Attachments {
  const { controllerSignatures } = attachments;
  // Of several signatures by one key, one that reveals a next key is worth more.
  const revealing = controllerSignatures.filter(
    (signature) =>
      signature.priorIndex !== undefined &&
      checkSignature(crypto, event, before, signature) === 'valid',
  );
  const inOrder = {
    ...attachments,
    controllerSignatures: [...revealing, ...controllerSignatures],
  };
  const { verified } = checkProofs(crypto, event, before, inOrder, logs, known);
  return attachedProofs(verified, anchor);
}
