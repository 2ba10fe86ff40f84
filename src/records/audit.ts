import type { Json } from '../base/canonical-json.ts';
import { malformed, quoted } from '../base/errors.ts';
import { type Fields, fieldsOf } from '../base/fields.ts';
import { LIMITS } from '../base/limits.ts';
import { type AuditFinding, findingJson, readFinding } from './audit-finding.ts';
import {
  inTotoPayload,
  onlySubject,
  PLACE_KEYS,
  placeJson,
  readController,
  readInToto,
  readPlace,
  saidField,
  sha256Field,
  type Subject,
} from './in-toto.ts';
import type { RecordHead } from './record-head.ts';
import {
  boundedText,
  checkSkillSubject,
  readCriteria,
  readTerm,
  readWord,
} from './skill-statement.ts';

/** How thorough an audit was, and how well its auditor understood what it read. */
export const AUDIT_DEPTHS = ['none', 'low', 'medium', 'high'] as const;
export type AuditDepth = (typeof AUDIT_DEPTHS)[number];

export const AUDIT_RESULTS = ['pass', 'fail'] as const;
export type AuditResult = (typeof AUDIT_RESULTS)[number];

/** Who looked: a person, a person with a language model, a language model alone, a scanner. */
export const AUDIT_METHODS = ['human', 'human+llm', 'llm', 'scanner'] as const;
export type AuditMethod = (typeof AUDIT_METHODS)[number];

/** The program or the model that an audit was made with. */
export interface AuditTool {
  readonly uri: string;
  readonly version: string;
  /** SHA-256 of its rules and of its configuration, lower-case hexadecimal. */
  readonly ruleset: string | undefined;
  readonly config: string | undefined;
}

/** An auditor says whether files meet criteria. */
export interface Audit {
  readonly type: 'audit';
  /** The SAID of the manifest of the files. */
  readonly manifest: string;
  /** The name of the skill, and the SHA-256 of the manifest's bytes. */
  readonly subject: Subject;
  /** The SAID of another manifest: then only what changed since was looked at. */
  readonly from: string | undefined;
  /** SAIDs of criteria; sorted, each once. */
  readonly criteria: readonly string[];
  readonly result: AuditResult;
  readonly thoroughness: AuditDepth;
  readonly understanding: AuditDepth;
  readonly method: AuditMethod;
  /** What it was made with; a human alone needs none. */
  readonly tool: AuditTool | undefined;
  readonly findings: readonly AuditFinding[];
  /** SHA-256 of the permission manifest that the auditor derived from what the files do, lower-case hexadecimal. */
  readonly observed: string | undefined;
  /** Text for others, perhaps empty. */
  readonly note: string;
  /** Days as `2026-11-21`, in UTC: it gives trust from `issued` on, and no more on `expires`. */
  readonly issued: string;
  readonly expires: string;
  /** The controller in whose name a device issues it, if any. */
  readonly controller: string | undefined;
}

const PREDICATE_TYPE = 'urn:gitkel:audit:1';
const WHAT = 'an audit';

function toolJson({ uri, version, ruleset, config }: AuditTool): Json {
  return {
    ...(config === undefined ? {} : { config }),
    ...(ruleset === undefined ? {} : { ruleset }),
    uri,
    version,
  };
}

/** The payload of the audit's DSSE envelope. */
export function auditPayload(head: RecordHead, audit: Audit): Uint8Array {
  const { manifest, subject, from, tool, findings, observed, controller, ...said } = audit;
  const { criteria, result, thoroughness, understanding, method, note, issued, expires } = said;
  return inTotoPayload({
    predicateType: PREDICATE_TYPE,
    subjects: [subject],
    predicate: {
      ...placeJson(head, 'audit', controller),
      criteria,
      expires,
      findings: findings.map(findingJson),
      ...(from === undefined ? {} : { from }),
      issued,
      manifest,
      method,
      note,
      ...(observed === undefined ? {} : { observed }),
      result,
      thoroughness,
      ...(tool === undefined ? {} : { tool: toolJson(tool) }),
      understanding,
    },
  });
}

function isText(text: string, most: number): boolean {
  return /^[\x21-\x7e]+$/.test(text) && text.length <= most;
}

/**
 * The tool of an audit, as a person or a document names it.
 * @throws GitkelError `malformed`, reason `audit-tool`.
 */
export function auditTool(tool: AuditTool): AuditTool {
  if (!isText(tool.uri, LIMITS.sourceCharacters))
    throw malformed('audit-tool', `Cannot read ${WHAT}: ${quoted(tool.uri)} names no tool`);
  if (!isText(tool.version, LIMITS.nameCharacters)) {
    throw malformed(
      'audit-tool',
      `Cannot read ${WHAT}: ${quoted(tool.version)} is no version of a tool`,
    );
  }
  return tool;
}

function readTool(value: Json): AuditTool {
  const what = `the tool of ${WHAT}`;
  const fields = fieldsOf(value, what, ['uri', 'version'], ['config', 'ruleset']);
  return auditTool({
    uri: fields.text('uri'),
    version: fields.text('version'),
    ruleset: fields.has('ruleset') ? sha256Field(fields, 'ruleset') : undefined,
    config: fields.has('config') ? sha256Field(fields, 'config') : undefined,
  });
}

function readFindings(fields: Fields): readonly AuditFinding[] {
  const list = fields.list('findings');
  if (list.length <= LIMITS.findingsPerAudit) return list.map(readFinding);
  throw malformed(
    'finding',
    `Cannot read ${WHAT}: it has ${list.length} findings, the limit is ${LIMITS.findingsPerAudit}`,
  );
}

/** The rule of a finding that says that not everything was looked at: by itself, or as `<tool>/scan-incomplete`. */
const INCOMPLETE = /(?:^|\/)scan-incomplete$/;

/** What was not looked at to its end was not found good: an audit that says so cannot pass. */
function requireWhole({ result, findings }: Pick<Audit, 'result' | 'findings'>): void {
  const found = findings.find(({ rule }) => INCOMPLETE.test(rule));
  if (result === 'pass' && found !== undefined)
    throw malformed(
      'audit-incomplete',
      `Cannot read ${WHAT}: it passes, and finds ${quoted(found.rule)} at ${quoted(found.path, 200)}`,
    );
}

/** How many days an audit by a method may hold. */
export function auditDays(method: AuditMethod): number {
  return method === 'scanner' ? LIMITS.scannerAuditDays : LIMITS.auditDays;
}

/** What is read together: one says what the other may be. */
function readMethod(fields: Fields): Pick<Audit, 'method' | 'tool' | 'issued' | 'expires'> {
  const method = readWord(fields, 'method', AUDIT_METHODS);
  const tool = fields.has('tool') ? readTool(fields.json('tool')) : undefined;
  if (tool === undefined && method !== 'human')
    throw malformed('audit-tool', `Cannot read ${WHAT}: by ${method}, it names no tool`);
  const { first, end } = readTerm(fields, ['issued', 'expires'], auditDays(method));
  return { method, tool, issued: first, expires: end };
}

function readDelta(fields: Fields): Pick<Audit, 'manifest' | 'from'> {
  const manifest = saidField(fields, 'manifest');
  const from = fields.has('from') ? saidField(fields, 'from') : undefined;
  if (from !== manifest) return { manifest, from };
  throw malformed('audit-delta', `Cannot read ${WHAT}: it goes from ${manifest} to itself`);
}

const KEYS = [
  ...PLACE_KEYS,
  'criteria',
  'expires',
  'findings',
  'issued',
  'manifest',
  'method',
  'note',
  'result',
  'thoroughness',
  'understanding',
];

/**
 * Reads a parsed payload back.
 * @throws GitkelError `malformed`.
 */
export function parseAudit(value: Json): { readonly head: RecordHead; readonly body: Audit } {
  const { subjects, predicate } = readInToto(value, PREDICATE_TYPE, WHAT);
  const fields = fieldsOf(predicate, WHAT, KEYS, ['controller', 'from', 'observed', 'tool']);
  const body: Audit = {
    type: 'audit',
    ...readDelta(fields),
    subject: checkSkillSubject(onlySubject(subjects, WHAT), WHAT),
    criteria: readCriteria(fields, 'criteria', 1),
    result: readWord(fields, 'result', AUDIT_RESULTS),
    thoroughness: readWord(fields, 'thoroughness', AUDIT_DEPTHS),
    understanding: readWord(fields, 'understanding', AUDIT_DEPTHS),
    ...readMethod(fields),
    findings: readFindings(fields),
    observed: fields.has('observed') ? sha256Field(fields, 'observed') : undefined,
    note: boundedText(`the note of ${WHAT}`, fields.text('note'), 0, LIMITS.statementCharacters),
    controller: readController(fields),
  };
  requireWhole(body);
  return { head: readPlace(fields, 'audit'), body };
}
