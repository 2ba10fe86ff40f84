/**
 * A scan in the form that forges show beside the code.
 * @module
 */
import type { Json } from '../base/canonical-json.ts';
import { sarifLocation, sarifLog, sarifUri } from '../base/sarif.ts';
import type { Finding } from './finding.ts';
import type { Rule } from './rule.ts';
import type { ScanResult } from './scan-result.ts';
import type { ScanSeverity } from './severity.ts';

const LEVELS: Readonly<Record<ScanSeverity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  note: 'note',
};

/** The scale by which forges tell severities: of CVSS, 0 to 10. */
const SCORES: Readonly<Record<ScanSeverity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.5',
  note: '0.0',
};

function ruleJson({ id, title, severity, explanation, remedy }: Rule): Json {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: explanation },
    help: { text: `${explanation} ${remedy}` },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { 'security-severity': SCORES[severity], tags: ['security'] },
  };
}

/** Where it is: a line of text, bytes of anything else; in an archive only the file is told. */
function regionOf({ line, range, within }: Finding): { readonly [key: string]: number } {
  if (within !== undefined) return { startLine: 1 };
  return line === undefined
    ? { byteOffset: range.start, byteLength: range.end - range.start }
    : { startLine: line };
}

function resultJson(finding: Finding, file: string, ids: readonly string[]): Json {
  const { rule, severity, detail, within, remedy, evidence, path } = finding;
  const place = within === undefined ? '' : ` (in ${within})`;
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: LEVELS[severity],
    message: { text: `${detail}${place}. ${remedy}` },
    locations: [sarifLocation(file, regionOf(finding))],
    partialFingerprints: { 'gitkel/scan/v1': `${rule}:${sarifUri(path)}:${evidence}` },
    properties: { severity, ruleset: finding.ruleset },
  };
}

/**
 * A SARIF log with one run: a result for each finding, a rule for each that found something.
 * @param directory the skill's, from the top of the repository, empty for the top itself
 * @param ruleOf the rule of an id that a finding has
 */
export function scanSarif(
  result: ScanResult,
  directory: string,
  ruleOf: (id: string) => Rule,
  version: string,
): Json {
  const ids = [...new Set(result.findings.map(({ rule }) => rule))].toSorted();
  const fileOf = ({ path }: Finding): string =>
    [directory, path === '' ? 'SKILL.md' : path].filter((part) => part !== '').join('/');
  return sarifLog({
    version,
    rules: ids.map((id) => ruleJson(ruleOf(id))),
    results: result.findings.map((finding) => resultJson(finding, fileOf(finding), ids)),
    isComplete: result.state !== 'incomplete',
  });
}
