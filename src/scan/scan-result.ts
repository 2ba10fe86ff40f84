import { compareBytes, utf8 } from '../base/bytes.ts';
import type { Finding } from './finding.ts';
import type { Ruleset } from './ruleset.ts';
import { compareSeverity, isAtLeast, type ScanSeverity } from './severity.ts';

/** What a scan comes to. Something that was not looked at to its end makes it incomplete, whatever else was found. */
export type ScanState = 'clean' | 'findings' | 'incomplete';

export interface ScanResult {
  readonly state: ScanState;
  readonly ruleset: Ruleset;
  /** Whether patterns of text were looked for. */
  readonly engine: boolean;
  /** The worst first, then by path and place. */
  readonly findings: readonly Finding[];
  /** Files of the skill, and bytes of them. */
  readonly files: number;
  readonly bytes: number;
}

/** The id under which it is told that something was not scanned. */
export const SCAN_INCOMPLETE = 'scan-incomplete';

function compareText(a: string, b: string): number {
  return compareBytes(utf8(a), utf8(b));
}

function compareFindings(a: Finding, b: Finding): number {
  return (
    compareSeverity(a.severity, b.severity) ||
    compareText(a.path, b.path) ||
    compareText(a.within ?? '', b.within ?? '') ||
    a.range.start - b.range.start ||
    a.range.end - b.range.end ||
    compareText(a.rule, b.rule) ||
    compareText(a.detail, b.detail)
  );
}

/** Findings in their one order. */
export function sortedFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(compareFindings);
}

/** What findings come to; notes alone leave a scan clean. */
export function stateOf(findings: readonly Finding[]): ScanState {
  if (findings.some(({ rule }) => rule === SCAN_INCOMPLETE)) return 'incomplete';
  return findings.some(({ severity }) => severity !== 'note') ? 'findings' : 'clean';
}

/** Whether a scan lets a skill through: all of it was looked at, and nothing as bad as `failOn` was found. */
export function isPassed({ state, findings }: ScanResult, failOn: ScanSeverity): boolean {
  return state !== 'incomplete' && !findings.some(({ severity }) => isAtLeast(severity, failOn));
}
