import type { Statement } from '../records/statement.ts';
import type { Contents } from './contents.ts';
import { claimStanding } from './acting.ts';
import type { LinkEntry } from './link-entry.ts';
import { retractedWords, retractionOf } from './retraction.ts';
import type { StatementEntry } from './statement-book.ts';

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

/**
 * Judges a statement of a device: it counts for the controller that it names iff it entered the log after a link that
 * carries the capability, and before that link's revocation. An AID's own statement, naming no controller, is its own.
 * One that was taken back in the same name counts no more.
 */
export function standingOf(
  contents: Contents,
  entry: Pick<StatementEntry, 'said' | 'statement' | 'issuer' | 'position'>,
): StatementStanding {
  const { said, statement, issuer, position } = entry;
  const { controller } = statement;
  const record = { said, issuer, controller, position };
  const {
    counts,
    controller: whose,
    why,
  } = claimStanding(contents.records, record, 'sign-statement');
  const retraction = counts
    ? retractionOf(contents.records, { said, type: 'statement', controller: whose })
    : undefined;
  if (retraction === undefined) return { counts, controller: whose, why };
  return { counts: false, controller: whose, why: retractedWords(retraction) };
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
