/** Feeds the steps of recorded scenarios to a validator, and tells what became of each in the words of the records. */
import { nativeCrypto as crypto } from '../../src/crypto/native.ts';
import { parseEvent } from '../../src/keri/event.ts';
import { parseReceipt } from '../../src/keri/receipt.ts';
import { splitMessage } from '../../src/keri/signed-message.ts';
import { parseSignedEvent } from '../../src/keri/signatures.ts';
import type { EscrowKind } from '../../src/stream/outcome.ts';
import type { Validator } from '../../src/stream/validator.ts';

export interface FedOutcome {
  readonly outcome: string;
  readonly escrows: readonly EscrowKind[];
  readonly reason: string | undefined;
  readonly resolved: readonly string[];
}

function refused(outcome: string, reason: string): FedOutcome {
  return { outcome, escrows: [], reason, resolved: [] };
}

/** Gives one message with its attachments to a validator. */
export function feed(validator: Validator, bytes: Uint8Array): FedOutcome {
  const split = splitMessage(bytes);
  if (!split.ok) {
    // Whatever is attached, the event itself is judged first.
    const parsed = parseSignedEvent(crypto, bytes);
    return refused('stream-error', parsed.ok ? split.reason : parsed.reason);
  }
  const { message, attachments } = split;
  const receipt = parseReceipt(message);
  if (receipt.ok) return validator.receive({ event: receipt.event, attachments });
  const parsed = parseEvent(crypto, message);
  if (!parsed.ok) return refused('rejected', parsed.reason);
  return validator.accept({ event: parsed.event, attachments });
}
