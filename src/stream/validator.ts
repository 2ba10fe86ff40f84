/**
 * A validator of key event logs that come from anywhere: it owns no identifier and trusts no source. Messages may come
 * in any order; what cannot be decided yet waits, and is decided when what it waits for arrives (KERI specification,
 * "Validation", "First-seen policy" and "Superseding rules for recovery").
 * @module
 */
import type { Crypto } from '../crypto/crypto.ts';
import { isDelegated } from '../keri/delegation.ts';
import type { Decision } from '../keri/evaluate.ts';
import type { Anchor, EventName, KeyLogs } from '../keri/key-log.ts';
import type { SignedReceipt } from '../keri/receipt.ts';
import { type Rejection, rejection } from '../keri/rejection.ts';
import type { SignedEvent } from '../keri/signatures.ts';
import { Holdings, type ValidatorListener } from './holdings.ts';
import { escrowOf, type MessageOutcome } from './outcome.ts';
import { receiptsIn } from './parts.ts';
import type { GrowingLog } from './growing-log.ts';
import { isRefusedForNow } from './standing.ts';
import { NewTrunks, type Trunks } from './trunks.ts';
import type { WaitingEvent, WaitingReceipt } from './waiting-room.ts';

type Refusal = Pick<Rejection, 'reason' | 'detail'>;

/** What is refused whatever is known: nobody signed, or a hint that no delegator's event can bear out. */
function refusalOf({ event, attachments }: SignedEvent): Refusal | undefined {
  if (attachments.controllerSignatures.length === 0)
    return rejection('no-valid-signature', 'none of its keys has signed the event');
  return isDelegated(event) && attachments.sealSources.some((hint) => hint.sequenceNumber === 0)
    ? rejection('seal-source', 'it names an inception as the event that seals it')
    : undefined;
}

export class Validator implements KeyLogs {
  readonly #holdings: Holdings;

  /** @param trunks the logs that it goes on from, and grows; without them, it begins with nothing */
  constructor(crypto: Crypto, listener: ValidatorListener = {}, trunks: Trunks = new NewTrunks()) {
    this.#holdings = new Holdings(crypto, listener, trunks);
  }

  /** The logs of all identifiers of which an event was accepted, in that order. */
  get logs(): readonly GrowingLog[] {
    return this.#holdings.logs;
  }

  /** All that waits, in the order in which it came. */
  get waiting(): readonly (WaitingEvent | WaitingReceipt)[] {
    return this.#holdings.waiting.items.filter(({ isListed }) => isListed);
  }

  log(aid: string): GrowingLog | undefined {
    return this.#holdings.log(aid);
  }

  anchor(delegator: string, event: EventName): Anchor | undefined {
    return this.#holdings.anchor(delegator, event);
  }

  /** Takes an event with what is attached, then decides what waited for it. Never throws for what a peer sent. */
  accept(signed: SignedEvent): MessageOutcome {
    const { event, attachments } = signed;
    const { said } = event;
    const refusal = refusalOf(signed);
    if (refusal !== undefined) return this.#outcome(said, 'rejected', refusal);
    if (this.log(event.aid)?.isSuperseded(said) === true) return this.#outcome(said, 'no-change');
    const decision = this.#holdings.evaluate(signed, this.#hinted(signed));
    switch (decision.outcome) {
      case 'accept':
        this.#holdings.add(event, attachments, decision);
        return this.#outcome(said, 'accepted');
      case 'duplicate':
        this.#holdings.late(event, attachments);
        return this.#outcome(said, 'no-change');
      case 'escrow': {
        const escrow = escrowOf(decision.reason);
        this.#holdings.keep(signed, { escrow, isListed: true }, decision.progress);
        if (decision.reason === 'missing-delegation') this.#holdings.open(said);
        const why = { reason: decision.reason, detail: undefined };
        return this.#outcome(said, 'escrowed', why, [escrow]);
      }
      case 'reject':
        return this.#refused(signed, decision);
    }
  }

  /** Takes a receipt with what is attached, then decides what waited for it. Never throws for what a peer sent. */
  receive({ event, attachments }: SignedReceipt): MessageOutcome {
    const { aid, sn, said } = event;
    const parts = receiptsIn(event, attachments, { witnesses: true });
    if (parts.length === 0) {
      const why = rejection('no-valid-signature', 'nothing that a receipt can carry is attached');
      return this.#outcome(said, 'rejected', why);
    }
    const there = this.log(aid)?.saidAt(sn);
    if (there === said) {
      return this.#holdings.late(event, attachments)
        ? this.#outcome(said, 'escrowed', undefined, ['unverified-trans-receipt'])
        : this.#outcome(said, 'no-change');
    }
    if (this.log(aid)?.isSuperseded(said) === true) return this.#outcome(said, 'no-change');
    const { waiting } = this.#holdings;
    const isStale = there !== undefined && waiting.event(said) === undefined;
    for (const part of parts) waiting.put({ ...part, isListed: !isStale });
    if (isStale) {
      const why = rejection('stale-receipt', `place ${sn} of ${aid} is taken by ${there}`);
      return this.#outcome(said, 'rejected', why);
    }
    this.#holdings.open(said);
    const kinds = new Set(parts.map(({ escrow }) => escrow));
    return this.#outcome(said, 'escrowed', undefined, [...kinds]);
  }

  /** Decides what waited, and tells what became of a message. */
  #outcome(
    said: string,
    outcome: MessageOutcome['outcome'],
    why?: { readonly reason: string; readonly detail: string | undefined },
    escrows: MessageOutcome['escrows'] = [],
  ): MessageOutcome {
    const resolved = this.#holdings.decideOpen();
    return { outcome, said, escrows, reason: why?.reason, detail: why?.detail, resolved };
  }

  /**
   * What is known of others, where a delegator's approval of this event is looked for only at the places that the message
   * names. It is searched for once the event has to wait. Approvals of other events are not its matter.
   */
  #hinted({ event: { said }, attachments: { sealSources } }: SignedEvent): KeyLogs {
    const log = (aid: string): GrowingLog | undefined => this.log(aid);
    return {
      log,
      anchor: (delegator, event) => {
        const places = log(delegator)?.anchorsOf(event) ?? [];
        const isHinted =
          event.said !== said ||
          places.some(({ sn }) => sealSources.some(({ sequenceNumber }) => sequenceNumber === sn));
        return isHinted ? places[0] : undefined;
      },
    };
  }

  #refused(
    signed: SignedEvent,
    decision: Extract<Decision, { outcome: 'reject' }>,
  ): MessageOutcome {
    const { said } = signed.event;
    const { reason, detail, progress: done } = decision;
    if (reason === 'duplicity' && done?.indices.length !== 0) {
      this.#holdings.keep(signed, { escrow: 'likely-duplicitous', isListed: true }, done);
      return this.#outcome(said, 'escrowed', { reason, detail }, ['likely-duplicitous']);
    }
    if (reason === 'duplicity') {
      const why = rejection('no-valid-signature', `${detail}, and none of its keys has signed it`);
      return this.#outcome(said, 'rejected', why);
    }
    if (isRefusedForNow(reason))
      this.#holdings.keep(signed, { escrow: 'out-of-order', isListed: false }, undefined);
    return this.#outcome(said, 'rejected', { reason, detail });
  }
}
