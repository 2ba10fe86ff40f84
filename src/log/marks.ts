import type { Crypto } from '../crypto/crypto.ts';
import type { KeyLog } from '../keri/key-log.ts';
import { priorIndexOf } from '../keri/signatures.ts';
import type { Contents } from './contents.ts';
import type { ProvenDuplicity, Rival } from './evidence.ts';
import { OwnedLists } from './owned-lists.ts';
import { OwnedValues } from './owned-values.ts';
import type { Remembered, Value } from './remembered.ts';

/** That evidence in the log proves that an identifier signed two events for one place. */
export interface Mark {
  readonly aid: string;
  /** The SAID of the evidence. */
  readonly evidence: string;
  readonly sn: number;
  /** The SAIDs of the two events. */
  readonly rivals: readonly [string, string];
  /**
   * Whether the rival was made by keys alone that the identifier had rotated out before: then it tells nothing about who
   * controls it now, and marks nothing.
   */
  readonly isLate: boolean;
}

/** How a mark stands. */
export interface MarkStanding extends Mark {
  /** The batch that brought the evidence. */
  readonly position: number;
  /**
   * `duplicitous` from its position on; `reconciled` once the identifier has rotated after that; `late`, of keys that were
   * rotated out before.
   */
  readonly status: 'duplicitous' | 'reconciled' | 'late';
  /** The batch of the rotation by which it is reconciled. */
  readonly reconciledAt: number | undefined;
}

interface StoredMark extends Mark {
  readonly position: number;
}

/** The marks of a log. Grows only; a `Contents` owns it. */
export class Marks {
  readonly #remembered: Remembered;
  #byAid: OwnedLists<StoredMark>;
  #positions: OwnedValues<number>;

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
    this.#byAid = new OwnedLists(remembered, 'marks');
    this.#positions = new OwnedValues(remembered, 'evidence');
  }

  #keyOf({ aid, sn, rivals, isLate }: Mark): string {
    return `${aid} ${sn} ${rivals.join(' ')}${isLate ? ' late' : ''}`;
  }

  /**
   * The position at which evidence of the same two events entered the log that says as much. What marks nothing may be
   * followed by what marks: whoever makes evidence chooses which of the signatures it shows.
   */
  positionOf(mark: Mark): number | undefined {
    const marking = this.#positions.get(this.#keyOf({ ...mark, isLate: false }));
    return marking ?? this.#positions.get(this.#keyOf(mark));
  }

  /** The marks of an identifier, oldest first. */
  of(aid: string): readonly StoredMark[] {
    return this.#byAid.of(aid).from(0);
  }

  add(mark: Mark, position: number): void {
    this.#byAid.push(mark.aid, { ...mark, position });
    this.#positions.set(this.#keyOf(mark), position);
  }

  /** Marks that go on from these as they are now, and leave them alone. These must not change meanwhile. */
  copy(): Marks {
    const copy = new Marks(this.#remembered);
    copy.#byAid = this.#byAid.copy();
    copy.#positions = this.#positions.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#byAid.changes();
    yield* this.#positions.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#byAid.settle();
    this.#positions.settle();
  }
}

/**
 * The events by which evidence departs from a trunk: where its KEL does, that one event; else its rivals, as far as the
 * trunk has another event in their place. None when all of it lies beyond the trunk.
 */
function departures({ base, rivals }: ProvenDuplicity, trunk: KeyLog): readonly Rival[] {
  const isOther = ({ event: { sn, said } }: Rival): boolean => {
    const there = trunk.saidAt(sn);
    return there !== undefined && there !== said;
  };
  const first = base.find(isOther);
  if (first !== undefined) return [first];
  return rivals.filter(isOther);
}

/**
 * What evidence says of an identifier whose trunk is this: whether it marks it. What departs from the trunk was made by the
 * keys in force there; once none of them is current or committed to any more, they tell nothing about who controls it now.
 * Keys that the trunk has not come to yet are not rotated out.
 */
export function markOf(crypto: Crypto, proven: ProvenDuplicity, trunk: KeyLog): Mark {
  const { state } = trunk;
  const isRotatedOut = (key: string): boolean =>
    !state.publicKeys.includes(key) && priorIndexOf(crypto, state, key) === undefined;
  const { aid, said: evidence, sn, rivals } = proven;
  const departed = departures(proven, trunk);
  return {
    aid,
    evidence,
    sn,
    rivals: [rivals[0].event.said, rivals[1].event.said],
    isLate: departed.length > 0 && departed.every(({ authority }) => authority.every(isRotatedOut)),
  };
}

/** The marks of an identifier and how each stands as of the last batch, oldest first. */
export function marksOf(contents: Contents, aid: string): readonly MarkStanding[] {
  return contents.marks.of(aid).map((mark) => {
    const reconciledAt = mark.isLate
      ? undefined
      : contents.kel(aid)?.establishedAfter(mark.position)?.position;
    const status = mark.isLate ? 'late' : reconciledAt === undefined ? 'duplicitous' : 'reconciled';
    return { ...mark, status, reconciledAt };
  });
}

/** Whether an identifier is marked as duplicitous as of the last batch. */
export function isDuplicitous(contents: Contents, aid: string): boolean {
  return marksOf(contents, aid).some(({ status }) => status === 'duplicitous');
}
