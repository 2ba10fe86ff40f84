/**
 * The audit report of a log as plain data: what was verified, what it says, and where each claim stands. It is made from
 * a log that was verified from its first batch on, and shown by `web/report`. Everything in it that people wrote is text
 * of others: it is to be shown as text, never as markup.
 *
 * Positions are batch numbers. Where a list was cut, `omitted` says how many entries are missing. No field is
 * `undefined`: the data is the same before and after JSON.
 * @module
 */
import type { ReportIdentity } from './report-identity.ts';
import type { ReportSkill, ReportVouch } from './report-skill.ts';

/** The form of the data; another number when it changes. */
export const REPORT_FORMAT = 'gitkel-report/1';

/** One reason why a log does not verify, and where. */
export interface ReportFinding {
  readonly reason: string;
  readonly detail: string;
  readonly position: number | null;
  readonly commit: string | null;
  readonly object: string | null;
  readonly path: string | null;
  readonly aid: string | null;
}

/** Whether the log verifies, and why or why not. */
export interface ReportVerdict {
  readonly state: 'valid' | 'invalid';
  /** In a few words, as `gitkel audit` ends with. */
  readonly reason: string;
  /** What that rests on, in whole sentences. */
  readonly why: readonly string[];
  readonly identity: 'expected' | 'known' | 'not pinned';
  readonly findings: readonly ReportFinding[];
  readonly notes: readonly string[];
}

/** How fresh the log was when the report was made. */
export interface ReportFreshness {
  readonly state: 'fresh' | 'stale' | 'unknown';
  /** When a remote was last asked, seconds since 1970. */
  readonly since: number | null;
  readonly upstream: string | null;
}

/** Which log it is, and how far it was verified. */
export interface ReportLog {
  readonly id: string | null;
  /** What was known from elsewhere and held against it: a log id, and identifiers as `--expect` takes them. */
  readonly expectedId: string | null;
  readonly expectedAids: readonly string[];
  /** Where it was read from, as the caller names it. */
  readonly source: string;
  readonly ref: string;
  readonly tip: string | null;
  readonly founder: string | null;
  readonly admission: 'open' | 'closed' | null;
  /** Who may commit beside the founder where it is closed. */
  readonly writers: readonly string[];
  /** How many batches verified. */
  readonly batches: number;
  /** How many objects were hashed where all were. */
  readonly objects: number | null;
  readonly freshness: ReportFreshness | null;
}

/** A record and how it stands as of the last batch. */
export interface ReportRecord {
  readonly said: string;
  readonly type: string;
  readonly issuer: string;
  /** In whose name it is; the issuer's own but for devices. */
  readonly controller: string;
  /** Sequence number of the event that seals it. */
  readonly sn: number;
  readonly position: number;
  readonly commit: string;
  /** What it says, in a few words; text of others in JSON's quotes. */
  readonly title: string;
  /** What it says beside, label by label. Values may be text of others. */
  readonly details: readonly (readonly [label: string, value: string])[];
  readonly counts: boolean;
  readonly why: string;
}

/** An event of a batch, and who signed it. Key indexes that are not listed could have signed and did not. */
export interface ReportEvent {
  readonly aid: string;
  readonly sn: number;
  readonly type: 'icp' | 'rot' | 'ixn' | 'dip' | 'drt';
  readonly said: string;
  readonly threshold: string;
  readonly keys: number;
  readonly signed: readonly number[];
  /** Key indexes whose signatures came with later batches. */
  readonly late: readonly number[];
  /** How many witnesses receipted it, of how many, and how many have to; `null` without witnesses. */
  readonly witnesses: readonly [receipted: number, of: number, threshold: number] | null;
  readonly superseded: boolean;
}

/** One batch: one commit. */
export interface ReportBatch {
  readonly position: number;
  readonly commit: string;
  /** The digest of the payload that its committer signed: what names the batch. */
  readonly payload: string;
  /** Seconds since 1970 as the committer set them: a claim. */
  readonly claimedSeconds: number;
  readonly committer: string;
  readonly keyIndex: number;
  readonly subject: string;
  readonly files: number;
  readonly bytes: number;
  readonly events: readonly ReportEvent[];
  /** The SAIDs of its records. */
  readonly records: readonly string[];
}

/** The audit report of a log. */
export interface AuditReport {
  readonly format: typeof REPORT_FORMAT;
  /** The version of the program, and when the report was made, seconds since 1970. */
  readonly madeBy: string;
  readonly madeAt: number;
  readonly verdict: ReportVerdict;
  readonly log: ReportLog;
  /** Of everything that verified, whether it is listed or not. */
  readonly counts: {
    readonly identities: number;
    readonly events: number;
    readonly establishments: number;
    readonly records: number;
    readonly skills: number;
    readonly linkedDevices: number;
    readonly revokedDevices: number;
    readonly duplicitous: number;
  };
  /** In the order in which they entered the log. */
  readonly identities: readonly ReportIdentity[];
  readonly skills: readonly ReportSkill[];
  readonly vouches: readonly ReportVouch[];
  /** In the order of the log, as the batches. */
  readonly records: readonly ReportRecord[];
  readonly batches: readonly ReportBatch[];
  /** How many are not listed: the oldest batches and records, the newest identities; statements about skills. */
  readonly omitted: {
    readonly findings: number;
    readonly identities: number;
    readonly skills: number;
    readonly statements: number;
    readonly records: number;
    readonly batches: number;
  };
}
