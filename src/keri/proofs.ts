/**
 * Signatures over an event, each verified by itself, whoever gave it and in whatever form it came: for what arrives
 * after the event was accepted (KERI specification, "Receipt message" and "First-seen policy").
 * @module
 */
import type {
  NonTransferableReceipt,
  TransferableReceipt,
  TransferableSignatureGroup,
} from '../cesr/attachment-item.ts';
import { type Attachments, noAttachments } from '../cesr/attachments.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { IndexedSignature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { KeyEvent } from './event.ts';
import type { EventName, KeyLogs } from './key-log.ts';
import { keyProblem } from './primitive-text.ts';
import { checkSignature, signatureVerdict, witnessesOf, witnessSignatures } from './signatures.ts';
import type { KeyState } from './state.ts';

/**
 * One signature over an event that holds, and whose it is:
 * - `controller`: of the event's keys, by index
 * - `witness`: of the witnesses in force with the event, by index
 * - `endorsement`: of a key that is an identifier itself and no witness of the event
 * - `transferable`: of a key of another identifier's establishment event
 */
export type Proof =
  | { readonly kind: 'controller' | 'witness'; readonly signature: IndexedSignature }
  | { readonly kind: 'endorsement'; readonly receipt: NonTransferableReceipt }
  | {
      readonly kind: 'transferable';
      readonly signer: EventName;
      readonly signature: IndexedSignature;
    };

/** Names the signer of an event; two proofs of one event with the same name say the same. */
export function signerName(proof: Proof): string {
  switch (proof.kind) {
    case 'controller':
    case 'witness':
      return `${proof.kind} ${proof.signature.index}`;
    case 'endorsement':
      return proof.receipt.aid;
    case 'transferable':
      return `${proof.signer.aid} ${proof.signer.sn} ${proof.signature.index}`;
  }
}

export interface CheckedProofs {
  /** Signatures that hold, of signers that were not known to have signed, each once. */
  readonly verified: readonly Proof[];
  /** Signatures by others whose establishment event is not known yet. */
  readonly pending: readonly TransferableSignatureGroup[];
}

function groupOf({ signature, ...event }: TransferableReceipt): TransferableSignatureGroup {
  return { ...event, signatures: [signature] };
}

function groupsOf(attachments: Attachments): readonly TransferableSignatureGroup[] {
  return [
    ...attachments.transferableReceipts.map(groupOf),
    ...attachments.transferableSignatureGroups,
  ];
}

function candidates({
  aid,
  sequenceNumber: sn,
  said,
  signatures,
}: TransferableSignatureGroup): readonly Proof[] {
  const signer = { aid, sn, said };
  return signatures.map((signature) => ({ kind: 'transferable', signer, signature }));
}

/**
 * The keys by which another identifier's signatures are judged: those of an establishment event in its trunk. `unknown`
 * while the trunk has not come that far, `undefined` when it has no such event.
 */
function signerKeys(
  others: KeyLogs,
  { aid, sn, said }: EventName,
): readonly string[] | 'unknown' | undefined {
  const log = others.log(aid);
  if (log === undefined || sn > log.state.sn) return 'unknown';
  if (log.saidAt(sn) !== said) return undefined;
  const state = log.stateAt(sn);
  return state?.lastEstablishment.sn === sn ? state.publicKeys : undefined;
}

interface Checking {
  readonly crypto: Crypto;
  readonly event: KeyEvent;
  readonly before: KeyState | undefined;
  readonly witnesses: readonly string[];
  readonly others: KeyLogs;
}

/** Whether a proof's signature holds; `pending` while its keys are not known. */
function judge(checking: Checking, proof: Proof): boolean | 'pending' {
  const { crypto, event, before, witnesses, others } = checking;
  switch (proof.kind) {
    case 'controller': {
      const verdict = checkSignature(crypto, event, before, proof.signature);
      return (
        verdict === 'valid' ||
        verdict === 'no-such-prior-key' ||
        verdict === 'prior-digest-mismatch'
      );
    }
    case 'witness':
      return signatureVerdict(crypto, event, witnesses, proof.signature) === 'valid';
    case 'endorsement': {
      const { aid, signature } = proof.receipt;
      const { code, raw } = decodePrimitive(signature);
      return (
        code === '0B' &&
        keyProblem(crypto, aid, 'B') === undefined &&
        crypto.verify(decodePrimitive(aid).raw, event.bytes, raw)
      );
    }
    case 'transferable': {
      const keys = signerKeys(others, proof.signer);
      if (keys === 'unknown') return 'pending';
      return (
        keys !== undefined && signatureVerdict(crypto, event, keys, proof.signature) === 'valid'
      );
    }
  }
}

function isAnyWitness(witnesses: readonly string[]): (receipt: NonTransferableReceipt) => boolean {
  return ({ aid }) => witnesses.includes(aid);
}

/**
 * Which signatures of an event hold and are new. `before` is the key state before the event, `known` the names
 * ({@link signerName}) of those that are known to have signed it: their signatures are not looked at again. A signature
 * that does not hold counts for nothing, and is not mentioned.
 */
export function checkProofs(
  crypto: Crypto,
  event: KeyEvent,
  before: KeyState | undefined,
  attachments: Attachments,
  others: KeyLogs,
  known: ReadonlySet<string> = new Set(),
): CheckedProofs {
  const { witnesses } = witnessesOf(event, before);
  const checking: Checking = { crypto, event, before, witnesses, others };
  const isWitness = isAnyWitness(witnesses);
  const told = new Set(known);
  const verified: Proof[] = [];
  const take = (proof: Proof): boolean | 'pending' => {
    const name = signerName(proof);
    if (told.has(name)) return false;
    const verdict = judge(checking, proof);
    if (verdict !== true) return verdict;
    told.add(name);
    verified.push(proof);
    return true;
  };
  for (const signature of attachments.controllerSignatures) take({ kind: 'controller', signature });
  for (const signature of witnessSignatures(witnesses, attachments))
    take({ kind: 'witness', signature });
  for (const receipt of attachments.nonTransferableReceipts) {
    if (!isWitness(receipt)) take({ kind: 'endorsement', receipt });
  }
  const pending: TransferableSignatureGroup[] = [];
  for (const group of groupsOf(attachments)) {
    const open = candidates(group).filter((proof) => take(proof) === 'pending');
    if (open.length > 0) pending.push(group);
  }
  return { verified, pending };
}

/** Proofs as they are attached to an event: what its controllers and witnesses signed, and receipts of others. */
export function attachmentsOf(proofs: readonly Proof[]): Attachments {
  const signaturesOf = (kind: 'controller' | 'witness'): readonly IndexedSignature[] =>
    proofs.flatMap((proof) => (proof.kind === kind ? [proof.signature] : []));
  return {
    ...noAttachments,
    controllerSignatures: signaturesOf('controller'),
    witnessSignatures: signaturesOf('witness'),
    nonTransferableReceipts: proofs.flatMap((proof) =>
      proof.kind === 'endorsement' ? [proof.receipt] : [],
    ),
    transferableSignatureGroups: proofs.flatMap((proof) =>
      proof.kind === 'transferable'
        ? [
            {
              aid: proof.signer.aid,
              sequenceNumber: proof.signer.sn,
              said: proof.signer.said,
              signatures: [proof.signature],
            },
          ]
        : [],
    ),
  };
}
