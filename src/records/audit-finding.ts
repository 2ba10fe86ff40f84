import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { sha256Field } from './in-toto.ts';
import { pathFormProblem } from './skill-path.ts';
import { boundedText, readWord } from './skill-statement.ts';

/** How much harm a finding may do. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Lines of a file, the first one is 1; both are meant. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** Something that an auditor found in a file of a skill. */
export interface AuditFinding {
  /** The auditor's or the tool's name of what is found, as `prompt-injection/hidden-text`. */
  readonly rule: string;
  readonly severity: Severity;
  /** The file, from the directory of the skill. */
  readonly path: string;
  readonly range: LineRange | undefined;
  /** SHA-256 of what was found, lower-case hexadecimal: the evidence itself need not be published. */
  readonly evidence: string;
  readonly note: string | undefined;
}

const WHAT = 'a finding of an audit';

export function findingJson({ rule, severity, path, range, evidence, note }: AuditFinding): Json {
  return {
    evidence,
    ...(note === undefined ? {} : { note }),
    path,
    ...(range === undefined ? {} : { range: { ...range } }),
    rule,
    severity,
  };
}

function readRange(value: Json): LineRange {
  const fields = fieldsOf(value, `the range of ${WHAT}`, ['from', 'to']);
  const [from, to] = [fields.integer('from'), fields.integer('to')];
  if (from >= 1 && to >= from) return { from, to };
  throw malformed('finding', `Cannot read ${WHAT}: ${from} to ${to} are no lines of a file`);
}

/**
 * Reads a finding.
 * @throws GitkelError `malformed`.
 */
export function readFinding(value: Json): AuditFinding {
  const fields = fieldsOf(value, WHAT, ['evidence', 'path', 'rule', 'severity'], ['note', 'range']);
  const [path, rule] = [fields.text('path'), fields.text('rule')];
  if (pathFormProblem(path) !== undefined)
    throw malformed('finding', `Cannot read ${WHAT}: the path ${quoted(path, 200)} cannot be used`);
  if (!/^[\x21-\x7e]+$/.test(rule) || rule.length > LIMITS.ruleCharacters)
    throw malformed('finding', `Cannot read ${WHAT}: ${quoted(rule)} names no rule`);
  const note = fields.optionalText('note');
  return {
    rule,
    severity: readWord(fields, 'severity', SEVERITIES),
    path,
    range: fields.has('range') ? readRange(fields.json('range')) : undefined,
    evidence: sha256Field(fields, 'evidence'),
    note:
      note === undefined
        ? undefined
        : boundedText(`the note of ${WHAT}`, note, 1, LIMITS.statementCharacters),
  };
}
