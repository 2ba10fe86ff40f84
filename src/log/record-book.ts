import type { UnsignedRecord } from '../records/record.ts';
import type { DeviceLink } from '../records/device-link.ts';
import type { Statement } from '../records/statement.ts';
import type { Admission, Genesis } from './genesis.ts';
import { OwnedLists } from './owned-lists.ts';
import { PagedList } from './paged-list.ts';
import type { Remembered, Value } from './remembered.ts';

/** Who may commit, and since which position that is in force. */
export interface AdmissionPolicy {
  readonly admission: Admission;
  /** AIDs beside the founder. */
  readonly writers: readonly string[];
}

/** A device link, from the position at which it entered the log to the one at which its revocation did. */
export interface LinkEntry {
  readonly said: string;
  readonly controller: string;
  readonly link: DeviceLink;
  /** Sequence number of the controller's event that seals it. */
  readonly sn: number;
  readonly position: number;
  readonly revocation:
    | { readonly said: string; readonly position: number; readonly reason: string }
    | undefined;
}

/** A statement and where it entered the log. */
export interface StatementEntry {
  readonly said: string;
  readonly issuer: string;
  readonly sn: number;
  readonly statement: Statement;
  readonly position: number;
}

/** A link by its place among those of its controller. */
type LinkPlace = readonly [controller: string, index: number];

/** The records of a log and what is in force by them. Grows only; a `Contents` owns it. */
export class RecordBook {
  readonly #remembered: Remembered;
  #links: OwnedLists<LinkEntry>;
  #linksByDevice: OwnedLists<LinkPlace>;
  #statements: OwnedLists<StatementEntry>;
  /** Every record, in the order in which they entered the log. */
  #records: PagedList<readonly [said: string, position: number]>;
  /** Where those are that are not remembered yet. */
  #positions = new Map<string, number>();
  #policy: AdmissionPolicy | undefined;

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
    this.#links = new OwnedLists(remembered, 'links');
    this.#linksByDevice = new OwnedLists(remembered, 'links-to');
    this.#statements = new OwnedLists(remembered, 'statements');
    this.#records = new PagedList(remembered, 'records', remembered.get<number>('records') ?? 0);
    this.#policy = remembered.get<AdmissionPolicy>('policy');
  }

  /** Who may commit the next batch. */
  policy(genesis: Genesis): AdmissionPolicy {
    return this.#policy ?? { admission: genesis.admission, writers: [] };
  }

  /** The position of a record, `undefined` when it is not in the log. */
  positionOf(said: string): number | undefined {
    return this.#positions.get(said) ?? this.#remembered.get<number>(`record ${said}`);
  }

  /** Where every record entered the log, by its SAID. */
  get positions(): ReadonlyMap<string, number> {
    return new Map(this.#records.from(0));
  }

  /** All links of a controller, oldest first, revoked ones too. */
  linksOf(controller: string): readonly LinkEntry[] {
    return this.#links.of(controller).from(0);
  }

  /** All links that a device accepted, oldest first, revoked ones too. */
  linksTo(device: string): readonly LinkEntry[] {
    return this.#linksByDevice
      .of(device)
      .from(0)
      .flatMap(([controller, index]) => this.#links.of(controller).at(index) ?? []);
  }

  #placeInForce(controller: string, device: string): LinkPlace | undefined {
    const last = this.#linksByDevice
      .of(device)
      .from(0)
      .findLast(([one]) => one === controller);
    const entry = last === undefined ? undefined : this.#links.of(controller).at(last[1]);
    return entry === undefined || entry.revocation !== undefined ? undefined : last;
  }

  /** The link of a device to a controller that is in force now. */
  linkInForce(controller: string, device: string): LinkEntry | undefined {
    const place = this.#placeInForce(controller, device);
    return place === undefined ? undefined : this.#links.of(controller).at(place[1]);
  }

  /** The statements that an AID issued, oldest first. */
  statementsOf(issuer: string): readonly StatementEntry[] {
    return this.#statements.of(issuer).from(0);
  }

  copy(): RecordBook {
    const copy = new RecordBook(this.#remembered);
    copy.#links = this.#links.copy();
    copy.#linksByDevice = this.#linksByDevice.copy();
    copy.#statements = this.#statements.copy();
    copy.#records = this.#records.copy();
    copy.#positions = new Map(this.#positions);
    copy.#policy = this.#policy;
    return copy;
  }

  /** Takes over a record that was checked in full. */
  add({ said, issuer, sn, body }: UnsignedRecord, position: number): void {
    this.#positions.set(said, position);
    this.#records.push([said, position]);
    switch (body.type) {
      case 'device-link': {
        const index = this.#links.of(issuer).length;
        const entry = { said, controller: issuer, link: body, sn, position, revocation: undefined };
        this.#links.push(issuer, entry);
        this.#linksByDevice.push(body.device, [issuer, index]);
        break;
      }
      case 'device-revoke': {
        const place = this.#placeInForce(issuer, body.device);
        const link = place === undefined ? undefined : this.#links.of(issuer).at(place[1]);
        if (place === undefined || link === undefined)
          throw new Error('a revocation was checked to have its link');
        const revocation = { said, position, reason: body.reason };
        this.#links.replace(issuer, place[1], { ...link, revocation });
        break;
      }
      case 'statement':
        this.#statements.push(issuer, { said, issuer, sn, statement: body, position });
        break;
      case 'log-policy':
        this.#policy = { admission: body.admission, writers: body.writers };
        break;
    }
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    for (const [said, position] of this.#positions) yield [`record ${said}`, position];
    yield ['records', this.#records.length];
    yield* this.#records.changes();
    if (this.#policy !== undefined) yield ['policy', this.#policy];
    yield* this.#links.changes();
    yield* this.#linksByDevice.changes();
    yield* this.#statements.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#positions.clear();
    this.#records.settle();
    this.#links.settle();
    this.#linksByDevice.settle();
    this.#statements.settle();
  }
}

/**
 * Whether what entered the log at a position counts for the controller by this link: after the link, and not at or after
 * its revocation. Nothing else, and no date, matters.
 */
export function countsAt(entry: LinkEntry, position: number): boolean {
  return (
    position > entry.position &&
    (entry.revocation === undefined || position < entry.revocation.position)
  );
}
