import type { KeyEvent } from '../keri/event.ts';
import type { Anchor, KeyLog } from '../keri/key-log.ts';
import type { KeyState } from '../keri/state.ts';
import { stateAfterInteraction } from '../keri/transition.ts';
import type { DisputedEvent, Establishment, EventFile, FiledEvent } from './accepted-event.ts';
import { PagedList } from './paged-list.ts';
import { type FirstSigners, signersOf, signersText } from './proofs.ts';
import { Remembered, type Value } from './remembered.ts';
import { stateOf, storedState, type StoredState } from './stored-state.ts';

/**
 * What is remembered of an accepted event: `establishment` is the place of the key state that it stands under, `signers`
 * the indices of the keys and, after a `;`, of the witnesses that signed it, `anchor` where the delegator approves it.
 */
type EventLine = readonly [
  said: string,
  type: KeyEvent['type'],
  sn: number,
  ordinal: number,
  position: number,
  establishment: number,
  signers: string,
  anchor?: readonly [sn: number, said: string, sealIndex: number],
];

/** From a sequence number on, the trunk goes on with the accepted event of this place. */
type Fork = readonly [sn: number, place: number];

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
  readonly forks: number;
  readonly disputed: number;
}

/** Key states are larger than events. */
const STATES_PER_PAGE = 16;

function establishmentOf({ position, state }: StoredEstablishment): Establishment {
  return { position, state: stateOf(state) };
}

/**
 * The KEL of one AID as the log holds it. A {@link Contents} owns it. What was accepted stays, in that order; the
 * **trunk** is what recoveries left of it, and all lookups by sequence number follow that.
 */
export class Kel implements KeyLog {
  state: KeyState;
  /** How many files stand under the AID. */
  files: number;
  #events: PagedList<EventLine>;
  #establishments: PagedList<StoredEstablishment>;
  #forks: PagedList<Fork>;
  #disputed: PagedList<readonly [place: number, by: number]>;

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
    this.#forks = new PagedList(remembered, `forks ${aid}`, head?.forks ?? 0);
    this.#disputed = new PagedList(remembered, `disputed ${aid}`, head?.disputed ?? 0);
  }

  /** The KEL of an AID that is remembered; `undefined` when none is. */
  static recall(remembered: Remembered, aid: string): Kel | undefined {
    const head = remembered.get<KelHead>(`kel ${aid}`);
    return head === undefined ? undefined : new Kel(remembered, stateOf(head.state), head);
  }

  /** How many events the trunk has: the next sequence number. */
  get length(): number {
    return this.#events.length === 0 ? 0 : this.state.sn + 1;
  }

  /** How many events were accepted, those that were superseded later included. */
  get accepted(): number {
    return this.#events.length;
  }

  /** The place of the trunk's event among all that were accepted. */
  #placeOf(sn: number): number {
    if (sn >= this.length) return -1;
    const forks = this.#forks.countWhile(([from]) => from <= sn);
    const [from, place] = this.#forks.at(forks - 1) ?? [0, 0];
    return place + sn - from;
  }

  #line(sn: number): EventLine | undefined {
    return this.#events.at(this.#placeOf(sn));
  }

  saidAt(sn: number): string | undefined {
    return this.#line(sn)?.[0];
  }

  /** The batch number at which the event with this sequence number entered the log. */
  positionAt(sn: number): number | undefined {
    return this.#line(sn)?.[4];
  }

  /** Which file under the AID holds the event with this sequence number. */
  fileAt(sn: number): EventFile | undefined {
    const line = this.#line(sn);
    if (line === undefined) return undefined;
    const [said, type, , ordinal] = line;
    return { said, type, ordinal };
  }

  /** The establishments of the trunk, oldest first. */
  get establishments(): readonly Establishment[] {
    return this.#trunkOf(this.#establishments.from(0));
  }

  /** All establishments, in the order in which they were accepted, those that were superseded later included. */
  get everEstablished(): readonly Establishment[] {
    return this.#establishments.from(0).map(establishmentOf);
  }

  /** Those of the trunk that are not remembered yet. */
  get newEstablishments(): readonly Establishment[] {
    return this.#trunkOf(this.#establishments.from(this.#establishments.settled));
  }

  /** The first establishment that entered the log after a position. */
  establishedAfter(position: number): Establishment | undefined {
    const before = this.#establishments.countWhile((one) => one.position <= position);
    const stored = this.#establishments.at(before);
    return stored === undefined ? undefined : establishmentOf(stored);
  }

  #trunkOf(stored: readonly StoredEstablishment[]): readonly Establishment[] {
    const trunk =
      this.#forks.length === 0
        ? stored
        : stored.filter(({ state }) => this.saidAt(state.sn) === state.said);
    return trunk.map(establishmentOf);
  }

  #establishmentOf(line: EventLine): Establishment {
    const stored = this.#establishments.at(line[5]);
    if (stored === undefined) throw new Error('an accepted event stands under an establishment');
    return establishmentOf(stored);
  }

  /** The last establishment of the trunk up to an event. */
  establishmentAt(sn: number): Establishment | undefined {
    const line = this.#line(Math.min(sn, this.state.sn));
    return line === undefined ? undefined : this.#establishmentOf(line);
  }

  /** Who signed the trunk's event with this sequence number in the file that brought it. */
  signersAt(sn: number): FirstSigners | undefined {
    const line = this.#line(sn);
    return line === undefined ? undefined : signersOf(line[6]);
  }

  anchorAt(sn: number): Anchor | undefined {
    const line = this.#line(sn);
    const { delegator } = this.state;
    if (line?.[7] === undefined || delegator === undefined) return undefined;
    return { delegator, sn: line[7][0], said: line[7][1], sealIndex: line[7][2] };
  }

  /** The key state after the trunk's event with this sequence number. */
  stateAt(sn: number): KeyState | undefined {
    return this.stateOfAccepted(this.#placeOf(sn));
  }

  /** The key state after an accepted event, by its place among all that were accepted. */
  stateOfAccepted(place: number): KeyState | undefined {
    const line = this.#events.at(place);
    if (line === undefined) return undefined;
    const [said, , sn] = line;
    const { state } = this.#establishmentOf(line);
    if (state.sn === sn) return state;
    // An interaction follows on what was accepted just before it: only rotations supersede.
    const prior = this.#events.at(place - 1)?.[0];
    if (prior === undefined) throw new Error('an interaction follows on another event');
    return stateAfterInteraction(state, { sn, said, prior });
  }

  /** An accepted event by its place among all that were. */
  acceptedEvent(place: number): Omit<DisputedEvent, 'by'> | undefined {
    const line = this.#events.at(place);
    if (line === undefined) return undefined;
    const [said, type, sn, ordinal, position] = line;
    return { said, type, sn, ordinal, position };
  }

  /** How many events had been accepted at a position. */
  acceptedUpTo(position: number): number {
    return this.#events.countWhile((line) => line[4] <= position);
  }

  /** The place, among all that were accepted, of the event whose file has an ordinal; -1 when none has. */
  placeOfFile(ordinal: number): number {
    const place = this.#events.countWhile((line) => line[3] < ordinal);
    return this.#events.at(place)?.[3] === ordinal ? place : -1;
  }

  /** The key state that an accepted event follows on, by its place; `undefined` before an inception. */
  stateBefore(place: number): KeyState | undefined {
    const sn = this.#events.at(place)?.[2] ?? 0;
    if (sn === 0) return undefined;
    // What was accepted last at a sequence number was the trunk's, as long as it had one there.
    let before = place - 1;
    while (before > 0 && this.#events.at(before)?.[2] !== sn - 1) before--;
    return this.stateOfAccepted(before);
  }

  /** The events that were superseded and not accepted anew since, in the order in which that happened. */
  get disputed(): readonly DisputedEvent[] {
    return this.#disputed.from(0).flatMap(([place, byPlace]) => {
      const [event, later] = [this.acceptedEvent(place), this.acceptedEvent(byPlace)];
      if (event === undefined || later === undefined) return [];
      if (this.saidAt(event.sn) === event.said) return [];
      const { sn, said, position } = later;
      return [{ ...event, by: { sn, said, position } }];
    });
  }

  /** Whether an event with this SAID was accepted here and superseded later. */
  isDisputed(sn: number, said: string): boolean {
    return this.saidAt(sn) !== said && this.disputed.some((one) => one.said === said);
  }

  /** A KEL that goes on from this one as it is now, and leaves it alone. This one must not change meanwhile. */
  copy(): Kel {
    const copy = new Kel(new Remembered(), this.state);
    copy.files = this.files;
    copy.#events = this.#events.copy();
    copy.#establishments = this.#establishments.copy();
    copy.#forks = this.#forks.copy();
    copy.#disputed = this.#disputed.copy();
    return copy;
  }

  /** The events of the trunk from a sequence number on are superseded by the one that is accepted next. */
  #supersede(sn: number): void {
    const by = this.#events.length;
    for (let at = sn; at < this.length; at++) this.#disputed.push([this.#placeOf(at), by]);
    this.#forks.cut(this.#forks.countWhile(([from]) => from < sn));
    this.#forks.push([sn, by]);
  }

  /** Takes up an event that was evaluated; it supersedes what stands in the trunk at its place and after it. */
  append({ event, state, anchor, signers, ordinal }: FiledEvent, position: number): void {
    const { said, type, sn } = event;
    if (sn < this.length) this.#supersede(sn);
    if (type !== 'ixn') this.#establishments.push({ position, state: storedState(state) });
    const establishment = this.#establishments.length - 1;
    const line = [said, type, sn, ordinal, position, establishment, signersText(signers)] as const;
    this.#events.push(
      anchor === undefined ? line : [...line, [anchor.sn, anchor.said, anchor.sealIndex]],
    );
    this.state = state;
    this.files = ordinal + 1;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    const head: KelHead = {
      state: storedState(this.state),
      files: this.files,
      events: this.#events.length,
      establishments: this.#establishments.length,
      forks: this.#forks.length,
      disputed: this.#disputed.length,
    };
    yield [`kel ${this.state.aid}`, head];
    yield* this.#events.changes();
    yield* this.#establishments.changes();
    yield* this.#forks.changes();
    yield* this.#disputed.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#events.settle();
    this.#establishments.settle();
    this.#forks.settle();
    this.#disputed.settle();
  }
}
