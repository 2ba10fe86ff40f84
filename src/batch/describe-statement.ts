import { quoted } from '../base/errors.ts';
import type { Audit } from '../records/audit.ts';
import type { Exemption } from '../records/exemption.ts';
import type { AuditFinding } from '../records/audit-finding.ts';
import type { SkillImport } from '../records/skill-import.ts';
import type { Vouch } from '../records/vouch.ts';
import { forWhom, LONGEST_LINE } from './describe-skill-record.ts';

const whole = (text: string): string => quoted(text, LONGEST_LINE);

function criteriaLines(what: string, criteria: readonly string[]): readonly string[] {
  return criteria.map((said) => `  ${what} ${said}`);
}

function findingLine({ rule, severity, path, range, evidence, note }: AuditFinding): string {
  const where = range === undefined ? '' : ` lines ${range.from} to ${range.to}`;
  const more = note === undefined ? '' : `: ${whole(note)}`;
  return `  finding (${severity}) ${rule} in ${whole(path)}${where}, evidence sha256:${evidence}${more}`;
}

function auditLines(audit: Audit, issuer: string): readonly string[] {
  const { manifest, subject, from, criteria, result, method, tool, observed, controller } = audit;
  const verdict = result === 'pass' ? 'PASSES' : 'FAILS';
  return [
    `AUDIT: ${whole(subject.name)} ${verdict} in the name of ${issuer}${forWhom(controller)}`,
    `  manifest ${manifest} sha256:${subject.sha256} (gitkel skill digest tells that of files which you have)`,
    from === undefined
      ? '  all of its files were looked at'
      : `  only what changed since the manifest ${from} was looked at`,
    ...criteriaLines(result === 'pass' ? 'meets' : 'does not meet', criteria),
    `  method ${method}, thoroughness ${audit.thoroughness}, understanding ${audit.understanding}`,
    ...(tool === undefined
      ? []
      : [
          `  with ${whole(tool.uri)} ${whole(tool.version)}${tool.ruleset === undefined ? '' : `, rules sha256:${tool.ruleset}`}${tool.config === undefined ? '' : `, configuration sha256:${tool.config}`}`,
        ]),
    ...audit.findings.map(findingLine),
    ...(observed === undefined ? [] : [`  permissions that were seen: sha256:${observed}`]),
    `  from ${audit.issued} until ${audit.expires}`,
    `  note: ${whole(audit.note)}`,
  ];
}

const LEVEL_WORDS: Readonly<Record<Vouch['level'], string>> = {
  distrust: 'DISTRUST',
  none: 'give NO trust to',
  low: 'give LOW trust to',
  medium: 'give MEDIUM trust to',
  high: 'give HIGH trust to',
};

function vouchLines(vouch: Vouch, issuer: string): readonly string[] {
  const { aid, level, scope, grants, from, until, note, controller } = vouch;
  return [
    `VOUCH: ${LEVEL_WORDS[level]} ${aid} in the name of ${issuer}${forWhom(controller)}`,
    ...criteriaLines('only for the criterion', scope.criteria ?? []),
    ...(scope.names ?? []).map((name) => `  only for skills called ${whole(name)}`),
    ...criteriaLines('EVERY RELEASE by it meets', grants),
    `  from ${from} until ${until}`,
    `  note: ${whole(note)}`,
  ];
}

function importLines(skill: SkillImport, issuer: string): readonly string[] {
  const { manifest, subject, origin, evidence, criteria, issued, expires, note } = skill;
  const { url, commit, path } = origin;
  const at = commit === undefined ? '' : ` at ${commit}`;
  const below = path === undefined ? '' : `, directory ${whole(path)}`;
  return [
    `IMPORT: answer for ${whole(subject.name)}, whose author is not verified, in the name of ${issuer}${forWhom(skill.controller)}`,
    `  manifest ${manifest} sha256:${subject.sha256} (gitkel skill digest tells that of files which you have)`,
    `  from ${whole(url)}${at}${below}`,
    ...evidence.map(
      ({ kind, signer, digest, note: more }) =>
        `  foreign signature (${kind}) by ${whole(signer)}, sha256:${digest}${more === undefined ? '' : `: ${whole(more)}`}`,
    ),
    ...criteriaLines('meets', criteria),
    `  from ${issued} until ${expires}`,
    `  note: ${whole(note)}`,
  ];
}

function exemptionLines(exemption: Exemption, issuer: string): readonly string[] {
  const { manifest, subject, reason, owner, issued, expires, controller } = exemption;
  return [
    `EXEMPT ${whole(subject.name)} from what is asked of skills, in the name of ${issuer}${forWhom(controller)}`,
    `  manifest ${manifest} sha256:${subject.sha256} (gitkel skill digest tells that of files which you have)`,
    `  because ${whole(reason)}`,
    `  ${whole(owner)} sees to it`,
    `  from ${issued} until ${expires}`,
  ];
}

/** What a statement by which skills are judged would say, line by line. */
export function describeStatement(
  body: Audit | Vouch | SkillImport | Exemption,
  issuer: string,
): readonly string[] {
  switch (body.type) {
    case 'audit':
      return auditLines(body, issuer);
    case 'vouch':
      return vouchLines(body, issuer);
    case 'import':
      return importLines(body, issuer);
    case 'exemption':
      return exemptionLines(body, issuer);
  }
}
