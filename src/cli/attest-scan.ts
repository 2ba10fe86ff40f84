/**
 * A scan stated as an audit by a scanner.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { type Audit, auditDays, auditTool } from '../records/audit.ts';
import type { AuditFinding } from '../records/audit-finding.ts';
import type { Finding } from '../scan/finding.ts';
import { isPassed, SCAN_INCOMPLETE, type ScanResult } from '../scan/scan-result.ts';
import { isAtLeast, type ScanSeverity } from '../scan/severity.ts';
import { SKILL_MD } from '../skills/skill-files.ts';
import { SCANNED } from '../trust/built-in-criteria.ts';
import { criteriaSaids } from './criterion.ts';
import { sealStatement, speakerOf, type StatedProposal } from './seal-statement.ts';
import type { ProposeFlags } from './propose.ts';
import type { Session } from './session.ts';
import type { SkillFilesNamed } from './skill-subject.ts';
import { termFromNow } from './term.ts';

/** The scanner, as audits name it (package-url). */
const TOOL = 'pkg:npm/gitkel';

/** Who states it, how bad a finding has to be, and until when it holds. */
export type AttestFlags = ProposeFlags & {
  readonly as: string;
  readonly for?: string | undefined;
  readonly until?: string | undefined;
  readonly 'fail-on': ScanSeverity;
};

/** A finding as an audit lists it: what was found is named by its digest alone. */
function auditFinding({ rule, severity, path, within, line, evidence }: Finding): AuditFinding {
  return {
    rule: rule.slice(0, LIMITS.ruleCharacters),
    severity: severity === 'note' ? 'info' : severity,
    path: path === '' ? SKILL_MD : path,
    range: line === undefined || within !== undefined ? undefined : { from: line, to: line },
    evidence,
    note: within === undefined ? undefined : `in ${within}`.slice(0, LIMITS.statementCharacters),
  };
}

/**
 * The findings that an audit lists: the worst come first, and that something was not scanned is never left out.
 */
function listed(findings: readonly Finding[]): readonly AuditFinding[] {
  const most = LIMITS.findingsPerAudit;
  const shown = findings.slice(0, most);
  const incomplete = findings.find(({ rule }) => rule === SCAN_INCOMPLETE);
  if (incomplete === undefined || shown.includes(incomplete)) return shown.map(auditFinding);
  return [...shown.slice(0, most - 1), incomplete].map(auditFinding);
}

/**
 * What a scan comes to as an audit. One that did not look at everything says nothing, unless what it did find is bad enough.
 * @throws GitkelError `refused`, reason `scan-incomplete`.
 */
export function scanVerdict(result: ScanResult, failOn: ScanSeverity): Audit['result'] {
  if (isPassed(result, failOn)) return 'pass';
  const isBad = result.findings.some(
    ({ rule, severity }) => rule !== SCAN_INCOMPLETE && isAtLeast(severity, failOn),
  );
  if (isBad) return 'fail';
  const gap = result.findings.find(({ rule }) => rule === SCAN_INCOMPLETE);
  throw new GitkelError(
    'refused',
    `Cannot attest this scan: ${quoted(gap?.path ?? '')} was not scanned to its end: ${gap?.detail ?? ''}`,
    {
      reason: SCAN_INCOMPLETE,
      hint: 'Nothing was sealed. What was not looked at was not found good.',
    },
  );
}

function noteOn({ files, bytes, findings }: ScanResult, failOn: ScanSeverity): string {
  const more = findings.length - Math.min(findings.length, LIMITS.findingsPerAudit);
  const rest = more > 0 ? `; ${more} more findings are not listed` : '';
  return `${files} files, ${bytes} bytes; fails on ${failOn}${rest}`;
}

/** Seals what a scan found of exactly the files that it looked at. @param version of the scanner */
export async function attestScan(
  session: Session,
  about: SkillFilesNamed,
  result: ScanResult,
  version: string,
  flags: AttestFlags,
  show: (lines: readonly string[]) => void,
): Promise<StatedProposal & { readonly result: Audit['result'] }> {
  const verdict = scanVerdict(result, flags['fail-on']);
  const log = await session.log();
  const speaker = speakerOf(session, log, 'audit', flags);
  const most = auditDays('scanner');
  const term = termFromNow(session.host, flags.until, { usual: most, most });
  const ruleset = result.ruleset.sha256;
  const body: Audit = {
    type: 'audit',
    ...about,
    from: undefined,
    criteria: criteriaSaids(session, [SCANNED]),
    result: verdict,
    thoroughness: 'low',
    understanding: 'none',
    method: 'scanner',
    tool: auditTool({ uri: TOOL, version, ruleset, config: undefined }),
    findings: listed(result.findings),
    observed: undefined,
    note: noteOn(result, flags['fail-on']),
    issued: term.first,
    expires: term.end,
    controller: speaker.controller,
  };
  return { ...(await sealStatement(session, speaker, body, flags, show)), result: verdict };
}
