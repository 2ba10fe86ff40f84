import type { IncompleteReason } from './finding.ts';
import type { Rule } from './rule.ts';
import type { ScanPart } from './scan-part.ts';
import type { ScanSeverity } from './severity.ts';

/** Where a rule matched in a part. */
export interface EngineMatch {
  /** The id of one of the engine's rules. */
  readonly rule: string;
  /** Bytes of the part, from `start` up to before `end`. */
  readonly start: number;
  readonly end: number;
  /** What was seen, in words; else the matched text is quoted. */
  readonly detail?: string;
  /** Where it is not that of the rule. */
  readonly severity?: ScanSeverity;
}

/** What an engine says of one part. Whatever it could not look at to the end is incomplete, and what it saw until then stands. */
export type EngineAnswer =
  | { readonly outcome: 'scanned'; readonly matches: readonly EngineMatch[] }
  | {
      readonly outcome: 'incomplete';
      readonly matches: readonly EngineMatch[];
      readonly reason: IncompleteReason;
      readonly detail: string;
    };

/** What looks for patterns in text. All parts of a skill come at once, so that one match can rest on several. */
export interface TextEngine {
  /** The sources of its rules, as they count for the digest of the rules: by name, in the order of names. */
  readonly sources: readonly { readonly name: string; readonly text: string }[];
  /** The rules that it may name: our own of the method `text` or `both`, and those of others. */
  readonly rules: ReadonlyMap<string, Rule>;
  /**
   * Looks at parts.
   * @param onPart called with how many are done
   * @returns an answer for each part, in their order
   */
  scan(
    parts: readonly ScanPart[],
    onPart?: (done: number) => void,
  ): Promise<readonly EngineAnswer[]>;
  close(): Promise<void>;
}
