/**
 * What evaluation reads of the events that were accepted before.
 * @module
 */
import type { KeyState } from './state.ts';

/** One event of one identifier. */
export interface EventName {
  readonly aid: string;
  readonly sn: number;
  readonly said: string;
}

/** Where a delegator approved an event: one of its own events holds the seal `{i,s,d}` that names it. */
export interface Anchor {
  readonly delegator: string;
  /** Sequence number and SAID of the delegator's event. */
  readonly sn: number;
  readonly said: string;
  /** Place of the seal among the event's seals. */
  readonly sealIndex: number;
  /** Set where the event holds other seals, too. */
  readonly isAmongOthers?: true;
}

/**
 * The accepted events of one identifier. Its trunk is the chain that leads to the last key state; events that a
 * rotation superseded are no part of it.
 */
export interface KeyLog {
  /** The key state after the trunk's last event. */
  readonly state: KeyState;
  /** The SAID of the trunk's event at a sequence number. */
  saidAt(sn: number): string | undefined;
  /** The key state after the trunk's event at a sequence number. */
  stateAt(sn: number): KeyState | undefined;
  /** Where the trunk's delegated event at a sequence number was found to be approved, when it was accepted. */
  anchorAt(sn: number): Anchor | undefined;
}

/** What is known of other identifiers. */
export interface KeyLogs {
  log(aid: string): KeyLog | undefined;
  /**
   * Where a delegator's trunk approves an event: the earliest seal of exactly the labels `i`, `s` and `d` that names it.
   */
  anchor(delegator: string, event: EventName): Anchor | undefined;
}

/** Nothing is known of anybody else. */
export const noKeyLogs: KeyLogs = { log: () => undefined, anchor: () => undefined };
