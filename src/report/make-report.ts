import { LIMITS } from '../base/limits.ts';
import type { AidVerdict, AuditVerdict } from '../audit/verdict.ts';
import { lateIndices, type Verified } from './establishment-report.ts';
import { identityReport, type RolesInLog } from './identity-report.ts';
import { plainText } from './plain-text.ts';
import { recordReports } from './record-report.ts';
import {
  type AuditReport,
  REPORT_FORMAT,
  type ReportBatch,
  type ReportEvent,
  type ReportLog,
} from './report.ts';
import { skillReports, vouchReports } from './skill-report.ts';
import { freshnessReport, verdictReport } from './verdict-report.ts';

/** What a report says beside what the log says. */
export interface ReportTerms {
  /** Where the log was read from, for people. */
  readonly source: string;
  /** The log id, and the identifiers as `--expect` takes them, that the audit was told to expect. */
  readonly expectedId?: string | undefined;
  readonly expectedAids?: readonly string[] | undefined;
  /** What whoever makes the report calls an identifier. */
  readonly nameOf?: ((aid: string) => string | undefined) | undefined;
  /** The program and its version. */
  readonly madeBy: string;
  /** Seconds since 1970. */
  readonly madeAt: number;
}

function logReport(
  { contents }: Verified,
  verdict: AuditVerdict,
  { source, expectedId, expectedAids }: ReportTerms,
): ReportLog {
  const { genesis } = contents;
  const policy = genesis === undefined ? undefined : contents.records.policy(genesis);
  return {
    id: genesis?.logId ?? null,
    expectedId: expectedId === undefined ? null : plainText(expectedId),
    expectedAids: (expectedAids ?? []).map(plainText),
    source: plainText(source),
    ref: plainText(verdict.ref),
    tip: verdict.tip ?? null,
    founder: genesis?.founder ?? null,
    admission: policy?.admission ?? null,
    writers: policy?.writers ?? [],
    batches: verdict.batches,
    objects: verdict.objects ?? null,
    freshness: freshnessReport(verdict),
  };
}

function rolesIn(
  { contents, notes }: Verified,
  aids: readonly AidVerdict[],
  founder: string | null,
): RolesInLog {
  const by = (...types: readonly string[]): ReadonlySet<string> =>
    new Set(
      notes.records.flatMap(({ issuer, body }) =>
        types.includes(body.type)
          ? [('controller' in body ? body.controller : undefined) ?? issuer]
          : [],
      ),
    );
  const { genesis } = contents;
  return {
    founder: founder ?? undefined,
    writers: new Set(genesis === undefined ? [] : contents.records.policy(genesis).writers),
    committers: notes.committers,
    delegators: new Set(aids.flatMap(({ state }) => (state.di === '' ? [] : [state.di]))),
    witnesses: new Set(aids.flatMap(({ state }) => state.b)),
    publishers: by('release'),
    auditors: by('audit'),
  };
}

/** An event with what came after it: signatures of later batches, and whether a recovery superseded it. */
function eventNow(verified: Verified, event: ReportEvent): ReportEvent {
  const { aid, sn, said, keys, signed } = event;
  const isWhole = signed.length === keys;
  const late = isWhole ? [] : lateIndices(verified, said, 'indices', { first: signed, size: keys });
  const superseded = verified.contents.kel(aid)?.saidAt(sn) !== said;
  return { ...event, late, superseded };
}

function batchNow(verified: Verified, batch: ReportBatch): ReportBatch {
  return { ...batch, events: batch.events.map((event) => eventNow(verified, event)) };
}

/** The identifiers that are listed: those that something speaks against, then as they entered the log. */
function listedAids({ contents }: Verified, aids: readonly AidVerdict[]): readonly AidVerdict[] {
  const order = new Map(contents.aids.map((aid, index) => [aid, index]));
  const placeOf = ({ aid }: AidVerdict): number => order.get(aid) ?? order.size;
  const suspects = aids.filter(({ verdict }) => verdict !== 'valid');
  const others = aids
    .filter(({ verdict }) => verdict === 'valid')
    .toSorted((a, b) => placeOf(a) - placeOf(b));
  return [...suspects, ...others]
    .slice(0, LIMITS.reportIdentities)
    .toSorted((a, b) => placeOf(a) - placeOf(b));
}

function countsOf(verified: Verified, aids: readonly AidVerdict[]): AuditReport['counts'] {
  const { contents, notes } = verified;
  const links = contents.aids.flatMap((aid) => contents.records.linksOf(aid));
  const revoked = links.filter(({ revocation }) => revocation !== undefined).length;
  return {
    identities: contents.aids.length,
    events: notes.counts.events,
    establishments: aids.reduce(
      (sum, { aid }) => sum + (contents.kel(aid)?.everEstablished.length ?? 0),
      0,
    ),
    records: notes.counts.records,
    skills: 0,
    linkedDevices: links.length - revoked,
    revokedDevices: revoked,
    duplicitous: aids.filter(({ verdict }) => verdict === 'duplicitous').length,
  };
}

/**
 * The report of an audit, as data.
 * @param verdict what the audit came to
 * @param verified what it found to hold, with the notes that were taken from the first batch on
 */
export function makeReport(
  verdict: AuditVerdict,
  verified: Verified,
  terms: ReportTerms,
): AuditReport {
  const { nameOf, madeBy, madeAt } = terms;
  const log = logReport(verified, verdict, terms);
  const roles = rolesIn(verified, verdict.aids, log.founder);
  const aids = listedAids(verified, verdict.aids);
  const skills = skillReports(verified);
  const records = recordReports(verified);
  const batches = verified.notes.batches.map((batch) => batchNow(verified, batch));
  const { counts } = verified.notes;
  return {
    format: REPORT_FORMAT,
    madeBy,
    madeAt,
    verdict: verdictReport(verdict),
    log,
    counts: { ...countsOf(verified, verdict.aids), skills: skills.count },
    identities: aids.map((one) => identityReport(verified, one, roles, nameOf?.(one.aid))),
    skills: skills.skills,
    vouches: vouchReports(verified),
    records,
    batches,
    omitted: {
      findings: Math.max(0, verdict.findings.length - LIMITS.reportFindings),
      identities: verdict.aids.length - aids.length,
      skills: skills.count - skills.skills.length,
      statements: skills.omitted,
      records: counts.records - records.length,
      batches: counts.batches - batches.length,
    },
  };
}
