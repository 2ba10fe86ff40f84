import * as Flags from '@oclif/core/flags';
import { toHex } from '../base/bytes.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { parseBounded } from '../base/bounded-json.ts';
import type { Host } from '../host/host.ts';
import {
  AUDIT_DEPTHS,
  AUDIT_METHODS,
  AUDIT_RESULTS,
  type Audit,
  auditDays,
  auditTool,
} from '../records/audit.ts';
import { type AuditFinding, readFinding } from '../records/audit-finding.ts';
import { boundedText } from '../records/skill-statement.ts';
import { inputFile } from './input.ts';
import { termFromNow } from './term.ts';
import { typed } from './typed.ts';

/** What an auditor says of how the audit was made, and what came of it. */
export const auditFlags = {
  result: Flags.option({
    options: AUDIT_RESULTS,
    required: true,
    summary: 'Whether the files meet the criteria.',
  })(),
  method: Flags.option({
    options: AUDIT_METHODS,
    default: 'human' as const,
    summary: 'Who looked.',
  })(),
  thoroughness: Flags.option({
    options: AUDIT_DEPTHS,
    default: 'low' as const,
    summary: 'How much was looked at.',
  })(),
  understanding: Flags.option({
    options: AUDIT_DEPTHS,
    default: 'low' as const,
    summary: 'How well it was understood.',
  })(),
  tool: Flags.string({
    helpValue: 'URI@VERSION',
    summary: 'What it was made with; needed unless a human looked alone.',
  }),
  ruleset: Flags.string({
    helpValue: 'FILE',
    summary: 'The rules of the tool; their SHA-256 is stated.',
    dependsOn: ['tool'],
  }),
  'tool-config': Flags.string({
    helpValue: 'FILE',
    summary: 'The configuration of the tool; its SHA-256 is stated.',
    dependsOn: ['tool'],
  }),
  findings: Flags.string({
    helpValue: 'FILE',
    summary:
      'JSON: a list of {rule, severity, path, evidence} with range and note where there are any.',
  }),
  observed: Flags.string({
    helpValue: 'FILE',
    summary: 'The permissions that were seen to be used; the SHA-256 of the file is stated.',
  }),
  note: Flags.string({ default: '', summary: 'More about it, for others to read.' }),
};

/** The values of those flags. */
export interface AuditFlags {
  readonly result: Audit['result'];
  readonly method: Audit['method'];
  readonly thoroughness: Audit['thoroughness'];
  readonly understanding: Audit['understanding'];
  readonly tool?: string | undefined;
  readonly ruleset?: string | undefined;
  readonly 'tool-config'?: string | undefined;
  readonly findings?: string | undefined;
  readonly observed?: string | undefined;
  readonly note: string;
  readonly until?: string | undefined;
}

/** What of an audit the flags say. */
export type HowAudited = Omit<
  Audit,
  'type' | 'manifest' | 'subject' | 'from' | 'criteria' | 'controller'
>;

/** SHA-256 of a file that is stated, in hexadecimal. */
export function digestOfFile(host: Host, file: string): string {
  return toHex(host.crypto.digest('sha2-256', inputFile(host, file, LIMITS.anchoredFileBytes)));
}

function toolOf(host: Host, flags: AuditFlags): Audit['tool'] {
  const { tool, ruleset, 'tool-config': config } = flags;
  if (tool === undefined) {
    if (flags.method === 'human') return undefined;
    throw new GitkelError('usage', `Cannot state an audit by ${flags.method} without its tool`, {
      reason: 'audit-tool',
      hint: 'Name what it was made with: --tool URI@VERSION.',
    });
  }
  const [, uri = '', version = ''] = /^(.*)@([^@]*)$/.exec(tool) ?? [];
  return typed(tool, () =>
    auditTool({
      uri,
      version,
      ruleset: ruleset === undefined ? undefined : digestOfFile(host, ruleset),
      config: config === undefined ? undefined : digestOfFile(host, config),
    }),
  );
}

function findingsOf(host: Host, file: string | undefined): readonly AuditFinding[] {
  if (file === undefined) return [];
  const bytes = inputFile(host, file, LIMITS.skillSidecarBytes);
  const { value } = parseBounded(bytes, LIMITS.skillSidecarBytes, `the findings ${quoted(file)}`);
  if (Array.isArray(value)) return value.map(readFinding);
  throw new GitkelError(
    'malformed',
    `Cannot read the findings ${quoted(file)}: a list is expected`,
    {
      reason: 'finding',
      hint: 'Write [{"rule":…,"severity":…,"path":…,"evidence":<SHA-256>}].',
    },
  );
}

/** For how many days an audit holds unless told. */
const USUAL_DAYS = 365;

/**
 * How an audit was made, and what came of it.
 * @throws GitkelError `usage` for flags, `malformed` for a file of findings, that no audit can hold.
 */
export function howAudited(host: Host, flags: AuditFlags): HowAudited {
  const { result, method, thoroughness, understanding, note, until } = flags;
  const most = auditDays(method);
  const term = termFromNow(host, until, { usual: Math.min(USUAL_DAYS, most), most });
  return {
    result,
    method,
    thoroughness,
    understanding,
    tool: toolOf(host, flags),
    findings: findingsOf(host, flags.findings),
    observed: flags.observed === undefined ? undefined : digestOfFile(host, flags.observed),
    note: statedNote(note),
    issued: term.first,
    expires: term.end,
  };
}

/** The note of a statement. @throws GitkelError `usage` for one that is too long. */
export function statedNote(text: string): string {
  return typed(text, (note) => boundedText('this note', note, 0, LIMITS.statementCharacters)) ?? '';
}
