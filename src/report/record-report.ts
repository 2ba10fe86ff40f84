import { recordWords } from '../log/batch-record.ts';
import { recordStanding } from '../log/record-standing.ts';
import type { TrustBody } from '../log/trust-entry.ts';
import type { AuditFinding } from '../records/audit-finding.ts';
import type { RecordBody } from '../records/record.ts';
import type { NotedRecord } from './noted-records.ts';
import { commitAt, type Verified } from './establishment-report.ts';
import { plainText } from './plain-text.ts';
import type { ReportRecord } from './report.ts';

type Detail = readonly [label: string, value: string | undefined];

/** Findings of one audit that are told, and items of another list. */
const FINDINGS = 16;
const ITEMS = 16;

function listed(items: readonly string[]): string | undefined {
  if (items.length === 0) return undefined;
  const more = items.length - ITEMS;
  return `${items.slice(0, ITEMS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function findingDetail({ rule, severity, path, range, note }: AuditFinding): Detail {
  const lines = range === undefined ? '' : `:${range.from}-${range.to}`;
  return [
    'finding',
    `${severity} ${rule} in ${path}${lines}${note === undefined ? '' : `: ${note}`}`,
  ];
}

function targetWords(body: Extract<RecordBody, { type: 'revoke' }>): string {
  const { target } = body;
  return target.kind === 'name'
    ? `every release of ${target.name} by ${target.publisher} so far`
    : `${target.kind} ${target.said}`;
}

/** What a record says beside its title; labels of ours, values perhaps of others. */
function detailsOf({ body, files }: NotedRecord): readonly Detail[] {
  switch (body.type) {
    case 'device-link':
      return [
        ['device', body.device],
        ['name', body.name],
        ['capabilities', listed(body.capabilities)],
      ];
    case 'device-revoke':
      return [
        ['device', body.device],
        ['reason', body.reason],
      ];
    case 'statement':
      return body.subjects
        .slice(0, ITEMS)
        .map(({ name, sha256 }): Detail => ['subject', `${name} sha256:${sha256}`]);
    case 'log-policy':
      return [
        ['admission', body.admission],
        ['writers', listed(body.writers)],
      ];
    case 'lift':
      return [
        ['lifts', listed(body.records)],
        ['reason', body.reason],
      ];
    case 'release':
      return [
        ['skill', body.manifest.name],
        ['version', body.version],
        ['manifest', body.manifest.said],
        ['files', String(files)],
        ['previous release', body.previous],
        ['source', body.source && `${body.source.repository} at ${body.source.commit}`],
      ];
    case 'revoke':
      return [
        ['revokes', targetWords(body)],
        ['reason', body.reason],
        ['note', body.note],
        ['replacement', body.replacement],
      ];
    case 'repository-policy':
      return [
        ['policy', `sha256:${body.sha256}`],
        ['previous', body.previous],
      ];
    case 'run-record':
      return [
        ['runs', listed(body.runs.map(({ id }) => id))],
        ['period', body.period && `${body.period.from} to ${body.period.until}`],
        ['left out', body.period && listed(body.period.except)],
      ];
    case 'audit':
    case 'vouch':
    case 'import':
    case 'exemption':
      return trustDetails(body);
  }
}

/** What a statement says by which skills are judged. */
function trustDetails(body: TrustBody): readonly Detail[] {
  switch (body.type) {
    case 'audit':
      return [
        ['skill', body.subject.name],
        ['manifest', body.manifest],
        ['result', body.result],
        [
          'method',
          `${body.method}, thoroughness ${body.thoroughness}, understanding ${body.understanding}`,
        ],
        ['only what changed since', body.from],
        ['criteria', listed(body.criteria)],
        ['tool', body.tool && `${body.tool.uri} ${body.tool.version}`],
        ['issued', `${body.issued}, gives trust until ${body.expires}`],
        ['note', body.note],
        ...body.findings.slice(0, FINDINGS).map(findingDetail),
        [
          'more findings',
          body.findings.length > FINDINGS ? String(body.findings.length - FINDINGS) : undefined,
        ],
      ];
    case 'vouch':
      return [
        ['identity', body.aid],
        ['level', body.level],
        ['criteria', body.scope.criteria && listed(body.scope.criteria)],
        ['names', body.scope.names && listed(body.scope.names)],
        ['grants', listed(body.grants)],
        ['in force', `from ${body.from} until ${body.until}`],
        ['note', body.note],
      ];
    case 'import':
      return [
        ['skill', body.subject.name],
        ['manifest', body.manifest],
        ['from', body.origin.url],
        ['commit there', body.origin.commit],
        ['path there', body.origin.path],
        ...body.evidence
          .slice(0, ITEMS)
          .map(({ kind, signer }): Detail => ['foreign signature', `${kind} by ${signer}`]),
        ['criteria', listed(body.criteria)],
        ['issued', `${body.issued}, gives trust until ${body.expires}`],
        ['note', body.note],
      ];
    case 'exemption':
      return [
        ['skill', body.subject.name],
        ['manifest', body.manifest],
        ['reason', body.reason],
        ['owner', body.owner],
        ['issued', `${body.issued}, holds until ${body.expires}`],
      ];
  }
}

/** A record as a report tells of it, and how it stands as of the last batch. */
export function recordReport(verified: Verified, noted: NotedRecord): ReportRecord {
  const { said, issuer, sn, position, body } = noted;
  const { counts, why } = recordStanding(verified.contents, noted);
  const controller = 'controller' in body ? body.controller : undefined;
  return {
    said,
    type: body.type,
    issuer,
    controller: plainText(controller ?? issuer),
    sn,
    position,
    commit: commitAt(verified, position),
    title: plainText(recordWords(noted)),
    details: detailsOf(noted).flatMap(([label, value]) =>
      value === undefined || value === '' ? [] : [[label, plainText(value)] as const],
    ),
    counts,
    why: plainText(why),
  };
}

/** The records that a report lists: the newest, and older ones that speak against something. */
export function recordReports(verified: Verified): readonly ReportRecord[] {
  return verified.notes.records.map((noted) => recordReport(verified, noted));
}
