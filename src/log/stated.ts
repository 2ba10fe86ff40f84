import type { Subject } from '../records/in-toto.ts';
import type { RevokeTarget } from '../records/revoke.ts';
import type { RecordBody } from '../records/record.ts';
import { RELEASE_CAPABILITY, STATEMENT_CAPABILITIES } from './capabilities.ts';
import type { RecordBook } from './record-book.ts';
import type { TrustBook } from './trust-book.ts';
import { speaksAgainst } from './trust-entry.ts';

/** The types of what can be taken back by whoever said it. */
export type StatedType = keyof typeof STATEMENT_CAPABILITIES;

/** Something that can be taken back: a statement about files, an audit, a vouch, an import or an exemption. */
export interface Stated {
  readonly said: string;
  readonly type: StatedType;
  readonly issuer: string;
  /** In whose name it is: the issuer's own, unless the issuer is a device that names another one. */
  readonly controller: string;
  readonly position: number;
  /** What it is about; of several the first. */
  readonly subject: Subject;
}

/** What can be taken back, by the SAID of its record; `undefined` where the log has none. */
export function statedBy(book: RecordBook, said: string): Stated | undefined {
  const entry = book.trust.entry(said);
  if (entry !== undefined) return entry;
  const found = book.statement(said);
  const subject = found?.statement.subjects[0];
  if (found === undefined || subject === undefined) return undefined;
  const { issuer, position, statement } = found;
  const { controller = issuer } = statement;
  return { said, type: 'statement', issuer, controller, position, subject };
}

/** What a device needs to revoke a target in the name of its controller. */
export function revokeCapability(book: RecordBook, target: RevokeTarget): string {
  const stated = target.kind === 'statement' ? statedBy(book, target.said) : undefined;
  return stated === undefined ? RELEASE_CAPABILITY : STATEMENT_CAPABILITIES[stated.type];
}

/** Whether a record takes back what speaks against somebody or something. */
export function givesTrust(trust: TrustBook, body: RecordBody): boolean {
  if (body.type !== 'revoke' || body.target.kind !== 'statement') return false;
  const stated = trust.entry(body.target.said);
  return stated !== undefined && speaksAgainst(stated);
}
