/** Milliseconds over which a rate is taken. */
const SPAN = 2_000;

/** How many a second, over the last two seconds. */
export class Rate {
  #taken: { readonly done: number; readonly at: number }[] = [];

  /** Notes how many are done at a time, in milliseconds; gives the rate, whole, once it can be told. */
  take(done: number, at: number): number | undefined {
    this.#taken.push({ done, at });
    while (this.#taken.length > 2 && at - (this.#taken[1]?.at ?? at) > SPAN) this.#taken.shift();
    const [first] = this.#taken;
    if (first === undefined || at - first.at < SPAN / 8) return undefined;
    return Math.round(((done - first.done) * 1000) / (at - first.at));
  }
}
