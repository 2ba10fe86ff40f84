import { staysInForce, type UnsignedRecord } from '../records/record.ts';
import type { Revoke } from '../records/revoke.ts';
import type { Admission, Genesis } from './genesis.ts';
import { LinkBook } from './link-book.ts';
import { isThere, type LinkEntry } from './link-entry.ts';
import { OwnedValues } from './owned-values.ts';
import { PagedList } from './paged-list.ts';
import { type DisputedRecord, RecordFates } from './record-fates.ts';
import { ReleaseBook } from './release-book.ts';
import type { Remembered, Value } from './remembered.ts';
import { RevokeBook } from './revoke-book.ts';
import { RunBook } from './run-book.ts';
import { givesTrust } from './stated.ts';
import { StatementBook, type StatementEntry } from './statement-book.ts';
import { TrustBook } from './trust-book.ts';

/** Who may commit, and since which position that is in force. */
export interface AdmissionPolicy {
  readonly admission: Admission;
  /** AIDs beside the founder. */
  readonly writers: readonly string[];
}

/** As of the last batch. */
const NOW = Number.POSITIVE_INFINITY;

/** The records of a log and what is in force by them. Grows only, but for the policies; a `Contents` owns it. */
export class RecordBook {
  readonly #remembered: Remembered;
  #links: LinkBook;
  #statements: StatementBook;
  /** Every record, in the order in which they entered the log. */
  #records: PagedList<readonly [said: string, position: number]>;
  #positions: OwnedValues<number>;
  #policies: PagedList<AdmissionPolicy>;
  #fates: RecordFates;
  #releases: ReleaseBook;
  #revokes: RevokeBook;
  #trust: TrustBook;
  #runs: RunBook;

  constructor(remembered: Remembered) {
    this.#remembered = remembered;
    this.#fates = new RecordFates(remembered);
    this.#links = new LinkBook(remembered, this.#fates);
    this.#statements = new StatementBook(remembered);
    const count = (name: string): number => remembered.get<number>(name) ?? 0;
    this.#records = new PagedList(remembered, 'records', count('records'));
    this.#positions = new OwnedValues(remembered, 'record');
    this.#policies = new PagedList(remembered, 'policies', count('policies'), 1);
    this.#releases = new ReleaseBook(remembered, this.#links);
    this.#revokes = new RevokeBook(remembered, this.#links);
    this.#trust = new TrustBook(remembered, this.#links);
    this.#runs = new RunBook(remembered);
  }

  /** The releases of skills, and the policies of skills repositories. */
  get releases(): ReleaseBook {
    return this.#releases;
  }

  /** What revokes skills, and takes statements back. */
  get revokes(): RevokeBook {
    return this.#revokes;
  }

  /** Audits, vouches, imports and exemptions. */
  get trust(): TrustBook {
    return this.#trust;
  }

  /** The runs whose logs are sealed. */
  get runs(): RunBook {
    return this.#runs;
  }

  /** Who may commit the next batch. */
  policy(genesis: Genesis): AdmissionPolicy {
    return (
      this.#policies.at(this.#policies.length - 1) ?? { admission: genesis.admission, writers: [] }
    );
  }

  /** Where a record entered the log, `undefined` when it did not. */
  positionOf(said: string): number | undefined {
    return this.#positions.get(said);
  }

  /** The records that the trunk's event with a sequence number seals, in the order of their seals. */
  sealedAt(issuer: string, sn: number): readonly string[] {
    return this.#fates.sealedAt(issuer, sn);
  }

  /** Where every record entered the log, by its SAID. */
  get positions(): ReadonlyMap<string, number> {
    return new Map(this.#records.from(0));
  }

  /** Why a record does not stand in its issuer's trunk any more; `undefined` when it does. */
  disputed(said: string): DisputedRecord | undefined {
    return this.#fates.disputed(said);
  }

  /** The records of an issuer that superseded events sealed, in the order in which they were superseded. */
  disputedOf(issuer: string): readonly DisputedRecord[] {
    return this.#fates.disputedOf(issuer);
  }

  /** The record that lifts a revocation, and its position; `undefined` while there is none that counts. */
  liftOf(said: string): { readonly said: string; readonly position: number } | undefined {
    return this.#fates.liftOf(said, NOW);
  }

  /** Whether a record counts as absent in every verdict as of a position: superseded, and not one that stays in force. */
  isAbsent(said: string, at = NOW): boolean {
    return this.#fates.isAbsent(said, at);
  }

  /** Every link of a controller as it stands as of a position, oldest first: revoked and superseded ones, too. */
  everyLinkOf(controller: string, at = NOW): readonly LinkEntry[] {
    return this.#links.of(controller, at);
  }

  /** Every link that a device accepted, in the same way. */
  everyLinkTo(device: string, at = NOW): readonly LinkEntry[] {
    return this.#links.to(device, at);
  }

  /** Every link of one controller to a device, in the same way: however many others linked it. */
  linksBetween(controller: string, device: string): readonly LinkEntry[] {
    return this.#links.between(controller, device);
  }

  /** All links of a controller that are there, oldest first, revoked ones too. */
  linksOf(controller: string): readonly LinkEntry[] {
    return this.everyLinkOf(controller).filter(isThere);
  }

  /** All links that a device accepted and that are there, oldest first, revoked ones too. */
  linksTo(device: string): readonly LinkEntry[] {
    return this.everyLinkTo(device).filter(isThere);
  }

  /** The link of a device to a controller that is in force now. */
  linkInForce(controller: string, device: string): LinkEntry | undefined {
    return this.linksBetween(controller, device).findLast(
      (link) => isThere(link) && link.revocation === undefined,
    );
  }

  /** The statements that an AID issued, oldest first. */
  statementsOf(issuer: string): readonly StatementEntry[] {
    return this.#statements.of(issuer);
  }

  /** A statement by its SAID. */
  statement(said: string): StatementEntry | undefined {
    return this.#statements.entry(said);
  }

  copy(): RecordBook {
    const copy = new RecordBook(this.#remembered);
    copy.#fates = this.#fates.copy();
    copy.#links = this.#links.copy(copy.#fates);
    copy.#statements = this.#statements.copy();
    copy.#records = this.#records.copy();
    copy.#positions = this.#positions.copy();
    copy.#policies = this.#policies.copy();
    copy.#releases = this.#releases.copy(copy.#links);
    copy.#revokes = this.#revokes.copy(copy.#links);
    copy.#trust = this.#trust.copy(copy.#links);
    copy.#runs = this.#runs.copy();
    return copy;
  }

  /** Under whom a record is listed: the controller that it names, if that ever linked the issuer. */
  #ownerOf(issuer: string, controller = issuer): string {
    if (controller === issuer) return issuer;
    return this.#links.wasLinked(controller, issuer) ? controller : issuer;
  }

  #addRevoke(
    record: UnsignedRecord,
    revoke: Revoke,
    place: { readonly position: number; readonly owner: string },
  ): void {
    const { target } = revoke;
    const covers =
      target.kind === 'name' ? this.#releases.countNamed(target.publisher, target.name) : 0;
    this.#revokes.add(record, revoke, { ...place, covers });
    if (target.kind === 'statement') this.#trust.doubt(place.owner, 'taken-back');
  }

  /** Takes over a record that was checked in full. */
  add(record: UnsignedRecord, position: number): void {
    const { said, issuer, sn, body } = record;
    const owner = 'controller' in body ? this.#ownerOf(issuer, body.controller) : issuer;
    this.#positions.set(said, position);
    this.#records.push([said, position]);
    const stays = staysInForce(body, givesTrust(this.#trust, body));
    this.#fates.add(issuer, said, { type: body.type, sn, stays });
    switch (body.type) {
      case 'device-link':
        this.#links.add(record, body, position);
        break;
      case 'device-revoke':
        this.#links.revoke(issuer, body.device, { said, position, reason: body.reason });
        break;
      case 'statement':
        this.#statements.add(record, body, position);
        break;
      case 'log-policy':
        this.#policies.push({ admission: body.admission, writers: body.writers });
        break;
      case 'lift':
        this.#fates.lift(said, body.records, position);
        break;
      case 'release':
        this.#releases.addRelease(record, body, { position, owner });
        break;
      case 'revoke':
        this.#addRevoke(record, body, { position, owner });
        break;
      case 'repository-policy':
        this.#releases.addPolicy(record, body, position);
        break;
      case 'audit':
      case 'vouch':
      case 'import':
      case 'exemption':
        this.#trust.add(record, body, { position, owner });
        break;
      case 'run-record':
        this.#runs.add(record, body, position);
        break;
    }
  }

  /**
   * The events of an AID from a sequence number on are superseded by the event `by` of a batch. What they sealed counts as
   * absent from that position on; what stays in force does so until it is lifted.
   */
  supersede(aid: string, from: number, by: string, position: number): void {
    const gone = this.#fates.supersede(aid, from, by, position);
    if (gone.length > 0) this.#trust.doubt(aid, 'superseded');
    this.#trust.supersede(gone, (one) => this.#ownerOf(aid, one));
    this.#releases.supersede(gone, (one) => this.#ownerOf(aid, one));
    // Policies are the founder's alone, so that those of its last events are the last ones.
    const policies = gone.filter(({ type }) => type === 'log-policy').length;
    this.#policies.cut(this.#policies.length - policies);
  }

  get #parts(): readonly Pick<RunBook, 'changes' | 'settle'>[] {
    return [
      this.#records,
      this.#positions,
      this.#policies,
      this.#links,
      this.#statements,
      this.#fates,
      this.#releases,
      this.#revokes,
      this.#trust,
      this.#runs,
    ];
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield ['records', this.#records.length];
    yield ['policies', this.#policies.length];
    for (const part of this.#parts) yield* part.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    for (const part of this.#parts) part.settle();
  }
}
