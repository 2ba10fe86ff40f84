import { counted } from '../base/counted.ts';
import { LIMITS } from '../base/limits.ts';
import type { AuditVerdict, Finding } from '../audit/verdict.ts';
import { plainText } from './plain-text.ts';
import type { ReportFinding, ReportFreshness, ReportVerdict } from './report.ts';

function findingReport(finding: Finding): ReportFinding {
  const { reason, detail, position, commit, object, path, aid } = finding;
  return {
    reason: plainText(reason),
    detail: plainText(detail),
    position: position ?? null,
    commit: commit ?? null,
    object: object ?? null,
    path: path === undefined ? null : plainText(path),
    aid: aid ?? null,
  };
}

function identitySentence({ state, identity, log, findings }: AuditVerdict): string {
  switch (identity) {
    case 'expected':
      return findings.some(({ reason }) => reason.startsWith('expected-'))
        ? 'It is not what was expected: what was known of it from elsewhere does not agree.'
        : 'It is the log that was expected: what was known of it from elsewhere agrees.';
    case 'known':
      return state === 'valid'
        ? 'It goes on from what the home that made this report verified before.'
        : 'The home that made this report has verified this log before.';
    case 'not pinned':
      return `Nothing from outside tells that this is the right log: compare its id, ${log ?? 'unknown'}, with what its founder tells you.`;
  }
}

function batchesSentence({ state, batches, findings, objects }: AuditVerdict): string {
  if (state === 'valid') {
    const hashed = objects === undefined ? '' : ` All ${counted(objects, 'object')} were hashed.`;
    return `${batches === 1 ? 'The one batch verifies' : `All ${batches} batches verify`}: the signature of each commit, the digest of each file, each tree computed again, each event by its keys, thresholds, witnesses and delegators, each record by its seal.${hashed}`;
  }
  const place = findings.find(({ position }) => position !== undefined)?.position;
  const shown =
    batches === 0
      ? 'Nothing below was verified.'
      : `What stands below did verify: ${batches === 1 ? 'batch 0' : `batches 0 to ${batches - 1}`}.`;
  return place === undefined
    ? `${counted(findings.length, 'finding')} against it. ${shown}`
    : `Batch ${place} is the first that does not verify. ${shown}`;
}

function duplicitySentence({ aids }: AuditVerdict): readonly string[] {
  const count = aids.filter(({ verdict }) => verdict === 'duplicitous').length;
  return count === 0
    ? []
    : [
        `Evidence in the log proves that ${counted(count, 'identity', 'identities')} signed two events for one place.`,
      ];
}

/** The verdict of a report: in a few words, in sentences, and what was found. */
export function verdictReport(verdict: AuditVerdict): ReportVerdict {
  const { state, reason, identity, findings, notes } = verdict;
  return {
    state,
    reason: plainText(reason),
    why: [batchesSentence(verdict), identitySentence(verdict), ...duplicitySentence(verdict)],
    identity,
    findings: findings.slice(0, LIMITS.reportFindings).map(findingReport),
    notes: notes.slice(0, LIMITS.reportFindings).map(plainText),
  };
}

/** How fresh the log was, as a report tells it. */
export function freshnessReport({ freshness }: AuditVerdict): ReportFreshness | null {
  if (freshness === undefined) return null;
  const { state, since, upstream } = freshness;
  return {
    state,
    since: since ?? null,
    upstream: upstream === undefined ? null : plainText(upstream),
  };
}
