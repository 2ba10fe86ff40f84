import type { Remembered, Value } from './remembered.ts';

/** Values by key, on top of those that are remembered under a name. They are set, never taken away. */
export class OwnedValues<T> {
  readonly #remembered: Remembered;
  readonly #name: string;
  readonly #own = new Map<string, T>();
  #base: OwnedValues<T> | undefined;

  constructor(remembered: Remembered, name: string) {
    this.#remembered = remembered;
    this.#name = name;
  }

  get(key: string): T | undefined {
    const own = this.#own.get(key);
    if (own !== undefined) return own;
    return this.#base === undefined
      ? this.#remembered.get<T>(`${this.#name} ${key}`)
      : this.#base.get(key);
  }

  set(key: string, value: T): void {
    this.#own.set(key, value);
  }

  /** Values that go on from these as they are now, and leave them alone. These must not change meanwhile. */
  copy(): OwnedValues<T> {
    const copy = new OwnedValues<T>(this.#remembered, this.#name);
    copy.#base = this;
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    for (const [key, value] of this.#own) yield [`${this.#name} ${key}`, value];
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#own.clear();
  }
}
