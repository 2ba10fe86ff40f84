import type { UnsignedRecord } from '../records/record.ts';
import type { Contents } from './contents.ts';
import { supersededWords } from './acting.ts';
import { standingOf } from './devices.ts';
import { releaseStanding, revokeStanding } from './releases.ts';
import { runStanding } from './run-rules.ts';
import { statementStanding } from './trust-standing.ts';

/** Whether a record counts now, and why or why not. */
export interface RecordStanding {
  readonly counts: boolean;
  readonly why: string;
}

function linkStanding(contents: Contents, device: string, said: string): RecordStanding {
  const link = contents.records.linksTo(device).find((entry) => entry.said === said);
  if (link === undefined) throw new Error('a link of the log is in its book');
  const { position, revocation } = link;
  return revocation === undefined
    ? { counts: true, why: `in force for what the device seals after position ${position}` }
    : {
        counts: false,
        why: `revoked at position ${revocation.position}; what the device sealed after ${position} and before that counts for ever`,
      };
}

/** How a revocation stands: it stays in force when it is superseded, until it is lifted. */
function revocationStanding({ records }: Contents, said: string, since: string): RecordStanding {
  const disputed = records.disputed(said);
  if (disputed === undefined) return { counts: true, why: since };
  const lift = records.liftOf(said);
  return lift === undefined
    ? { counts: true, why: `${since}, until it is lifted: ${supersededWords(disputed)}` }
    : {
        counts: false,
        why: `lifted at position ${lift.position} by ${lift.said}: ${supersededWords(disputed)}`,
      };
}

function releaseRecordStanding(contents: Contents, said: string): RecordStanding {
  const standing = releaseStanding(contents, said);
  if (standing === undefined) throw new Error('a release of the log is in its book');
  const { counts, why, revocation } = standing;
  if (revocation === undefined) return { counts, why };
  const { position, reason } = revocation;
  return {
    counts: false,
    why: `revoked at position ${position} by ${revocation.said} (${reason})`,
  };
}

/** A statement by which skills are judged, whatever its days are; one that stays in force says by what it is disputed. */
function trustRecordStanding(contents: Contents, said: string): RecordStanding {
  const entry = contents.records.trust.entry(said);
  if (entry === undefined) throw new Error('a statement of the log is in its book');
  const { counts, why } = statementStanding(contents, entry);
  const disputed = contents.records.disputed(said);
  return counts && disputed !== undefined
    ? { counts, why: `${why}, until it is lifted: ${supersededWords(disputed)}` }
    : { counts, why };
}

/** What a device may not revoke counts for nobody; everything else like the revocation of a device. */
function revokeRecordStanding(
  contents: Contents,
  revoke: Parameters<typeof revokeStanding>[1],
): RecordStanding {
  const { counts, reason, why } = revokeStanding(contents.records, revoke);
  if (!counts && reason !== 'lifted') return { counts, why };
  return revocationStanding(contents, revoke.said, `in force from position ${revoke.position} on`);
}

/** How a record of a log stands as of its last batch. */
export function recordStanding(
  contents: Contents,
  record: Pick<UnsignedRecord, 'said' | 'issuer' | 'body'>,
): RecordStanding {
  const { issuer, said, body } = record;
  const position = contents.records.positionOf(said);
  if (position === undefined) throw new Error('a record of the log is in its book');
  const disputed = contents.records.disputed(said);
  if (disputed !== undefined && !disputed.stays)
    return { counts: false, why: supersededWords(disputed) };
  switch (body.type) {
    case 'device-link':
      return linkStanding(contents, body.device, said);
    case 'device-revoke':
      return revocationStanding(contents, said, `in force from position ${position} on`);
    case 'statement': {
      const { counts, why } = standingOf(contents, { said, issuer, statement: body, position });
      return { counts, why };
    }
    case 'log-policy':
      return {
        counts: true,
        why: `decides who may commit after position ${position}, until a later one`,
      };
    case 'release':
      return releaseRecordStanding(contents, said);
    case 'revoke':
      return revokeRecordStanding(contents, {
        said,
        issuer,
        controller: body.controller ?? issuer,
        position,
        target: body.target,
      });
    case 'audit':
    case 'vouch':
    case 'import':
    case 'exemption':
      return trustRecordStanding(contents, said);
    case 'run-record': {
      const { controller = issuer } = body;
      const { counts, why } = runStanding(contents.records, { said, issuer, controller, position });
      return { counts, why };
    }
    case 'repository-policy':
      return {
        counts: true,
        why: `in the log from position ${position} on, for repositories that name its issuer as a maintainer`,
      };
    case 'lift':
      return { counts: true, why: `what it names counts no longer from position ${position} on` };
  }
}
