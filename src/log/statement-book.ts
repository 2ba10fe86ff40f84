import type { UnsignedRecord } from '../records/record.ts';
import type { Statement } from '../records/statement.ts';
import { OwnedLists } from './owned-lists.ts';
import { OwnedValues } from './owned-values.ts';
import type { Remembered, Value } from './remembered.ts';

/** A statement and where it entered the log. */
export interface StatementEntry {
  readonly said: string;
  readonly issuer: string;
  readonly sn: number;
  readonly statement: Statement;
  readonly position: number;
}

type StatementPlace = readonly [issuer: string, index: number];

/** The statements about files of a log, by issuer and by SAID. Grows only; a `RecordBook` owns it. */
export class StatementBook {
  readonly #remembered: Remembered;
  #statements: OwnedLists<StatementEntry>;
  #places: OwnedValues<StatementPlace>;

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
    this.#statements = new OwnedLists(remembered, 'statements');
    this.#places = new OwnedValues(remembered, 'statement');
  }

  /** The statements that an AID issued, oldest first. */
  of(issuer: string): readonly StatementEntry[] {
    return this.#statements.of(issuer).from(0);
  }

  /** A statement by its SAID. */
  entry(said: string): StatementEntry | undefined {
    const place = this.#places.get(said);
    return place === undefined ? undefined : this.#statements.of(place[0]).at(place[1]);
  }

  add({ said, issuer, sn }: UnsignedRecord, statement: Statement, position: number): void {
    this.#places.set(said, [issuer, this.#statements.of(issuer).length]);
    this.#statements.push(issuer, { said, issuer, sn, statement, position });
  }

  copy(): StatementBook {
    const copy = new StatementBook(this.#remembered);
    copy.#statements = this.#statements.copy();
    copy.#places = this.#places.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#statements.changes();
    yield* this.#places.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#statements.settle();
    this.#places.settle();
  }
}
