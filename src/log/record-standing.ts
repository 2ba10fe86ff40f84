import type { UnsignedRecord } from '../records/record.ts';
import type { Contents } from './contents.ts';
import { standingOf } from './devices.ts';

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

function statementStanding(
  contents: Contents,
  entry: Parameters<typeof standingOf>[1],
): RecordStanding {
  const { counts, why } = standingOf(contents, entry);
  return { counts, why };
}

/** How a record of a log stands as of its last batch. */
export function recordStanding(contents: Contents, record: UnsignedRecord): RecordStanding {
  const { issuer, said, body } = record;
  const position = contents.records.positionOf(said);
  if (position === undefined) throw new Error('a record of the log is in its book');
  switch (body.type) {
    case 'device-link':
      return linkStanding(contents, body.device, said);
    case 'device-revoke':
      return { counts: true, why: `in force from position ${position} on` };
    case 'statement':
      return statementStanding(contents, { issuer, statement: body, position });
    case 'log-policy':
      return {
        counts: true,
        why: `decides who may commit after position ${position}, until a later one`,
      };
  }
}
