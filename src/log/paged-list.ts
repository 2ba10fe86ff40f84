import type { Remembered, Value } from './remembered.ts';

/**
 * A list that grows and may be cut at its end, on top of one that is remembered in pages of so many items. Pages are read when they are asked
 * for; only those that change stay in memory.
 */
export class PagedList<T> {
  readonly #remembered: Remembered;
  readonly #name: string;
  readonly #pageItems: number;
  /** Pages that changed since they were read, or have never been remembered. */
  readonly #own = new Map<number, T[]>();
  readonly #unsettled = new Set<number>();
  #settled: number;
  #length: number;
  /** The list that this one goes on from, if it is a copy. */
  #base: PagedList<T> | undefined;
  #last: { readonly page: number; readonly items: readonly T[] } | undefined;

  /** @param length how many items are remembered under the name */
  constructor(remembered: Remembered, name: string, length: number, pageItems = 64) {
    this.#remembered = remembered;
    this.#name = name;
    this.#length = length;
    this.#settled = length;
    this.#pageItems = pageItems;
  }

  get length(): number {
    return this.#length;
  }

  /** How many items were there when all of it was remembered. */
  get settled(): number {
    return this.#settled;
  }

  #page(page: number): readonly T[] {
    const own = this.#own.get(page);
    if (own !== undefined) return own;
    if (this.#last?.page === page) return this.#last.items;
    const items =
      this.#base === undefined
        ? (this.#remembered.get<readonly T[]>(this.#key(page)) ?? [])
        : this.#base.#page(page);
    this.#last = { page, items };
    return items;
  }

  #key(page: number): string {
    return `${this.#name} ${page}`;
  }

  #ownPage(page: number): T[] {
    const items = this.#own.get(page) ?? [...this.#page(page)];
    this.#own.set(page, items);
    this.#unsettled.add(page);
    return items;
  }

  at(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    return this.#page(Math.floor(index / this.#pageItems))[index % this.#pageItems];
  }

  /** How many items at the start are such; those after them are not. */
  countWhile(isSuch: (item: T) => boolean): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const item = this.at(middle);
      if (item !== undefined && isSuch(item)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The items from a place on. */
  from(start: number): readonly T[] {
    const items: T[] = [];
    for (let index = start; index < this.#length;) {
      const within = index % this.#pageItems;
      const page = this.#page((index - within) / this.#pageItems);
      const rest = this.#length - index + within;
      for (const item of within === 0 && page.length <= rest ? page : page.slice(within, rest))
        items.push(item);
      index += this.#pageItems - within;
    }
    return items;
  }

  push(item: T): void {
    const items = this.#ownPage(Math.floor(this.#length / this.#pageItems));
    // What was cut off may still be remembered there.
    const within = this.#length % this.#pageItems;
    if (items.length > within) items.length = within;
    items.push(item);
    this.#length++;
  }

  /** Takes away the items from a place on. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, length);
    this.#settled = Math.min(this.#settled, length);
  }

  /** Puts another item in the place of one. */
  replace(index: number, item: T): void {
    this.#ownPage(Math.floor(index / this.#pageItems))[index % this.#pageItems] = item;
  }

  /** A list that goes on from this one as it is now, and leaves it alone. This one must not change meanwhile. */
  copy(): PagedList<T> {
    const copy = new PagedList<T>(this.#remembered, this.#name, this.#length, this.#pageItems);
    copy.#base = this;
    return copy;
  }

  /** What has to be remembered, beside the length. */
  *changes(): Generator<Value> {
    for (const page of this.#unsettled) yield [this.#key(page), this.#own.get(page)];
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#unsettled.clear();
    this.#settled = this.#length;
  }
}
