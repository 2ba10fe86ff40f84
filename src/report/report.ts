/**
 * The audit report of a log as plain data: what was verified, what it says, and where each claim stands. It is made from
 * a log that was verified from its first batch on, and shown by `web/report`. Everything in it that people wrote is text
 * of others: it is to be shown as text, never as markup.
 *
 * Positions are batch numbers. Where a list was cut, `omitted` says how many entries are missing. No field is
 * `undefined`: the data is the same before and after JSON.
 * @module
 */

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

/** A key of an establishment event, and what it did there. */
export interface ReportKey {
  /** CESR text. */
  readonly key: string;
  /** What it weighs where the threshold has weights: `1/2`, of a key in a group `1/2 in a group of 1`. */
  readonly weight: string | null;
  /** `missing`: it could have signed and did not. `late`: its signature came with a batch after the event's. */
  readonly part: 'signed' | 'late' | 'missing';
  /** Whether the establishment before had it already. */
  readonly isKept: boolean;
}

/** Witnesses of an event: of all that could receipt it, those that did, by their index. */
export interface ReportWitnessing {
  readonly threshold: number;
  readonly witnesses: readonly string[];
  readonly receipted: readonly number[];
}

/** An event that set keys: an inception or a rotation. */
export interface ReportEstablishment {
  readonly sn: number;
  readonly said: string;
  readonly type: 'icp' | 'rot' | 'dip' | 'drt';
  readonly position: number;
  readonly commit: string;
  /** In the command line's form: `2`, `1/2,1/4,1/4`. */
  readonly threshold: string;
  readonly keys: readonly ReportKey[];
  /** The threshold that the next rotation has to meet, and over how many hidden keys. */
  readonly nextThreshold: string;
  readonly nextKeys: number;
  /** Of a rotation: which of the keys that were hidden before signed it, of how many, and what it had to meet. */
  readonly revealed: {
    readonly threshold: string;
    readonly of: number;
    readonly indices: readonly number[];
  } | null;
  readonly witnessing: ReportWitnessing | null;
  /** The event by which the delegator approves it. */
  readonly approval: {
    readonly delegator: string;
    readonly sn: number;
    readonly said: string;
  } | null;
  /** The event that took its place by a recovery, and the batch that brought that. */
  readonly superseded: {
    readonly sn: number;
    readonly said: string;
    readonly position: number;
  } | null;
}

/** A device link as of the last batch. */
export interface ReportDevice {
  readonly device: string;
  readonly controller: string;
  /** Text of the controller. */
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly standing: 'linked' | 'revoked' | 'superseded';
  readonly linkedAt: number;
  readonly revokedAt: number | null;
  readonly supersededAt: number | null;
  /** The SAID of the link record. */
  readonly link: string;
}

/** Evidence that an identifier signed two events for one place. */
export interface ReportMark {
  readonly evidence: string;
  readonly sn: number;
  readonly rivals: readonly [string, string];
  readonly position: number;
  readonly status: 'duplicitous' | 'reconciled' | 'late';
  readonly reconciledAt: number | null;
}

/** An event that a recovery superseded. */
export interface ReportSuperseded {
  readonly sn: number;
  readonly said: string;
  readonly type: string;
  readonly position: number;
  readonly by: { readonly sn: number; readonly said: string; readonly position: number };
  readonly records: readonly {
    readonly said: string;
    readonly type: string;
    readonly status: 'absent' | 'in force' | 'lifted';
  }[];
}

/** What an identifier is in this log. */
export type ReportRole =
  | 'founder'
  | 'writer'
  | 'committer'
  | 'multi-sig'
  | 'delegated'
  | 'delegator'
  | 'device'
  | 'witness'
  | 'publisher'
  | 'auditor';

/** One identifier: who controls it now, and how that came. */
export interface ReportIdentity {
  readonly aid: string;
  /** What whoever made the report calls it; nothing of the log. */
  readonly name: string | null;
  /** What controllers call it as their device. */
  readonly labels: readonly string[];
  readonly roles: readonly ReportRole[];
  readonly verdict: 'valid' | 'invalid' | 'duplicitous';
  readonly reasons: readonly string[];
  /** Its last event, and what `--expect` takes. */
  readonly sn: number;
  readonly said: string;
  readonly expect: string;
  readonly abandoned: boolean;
  readonly threshold: string;
  readonly publicKeys: readonly string[];
  readonly nextThreshold: string;
  readonly nextKeys: number;
  readonly witnessThreshold: number;
  readonly witnesses: readonly string[];
  readonly traits: readonly string[];
  readonly delegator: string | null;
  /** Whether the approval of its last establishment event still stands in its delegator's trunk. */
  readonly approvalStands: boolean | null;
  /** How many events were accepted, superseded ones included. */
  readonly events: number;
  /** Oldest first. */
  readonly establishments: readonly ReportEstablishment[];
  /** Where its interaction events stand, in ascending order, each position once. */
  readonly interactions: readonly number[];
  readonly devices: readonly ReportDevice[];
  readonly deviceOf: readonly ReportDevice[];
  readonly marks: readonly ReportMark[];
  readonly superseded: readonly ReportSuperseded[];
  readonly registries: readonly {
    readonly registry: string;
    readonly status: string;
    readonly credentials: number;
  }[];
  /** How many establishments, interactions and devices are not listed. */
  readonly omitted: number;
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

/** A version of a skill. `said` names a {@link ReportRecord}, as in all that follow. */
export interface ReportRelease {
  readonly said: string;
  readonly version: string;
  readonly manifest: string;
  readonly previous: string | null;
  readonly issuer: string;
  readonly position: number;
  readonly counts: boolean;
  readonly why: string;
  /** The SAID of the revocation that is in force. */
  readonly revokedBy: string | null;
}

/** What somebody states about the files of a skill. */
export interface ReportAbout {
  readonly said: string;
  readonly type: 'audit' | 'import' | 'exemption';
  readonly manifest: string;
  readonly issuer: string;
  readonly controller: string;
  readonly position: number;
  /** Of an audit `pass` or `fail`, of an import where it comes from, of an exemption its reason. */
  readonly says: string;
  readonly against: boolean;
  readonly counts: boolean;
  readonly why: string;
  /** The manifest that a partial audit goes on from. */
  readonly from: string | null;
}

/** A revocation of a release, of files or of a name. */
export interface ReportRevocation {
  readonly said: string;
  readonly issuer: string;
  readonly controller: string;
  readonly position: number;
  readonly reason: string;
  readonly target: 'release' | 'manifest' | 'name' | 'statement';
  /** The SAIDs of the releases of this skill that it is about; of a name, those that stood before it. */
  readonly releases: readonly string[];
  /** The SAID of the statement that is taken back. */
  readonly statement: string | null;
  readonly counts: boolean;
  readonly why: string;
}

/** That somebody says how far an identifier is trusted with skills. */
export interface ReportVouch {
  readonly said: string;
  readonly issuer: string;
  readonly controller: string;
  readonly aid: string;
  readonly level: string;
  readonly position: number;
  readonly counts: boolean;
  readonly why: string;
}

/** A skill: one name by one publisher, or files that nobody released here. */
export interface ReportSkill {
  /** `null` for files that are stated about and never released in this log. */
  readonly publisher: string | null;
  readonly name: string;
  readonly releases: readonly ReportRelease[];
  readonly statements: readonly ReportAbout[];
  readonly revocations: readonly ReportRevocation[];
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
  /** How many are not listed: the oldest batches and records, the newest identities. */
  readonly omitted: {
    readonly findings: number;
    readonly identities: number;
    readonly skills: number;
    readonly vouches: number;
    readonly records: number;
    readonly batches: number;
  };
}
