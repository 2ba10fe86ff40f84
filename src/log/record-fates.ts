import { OwnedLists } from './owned-lists.ts';
import { OwnedValues } from './owned-values.ts';
import type { Remembered, Value } from './remembered.ts';
import type { RecordType } from '../records/record-type.ts';

/** A record whose sealing event was superseded. */
export interface DisputedRecord {
  readonly said: string;
  readonly type: RecordType;
  /** Whether it is in force all the same, until a `lift` names it: see `staysInForce` of its body. */
  readonly stays: boolean;
  readonly issuer: string;
  /** Sequence number of the superseded event that seals it. */
  readonly sn: number;
  /** The batch from which on the event is superseded, and the SAID of the event that did it. */
  readonly at: number;
  readonly by: string;
}

/** A record that lifts another one, and the batch that brought it. */
interface LiftEntry {
  readonly said: string;
  readonly position: number;
}

type SealedRecord = readonly [said: string, type: RecordType, sn: number, stays: boolean];

/**
 * What became of records: which seals of an AID still stand in its trunk, which were superseded, and what was lifted.
 * Grows only, but for the seals of a trunk; a `RecordBook` owns it.
 */
export class RecordFates {
  readonly #remembered: Remembered;
  /** Of each issuer, the records that its trunk seals, in the order of their seals. */
  #sealed: OwnedLists<SealedRecord>;
  /** Of each issuer, the records that were superseded, in the order in which that happened. */
  #disputed: OwnedLists<DisputedRecord>;
  #bySaid: OwnedValues<DisputedRecord>;
  #lifts: OwnedValues<readonly LiftEntry[]>;

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
    this.#sealed = new OwnedLists(remembered, 'sealed');
    this.#disputed = new OwnedLists(remembered, 'disputed-records');
    this.#bySaid = new OwnedValues(remembered, 'disputed-record');
    this.#lifts = new OwnedValues(remembered, 'lifts');
  }

  /** Why a record does not stand in its issuer's trunk; `undefined` when it does. */
  disputed(said: string): DisputedRecord | undefined {
    return this.#bySaid.get(said);
  }

  /** The records of an issuer that were superseded, in the order in which that happened. */
  disputedOf(issuer: string): readonly DisputedRecord[] {
    return this.#disputed.of(issuer).from(0);
  }

  /** The lift by which a record counts no longer as of a position. */
  liftOf(said: string, at: number): LiftEntry | undefined {
    return this.#lifts
      .get(said)
      ?.find((lift) => lift.position <= at && !this.isAbsent(lift.said, at));
  }

  /**
   * Whether a record counts as absent in every verdict as of a position: the event that seals it is superseded by then,
   * and unless it stays in force, or a lift names it, that is all it takes.
   */
  isAbsent(said: string, at: number): boolean {
    const disputed = this.#bySaid.get(said);
    if (disputed === undefined || disputed.at > at) return false;
    return !disputed.stays || this.liftOf(said, at) !== undefined;
  }

  /** The records that the trunk's event with a sequence number seals, in the order of their seals. */
  sealedAt(issuer: string, sn: number): readonly string[] {
    const sealed = this.#sealed.of(issuer);
    const found: string[] = [];
    for (let at = sealed.length - 1; at >= 0; at--) {
      const [said, , place] = sealed.at(at) ?? ['', '', -1];
      if (place < sn) break;
      if (place === sn) found.unshift(said);
    }
    return found;
  }

  /** Takes down a record that was sealed. */
  add(
    issuer: string,
    said: string,
    { type, sn, stays }: Pick<DisputedRecord, 'type' | 'sn' | 'stays'>,
  ): void {
    this.#sealed.push(issuer, [said, type, sn, stays]);
  }

  /** Takes down that a record lifts others. */
  lift(said: string, records: readonly string[], position: number): void {
    for (const lifted of records)
      this.#lifts.set(lifted, [...(this.#lifts.get(lifted) ?? []), { said, position }]);
  }

  /**
   * The events of an issuer from a sequence number on are superseded by an event of a batch. Gives the records that they
   * sealed, in the order of their seals.
   */
  supersede(issuer: string, from: number, by: string, at: number): readonly DisputedRecord[] {
    const sealed = this.#sealed.of(issuer);
    let left = sealed.length;
    while (left > 0 && (sealed.at(left - 1)?.[2] ?? 0) >= from) left--;
    const gone = sealed.from(left).map(([said, type, sn, stays]): DisputedRecord => ({
      said,
      type,
      stays,
      issuer,
      sn,
      at,
      by,
    }));
    if (gone.length === 0) return gone;
    this.#sealed.cut(issuer, left);
    for (const record of gone) {
      this.#disputed.push(issuer, record);
      this.#bySaid.set(record.said, record);
    }
    return gone;
  }

  /** Fates that go on from these as they are now, and leave them alone. These must not change meanwhile. */
  copy(): RecordFates {
    const copy = new RecordFates(this.#remembered);
    copy.#sealed = this.#sealed.copy();
    copy.#disputed = this.#disputed.copy();
    copy.#bySaid = this.#bySaid.copy();
    copy.#lifts = this.#lifts.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#sealed.changes();
    yield* this.#disputed.changes();
    yield* this.#bySaid.changes();
    yield* this.#lifts.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#sealed.settle();
    this.#disputed.settle();
    this.#bySaid.settle();
    this.#lifts.settle();
  }
}
