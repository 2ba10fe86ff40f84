import type { UnsignedRecord } from '../records/record.ts';
import type { DeviceLink } from '../records/device-link.ts';
import type { Statement } from '../records/statement.ts';
import type { Admission, Genesis } from './genesis.ts';

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
  revocation:
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

/** The records of a log and what is in force by them. Grows only; a `Contents` owns it. */
export class RecordBook {
  #links = new Map<string, LinkEntry[]>();
  #linksByDevice = new Map<string, LinkEntry[]>();
  #statements = new Map<string, StatementEntry[]>();
  #positions = new Map<string, number>();
  #policy: AdmissionPolicy | undefined;

  /** Who may commit the next batch. */
  policy(genesis: Genesis): AdmissionPolicy {
    return this.#policy ?? { admission: genesis.admission, writers: [] };
  }

  /** The position of a record, `undefined` when it is not in the log. */
  positionOf(said: string): number | undefined {
    return this.#positions.get(said);
  }

  /** Where every record entered the log, by its SAID. */
  get positions(): ReadonlyMap<string, number> {
    return this.#positions;
  }

  /** All links of a controller, oldest first, revoked ones too. */
  linksOf(controller: string): readonly LinkEntry[] {
    return this.#links.get(controller) ?? [];
  }

  /** All links that a device accepted, oldest first, revoked ones too. */
  linksTo(device: string): readonly LinkEntry[] {
    return this.#linksByDevice.get(device) ?? [];
  }

  /** The link of a device to a controller that is in force now. */
  linkInForce(controller: string, device: string): LinkEntry | undefined {
    const last = this.linksTo(device).findLast((entry) => entry.controller === controller);
    return last?.revocation === undefined ? last : undefined;
  }

  /** The statements that an AID issued, oldest first. */
  statementsOf(issuer: string): readonly StatementEntry[] {
    return this.#statements.get(issuer) ?? [];
  }

  copy(): RecordBook {
    const copy = new RecordBook();
    for (const entries of this.#links.values())
      for (const entry of entries) copy.#add({ ...entry });
    copy.#statements = new Map([...this.#statements].map(([aid, entries]) => [aid, [...entries]]));
    copy.#positions = new Map(this.#positions);
    copy.#policy = this.#policy;
    return copy;
  }

  #add(entry: LinkEntry): void {
    push(this.#links, entry.controller, entry);
    push(this.#linksByDevice, entry.link.device, entry);
  }

  /** Takes over a record that was checked in full. */
  add({ said, issuer, sn, body }: UnsignedRecord, position: number): void {
    this.#positions.set(said, position);
    switch (body.type) {
      case 'device-link': {
        this.#add({
          said,
          controller: issuer,
          link: body,
          sn,
          position,
          revocation: undefined,
        });
        break;
      }
      case 'device-revoke': {
        const link = this.linkInForce(issuer, body.device);
        if (link === undefined) throw new Error('a revocation was checked to have its link');
        link.revocation = { said, position, reason: body.reason };
        break;
      }
      case 'statement':
        push(this.#statements, issuer, { said, issuer, sn, statement: body, position });
        break;
      case 'log-policy':
        this.#policy = { admission: body.admission, writers: body.writers };
        break;
    }
  }
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
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
