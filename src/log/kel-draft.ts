import type { Anchor, KeyLog } from '../keri/key-log.ts';
import type { KeyState } from '../keri/state.ts';
import type { AcceptedEvent, FiledEvent } from './accepted-event.ts';
import type { Kel } from './kel.ts';
import type { FirstSigners } from './proofs.ts';

/** One AID's KEL with events of a batch on top that is not in the log yet. */
export class KelDraft implements KeyLog {
  readonly #base: Kel | undefined;
  readonly #added: FiledEvent[] = [];
  /** What the trunk holds from a sequence number on, in place of what the log has there. */
  readonly #trunk: AcceptedEvent[] = [];
  #trunkFrom: number;
  #files: number;

  constructor(base: Kel | undefined) {
    this.#base = base;
    this.#trunkFrom = base?.length ?? 0;
    this.#files = base?.files ?? 0;
  }

  /** The events of the batch, in the order in which they were folded. */
  get added(): readonly FiledEvent[] {
    return this.#added;
  }

  get state(): KeyState {
    const state = this.#added.at(-1)?.state ?? this.#base?.state;
    if (state === undefined) throw new Error('a draft without events has no state');
    return state;
  }

  get isEmpty(): boolean {
    return this.#base === undefined && this.#added.length === 0;
  }

  /** How many files there are under the AID. */
  get files(): number {
    return this.#files;
  }

  /** Takes up an event that was evaluated; it supersedes what stands in the trunk at its place and after it. */
  add(accepted: AcceptedEvent): void {
    const { sn } = accepted.event;
    this.#added.push({ ...accepted, ordinal: this.#files });
    if (sn < this.#trunkFrom) this.#trunkFrom = sn;
    const kept = sn - this.#trunkFrom;
    if (this.#trunk.length > kept) this.#trunk.length = kept;
    this.#trunk.push(accepted);
    this.#files++;
  }

  /** Counts a file under the AID that holds no event of its own. */
  addFile(): void {
    this.#files++;
  }

  saidAt(sn: number): string | undefined {
    return sn < this.#trunkFrom
      ? this.#base?.saidAt(sn)
      : this.#trunk[sn - this.#trunkFrom]?.event.said;
  }

  stateAt(sn: number): KeyState | undefined {
    return sn < this.#trunkFrom
      ? this.#base?.stateAt(sn)
      : this.#trunk[sn - this.#trunkFrom]?.state;
  }

  /** Who signed the trunk's event with this sequence number in the file that brought it. */
  signersAt(sn: number): FirstSigners | undefined {
    return sn < this.#trunkFrom
      ? this.#base?.signersAt(sn)
      : this.#trunk[sn - this.#trunkFrom]?.signers;
  }

  anchorAt(sn: number): Anchor | undefined {
    return sn < this.#trunkFrom
      ? this.#base?.anchorAt(sn)
      : this.#trunk[sn - this.#trunkFrom]?.anchor;
  }
}
