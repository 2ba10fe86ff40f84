import { PagedList } from './paged-list.ts';
import type { Remembered, Value } from './remembered.ts';

/** A {@link PagedList} for each owner that has one, all of one kind. */
export class OwnedLists<T> {
  readonly #remembered: Remembered;
  readonly #name: string;
  readonly #lists = new Map<string, PagedList<T>>();
  readonly #touched = new Set<string>();
  #base: OwnedLists<T> | undefined;

  constructor(remembered: Remembered, name: string) {
    this.#remembered = remembered;
    this.#name = name;
  }

  #listOf(owner: string): PagedList<T> {
    const known = this.#lists.get(owner);
    if (known !== undefined) return known;
    const key = `${this.#name} ${owner}`;
    const list =
      this.#base === undefined
        ? new PagedList<T>(this.#remembered, key, this.#remembered.get<number>(key) ?? 0)
        : this.#base.#listOf(owner).copy();
    this.#lists.set(owner, list);
    return list;
  }

  of(owner: string): Pick<PagedList<T>, 'length' | 'at' | 'from' | 'countWhile'> {
    return this.#listOf(owner);
  }

  push(owner: string, item: T): void {
    this.#touched.add(owner);
    this.#listOf(owner).push(item);
  }

  replace(owner: string, index: number, item: T): void {
    this.#touched.add(owner);
    this.#listOf(owner).replace(index, item);
  }

  /** Takes away the items of a list from a place on. */
  cut(owner: string, length: number): void {
    this.#touched.add(owner);
    this.#listOf(owner).cut(length);
  }

  /** Lists that go on from these as they are now, and leave them alone. These must not change meanwhile. */
  copy(): OwnedLists<T> {
    const copy = new OwnedLists<T>(this.#remembered, this.#name);
    copy.#base = this;
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    for (const owner of this.#touched) {
      const list = this.#listOf(owner);
      yield [`${this.#name} ${owner}`, list.length];
      yield* list.changes();
    }
  }

  /** All of it is remembered now. */
  settle(): void {
    for (const owner of this.#touched) this.#listOf(owner).settle();
    this.#touched.clear();
  }
}
