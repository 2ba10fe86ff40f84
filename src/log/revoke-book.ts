import type { UnsignedRecord } from '../records/record.ts';
import type { Revoke, RevokeTarget } from '../records/revoke.ts';
import type { LinkBook } from './link-book.ts';
import { OwnedLists } from './owned-lists.ts';
import { ofName } from './release-book.ts';
import type { Remembered, Value } from './remembered.ts';
import { VoicedLists } from './voiced-lists.ts';

/** A revocation of a skill, or of a statement. */
export interface RevokeEntry extends Pick<Revoke, 'target' | 'reason' | 'note' | 'replacement'> {
  readonly said: string;
  readonly issuer: string;
  /** Sequence number of the issuer's event that seals it. */
  readonly sn: number;
  readonly position: number;
  /** In whose name it is. */
  readonly controller: string;
  /** Of the releases of a name, how many stood in the log before it. */
  readonly covers: number;
}

function targetKey(target: RevokeTarget): string {
  return target.kind === 'name'
    ? `name ${ofName(target.publisher, target.name)}`
    : `${target.kind} ${target.said}`;
}

/** The revocations of a log, listed as releases are. Grows only; a `RecordBook` owns it. */
export class RevokeBook {
  readonly #remembered: Remembered;
  readonly #links: Pick<LinkBook, 'spansOf'>;
  /** By whose they are and what they are about. */
  #revokes: VoicedLists<RevokeEntry>;
  /** Of each target, under whose names it was revoked. As long as strangers like. */
  #revokers: OwnedLists<string>;

  /** @param links say when devices may speak for their controllers */
  constructor(remembered: Remembered, links: Pick<LinkBook, 'spansOf'>) {
    this.#remembered = remembered;
    this.#links = links;
    this.#revokes = new VoicedLists(remembered, 'revokes', ({ position }) => position);
    this.#revokers = new OwnedLists(remembered, 'revokers');
  }

  /**
   * The revocations of a target in somebody's name, oldest first, each read when it is asked for, without those that
   * devices sealed while they may not.
   * @param capability what a device needs for it
   * @param covers only those of at least so many releases of a name
   */
  of(by: string, target: RevokeTarget, capability: string, covers = 0): Generator<RevokeEntry> {
    return this.#revokes.forth(
      `${by} ${targetKey(target)}`,
      (device) => this.#links.spansOf(by, device, capability),
      covers === 0 ? undefined : (one) => one.covers < covers,
    );
  }

  /** The last one of a target in somebody's name that covers at least so many releases, whether it counts or not. */
  last(by: string, target: RevokeTarget, covers: number): RevokeEntry | undefined {
    return this.#revokes
      .recent(`${by} ${targetKey(target)}`, 1)
      .findLast((one) => one.controller === by && one.covers >= covers);
  }

  /** Under whose names a target was revoked; `undefined` where that is more than so many. */
  revokersOf(target: RevokeTarget, most: number): ReadonlySet<string> | undefined {
    const revokers = this.#revokers.of(targetKey(target));
    return revokers.length > most ? undefined : new Set(revokers.from(0));
  }

  /**
   * Takes over a revocation that was checked in full.
   * @param place under whom it is listed, and how many releases of a name that it names stand before it
   */
  add(
    { said, issuer, sn }: UnsignedRecord,
    { target, reason, note, replacement, controller = issuer }: Revoke,
    { position, owner, covers }: { position: number; owner: string; covers: number },
  ): void {
    const about = targetKey(target);
    const key = `${owner} ${about}`;
    if (this.#revokes.some(key) === undefined) this.#revokers.push(about, owner);
    const place = { said, issuer, sn, position, controller };
    const entry: RevokeEntry = { ...place, target, reason, note, replacement, covers };
    this.#revokes.push(key, { owner, issuer, controller }, entry);
  }

  /** @param links the copy's */
  copy(links: Pick<LinkBook, 'spansOf'>): RevokeBook {
    const copy = new RevokeBook(this.#remembered, links);
    copy.#revokes = this.#revokes.copy(({ position }) => position);
    copy.#revokers = this.#revokers.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#revokes.changes();
    yield* this.#revokers.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#revokes.settle();
    this.#revokers.settle();
  }
}
