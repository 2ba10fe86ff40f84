/** What names a base by where it begins, or by its id; absent for an object that stands for itself. */
interface Differing {
  readonly base: number | string | undefined;
}

/** Differences by what they build on: each is looked at once its base is known, and once only. */
export class WaitingDeltas<T extends Differing> {
  readonly #by = new Map<number | string, T[]>();

  add(entry: T): void {
    if (entry.base === undefined) return;
    const others = this.#by.get(entry.base);
    if (others === undefined) this.#by.set(entry.base, [entry]);
    else others.push(entry);
  }

  /** Takes out what waits for an object. */
  take({ offset, oid }: { readonly offset: number; readonly oid: string }): readonly T[] {
    const found = [...(this.#by.get(offset) ?? []), ...(this.#by.get(oid) ?? [])];
    this.#by.delete(offset);
    this.#by.delete(oid);
    return found;
  }

  /** One of those that are left, if any. */
  get first(): T | undefined {
    const [entries] = this.#by.values();
    return entries?.[0];
  }
}
