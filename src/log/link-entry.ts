import type { DeviceLink } from '../records/device-link.ts';
import type { DisputedRecord } from './record-fates.ts';

/** The end of a device link, and the batch that brought it. */
export interface LinkRevocation {
  readonly said: string;
  readonly position: number;
  readonly reason: string;
}

/** A device link without its end. */
export interface LinkHead {
  readonly said: string;
  readonly controller: string;
  readonly link: DeviceLink;
  /** Sequence number of the controller's event that seals it. */
  readonly sn: number;
  readonly position: number;
}

/** A device link, from the position at which it entered the log to the one at which its revocation did. */
export interface LinkEntry extends LinkHead {
  readonly revocation: LinkRevocation | undefined;
  /** Why it counts as absent, when it does. */
  readonly superseded: DisputedRecord | undefined;
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

/** A link with everything that ever revoked it: a revocation may be lifted, and another one follow. */
export interface StoredLink extends LinkHead {
  readonly revocations: readonly LinkRevocation[];
}

/** A link by its place among those of its controller. */
export type LinkPlace = readonly [controller: string, index: number];

/** Whether a link stands in its issuer's trunk. */
export function isThere({ superseded }: LinkEntry): boolean {
  return superseded === undefined;
}
