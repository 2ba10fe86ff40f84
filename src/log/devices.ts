import { quoted } from '../base/errors.ts';
import type { Statement } from '../records/statement.ts';
import type { Contents } from './contents.ts';
import { countsAt, type LinkEntry, type StatementEntry } from './record-book.ts';

/** How a device stands to a controller at a position. */
export interface DeviceStanding {
  readonly device: string;
  readonly controller: string;
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly standing: 'linked' | 'revoked';
  readonly linkedAt: number;
  readonly revokedAt: number | null;
  /** The SAID of the link record. */
  readonly link: string;
}

function standingAt(
  { said, controller, link, position, revocation }: LinkEntry,
  at: number,
): DeviceStanding {
  const revokedAt =
    revocation !== undefined && revocation.position <= at ? revocation.position : null;
  return {
    device: link.device,
    controller,
    name: link.name,
    capabilities: link.capabilities,
    standing: revokedAt === null ? 'linked' : 'revoked',
    linkedAt: position,
    revokedAt,
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
    .linksOf(controller)
    .filter((entry) => entry.position <= position)
    .map((entry) => standingAt(entry, position));
}

/** The controllers of a device as of a position, in the order in which they linked it. */
export function controllersAt(
  contents: Contents,
  device: string,
  position: number,
): readonly DeviceStanding[] {
  return contents.records
    .linksTo(device)
    .filter((entry) => entry.position <= position)
    .map((entry) => standingAt(entry, position));
}

/** Whether a statement counts for a controller, and why or why not. */
export interface StatementStanding {
  readonly counts: boolean;
  readonly controller: string;
  readonly why: string;
}

/**
 * Judges a statement of a device: it counts for the controller that it names iff it entered the log after a link that
 * carries the capability, and before that link's revocation. An AID's own statement, naming no controller, is its own.
 */
export function standingOf(
  contents: Contents,
  entry: Pick<StatementEntry, 'statement' | 'issuer' | 'position'>,
): StatementStanding {
  const { statement, issuer, position } = entry;
  const { controller } = statement;
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
