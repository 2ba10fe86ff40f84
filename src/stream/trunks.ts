/**
 * The key event logs that a validator grows: from nothing, or on top of those that are kept elsewhere.
 * @module
 */
import type { Acceptance } from '../keri/evaluate.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { EventName } from '../keri/key-log.ts';
import type { GrowingLog } from './growing-log.ts';
import { type KeptEvent, KeptEvents } from './kept-events.ts';
import { ValidatedLog } from './validated-log.ts';

/** All logs of a validator. */
export interface Trunks {
  /** The logs that grew, in the order in which they did at first. */
  readonly logs: readonly GrowingLog[];
  log(aid: string): GrowingLog | undefined;
  /** Takes over an event that was accepted. */
  add(event: KeyEvent, acceptance: Acceptance): void;
  /** An accepted event over which signatures may still come, as long as its bytes are at hand. */
  kept(event: EventName): KeptEvent | undefined;
  /** Notes who else has signed an event. */
  note(event: EventName, names: readonly string[]): void;
}

/** Logs that begin with nothing. */
export class NewTrunks implements Trunks {
  readonly #logs = new Map<string, ValidatedLog>();
  readonly #kept = new KeptEvents();

  get logs(): readonly GrowingLog[] {
    return [...this.#logs.values()];
  }

  log(aid: string): GrowingLog | undefined {
    return this.#logs.get(aid);
  }

  add(event: KeyEvent, acceptance: Acceptance): void {
    const log = this.#logs.get(event.aid) ?? new ValidatedLog(acceptance.state);
    log.add(event, acceptance);
    this.#logs.set(event.aid, log);
    this.#kept.add(event, acceptance.progress);
  }

  kept({ said }: EventName): KeptEvent | undefined {
    return this.#kept.get(said);
  }

  note({ said }: EventName, names: readonly string[]): void {
    this.#kept.note(said, names);
  }
}
