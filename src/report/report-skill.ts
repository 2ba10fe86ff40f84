/**
 * What a report tells of skills. No field is `undefined`; positions are batch numbers.
 * @module
 */

/** A version of a skill. `said` names a record of the report, as in all that follow. */
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
