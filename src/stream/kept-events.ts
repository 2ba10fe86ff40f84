/**
 * The bytes of events that were accepted lately: a signature that comes later is over these bytes.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import type { KeyEvent } from '../keri/event.ts';
import type { Progress } from '../keri/signatures.ts';

export interface KeptEvent {
  readonly bytes: Uint8Array;
  /** The names of those who are known to have signed. */
  readonly known: ReadonlySet<string>;
}

interface Kept {
  readonly bytes: Uint8Array;
  readonly indices: readonly number[];
  readonly witnessIndices: readonly number[];
  others: ReadonlySet<string> | undefined;
}

export class KeptEvents {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  add({ said, bytes }: KeyEvent, { indices, witnessIndices }: Progress): void {
    // A copy where the bytes are a part of what was read together.
    const own = bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
    this.#kept.set(said, { bytes: own, indices, witnessIndices, others: undefined });
    this.#bytes += bytes.length;
    if (this.#kept.size <= LIMITS.keptEvents && this.#bytes <= LIMITS.keptEventBytes) return;
    for (const [oldest, kept] of this.#kept) {
      this.#kept.delete(oldest);
      this.#bytes -= kept.bytes.length;
      if (this.#kept.size <= LIMITS.keptEvents && this.#bytes <= LIMITS.keptEventBytes) return;
    }
  }

  get(said: string): KeptEvent | undefined {
    const kept = this.#kept.get(said);
    if (kept === undefined) return undefined;
    const { bytes, indices, witnessIndices, others } = kept;
    const known = new Set(others);
    for (const index of indices) known.add(`controller ${index}`);
    for (const index of witnessIndices) known.add(`witness ${index}`);
    return { bytes, known };
  }

  /** Notes who else has signed an event, if it is kept. */
  note(said: string, names: readonly string[]): void {
    const kept = this.#kept.get(said);
    if (kept !== undefined) kept.others = new Set([...(kept.others ?? []), ...names]);
  }
}
