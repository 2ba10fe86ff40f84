/**
 * A message with what is attached to it, as bytes.
 * @module
 */
import { GitkelError } from '../base/errors.ts';
import { type Attachments, noAttachments, readAttachments } from '../cesr/attachments.ts';
import { statedSize } from './message.ts';
import { type Rejection, rejection } from './rejection.ts';

interface SplitMessage {
  readonly ok: true;
  /** The message alone. */
  readonly message: Uint8Array;
  readonly attachments: Attachments;
}

/**
 * Splits bytes that are one message of KERI 1.0 in JSON, its attachments (text or binary domain) and nothing else. What
 * the message says is not looked at. Never throws for what bytes hold.
 */
export function splitMessage(bytes: Uint8Array): SplitMessage | Rejection {
  const size = statedSize(bytes);
  if (size === undefined)
    return rejection('version-string', 'the event is not of KERI 1.0 in JSON');
  if (size > bytes.length)
    return rejection('size', `the event states ${size} bytes, there are ${bytes.length}`);
  const message = bytes.subarray(0, size);
  if (size === bytes.length) return { ok: true, message, attachments: noAttachments };
  try {
    const { attachments, end } = readAttachments(bytes, size);
    if (end === bytes.length) return { ok: true, message, attachments };
    return rejection('attachments', `something else than attachments follows at byte ${end}`);
  } catch (error) {
    if (!(error instanceof GitkelError)) throw error;
    return rejection('attachments', error.message);
  }
}
