interface Kept<T> {
  readonly value: T;
  readonly size: number;
}

/**
 * Values by key, as many as a bound allows: those that were used since it was last reached, and those of the time before
 * that.
 */
export class RecentlyUsed<T> {
  readonly #most: number;
  #size = 0;
  #recent = new Map<string, Kept<T>>();
  #earlier = new Map<string, Kept<T>>();

  /** @param most the sum of the sizes of what is kept, at most twice over */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent.value;
    const earlier = this.#earlier.get(key);
    if (earlier !== undefined) this.#keep(key, earlier);
    return earlier?.value;
  }

  #keep(key: string, kept: Kept<T>): void {
    if (this.#size + kept.size > this.#most) {
      this.#earlier = this.#recent;
      this.#recent = new Map();
      this.#size = 0;
    }
    this.#recent.set(key, kept);
    this.#size += kept.size;
  }

  /** Keeps a value under a key that {@link get} finds nothing for. */
  add(key: string, value: T, size: number): void {
    this.#keep(key, { value, size });
  }

  clear(): void {
    this.#recent.clear();
    this.#earlier.clear();
    this.#size = 0;
  }
}
