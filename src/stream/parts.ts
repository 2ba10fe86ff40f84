/**
 * Taking apart what is attached to an event, and putting together what came in several pieces.
 * @module
 */
import { sameBytes } from '../base/bytes.ts';
import {
  writeNonTransferableReceipt,
  writeTransferableSignatureGroup,
} from '../cesr/attachment-item.ts';
import { type Attachments, noAttachments } from '../cesr/attachments.ts';
import { encodeIndexedSignature, type IndexedSignature } from '../cesr/signature.ts';
import type { EventName } from '../keri/key-log.ts';
import { type Progress, witnessSignatures } from '../keri/signatures.ts';
import type { WaitingReceipt } from './waiting-room.ts';

/** Each signature once, by everything that it states. */
function united(
  a: readonly IndexedSignature[],
  b: readonly IndexedSignature[],
): readonly IndexedSignature[] {
  const known = new Set(a.map(encodeIndexedSignature));
  return [...a, ...b.filter((signature) => !known.has(encodeIndexedSignature(signature)))];
}

/** The signatures of controllers and witnesses of both. */
export function merged(a: Attachments, b: Attachments): Attachments {
  return {
    ...noAttachments,
    controllerSignatures: united(a.controllerSignatures, b.controllerSignatures),
    witnessSignatures: united(a.witnessSignatures, b.witnessSignatures),
  };
}

/** The signatures of controllers and witnesses that were found to hold; `witnesses` are those in force. */
export function soundOf(
  attachments: Attachments,
  { rejected }: Progress,
  witnesses: readonly string[],
): Attachments {
  // One that holds may be there once more under another code, which does not.
  const holds = ({ code, index, priorIndex, raw }: IndexedSignature): boolean =>
    !rejected.some(
      ({ signature: other }) =>
        other.code === code &&
        other.index === index &&
        other.priorIndex === priorIndex &&
        sameBytes(other.raw, raw),
    );
  return {
    ...noAttachments,
    controllerSignatures: attachments.controllerSignatures.filter(holds),
    witnessSignatures: witnessSignatures(witnesses, attachments).filter(holds),
  };
}

/** Whether somebody else than controllers and indexed witnesses signed. */
export function hasReceipts(attachments: Attachments): boolean {
  const { nonTransferableReceipts, transferableReceipts, transferableSignatureGroups } =
    attachments;
  return (
    nonTransferableReceipts.length +
      transferableReceipts.length +
      transferableSignatureGroups.length >
    0
  );
}

/** The part of attachments that are signatures of others than controllers, each as something that waits. */
export function receiptsIn(
  event: EventName,
  attachments: Attachments,
  parts: { readonly witnesses: boolean },
): readonly WaitingReceipt[] {
  const waiting = (
    escrow: WaitingReceipt['escrow'],
    text: string,
    part: Partial<Attachments>,
    signer?: EventName,
  ): WaitingReceipt => {
    const value = event.said + text;
    return {
      key: `${escrow} ${event.aid} ${event.sn} ${value}`,
      name: { aid: event.aid, sn: event.sn, said: event.said },
      size: value.length,
      isVerified: false,
      isListed: true,
      escrow,
      value,
      attachments: { ...noAttachments, ...part },
      signer,
    };
  };
  const indexed = parts.witnesses ? attachments.witnessSignatures : [];
  const groups = [
    ...attachments.transferableReceipts.map(({ signature, ...signer }) => ({
      ...signer,
      signatures: [signature],
    })),
    ...attachments.transferableSignatureGroups,
  ];
  return [
    ...indexed.map((signature) =>
      waiting('unverified-witness-receipt', encodeIndexedSignature(signature), {
        witnessSignatures: [signature],
      }),
    ),
    ...attachments.nonTransferableReceipts.map((receipt) =>
      waiting('unverified-nontrans-receipt', writeNonTransferableReceipt(receipt), {
        nonTransferableReceipts: [receipt],
      }),
    ),
    ...groups.map((group) =>
      waiting(
        'unverified-trans-receipt',
        writeTransferableSignatureGroup(group),
        { transferableSignatureGroups: [group] },
        { aid: group.aid, sn: group.sequenceNumber, said: group.said },
      ),
    ),
  ];
}
