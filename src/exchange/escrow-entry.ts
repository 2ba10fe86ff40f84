/**
 * What waits, as messages: an event with all that was attached to it, or a receipt with one signature (KERI
 * specification, "Validation": escrow).
 * @module
 */
import { fromUtf8, utf8 } from '../base/bytes.ts';
import {
  type Attachments,
  encodeAttachments,
  mergedAttachments,
  noAttachments,
} from '../cesr/attachments.ts';
import { buildReceipt } from '../keri/receipt.ts';
import type { EscrowedMessage } from '../keys/escrow-file.ts';
import type { StreamValidator } from '../stream/stream-validator.ts';
import { isWaitingEvent, type WaitingEvent, type WaitingReceipt } from '../stream/waiting-room.ts';
import type { WaitingTelEvent } from '../tel/registries.ts';
import type { CredentialBody } from './credential-bodies.ts';

/** What waits and since when is for whoever keeps it to say. */
type Waiting = Omit<EscrowedMessage, 'since'>;

/** A message as text: what waits was parsed as such. */
function textOf(bytes: Uint8Array, attachments: Attachments): string {
  const text = fromUtf8(bytes);
  if (text === undefined) throw new Error('a message that waits is text');
  return text + encodeAttachments(attachments);
}

function waitingEvent({ event, escrow, sound, copies, isVerified }: WaitingEvent): Waiting {
  const { aid, sn, said } = event;
  const attachments = copies.reduce(mergedAttachments, sound);
  const on = event.type === 'dip' ? event.delegator : undefined;
  const message = textOf(event.bytes, attachments);
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
