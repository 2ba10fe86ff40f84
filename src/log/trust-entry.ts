import type { Audit } from '../records/audit.ts';
import type { Exemption } from '../records/exemption.ts';
import type { Subject } from '../records/in-toto.ts';
import type { UnsignedRecord } from '../records/record.ts';
import type { SkillImport } from '../records/skill-import.ts';
import type { Vouch } from '../records/vouch.ts';

/** What stands in the log for every statement by which skills are judged. */
interface Entry {
  readonly said: string;
  readonly issuer: string;
  /** Sequence number of the issuer's event that seals it. */
  readonly sn: number;
  readonly position: number;
  /** In whose name it is: the issuer's own, unless the issuer is a device that names another one. */
  readonly controller: string;
  readonly subject: Subject;
}

/** An audit; its note, and what was found, its record's file has. */
export interface AuditEntry
  extends Entry, Omit<Audit, 'controller' | 'subject' | 'findings' | 'note'> {
  /** How many findings it has. */
  readonly findings: number;
}

/** A vouch without its note. */
export interface VouchEntry extends Entry, Omit<Vouch, 'controller' | 'subject' | 'note'> {}

/** An import without its note. */
export interface ImportEntry extends Entry, Omit<SkillImport, 'controller' | 'subject' | 'note'> {}

/** An exemption. */
export interface ExemptionEntry extends Entry, Omit<Exemption, 'controller' | 'subject'> {}

/** A statement by which somebody may trust a skill or an identifier, or may not. */
export type TrustEntry = AuditEntry | VouchEntry | ImportEntry | ExemptionEntry;

/** Whether a statement takes trust away: from the files that fail, or from whoever is distrusted. */
export function speaksAgainst(entry: TrustEntry): boolean {
  if (entry.type === 'audit') return entry.result === 'fail';
  return entry.type === 'vouch' && entry.level === 'distrust';
}

/** What such a statement says in its record. */
export type TrustBody = Audit | Vouch | SkillImport | Exemption;

/** A statement about files. */
export type SkillEntry = Exclude<TrustEntry, VouchEntry>;

/** What is kept of a statement that entered the log at a position. */
export function entryOf(
  { said, issuer, sn }: UnsignedRecord,
  body: TrustBody,
  position: number,
): TrustEntry {
  const { controller = issuer } = body;
  const place = { said, issuer, sn, position, controller };
  switch (body.type) {
    case 'audit': {
      const { note: _note, findings, ...rest } = body;
      return { ...rest, ...place, findings: findings.length };
    }
    case 'vouch':
    case 'import': {
      const { note: _note, ...rest } = body;
      return { ...rest, ...place };
    }
    case 'exemption':
      return { ...body, ...place };
  }
}
