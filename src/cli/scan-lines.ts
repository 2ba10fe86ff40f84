/**
 * A scan for people: a table that fits the terminal, and what a rule is about.
 * @module
 */
import { counted } from '../base/counted.ts';
import type { Finding } from '../scan/finding.ts';
import type { Rule } from '../scan/rule.ts';
import type { ScanResult } from '../scan/scan-result.ts';
import { SCAN_SEVERITIES } from '../scan/severity.ts';
import { widthOf } from './terminal-text.ts';

/** Columns where nobody looks through a terminal: nothing is cut off. */
const UNBOUNDED = Number.POSITIVE_INFINITY;
const LEAST_COLUMNS = 60;
/** Columns of the widest severity and the widest id. */
const SEVERITY_COLUMNS = 8;
const GAP = 2;

function placeOf({ path, within, line, range }: Finding): string {
  const file = path === '' ? '(the skill)' : path;
  const inner = within === undefined ? file : `${file}!${within}`;
  if (line !== undefined) return `${inner}:${line}`;
  return range.end > range.start && range.start > 0 ? `${inner} @${range.start}` : inner;
}

/** As many characters from the start as fit. */
function fitting(chars: readonly string[], columns: number): readonly string[] {
  let width = 0;
  const end = chars.findIndex((char) => (width += widthOf(char)) > columns);
  return end < 0 ? chars : chars.slice(0, end);
}

function shortened(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  return `${fitting(Array.from(text), Math.max(1, columns - 3)).join('')}...`;
}

/** The end of a place says which file: the beginning is cut off. */
function shortenedPlace(place: string, columns: number): string {
  if (widthOf(place) <= columns) return place;
  const end = fitting(Array.from(place).toReversed(), columns - 3).toReversed();
  return `...${end.join('')}`;
}

function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

interface Row {
  readonly finding: Finding;
  readonly place: string;
  count: number;
}

/** The same thing in one file many times is one row, at its first place. */
function together(findings: readonly Finding[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const finding of findings) {
    const { rule, severity, path, within = '', detail } = finding;
    const key = JSON.stringify([rule, severity, path, within, detail]);
    const row = rows.get(key);
    if (row === undefined) rows.set(key, { finding, place: placeOf(finding), count: 1 });
    else row.count++;
  }
  return [...rows.values()];
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
}

/** A line for each finding, the columns below each other; with a bound nothing is wider. */
export function findingTable(findings: readonly Finding[], columns = UNBOUNDED): readonly string[] {
  const rows = together(findings);
  const rules = widest(findings.map(({ rule }) => rule));
  const width = Math.max(columns, LEAST_COLUMNS);
  const left = width - SEVERITY_COLUMNS - rules - 3 * GAP;
  const places = Math.min(widest(rows.map(({ place }) => place)), Math.floor(left * 0.4));
  return rows.map(({ finding: { severity, rule, detail }, place, count }) => {
    const cells = [
      padded(severity, SEVERITY_COLUMNS),
      padded(rule, rules),
      padded(shortenedPlace(place, places), places),
      shortened(count === 1 ? detail : `${count} times: ${detail}`, left - places),
    ];
    return cells.join(' '.repeat(GAP)).trimEnd();
  });
}

/** What a rule is about, and what to do. */
export function ruleText(rule: Rule): readonly string[] {
  return [
    `${rule.id}  ${rule.severity}  ${rule.title}`,
    `  why: ${rule.explanation}`,
    `  mend: ${rule.remedy}`,
  ];
}

function countsOf(findings: readonly Finding[]): string {
  const counts = SCAN_SEVERITIES.toReversed()
    .map(
      (severity) =>
        [severity, findings.filter((each) => each.severity === severity).length] as const,
    )
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}`);
  return counts.length === 0 ? 'nothing found' : counts.join(', ');
}

/** What a scan comes to, in one line. */
export function scanSummary({ state, findings, files, bytes, ruleset }: ScanResult): string {
  return `${state}: ${countsOf(findings)}; ${counted(files, 'file')}, ${bytes} bytes, rules ${ruleset.said}`;
}
