import { quoted } from '../base/errors.ts';
import type { Statement } from '../records/statement.ts';
import type { Contents } from './contents.ts';
import { countsAt, type LinkEntry, type StatementEntry } from './record-book.ts';
import type { DisputedRecord } from './record-fates.ts';

/** How a device stands to a controller at a position. */
export interface DeviceStanding {
  readonly device: string;
  readonly controller: string;
  readonly name: string;
  readonly capabilities: readonly string[];
  /** `superseded`: a recovery of the controller superseded the event that seals the link, so that it counts as absent. */
  readonly standing: 'linked' | 'revoked' | 'superseded';
  readonly linkedAt: number;
  readonly revokedAt: number | null;
  readonly supersededAt: number | null;
  /** The SAID of the link record. */
  readonly link: string;
}

function standingWord({ superseded, revocation }: LinkEntry): DeviceStanding['standing'] {
  if (superseded !== undefined) return 'superseded';
  return revocation === undefined ? 'linked' : 'revoked';
}

function standingAt(entry: LinkEntry): DeviceStanding {
  const { said, controller, link, position, revocation, superseded } = entry;
  return {
    device: link.device,
    controller,
    name: link.name,
    capabilities: link.capabilities,
    standing: standingWord(entry),
    linkedAt: position,
    revokedAt: revocation?.position ?? null,
    supersededAt: superseded?.at ?? null,
    link: said,
  };
}

/** The devices of a controller as of a position, in the order in which they were linked. */
export function devicesAt(
  contents: Contents,
  controller: string,
  position: number,
): readonly DeviceStanding[] {
  return contents.records
    .everyLinkOf(controller, position)
    .filter((entry) => entry.position <= position)
    .map(standingAt);
}

/** The controllers of a device as of a position, in the order in which they linked it. */
export function controllersAt(
  contents: Contents,
  device: string,
  position: number,
): readonly DeviceStanding[] {
  return contents.records
    .everyLinkTo(device, position)
    .filter((entry) => entry.position <= position)
    .map(standingAt);
}

/** Whether a statement counts for a controller, and why or why not. */
export interface StatementStanding {
  readonly counts: boolean;
  readonly controller: string;
  readonly why: string;
}

/** Why a record counts as absent whose sealing event was superseded. */
export function supersededWords({ at, by, sn }: DisputedRecord): string {
  return `event ${sn}, which seals it, was superseded at position ${at} by ${by}`;
}

/**
 * Judges a statement of a device: it counts for the controller that it names iff it entered the log after a link that
 * carries the capability, and before that link's revocation. An AID's own statement, naming no controller, is its own.
 */
export function standingOf(
  contents: Contents,
  entry: Pick<StatementEntry, 'said' | 'statement' | 'issuer' | 'position'>,
): StatementStanding {
  const { said, statement, issuer, position } = entry;
  const { controller } = statement;
  const disputed = contents.records.disputed(said);
  if (disputed !== undefined)
    return { counts: false, controller: controller ?? issuer, why: supersededWords(disputed) };
  if (controller === undefined)
    return { counts: true, controller: issuer, why: 'its issuer speaks for itself' };
  const links = contents.records.linksTo(issuer).filter((one) => one.controller === controller);
  const link = links.find((one) => countsAt(one, position));
  const no = (why: string): StatementStanding => ({ counts: false, controller, why });
  if (link === undefined) {
    const ended = links.findLast(
      ({ revocation }) => (revocation?.position ?? Infinity) <= position,
    );
    if (ended?.revocation !== undefined)
      return no(
        `sealed at position ${position}, after the device was revoked at ${ended.revocation.position}`,
      );
    const [first] = links;
    const gone = contents.records
      .everyLinkTo(issuer)
      .find((one) => one.controller === controller && one.superseded !== undefined)?.superseded;
    if (first === undefined && gone !== undefined)
      return no(`the link of the device counts as absent: ${supersededWords(gone)}`);
    return first === undefined
      ? no(`${issuer} is no device of ${quoted(controller)}`)
      : no(`sealed at position ${position}, not after the device was linked at ${first.position}`);
  }
  return link.link.capabilities.includes('sign-statement')
    ? {
        counts: true,
        controller,
        why: `sealed at position ${position}, linked at ${link.position}`,
      }
    : no('the device has not the capability sign-statement');
}

/** A statement of a log, where it entered it, and how it stands. */
export interface JudgedStatement extends StatementStanding {
  readonly said: string;
  readonly issuer: string;
  readonly position: number;
  readonly subjects: Statement['subjects'];
}

/** The statements that an AID issued, oldest first. */
export function judgedStatements(contents: Contents, issuer: string): readonly JudgedStatement[] {
  return contents.records.statementsOf(issuer).map((entry) => {
    const { said, position, statement } = entry;
    return {
      said,
      issuer,
      position,
      subjects: statement.subjects,
      ...standingOf(contents, entry),
    };
  });
}
