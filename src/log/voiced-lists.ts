import { merged } from './merged.ts';
import { OwnedLists } from './owned-lists.ts';
import type { PagedList } from './paged-list.ts';
import type { Remembered, Value } from './remembered.ts';
import type { Span } from './span.ts';

/** Who says something, and under whom it is listed. */
export interface Voice {
  /** Under whom: the controller that is named, if it ever linked the issuer; else the issuer. */
  readonly owner: string;
  readonly issuer: string;
  /** Whom the statement names. */
  readonly controller: string;
}

/** The positions at which what a device says in the name of an owner counts. */
export type SpansOf = (device: string) => readonly Span[];

type List<T> = Pick<PagedList<T>, 'length' | 'at' | 'countWhile' | 'from'>;

/** Items of a list from a place up to another one, which is not among them. */
interface Part<T> {
  readonly list: List<T>;
  readonly from: number;
  readonly until: number;
}

/** What nobody hears: under a word that is no identifier. */
const UNHEARD = '-';

/**
 * Lists of what is said in the name of owners. What each device says is kept apart, so that whatever it says while it may
 * not makes no lookup longer: those look only at the positions at which it may, of what it said as of what was revoked,
 * lifted and superseded since. What never counts is kept apart, too: what names somebody who never linked its issuer, and
 * what a recovery took back for good.
 */
export class VoicedLists<T> {
  readonly #remembered: Remembered;
  readonly #name: string;
  readonly #positionOf: (item: T) => number;
  /** By key: what owners said themselves. By key and device, and by key and {@link UNHEARD}: the others. */
  #lists: OwnedLists<T>;
  /** By key, the devices that said something, each once. */
  #devices: OwnedLists<string>;

  constructor(remembered: Remembered, name: string, positionOf: (item: T) => number) {
    this.#remembered = remembered;
    this.#name = name;
    this.#positionOf = positionOf;
    this.#lists = new OwnedLists(remembered, name);
    this.#devices = new OwnedLists(remembered, `${name}-devices`);
  }

  #keyOf(key: string, { owner, issuer, controller }: Voice): string {
    if (controller !== owner) return `${key} ${UNHEARD}`;
    return issuer === owner ? key : `${key} ${issuer}`;
  }

  #devicesOf(key: string): readonly string[] {
    return this.#devices.of(key).from(0);
  }

  #everyList(key: string): readonly List<T>[] {
    return [
      this.#lists.of(key),
      ...this.#devicesOf(key).map((device) => this.#lists.of(`${key} ${device}`)),
      this.#lists.of(`${key} ${UNHEARD}`),
    ];
  }

  /** Adds what is said under a key, which names the owner. */
  push(key: string, voice: Voice, item: T): void {
    const place = this.#keyOf(key, voice);
    const isFirst = this.#lists.of(place).length === 0;
    const { owner, issuer, controller } = voice;
    if (isFirst && controller === owner && issuer !== owner) this.#noteDevice(key, issuer);
    this.#lists.push(place, item);
  }

  #noteDevice(key: string, device: string): void {
    // All that it said may have been taken back.
    if (!this.#devicesOf(key).includes(device)) this.#devices.push(key, device);
  }

  /** How much is listed under a key, whether it counts or not. */
  count(key: string): number {
    return this.#everyList(key).reduce((sum, { length }) => sum + length, 0);
  }

  #ordered(items: readonly T[]): readonly T[] {
    return items
      .map((item) => ({ item, position: this.#positionOf(item) }))
      .toSorted((a, b) => a.position - b.position)
      .map(({ item }) => item);
  }

  /** Everything under a key, whether it counts or not, in the order of positions: for lists that people read. */
  all(key: string): readonly T[] {
    const lists = this.#everyList(key).filter(({ length }) => length > 0);
    return this.#ordered(lists.flatMap((list) => list.from(0)));
  }

  /** The last ones of each voice, whether they count or not, at most so many of each, in the order of positions. */
  recent(key: string, most: number): readonly T[] {
    return this.#ordered(
      this.#everyList(key).flatMap((list) => list.from(Math.max(0, list.length - most))),
    );
  }

  /** Any of them. */
  some(key: string): T | undefined {
    return this.#everyList(key)
      .find(({ length }) => length > 0)
      ?.at(0);
  }

  #parts(key: string, spansOf: SpansOf, isBefore?: (item: T) => boolean): readonly Part<T>[] {
    const part = (list: List<T>, from: number, until = list.length): Part<T> => ({
      list,
      from: isBefore === undefined ? from : Math.max(from, list.countWhile(isBefore)),
      until,
    });
    const own = this.#lists.of(key);
    return [
      part(own, 0),
      ...this.#devicesOf(key).flatMap((device) => {
        const list = this.#lists.of(`${key} ${device}`);
        const upTo = (position: number): number =>
          position === Infinity
            ? list.length
            : list.countWhile((item) => this.#positionOf(item) < position);
        return spansOf(device).map(({ from, until }) => part(list, upTo(from), upTo(until)));
      }),
    ].filter(({ from, until }) => from < until);
  }

  /**
   * What the owner said, and its devices at the positions at which they may, newest first; each is read when it is asked
   * for.
   * @param isBefore tells of items at the start of every list that they are left out
   */
  *back(key: string, spansOf: SpansOf, isBefore?: (item: T) => boolean): Generator<T> {
    const parts = this.#parts(key, spansOf, isBefore);
    yield* merged(
      parts.map(({ list, from, until }) => walk(list, until - 1, from - 1, -1)),
      (item) => -this.#positionOf(item),
    );
  }

  /** The same, oldest first. */
  *forth(key: string, spansOf: SpansOf, isBefore?: (item: T) => boolean): Generator<T> {
    const parts = this.#parts(key, spansOf, isBefore);
    yield* merged(
      parts.map(({ list, from, until }) => walk(list, from, until, 1)),
      (item) => this.#positionOf(item),
    );
  }

  /**
   * Sets apart what a recovery took back for good of what one voice said.
   * @param since the position of the first of it
   */
  silence(key: string, voice: Voice, since: number, isGone: (item: T) => boolean): void {
    if (voice.controller !== voice.owner) return;
    const place = this.#keyOf(key, voice);
    const list = this.#lists.of(place);
    const first = list.countWhile((item) => this.#positionOf(item) < since);
    const last = list.from(first);
    if (!last.some(isGone)) return;
    this.#lists.cut(place, first);
    for (const item of last) this.#lists.push(isGone(item) ? `${key} ${UNHEARD}` : place, item);
  }

  /** Lists that go on from these as they are now, and leave them alone. These must not change meanwhile. */
  copy(positionOf: (item: T) => number): VoicedLists<T> {
    const copy = new VoicedLists<T>(this.#remembered, this.#name, positionOf);
    copy.#lists = this.#lists.copy();
    copy.#devices = this.#devices.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#lists.changes();
    yield* this.#devices.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#lists.settle();
    this.#devices.settle();
  }
}

function* walk<T>(list: List<T>, from: number, end: number, step: number): Generator<T> {
  for (let at = from; at !== end; at += step) {
    const item = list.at(at);
    if (item !== undefined) yield item;
  }
}
