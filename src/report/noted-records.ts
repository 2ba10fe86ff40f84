import { LIMITS } from '../base/limits.ts';
import type { RecordBody, UnsignedRecord } from '../records/record.ts';
import { Newest } from './newest.ts';

/** What is noted of a record: all but its bytes and the list of files of a release. */
export interface NotedRecord extends Pick<UnsignedRecord, 'said' | 'issuer' | 'sn'> {
  readonly position: number;
  readonly body: RecordBody;
  /** Of a release, how many files it has. */
  readonly files: number;
}

/** Whether a record takes something back, or says that something is bad. */
function speaksAgainst({ body }: NotedRecord): boolean {
  switch (body.type) {
    case 'revoke':
    case 'device-revoke':
      return true;
    case 'audit':
      return body.result === 'fail';
    default:
      return false;
  }
}

/**
 * The newest records, and as many of those that speak against something: whoever may write to a log must not push these
 * out of its report by writing much.
 */
export class NotedRecords {
  readonly #all: Newest<NotedRecord>;
  readonly #against: Newest<NotedRecord>;

  constructor(most: number = LIMITS.reportRecords) {
    this.#all = new Newest(most);
    this.#against = new Newest(most);
  }

  /** How many there were. */
  get count(): number {
    return this.#all.count;
  }

  /** Those that are kept, oldest first. */
  get items(): readonly NotedRecord[] {
    const newest = this.#all.items;
    const among = new Set(newest);
    return [...this.#against.items.filter((one) => !among.has(one)), ...newest];
  }

  push(record: NotedRecord): void {
    this.#all.push(record);
    if (speaksAgainst(record)) this.#against.push(record);
  }
}
