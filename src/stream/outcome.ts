/**
 * What becomes of a message that a validator is given.
 * @module
 */
import type { EscrowReason } from '../keri/evaluate.ts';

/** The words of an outcome, for a message that could be read. */
export type OutcomeWord = 'accepted' | 'escrowed' | 'rejected' | 'no-change';

/** Where an event waits. `likely-duplicitous`: its place is taken by another one. */
export type EventEscrow =
  | 'out-of-order'
  | 'partially-signed'
  | 'partially-witnessed'
  | 'partially-delegated'
  | 'likely-duplicitous';

/** Where a signature over an event waits that was received without it; by indexed witness, by key, by identifier. */
export type ReceiptEscrow =
  | 'unverified-witness-receipt'
  | 'unverified-nontrans-receipt'
  | 'unverified-trans-receipt';

export type EscrowKind = EventEscrow | ReceiptEscrow;

export interface MessageOutcome {
  readonly outcome: OutcomeWord;
  /** SAID of the event, or of the one that was receipted. */
  readonly said: string;
  /** Where the message, or parts of it, wait; empty unless it was `escrowed`. */
  readonly escrows: readonly EscrowKind[];
  /** The rule by which the message was refused, or for which it waits. */
  readonly reason: string | undefined;
  readonly detail: string | undefined;
  /** SAIDs of waiting events that were accepted because of this message, in their order. */
  readonly resolved: readonly string[];
}

const KINDS: Readonly<Record<EscrowReason, EventEscrow>> = {
  'out-of-order': 'out-of-order',
  'partial-signature': 'partially-signed',
  'partial-witness': 'partially-witnessed',
  'missing-delegation': 'partially-delegated',
};

export function escrowOf(reason: EscrowReason): EventEscrow {
  return KINDS[reason];
}
