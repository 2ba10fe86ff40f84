import type { KeyEvent } from '../keri/event.ts';
import type { Anchor } from '../keri/key-log.ts';
import type { KeyState } from '../keri/state.ts';
import type { FirstSigners } from './proofs.ts';

/** A key state as it was established, and the position at which that entered the log. */
export interface Establishment {
  readonly position: number;
  readonly state: KeyState;
}

/** One accepted event of an AID, and the key state that it led to. */
export interface AcceptedEvent {
  readonly event: KeyEvent;
  readonly state: KeyState;
  /** Where its delegator approves it; of delegated events only. */
  readonly anchor: Anchor | undefined;
  /** Who signed it in the file that brought it. */
  readonly signers: FirstSigners;
}

/** An accepted event with the ordinal of its file. */
export interface FiledEvent extends AcceptedEvent {
  readonly ordinal: number;
}

/** An event's file: its ordinal among the AID's files, and what its name says of it. */
export interface EventFile {
  readonly ordinal: number;
  readonly type: KeyEvent['type'];
  readonly said: string;
}

/** An event that was accepted and then superseded: it stays in the log, on a disputed branch. */
export interface DisputedEvent extends EventFile {
  readonly sn: number;
  /** The batch that brought it. */
  readonly position: number;
  /** The event that took its place or a place before it, and the batch that brought that. */
  readonly by: { readonly sn: number; readonly said: string; readonly position: number };
}
