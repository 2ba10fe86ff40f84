/**
 * How an event waits, by the decision on it.
 * @module
 */
import { type Attachments, noAttachments } from '../cesr/attachments.ts';
import { encodeIndexedSignature } from '../cesr/signature.ts';
import type { Decision } from '../keri/evaluate.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { RejectReason } from '../keri/rejection.ts';
import type { Progress } from '../keri/signatures.ts';
import { type EventEscrow, escrowOf } from './outcome.ts';
import type { WaitingEvent } from './waiting-room.ts';

/** Rules by which an event is refused only as long as the trunk before it is what it is. */
const REFUSED_FOR_NOW: ReadonlySet<RejectReason> = new Set(['prior-mismatch', 'abandoned']);

export function isRefusedForNow(reason: RejectReason): boolean {
  return REFUSED_FOR_NOW.has(reason);
}

/** How an event waits. */
export interface Standing {
  readonly escrow: EventEscrow;
  readonly isListed: boolean;
}

/** Where an event waits by a decision on it; `undefined` when it does not wait. */
export function standingOf(decision: Decision, before: Standing): Standing | undefined {
  switch (decision.outcome) {
    case 'accept':
    case 'duplicate':
      return undefined;
    case 'escrow':
      return { escrow: escrowOf(decision.reason), isListed: true };
    case 'reject':
      if (decision.reason === 'duplicity')
        return { escrow: 'likely-duplicitous', isListed: before.isListed };
      return isRefusedForNow(decision.reason) ? { ...before, isListed: false } : undefined;
  }
}

/** Who has signed, where the decision says so. */
export function progressOf(decision: Decision): Progress | undefined {
  return 'progress' in decision ? decision.progress : undefined;
}

function bytesOf({ controllerSignatures, witnessSignatures }: Attachments): number {
  let size = 0;
  for (const signature of [...controllerSignatures, ...witnessSignatures])
    size += encodeIndexedSignature(signature).length;
  return size;
}

/** The signatures of controllers and witnesses, as they came; all others wait by themselves. */
export function unjudged({ controllerSignatures, witnessSignatures }: Attachments): Attachments {
  return { ...noAttachments, controllerSignatures, witnessSignatures };
}

/** An event that waits, with the signatures that hold, and those of which it is not known yet. */
export function waitingEvent(
  event: KeyEvent,
  { escrow, isListed }: Standing,
  sound: Attachments,
  copies: readonly Attachments[],
): WaitingEvent {
  const { aid, sn, said } = event;
  const attached = [sound, ...copies].reduce((sum, each) => sum + bytesOf(each), 0);
  return {
    key: said,
    name: { aid, sn, said },
    size: event.bytes.length + attached,
    isVerified: sound.controllerSignatures.length > 0,
    isListed,
    event,
    escrow,
    sound,
    copies,
  };
}
