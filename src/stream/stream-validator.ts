/**
 * A validator of whole streams: key events, receipts and the events of registries go where they belong, everything else
 * is named and set aside.
 * @module
 */
import type { Attachments } from '../cesr/attachments.ts';
import type { SetAsideGroup } from '../cesr/set-aside.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { EventName } from '../keri/key-log.ts';
import type { AnchoringEvent } from '../tel/state.ts';
import type { TelEscrowReason } from '../tel/decide.ts';
import type { TelEvent } from '../tel/event.ts';
import { type KeptRegistries, Registries } from '../tel/registries.ts';
import { type OtherMessage, readContent } from './content.ts';
import type { ValidatorListener } from './holdings.ts';
import type { EscrowKind, MessageOutcome, OutcomeWord } from './outcome.ts';
import type { StreamMessage } from './reader.ts';
import type { Trunks } from './trunks.ts';
import { Validator } from './validator.ts';

/** Where an event of a registry waits. */
export type TelEscrow = `tel-${TelEscrowReason}`;

/** What became of one message of a stream. */
export interface TakenMessage {
  /** The type of an event, or what the message is: `rct`, `rpy`, `credential`, …; `undefined` for what is refused unread. */
  readonly name: string | undefined;
  /** `undefined` for a message that is refused unread, or that has none. */
  readonly said: string | undefined;
  /** Whether it is an event, of an identifier or of a registry, that has to be accepted for the stream to be whole. */
  readonly isEvent: boolean;
  readonly outcome: OutcomeWord;
  readonly escrows: readonly (EscrowKind | TelEscrow)[];
  readonly reason: string | undefined;
  readonly detail: string | undefined;
  /** SAIDs of waiting events that were accepted because of this message, in their order. */
  readonly resolved: readonly string[];
}

const NONE: readonly never[] = [];

/** Logs and registries that are kept elsewhere, and grow there. */
export interface KnownLogs {
  readonly trunks?: Trunks;
  readonly registries?: KeptRegistries;
}

/** One validator, its registries, and who is told about both. */
export class StreamValidator {
  readonly validator: Validator;
  readonly registries: Registries;
  readonly #crypto: Crypto;

  /** @param known what it goes on from; without that, it begins with nothing */
  constructor(crypto: Crypto, listener: ValidatorListener = {}, known: KnownLogs = {}) {
    this.#crypto = crypto;
    this.validator = new Validator(crypto, listener, known.trunks);
    const anchors = (issuer: string, event: EventName): readonly AnchoringEvent[] =>
      this.validator.log(issuer)?.anchorsOf(event) ?? NONE;
    this.registries = new Registries(crypto, { anchors }, known.registries);
  }

  /** Takes the next message. Never throws for what a peer sent. */
  take(message: StreamMessage): TakenMessage {
    const content = readContent(this.#crypto, message);
    const { attachments, setAside } = message;
    const [strange] = setAside;
    if (strange !== undefined && (content.kind === 'event' || content.kind === 'tel'))
      return attachedWrongly(content.event, strange);
    switch (content.kind) {
      case 'event': {
        const { event } = content;
        const outcome = this.validator.accept({ event, attachments });
        return this.#validated(event.type, event.aid, outcome);
      }
      case 'receipt':
        return this.#validated(
          'rct',
          content.event.aid,
          this.validator.receive({ ...content, attachments }),
        );
      case 'tel':
        return this.#ofRegistry(content.event, attachments);
      case 'other':
        return passedOver(content);
      case 'refused': {
        const { reason, detail } = content;
        return { ...UNREAD, reason, detail };
      }
    }
  }

  /** What the validator said, and what that lets wait no longer in registries. */
  #validated(name: string, aid: string, outcome: MessageOutcome): TakenMessage {
    const { said, escrows, reason, detail } = outcome;
    const resolved = this.#resolvedBy(aid, outcome);
    // Written out: nearly all messages come by here.
    return {
      name,
      said,
      isEvent: name !== 'rct',
      outcome: outcome.outcome,
      escrows,
      reason,
      detail,
      resolved,
    };
  }

  #resolvedBy(aid: string, { outcome, resolved }: MessageOutcome): readonly string[] {
    if (!this.registries.isWaiting || (outcome !== 'accepted' && resolved.length === 0))
      return resolved;
    // Whose the events are that waited is not said: then all that waits in registries is tried.
    return [...resolved, ...this.registries.tryAgain(resolved.length === 0 ? aid : undefined)];
  }

  #ofRegistry(event: TelEvent, attachments: Attachments): TakenMessage {
    const decision = this.registries.take({ event, attachments });
    const head = { name: event.type, said: event.said, isEvent: true, resolved: NONE };
    switch (decision.outcome) {
      case 'accept':
        return { ...head, ...WENT_WELL, resolved: this.registries.tryAgain() };
      case 'duplicate':
        return { ...head, ...WENT_WELL, outcome: 'no-change' };
      case 'escrow': {
        const { reason } = decision;
        return { ...head, ...WENT_WELL, outcome: 'escrowed', escrows: [`tel-${reason}`], reason };
      }
      case 'reject': {
        const { reason, detail } = decision;
        return { ...head, outcome: 'rejected', escrows: NONE, reason, detail };
      }
    }
  }
}

const WENT_WELL = {
  outcome: 'accepted',
  escrows: NONE,
  reason: undefined,
  detail: undefined,
} as const;

/** What is the same in all messages that are refused before anything else is known of them. */
const UNREAD = {
  name: undefined,
  said: undefined,
  isEvent: true,
  outcome: 'rejected',
  escrows: NONE,
  resolved: NONE,
} as const;

/** An event with a group that is for other messages. */
function attachedWrongly(
  { type: name, said }: KeyEvent | TelEvent,
  { code }: SetAsideGroup,
): TakenMessage {
  const detail = `the attached group ${code} is none of an event`;
  return { ...UNREAD, name, said, reason: 'attachments', detail };
}

/** A message that nothing here acts upon; its name is the reason. */
function passedOver({ name, said, isEvent }: OtherMessage): TakenMessage {
  const head = { name, said, isEvent: isEvent === true, resolved: NONE };
  return { ...head, ...WENT_WELL, outcome: 'no-change', reason: name };
}
