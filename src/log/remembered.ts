import { utf8 } from '../base/bytes.ts';
import type { Snapshot } from './verified-memory.ts';

/** A value that is to be remembered. */
export type Value = readonly [key: string, value: unknown];

/** The form in which a value is remembered. */
export function valueBytes(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value));
}

const decoder = new TextDecoder();

/**
 * What contents are built on: values of an earlier verification, each read when it is asked for. Where they turn out to be
 * damaged, the log is verified again up to there, and all goes on with what that gives.
 */
export class Remembered {
  #snapshot: Snapshot | undefined;
  #again: ReadonlyMap<string, Uint8Array> | undefined;
  readonly #verifyAgain: (() => ReadonlyMap<string, Uint8Array>) | undefined;

  constructor(snapshot?: Snapshot, verifyAgain?: () => ReadonlyMap<string, Uint8Array>) {
    this.#snapshot = snapshot;
    this.#verifyAgain = verifyAgain;
  }

  /** What further values may be added to; `undefined` when all of them are needed. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** The values that were computed again. */
  get again(): ReadonlyMap<string, Uint8Array> {
    return this.#again ?? new Map();
  }

  #read(key: string): Uint8Array | undefined {
    const found = this.#snapshot?.read(key) ?? this.#again?.get(key) ?? 'absent';
    if (found === 'absent') return undefined;
    if (found !== 'damaged') return found;
    this.#snapshot = undefined;
    this.#again = this.#verifyAgain?.() ?? new Map();
    return this.#again.get(key);
  }

  /** The value under a key, as it was given to {@link valueBytes}; `undefined` when there is none. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what stands under its keys
  get<T>(key: string): T | undefined {
    const bytes = this.#read(key);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what this version wrote under the key
    return bytes === undefined ? undefined : (JSON.parse(decoder.decode(bytes)) as T);
  }

  /** Goes on from what is remembered now. */
  settle(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#again = undefined;
  }
}
