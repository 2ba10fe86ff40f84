import type { KeyEvent } from '../keri/event.ts';
import type { KeyLog } from '../keri/evaluate.ts';
import type { KeyState } from '../keri/state.ts';
import type { UnsignedRecord } from '../records/record.ts';
import type { Genesis } from './genesis.ts';
import { RecordBook } from './record-book.ts';

/** A key state as it was established, and the position at which that entered the log. */
export interface Establishment {
  readonly position: number;
  readonly state: KeyState;
}

/** One accepted event of an AID, and the key state that it led to. */
export interface AcceptedEvent {
  readonly event: KeyEvent;
  readonly state: KeyState;
}

/** An event's file: its ordinal among the AID's files, and what its name says of it. */
export interface EventFile {
  readonly ordinal: number;
  readonly type: KeyEvent['type'];
  readonly said: string;
}

/** The KEL of one AID as the log holds it. Grows only; a {@link Contents} owns it. */
export class Kel implements KeyLog {
  state: KeyState;
  /** How many files stand under the AID. */
  files = 0;
  #saids: string[] = [];
  #types: KeyEvent['type'][] = [];
  #ordinals: number[] = [];
  #positions: number[] = [];
  #establishments: Establishment[] = [];

  constructor(first: KeyState) {
    this.state = first;
  }

  /** How many events the KEL has: the next sequence number. */
  get length(): number {
    return this.#saids.length;
  }

  saidAt(sn: number): string | undefined {
    return this.#saids[sn];
  }

  /** The batch number at which the event with this sequence number entered the log. */
  positionAt(sn: number): number | undefined {
    return this.#positions[sn];
  }

  /** Which file under the AID holds the event with this sequence number. */
  fileAt(sn: number): EventFile | undefined {
    const [said, type, ordinal] = [this.#saids[sn], this.#types[sn], this.#ordinals[sn]];
    if (said === undefined || type === undefined || ordinal === undefined) return undefined;
    return { said, type, ordinal };
  }

  get establishments(): readonly Establishment[] {
    return this.#establishments;
  }

  copy(): Kel {
    const copy = new Kel(this.state);
    copy.files = this.files;
    copy.#saids = [...this.#saids];
    copy.#types = [...this.#types];
    copy.#ordinals = [...this.#ordinals];
    copy.#positions = [...this.#positions];
    copy.#establishments = [...this.#establishments];
    return copy;
  }

  append({ event, state }: AcceptedEvent, position: number): void {
    this.#saids.push(event.said);
    this.#types.push(event.type);
    this.#ordinals.push(this.files);
    this.#positions.push(position);
    if (event.type !== 'ixn') this.#establishments.push({ position, state });
    this.state = state;
    this.files++;
  }
}

/** One AID's KEL with events of a batch on top that is not in the log yet. */
export class KelDraft implements KeyLog {
  readonly #base: Kel | undefined;
  readonly added: AcceptedEvent[] = [];

  constructor(base: Kel | undefined) {
    this.#base = base;
  }

  get state(): KeyState {
    const state = this.added.at(-1)?.state ?? this.#base?.state;
    if (state === undefined) throw new Error('a draft without events has no state');
    return state;
  }

  get isEmpty(): boolean {
    return this.#base === undefined && this.added.length === 0;
  }

  get files(): number {
    return (this.#base?.files ?? 0) + this.added.length;
  }

  saidAt(sn: number): string | undefined {
    const known = this.#base?.length ?? 0;
    return sn < known ? this.#base?.saidAt(sn) : this.added[sn - known]?.event.said;
  }
}

/** What a batch would change: the KELs that it extends, and the genesis when it is the first. */
export interface Draft {
  readonly genesis: Genesis | undefined;
  readonly kels: ReadonlyMap<string, KelDraft>;
  /** In the order in which they were folded. */
  readonly events: readonly KeyEvent[];
  readonly records: readonly UnsignedRecord[];
}

/** A batch of the log: its commit, the digest of the payload that its committer signed, and the date it claims. */
export interface BatchMark {
  readonly commit: string;
  readonly payloadDigest: string;
  /** Seconds since 1970, as the committer set them: a claim, never a fact. */
  readonly claimedSeconds: number;
}

/** What a log holds up to a position: the state that a batch is folded on. */
export class Contents {
  genesis: Genesis | undefined;
  #kels = new Map<string, Kel>();
  #batches: BatchMark[] = [];
  /** AIDs whose KEL belongs to the contents that these are a copy of. */
  #shared = new Set<string>();
  #records = new RecordBook();

  /** The records of the log, and what is in force by them. */
  get records(): RecordBook {
    return this.#records;
  }

  /** How many batches were folded: the number of the next one. */
  get batches(): number {
    return this.#batches.length;
  }

  /** Where batch `position` is and what its committer signed. */
  batchAt(position: number): BatchMark | undefined {
    return this.#batches[position];
  }

  /** The last batch, `undefined` while the log is unborn. */
  get lastBatch(): BatchMark | undefined {
    return this.#batches.at(-1);
  }

  kel(aid: string): Kel | undefined {
    return this.#kels.get(aid);
  }

  get aids(): readonly string[] {
    return [...this.#kels.keys()];
  }

  /** A copy to fold further batches on: nothing that is applied to it changes these contents. */
  copy(): Contents {
    const copy = new Contents();
    copy.genesis = this.genesis;
    copy.#kels = new Map(this.#kels);
    copy.#batches = [...this.#batches];
    copy.#shared = new Set(this.#kels.keys());
    copy.#records = this.#records.copy();
    return copy;
  }

  /** The KEL of an AID, to be grown here. */
  #ownKel(aid: string): Kel | undefined {
    const kel = this.#kels.get(aid);
    return kel !== undefined && this.#shared.delete(aid) ? kel.copy() : kel;
  }

  /** Takes over a batch that was checked in full. */
  apply(draft: Draft, mark: BatchMark): void {
    this.genesis ??= draft.genesis;
    for (const [aid, kelDraft] of draft.kels) {
      for (const accepted of kelDraft.added) {
        const kel = this.#ownKel(aid) ?? new Kel(accepted.state);
        this.#kels.set(aid, kel);
        kel.append(accepted, this.#batches.length);
      }
    }
    for (const record of draft.records) this.records.add(record, this.#batches.length);
    this.#batches.push(mark);
  }
}
