import type { ScanSeverity } from './severity.ts';

/** Bytes from `start` up to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Why something was not scanned, or not to its end. */
export type IncompleteReason =
  | 'truncated'
  | 'timeout'
  | 'unreadable'
  | 'too-long-line'
  | 'engine-missing';

/** Something that was found in a file of a skill. */
export interface Finding {
  /** The id of the rule, as `UNI-01`; `scan-incomplete` for what was not scanned. */
  readonly rule: string;
  /** The SAID of the rules by which it was found. */
  readonly ruleset: string;
  readonly severity: ScanSeverity;
  /** The file, from the skill's directory; empty for the skill as a whole. */
  readonly path: string;
  /** Where in the file, when it holds others: the member of an archive, the field of metadata. */
  readonly within?: string;
  /** In the file, or in what `within` names. */
  readonly range: ByteRange;
  /** The line in which the range begins, of text; the first one is 1. */
  readonly line?: number;
  /** SHA-256 of the bytes of the range, lower-case hexadecimal; where there is no content, of the path. */
  readonly evidence: string;
  /** What was seen, safe to be shown. */
  readonly detail: string;
  readonly explanation: string;
  readonly remedy: string;
  /** The severity is one step lower, as it stands in documentation. */
  readonly context?: 'documentation';
  /** Of `scan-incomplete`: why. */
  readonly reason?: IncompleteReason;
}

/** What a rule saw in a part, before it becomes a finding. */
export interface Spotted {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
  readonly detail: string;
  /** Where it is not that of the rule. */
  readonly severity?: ScanSeverity;
  readonly reason?: IncompleteReason;
}
