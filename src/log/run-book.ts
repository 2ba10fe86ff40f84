import type { UnsignedRecord } from '../records/record.ts';
import type { RunPeriod, RunRecord, SealedRun } from '../records/run-record.ts';
import { OwnedLists } from './owned-lists.ts';
import type { Remembered, Value } from './remembered.ts';

/** A run of a run record, and where that entered the log. */
export interface RunEntry {
  /** SAID of the record. */
  readonly said: string;
  readonly issuer: string;
  /** In whose name it is: the issuer's own, unless the issuer is a device that names another one. */
  readonly controller: string;
  readonly position: number;
  readonly run: SealedRun;
  readonly period: RunPeriod | undefined;
}

/** The runs whose logs are sealed, by their issuers. Grows only; a `RecordBook` owns it. */
export class RunBook {
  readonly #remembered: Remembered;
  /** By issuer and run: more than one where what sealed it first was superseded. */
  #runs: OwnedLists<RunEntry>;
  /** Of each run, who sealed it. As long as strangers like. */
  #issuers: OwnedLists<string>;

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
    this.#runs = new OwnedLists(remembered, 'runs');
    this.#issuers = new OwnedLists(remembered, 'issuers-of-run');
  }

  /** Each time that an issuer sealed a run, oldest first. */
  sealedBy(issuer: string, id: string): readonly RunEntry[] {
    return this.#runs.of(`${issuer} ${id}`).from(0);
  }

  /** Each time that anybody sealed a run, whether that counts or not. */
  everySeal(id: string): readonly RunEntry[] {
    const issuers = this.#issuers.of(id).from(0);
    return issuers.flatMap((issuer) => this.sealedBy(issuer, id));
  }

  /** Takes over a record that was checked in full. */
  add({ said, issuer }: UnsignedRecord, body: RunRecord, position: number): void {
    const { controller = issuer, period } = body;
    for (const run of body.runs) {
      if (this.sealedBy(issuer, run.id).length === 0) this.#issuers.push(run.id, issuer);
      const entry = { said, issuer, controller, position, run, period };
      this.#runs.push(`${issuer} ${run.id}`, entry);
    }
  }

  copy(): RunBook {
    const copy = new RunBook(this.#remembered);
    copy.#runs = this.#runs.copy();
    copy.#issuers = this.#issuers.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#runs.changes();
    yield* this.#issuers.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#runs.settle();
    this.#issuers.settle();
  }
}
