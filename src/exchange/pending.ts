/**
 * What an import found and has not committed yet, in the order in which it was accepted, and the files that it becomes.
 * @module
 */
import { utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../cesr/attachments.ts';
import { digestText } from '../cesr/digest.ts';
import { decodePrimitive } from '../cesr/primitive.ts';
import type { IndexedSignature } from '../cesr/signature.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { Anchor, EventName } from '../keri/key-log.ts';
import type { Proof } from '../keri/proofs.ts';
import { witnessSignatures } from '../keri/signatures.ts';
import { eventFile } from '../log/append.ts';
import type { Contents } from '../log/contents.ts';
import { attachedProofs } from '../log/event-form.ts';
import { pathOfEvent } from '../log/fold.ts';
import type { AddedFile } from '../log/folding.ts';
import { credentialPath, proofPath, statusPath } from '../log/layout.ts';
import { ED25519_CODES } from '../tel/decide.ts';
import type { AcceptedTelEvent } from '../tel/registries.ts';

/** An event that was accepted, and everybody who is known to have signed it. */
export interface PendingEvent {
  readonly kind: 'event';
  readonly event: KeyEvent;
  readonly anchor: Anchor | undefined;
  readonly proofs: readonly Proof[];
}

/** Signatures over an accepted event that came later. */
export interface PendingProof {
  readonly kind: 'proof';
  readonly name: EventName;
  /** The event that was signed. */
  readonly bytes: Uint8Array;
  readonly proofs: readonly Proof[];
}

export type PendingItem =
  | PendingEvent
  | PendingProof
  | { readonly kind: 'status'; readonly accepted: AcceptedTelEvent }
  | { readonly kind: 'credential'; readonly said: string; readonly bytes: Uint8Array };

/** Of several signatures with one index that all hold, the first one. */
function onePerIndex(signatures: readonly IndexedSignature[]): readonly IndexedSignature[] {
  const byIndex = new Map<number, IndexedSignature>();
  for (const signature of signatures)
    if (!byIndex.has(signature.index)) byIndex.set(signature.index, signature);
  return [...byIndex.values()];
}

/** The signatures of controllers and witnesses of an accepted event, all of which hold, as a validator tells them. */
export function soundProofs(sound: Attachments): readonly Proof[] {
  return [
    ...onePerIndex(sound.controllerSignatures).map(
      (signature) => ({ kind: 'controller', signature }) as const,
    ),
    ...onePerIndex(sound.witnessSignatures).map(
      (signature) => ({ kind: 'witness', signature }) as const,
    ),
  ];
}

/** What a log holds attached to an event of a registry: the backers' signatures that hold, and its one anchor. */
function statusAttachments(crypto: Crypto, accepted: AcceptedTelEvent): Attachments {
  const { event, attachments, anchor, backing, backerIndices } = accepted;
  const given = witnessSignatures(backing.backers, attachments);
  const holds = ({ code, index, raw }: IndexedSignature): boolean => {
    const key = backing.backers[index];
    return (
      key !== undefined &&
      ED25519_CODES.has(code) &&
      crypto.verify(decodePrimitive(key).raw, event.bytes, raw)
    );
  };
  return {
    ...noAttachments,
    witnessSignatures: backerIndices.flatMap(
      (at) => given.find((signature) => signature.index === at && holds(signature)) ?? [],
    ),
    sealSources: [{ sequenceNumber: anchor.sn, said: anchor.said }],
  };
}

/** How many files there are under each AID and registry, those that are added here included. */
class Counts {
  readonly #added = new Map<string, number>();

  /** The ordinal of the next file under a name of which `before` are there. */
  next(name: string, before: number): number {
    const ordinal = this.#added.get(name) ?? before;
    this.#added.set(name, ordinal + 1);
    return ordinal;
  }
}

/** The files of a batch, as they stand on what a log holds. */
export function filesOf(
  crypto: Crypto,
  contents: Contents,
  items: readonly PendingItem[],
): readonly AddedFile[] {
  const counts = new Counts();
  const ofAid = (aid: string): number => counts.next(aid, contents.kel(aid)?.files ?? 0);
  return items.map((item): AddedFile => {
    switch (item.kind) {
      case 'event': {
        const { event, proofs, anchor } = item;
        const attachments = encodeAttachments(attachedProofs(proofs, anchor));
        const path = pathOfEvent(crypto, event, ofAid(event.aid));
        return { path, bytes: eventFile(event.bytes, attachments) };
      }
      case 'proof': {
        const bytes = eventFile(item.bytes, encodeAttachments(attachedProofs(item.proofs)));
        const { aid } = item.name;
        return { path: proofPath(crypto, aid, ofAid(aid), digestText(crypto, bytes)), bytes };
      }
      case 'status': {
        const { event } = item.accepted;
        const { registry, type, said } = event;
        const ordinal = counts.next(registry, contents.registries.files(registry));
        const attachments = encodeAttachments(statusAttachments(crypto, item.accepted));
        const path = statusPath(crypto, registry, ordinal, type, said);
        return { path, bytes: eventFile(event.bytes, attachments) };
      }
      case 'credential':
        return { path: credentialPath(crypto, item.said), bytes: item.bytes };
    }
  });
}

/** Characters that one proof takes when it is attached, at most. */
const PROOF_CHARACTERS = 256;

/** How many proofs one file has room for, whatever else is attached there. */
export const PROOFS_PER_FILE = Math.floor(LIMITS.attachmentBytes / PROOF_CHARACTERS) - 1;

/** About how many bytes an item adds to a batch. */
export function sizeOf(item: PendingItem): number {
  switch (item.kind) {
    case 'event':
      return item.event.bytes.length + utf8(encodeAttachments(attachedProofs(item.proofs))).length;
    case 'proof':
      return item.bytes.length + utf8(encodeAttachments(attachedProofs(item.proofs))).length;
    case 'status':
      return item.accepted.event.bytes.length;
    case 'credential':
      return item.bytes.length;
  }
}
