/** A list of which the newest items are kept, and all counted. */
export class Newest<T> {
  readonly #most: number;
  #items: T[] = [];
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  get items(): readonly T[] {
    return this.#items.slice(-this.#most);
  }

  push(item: T): void {
    this.#count++;
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#most) this.#items = this.#items.slice(-this.#most);
  }
}
