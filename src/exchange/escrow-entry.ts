/**
 * What waits, as messages: an event with all that was attached to it, once more for each delivery that nobody can judge
 * yet, or a receipt with one signature (KERI specification, "Validation": escrow).
 * @module
 */
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { type Attachments, encodeAttachments, noAttachments } from '../cesr/attachments.ts';
import { buildReceipt } from '../keri/receipt.ts';
import type { EscrowedMessage } from '../keys/escrow-file.ts';
import type { StreamValidator } from '../stream/stream-validator.ts';
import { isWaitingEvent, type WaitingEvent, type WaitingReceipt } from '../stream/waiting-room.ts';
import type { WaitingTelEvent } from '../tel/registries.ts';
import type { CredentialBody } from './credential-bodies.ts';

/** What waits and since when is for whoever keeps it to say. */
type Waiting = Omit<EscrowedMessage, 'since'>;

/** Characters that an item takes: an indexed signature, a receipt by a key, a place of a seal. */
const CHARACTERS = { signature: 92, receipt: 132, source: 68 } as const;

function sliced<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  );
}

/** How many items of each of these kinds one message has room for. */
function roomFor(...characters: readonly number[]): number {
  const all = characters.reduce((sum, each) => sum + each, 0);
  return Math.floor(LIMITS.attachmentBytes / all) - 4;
}

/** Attachments in parts that each fit to one message: as text they are longer than they came in binary. */
function parts(attachments: Attachments): readonly Attachments[] {
  const {
    controllerSignatures,
    witnessSignatures,
    nonTransferableReceipts,
    sealSources,
    transferableSignatureGroups,
  } = attachments;
  const { signature, receipt, source } = CHARACTERS;
  const groups = transferableSignatureGroups.flatMap((group) =>
    sliced(group.signatures, roomFor(signature)).map((signatures) => ({
      ...noAttachments,
      transferableSignatureGroups: [{ ...group, signatures }],
    })),
  );
  const lists = [
    [controllerSignatures.length, signature],
    [witnessSignatures.length, signature],
    [nonTransferableReceipts.length, receipt],
    [sealSources.length, source],
  ] as const;
  const there = lists.filter(([length]) => length > 0);
  const size = roomFor(...there.map(([, characters]) => characters));
  const count = Math.ceil(Math.max(0, ...there.map(([length]) => length)) / size);
  const others = Array.from({ length: count }, (_, part): Attachments => {
    const [from, to] = [part * size, (part + 1) * size];
    return {
      ...noAttachments,
      controllerSignatures: controllerSignatures.slice(from, to),
      witnessSignatures: witnessSignatures.slice(from, to),
      nonTransferableReceipts: nonTransferableReceipts.slice(from, to),
      sealSources: sealSources.slice(from, to),
    };
  });
  return [...others, ...groups];
}

/** A message as text, once for each part of what is attached: what waits was parsed as such. */
function textOf(bytes: Uint8Array, ...attached: readonly Attachments[]): string {
  const text = fromUtf8(bytes);
  if (text === undefined) throw new Error('a message that waits is text');
  const all = attached.flatMap(parts);
  return all.length === 0 ? text : all.map((part) => text + encodeAttachments(part)).join('');
}

function waitingEvent({ event, escrow, sound, copies, isVerified }: WaitingEvent): Waiting {
  const { aid, sn, said } = event;
  const on = event.type === 'dip' ? event.delegator : undefined;
  const message = textOf(event.bytes, sound, ...copies);
  return { key: said, escrow, aid, sn, said, on, isVerified, message };
}

function waitingReceipt({ name, escrow, key, attachments, signer }: WaitingReceipt): Waiting {
  const { aid, sn, said } = name;
  const message = textOf(buildReceipt(name), attachments);
  return { key, escrow, aid, sn, said, on: signer?.aid, isVerified: false, message };
}

function waitingTel({ reason, event, attachments }: WaitingTelEvent): Waiting {
  const { said, sn } = event;
  const aid = 'credential' in event ? event.credential : event.registry;
  const on = event.type === 'vcp' ? event.issuer : event.registry;
  const message = textOf(event.bytes, attachments);
  const escrow = `tel-${reason}`;
  return { key: said, escrow, aid, sn, said, on, isVerified: false, message };
}

const UNISSUED = 'credential-unissued';

/** The body of a credential whose issuance waits. */
export function waitingBody({ said, bytes }: CredentialBody): Waiting {
  const message = textOf(bytes, noAttachments);
  const head = { key: `${UNISSUED} ${said}`, escrow: UNISSUED, aid: said, sn: 0, said };
  return { ...head, on: undefined, isVerified: false, message };
}

/** All that waits in a validator, in the order in which it came there. */
export function whatWaits({ validator, registries }: StreamValidator): readonly Waiting[] {
  return [
    ...validator.waiting.map((item) =>
      isWaitingEvent(item) ? waitingEvent(item) : waitingReceipt(item),
    ),
    ...[...registries.waiting].map(waitingTel),
  ];
}

/** The bytes of a message that waits, as a stream. */
export function escrowedBytes({ message }: EscrowedMessage): Uint8Array {
  return utf8(message);
}
