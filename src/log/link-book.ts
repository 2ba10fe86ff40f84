import type { DeviceLink } from '../records/device-link.ts';
import type { UnsignedRecord } from '../records/record.ts';
import {
  isThere,
  type LinkEntry,
  type LinkPlace,
  type LinkRevocation,
  type StoredLink,
} from './link-entry.ts';
import { OwnedLists } from './owned-lists.ts';
import type { RecordFates } from './record-fates.ts';
import type { Remembered, Value } from './remembered.ts';
import { joinedSpans, type Span } from './span.ts';

/** As of the last batch. */
const NOW = Number.POSITIVE_INFINITY;

type Fates = Pick<RecordFates, 'isAbsent' | 'disputed'>;

function pair(controller: string, device: string): string {
  return `${controller} ${device}`;
}

/** The device links of a log and what ends them. Grows only; a `RecordBook` owns it. */
export class LinkBook {
  readonly #remembered: Remembered;
  readonly #fates: Fates;
  /** By controller. */
  #links: OwnedLists<StoredLink>;
  #byDevice: OwnedLists<LinkPlace>;
  /** Of a controller and a device, the places of their links: whoever else links the device makes no lookup longer. */
  #ofPair: OwnedLists<number>;

  /** @param fates what became of records that were superseded */
  constructor(remembered: Remembered, fates: Fates) {
    this.#remembered = remembered;
    this.#fates = fates;
    this.#links = new OwnedLists(remembered, 'links');
    this.#byDevice = new OwnedLists(remembered, 'links-to');
    this.#ofPair = new OwnedLists(remembered, 'links-between');
  }

  #linkAt({ revocations, ...head }: StoredLink, at: number): LinkEntry {
    const fates = this.#fates;
    const revocation = revocations.find(
      ({ said, position }) => position <= at && !fates.isAbsent(said, at),
    );
    const superseded = fates.isAbsent(head.said, at) ? fates.disputed(head.said) : undefined;
    return { ...head, revocation, superseded };
  }

  /** Every link of a controller as of a position, oldest first. */
  of(controller: string, at: number): readonly LinkEntry[] {
    return this.#links
      .of(controller)
      .from(0)
      .map((link) => this.#linkAt(link, at));
  }

  #placed(controller: string, index: number, at: number): readonly LinkEntry[] {
    const link = this.#links.of(controller).at(index);
    return link === undefined ? [] : [this.#linkAt(link, at)];
  }

  /** Every link that a device accepted, in the same way. */
  to(device: string, at: number): readonly LinkEntry[] {
    return this.#byDevice
      .of(device)
      .from(0)
      .flatMap(([controller, index]) => this.#placed(controller, index, at));
  }

  /** Every link of a controller to a device as of the last batch, oldest first. */
  between(controller: string, device: string): readonly LinkEntry[] {
    return this.#ofPair
      .of(pair(controller, device))
      .from(0)
      .flatMap((index) => this.#placed(controller, index, NOW));
  }

  /** Whether a controller ever linked a device, whatever became of that. */
  wasLinked(controller: string, device: string): boolean {
    return this.#ofPair.of(pair(controller, device)).length > 0;
  }

  /** The positions at which a device may act for a controller by a capability, as of the last batch. */
  spansOf(controller: string, device: string, capability: string): readonly Span[] {
    return joinedSpans(
      this.between(controller, device)
        .filter((one) => isThere(one) && one.link.capabilities.includes(capability))
        .map(({ position, revocation }) => ({
          from: position + 1,
          until: revocation?.position ?? NOW,
        })),
    );
  }

  add({ said, issuer, sn }: UnsignedRecord, link: DeviceLink, position: number): void {
    const index = this.#links.of(issuer).length;
    this.#links.push(issuer, {
      said,
      controller: issuer,
      link,
      sn,
      position,
      revocations: [],
    });
    this.#byDevice.push(link.device, [issuer, index]);
    this.#ofPair.push(pair(issuer, link.device), index);
  }

  /** Ends every link of a pair that is in force. */
  revoke(controller: string, device: string, revocation: LinkRevocation): void {
    for (const index of this.#ofPair.of(pair(controller, device)).from(0)) {
      const link = this.#links.of(controller).at(index);
      if (link === undefined) continue;
      const now = this.#linkAt(link, NOW);
      if (!isThere(now) || now.revocation !== undefined) continue;
      const revocations = [...link.revocations, revocation];
      this.#links.replace(controller, index, { ...link, revocations });
    }
  }

  /** Links that go on from these as they are now, and leave them alone. These must not change meanwhile. */
  copy(fates: Fates): LinkBook {
    const copy = new LinkBook(this.#remembered, fates);
    copy.#links = this.#links.copy();
    copy.#byDevice = this.#byDevice.copy();
    copy.#ofPair = this.#ofPair.copy();
    return copy;
  }

  /** What has to be remembered. */
  *changes(): Generator<Value> {
    yield* this.#links.changes();
    yield* this.#byDevice.changes();
    yield* this.#ofPair.changes();
  }

  /** All of it is remembered now. */
  settle(): void {
    this.#links.settle();
    this.#byDevice.settle();
    this.#ofPair.settle();
  }
}
