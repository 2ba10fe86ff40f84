/**
 * The key event log of one identifier as a validator has come to know it: of an event it keeps no more than what later
 * events are judged by.
 * @module
 */
import type { Acceptance } from '../keri/evaluate.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { Anchor, EventName } from '../keri/key-log.ts';
import { readKeyEventSeal } from '../keri/seal.ts';
import type { KeyState } from '../keri/state.ts';
import { stateAfterInteraction } from '../keri/transition.ts';
import type { GrowingLog } from './growing-log.ts';

/** Where a seal stands that names an event of another log. */
interface SealPlace {
  readonly aid: string;
  /** Sequence number of the named event. */
  readonly named: number;
  /** Sequence number and SAID of the event that holds the seal. */
  readonly sn: number;
  readonly said: string;
  readonly sealIndex: number;
  readonly isAmongOthers?: true;
}

/** An event that left the trunk. */
interface SupersededEvent {
  readonly sn: number;
  readonly said: string;
}

export class ValidatedLog implements GrowingLog {
  #state: KeyState;
  /** How many events were accepted, superseded ones included. */
  #accepted = 0;
  readonly #saids: string[] = [];
  /** The key states of the trunk's establishment events, ascending. */
  readonly #establishments: KeyState[] = [];
  readonly #anchors = new Map<number, Anchor>();
  /** Seals of events of other logs, by the SAID that they name. */
  readonly #seals = new Map<string, SealPlace | SealPlace[]>();
  /** Identifiers that seals name: one text for each, however many seals. */
  readonly #sealed = new Map<string, string>();
  readonly #superseded: SupersededEvent[] = [];
  readonly #supersededSaids = new Set<string>();

  constructor(state: KeyState) {
    this.#state = state;
  }

  get state(): KeyState {
    return this.#state;
  }

  /** The ordinal of the event that was accepted last, counted from 0 in the order of acceptance. */
  get lastOrdinal(): number {
    return this.#accepted - 1;
  }

  /** In the order in which they left the trunk, those of one branch ascending. */
  get superseded(): readonly SupersededEvent[] {
    return this.#superseded;
  }

  saidAt(sn: number): string | undefined {
    return this.#saids[sn];
  }

  stateAt(sn: number): KeyState | undefined {
    const said = this.#saids[sn];
    if (said === undefined) return undefined;
    if (sn === this.#state.sn) return this.#state;
    let [low, high] = [0, this.#establishments.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#establishments[middle]?.sn ?? 0) <= sn) low = middle + 1;
      else high = middle;
    }
    const state = this.#establishments[low - 1];
    if (state === undefined || state.sn === sn) return state;
    return stateAfterInteraction(state, { sn, said, prior: this.#saids[sn - 1] ?? '' });
  }

  anchorAt(sn: number): Anchor | undefined {
    return this.#anchors.get(sn);
  }

  /** Whether an event was accepted and superseded later. */
  isSuperseded(said: string): boolean {
    return this.#supersededSaids.has(said);
  }

  /** Where the trunk seals an event of another log, the earliest place first. */
  anchorsOf({ aid, sn, said }: EventName): readonly Anchor[] {
    return [this.#seals.get(said) ?? []]
      .flat()
      .filter((place) => place.aid === aid && place.named === sn)
      .filter((place) => this.#saids[place.sn] === place.said)
      .map((place) => ({
        delegator: this.#state.aid,
        sn: place.sn,
        said: place.said,
        sealIndex: place.sealIndex,
        ...(place.isAmongOthers === true ? { isAmongOthers: true as const } : {}),
      }))
      .toSorted((a, b) => a.sn - b.sn || a.sealIndex - b.sealIndex);
  }

  /** Adds an event that evaluation accepted for this log. */
  add(event: KeyEvent, { state, anchor, supersedes }: Acceptance): void {
    if (supersedes !== undefined) this.#truncate(supersedes.from);
    this.#saids.push(event.said);
    if (anchor !== undefined) this.#anchors.set(event.sn, anchor);
    if (event.type !== 'ixn') this.#establishments.push(state);
    this.#state = state;
    this.#accepted++;
    this.#noteSeals(event);
  }

  #truncate(from: number): void {
    for (const [offset, said] of this.#saids.splice(from).entries()) {
      this.#superseded.push({ sn: from + offset, said });
      this.#supersededSaids.add(said);
      this.#anchors.delete(from + offset);
    }
    while ((this.#establishments.at(-1)?.sn ?? -1) >= from) this.#establishments.pop();
  }

  #noteSeals({ sn, said, seals }: KeyEvent): void {
    for (const [sealIndex, seal] of seals.entries()) {
      const name = readKeyEventSeal(seal);
      if (name === undefined) continue;
      const aid = this.#sealed.get(name.aid) ?? name.aid;
      this.#sealed.set(aid, aid);
      const place: SealPlace = {
        aid,
        named: name.sn,
        sn,
        said,
        sealIndex,
        ...(seals.length > 1 ? { isAmongOthers: true } : {}),
      };
      const there = this.#seals.get(name.said);
      if (there === undefined) this.#seals.set(name.said, place);
      else if (Array.isArray(there)) there.push(place);
      else this.#seals.set(name.said, [there, place]);
    }
  }
}
