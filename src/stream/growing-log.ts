import type { Anchor, EventName, KeyLog } from '../keri/key-log.ts';

/** The key event log of one identifier, with what a validator asks of it beside its trunk. */
export interface GrowingLog extends KeyLog {
  /** The ordinal of the event that was accepted last, counted from 0 in the order of acceptance. */
  readonly lastOrdinal: number;
  /** In the order in which they left the trunk, those of one branch ascending. */
  readonly superseded: readonly { readonly sn: number; readonly said: string }[];
  /** Whether an event was accepted and superseded later. */
  isSuperseded(said: string): boolean;
  /** Where the trunk seals an event of another log, the earliest place first. */
  anchorsOf(event: EventName): readonly Anchor[];
}
