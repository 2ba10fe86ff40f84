import type { KeyEvent } from '../keri/event.ts';
import type { Anchor, KeyLog } from '../keri/key-log.ts';
import type { KeyState } from '../keri/state.ts';
import { stateAfterInteraction } from '../keri/transition.ts';
import { PagedList } from './paged-list.ts';
import { Remembered, type Value } from './remembered.ts';
import { stateOf, storedState, type StoredState } from './stored-state.ts';

/** A key state as it was established, and the position at which that entered the log. */
export interface Establishment {
  readonly position: number;
  readonly state: KeyState;
}

/** One accepted event of an AID, and the key state that it led to. */
export interface AcceptedEvent {
  readonly event: KeyEvent;
  readonly state: KeyState;
}

/** An event's file: its ordinal among the AID's files, and what its name says of it. */
export interface EventFile {
  readonly ordinal: number;
  readonly type: KeyEvent['type'];
  readonly said: string;
}

/** What is remembered of an event, by its sequence number. */
type EventLine = readonly [said: string, type: KeyEvent['type'], ordinal: number, position: number];

interface StoredEstablishment {
  readonly position: number;
  readonly state: StoredState;
}

/** What is remembered of a KEL beside its events and key states. */
interface KelHead {
  readonly state: StoredState;
  readonly files: number;
  readonly events: number;
  readonly establishments: number;
}

/** Key states are larger than events. */
const STATES_PER_PAGE = 16;

function establishmentOf({ position, state }: StoredEstablishment): Establishment {
  return { position, state: stateOf(state) };
}

/** The KEL of one AID as the log holds it. Grows only; a {@link Contents} owns it. */
export class Kel implements KeyLog {
  state: KeyState;
  /** How many files stand under the AID. */
  files: number;
  #events: PagedList<EventLine>;
  #establishments: PagedList<StoredEstablishment>;

  /** The KEL that is remembered with this head, or one without any event yet that `state` is the first of. */
  constructor(remembered: Remembered, state: KeyState, head?: KelHead) {
    const { aid } = state;
    this.state = state;
    this.files = head?.files ?? 0;
    this.#events = new PagedList(remembered, `events ${aid}`, head?.events ?? 0);
    this.#establishments = new PagedList(
      remembered,
      `establishments ${aid}`,
      head?.establishments ?? 0,
      STATES_PER_PAGE,
    );
  }

  /** The KEL of an AID that is remembered; `undefined` when none is. */
  static recall(remembered: Remembered, aid: string): Kel | undefined {
    const head = remembered.get<KelHead>(`kel ${aid}`);
    return head === undefined ? undefined : new Kel(remembered, stateOf(head.state), head);
  }

  /** How many events the KEL has: the next sequence number. */
  get length(): number {
    return this.#events.length;
  }

  saidAt(sn: number): string | undefined {
    return this.#events.at(sn)?.[0];
  }

  stateAt(sn: number): KeyState | undefined {
    const said = this.saidAt(sn);
    const state = this.establishmentAt(sn)?.state;
    if (said === undefined || state === undefined || state.sn === sn) return state;
    return stateAfterInteraction(state, { sn, said, prior: this.saidAt(sn - 1) ?? '' });
  }

  /** Delegated events are not in a log yet. */
  anchorAt(): Anchor | undefined {
    return undefined;
  }

  /** The batch number at which the event with this sequence number entered the log. */
  positionAt(sn: number): number | undefined {
    return this.#events.at(sn)?.[3];
  }

  /** Which file under the AID holds the event with this sequence number. */
  fileAt(sn: number): EventFile | undefined {
    const line = this.#events.at(sn);
    if (line === undefined) return undefined;
    const [said, type, ordinal] = line;
    return { said, type, ordinal };
  }

  get establishments(): readonly Establishment[] {
    return this.#establishments.from(0).map(establishmentOf);
  }

  /** Those that are not remembered yet. */
  get newEstablishments(): readonly Establishment[] {
    return this.#establishments.from(this.#establishments.settled).map(establishmentOf);
  }

  /** The last establishment up to an event. */
  establishmentAt(sn: number): Establishment | undefined {
    let [low, high] = [0, this.#establishments.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#establishments.at(middle)?.state.sn ?? 0) <= sn) low = middle + 1;
      else high = middle;
    }
    const stored = this.#establishments.at(low - 1);
    return stored === undefined ? undefined : establishmentOf(stored);
  }

  copy(): Kel {
    const copy = new Kel(new Remembered(), this.state);
    copy.files = this.files;
    copy.#events = this.#events.copy();
    copy.#establishments = this.#establishments.copy();
    return copy;
  }

  append({ event, state }: AcceptedEvent, position: number): void {
    this.#events.push([event.said, event.type, this.files, position]);
    if (event.type !== 'ixn') this.#establishments.push({ position, state: storedState(state) });
    this.state = state;
    this.files++;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    const head: KelHead = {
      state: storedState(this.state),
      files: this.files,
      events: this.#events.length,
      establishments: this.#establishments.length,
    };
    yield [`kel ${this.state.aid}`, head];
    yield* this.#events.changes();
    yield* this.#establishments.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#events.settle();
    this.#establishments.settle();
  }
}

/** One AID's KEL with events of a batch on top that is not in the log yet. */
export class KelDraft implements KeyLog {
  readonly #base: Kel | undefined;
  readonly added: AcceptedEvent[] = [];

  constructor(base: Kel | undefined) {
    this.#base = base;
  }

  get state(): KeyState {
    const state = this.added.at(-1)?.state ?? this.#base?.state;
    if (state === undefined) throw new Error('a draft without events has no state');
    return state;
  }

  get isEmpty(): boolean {
    return this.#base === undefined && this.added.length === 0;
  }

  get files(): number {
    return (this.#base?.files ?? 0) + this.added.length;
  }

  saidAt(sn: number): string | undefined {
    const known = this.#base?.length ?? 0;
    return sn < known ? this.#base?.saidAt(sn) : this.added[sn - known]?.event.said;
  }

  stateAt(sn: number): KeyState | undefined {
    const known = this.#base?.length ?? 0;
    return sn < known ? this.#base?.stateAt(sn) : this.added[sn - known]?.state;
  }

  /** Delegated events are not in a log yet. */
  anchorAt(): Anchor | undefined {
    return undefined;
  }
}
