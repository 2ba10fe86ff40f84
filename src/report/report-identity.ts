/**
 * What a report tells of one identifier. No field is `undefined`; positions are batch numbers.
 * @module
 */

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
