import type { ScanSeverity } from './severity.ts';

/** How a rule finds what it looks for: from the form of files, from patterns of their text, or from both. */
export type RuleMethod = 'structure' | 'text' | 'both';

/** What is looked for, why it matters, and what to do about it. */
export interface Rule {
  readonly id: string;
  /** Raised whenever what the rule finds changes. */
  readonly version: number;
  readonly title: string;
  readonly severity: ScanSeverity;
  readonly method: RuleMethod;
  /** Why it matters, in one sentence or two. */
  readonly explanation: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Whether it is as bad in documentation as anywhere else. */
  readonly alwaysFull: boolean;
}

type RuleWords = readonly [
  title: string,
  severity: ScanSeverity,
  method: RuleMethod,
  explanation: string,
  remedy: string,
];

/** A rule in its first version, as the tables of rules spell it. */
export function rule<Id extends string>(
  id: Id,
  [title, severity, method, explanation, remedy]: RuleWords,
): Rule & { readonly id: Id } {
  const alwaysFull = /^(?:UNI-|RCE-0[456]$|scan-incomplete$)/.test(id);
  return { id, version: 1, title, severity, method, explanation, remedy, alwaysFull };
}
