import { quoted } from '../base/errors.ts';
import { countsAt, isThere } from './link-entry.ts';
import type { DisputedRecord } from './record-fates.ts';
import type { RecordBook } from './record-book.ts';

/** Why what an AID says counts for a controller, or does not. */
export type ActingReason =
  | 'own'
  | 'device'
  | 'superseded'
  | 'device-not-linked'
  | 'device-link-superseded'
  | 'device-revoked'
  | 'capability-missing';

/** Whether a record counts for a controller, and why or why not. */
export interface Acting {
  readonly counts: boolean;
  readonly controller: string;
  readonly reason: ActingReason;
  readonly why: string;
}

/** A record and in whose name it is. */
export interface Claim {
  readonly said: string;
  readonly issuer: string;
  /** `undefined` where the issuer speaks for itself. */
  readonly controller: string | undefined;
  readonly position: number;
}

/** Why a record counts as absent whose sealing event was superseded. */
export function supersededWords({ at, by, sn }: DisputedRecord): string {
  return `event ${sn}, which seals it, was superseded at position ${at} by ${by}`;
}

/** Why no link of a device carries what it sealed at a position. */
function unlinked(
  book: RecordBook,
  { issuer, position }: Claim,
  controller: string,
): Omit<Acting, 'counts' | 'controller'> {
  const every = book.linksBetween(controller, issuer);
  const links = every.filter(isThere);
  const ended = links.findLast(({ revocation }) => (revocation?.position ?? Infinity) <= position);
  if (ended?.revocation !== undefined) {
    const why = `sealed at position ${position}, after the device was revoked at ${ended.revocation.position}`;
    return { reason: 'device-revoked', why };
  }
  const [first] = links;
  const gone = every.find((one) => !isThere(one))?.superseded;
  if (first === undefined && gone !== undefined) {
    const why = `the link of the device counts as absent: ${supersededWords(gone)}`;
    return { reason: 'device-link-superseded', why };
  }
  const why =
    first === undefined
      ? `${issuer} is no device of ${quoted(controller)}`
      : `sealed at position ${position}, not after the device was linked at ${first.position}`;
  return { reason: 'device-not-linked', why };
}

/**
 * Whether an AID acts for the controller that its record names: it does iff the record entered the log after a link that
 * carries the capability, and before that link's revocation. An AID that names no controller speaks for itself. What was
 * superseded is for the caller to look at.
 */
export function authorityOf(book: RecordBook, record: Claim, capability: string): Acting {
  const { issuer, controller, position } = record;
  if (controller === undefined) {
    const why = 'its issuer speaks for itself';
    return { counts: true, controller: issuer, reason: 'own', why };
  }
  // A lift may bring back a link beside the one that took its place: either carries what it says.
  const links = book
    .linksBetween(controller, issuer)
    .filter((one) => isThere(one) && countsAt(one, position));
  if (links.length === 0)
    return { counts: false, controller, ...unlinked(book, record, controller) };
  const link = links.find((one) => one.link.capabilities.includes(capability));
  if (link === undefined) {
    const why = `the device has not the capability ${capability}`;
    return { counts: false, controller, reason: 'capability-missing', why };
  }
  const why = `sealed at position ${position}, linked at ${link.position}`;
  return { counts: true, controller, reason: 'device', why };
}

/** The same for a record that counts as absent once its sealing event is superseded. */
export function claimStanding(book: RecordBook, record: Claim, capability: string): Acting {
  const disputed = book.disputed(record.said);
  if (disputed === undefined) return authorityOf(book, record, capability);
  const { issuer, controller = issuer } = record;
  return { counts: false, controller, reason: 'superseded', why: supersededWords(disputed) };
}
