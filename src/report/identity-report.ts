import { LIMITS } from '../base/limits.ts';
import { thresholdText } from '../keri/threshold.ts';
import { controllersAt, devicesAt, type DeviceStanding } from '../log/devices.ts';
import type { AidVerdict } from '../audit/verdict.ts';
import { establishmentReports, type Verified } from './establishment-report.ts';
import { plainText } from './plain-text.ts';
import type { ReportDevice, ReportIdentity, ReportMark, ReportRole } from './report-identity.ts';

/** Who does what in a log, for {@link ReportRole}. */
export interface RolesInLog {
  readonly founder: string | undefined;
  readonly writers: ReadonlySet<string>;
  readonly committers: ReadonlySet<string>;
  readonly delegators: ReadonlySet<string>;
  readonly witnesses: ReadonlySet<string>;
  readonly publishers: ReadonlySet<string>;
  readonly auditors: ReadonlySet<string>;
}

function deviceReport(standing: DeviceStanding): ReportDevice {
  const { device, controller, name, capabilities, link } = standing;
  const { linkedAt, revokedAt, supersededAt } = standing;
  return {
    device,
    controller,
    name: plainText(name),
    capabilities: capabilities.map(plainText),
    standing: standing.standing,
    linkedAt,
    revokedAt,
    supersededAt,
    link,
  };
}

function markReport(mark: AidVerdict['marks'][number]): ReportMark {
  const { evidence, sn, rivals, position, status, reconciledAt } = mark;
  return { evidence, sn, rivals, position, status, reconciledAt: reconciledAt ?? null };
}

function rolesOf(
  roles: RolesInLog,
  { aid, state }: AidVerdict,
  deviceOf: readonly DeviceStanding[],
): readonly ReportRole[] {
  const found: readonly (readonly [ReportRole, boolean])[] = [
    ['founder', roles.founder === aid],
    ['writer', roles.writers.has(aid)],
    ['committer', roles.committers.has(aid)],
    ['multi-sig', state.k.length > 1],
    ['delegated', state.di !== ''],
    ['delegator', roles.delegators.has(aid)],
    ['device', deviceOf.length > 0],
    ['witness', roles.witnesses.has(aid)],
    ['publisher', roles.publishers.has(aid)],
    ['auditor', roles.auditors.has(aid)],
  ];
  return found.flatMap(([role, isIt]) => (isIt ? [role] : []));
}

function supersededReport({ superseded }: AidVerdict): ReportIdentity['superseded'] {
  return superseded.map(({ sn, said, type, position, by, records }) => ({
    sn,
    said,
    type,
    position,
    by,
    records: records.map(({ said: record, type: kind, status }) => ({
      said: record,
      type: kind,
      status,
    })),
  }));
}

/** One identifier as a report tells of it. */
export function identityReport(
  verified: Verified,
  verdict: AidVerdict,
  roles: RolesInLog,
  name: string | undefined,
): ReportIdentity {
  const { contents, notes } = verified;
  const { aid } = verdict;
  const kel = contents.kel(aid);
  if (kel === undefined) throw new Error('an identifier with a verdict has a KEL');
  const { state } = kel;
  const last = contents.batches - 1;
  const devices = devicesAt(contents, aid, last);
  const deviceOf = controllersAt(contents, aid, last);
  const interactions = notes.interactions(aid);
  const establishments = establishmentReports(verified, kel);
  const listed = [devices, deviceOf].map((list) => list.slice(0, LIMITS.reportDevices));
  const [ownDevices = [], controllers = []] = listed;
  const positions = interactions.slice(-LIMITS.reportInteractions);
  return {
    aid,
    name: name === undefined ? null : plainText(name),
    labels: [...new Set(controllers.map((one) => plainText(one.name)))],
    roles: rolesOf(roles, verdict, deviceOf),
    verdict: verdict.verdict,
    reasons: verdict.reasons.map(plainText),
    sn: verdict.sn,
    said: verdict.said,
    expect: verdict.expect,
    abandoned: verdict.abandoned,
    threshold: thresholdText(state.threshold),
    publicKeys: state.publicKeys,
    nextThreshold: thresholdText(state.nextThreshold),
    nextKeys: state.nextDigests.length,
    witnessThreshold: state.witnessThreshold,
    witnesses: state.witnesses,
    traits: state.traits.map(plainText),
    delegator: state.delegator ?? null,
    approvalStands: verdict.approval?.stands ?? null,
    events: verdict.events,
    establishments,
    interactions: positions,
    devices: ownDevices.map(deviceReport),
    deviceOf: controllers.map(deviceReport),
    marks: verdict.marks.map(markReport),
    superseded: supersededReport(verdict),
    registries: verdict.registries.map(({ registry, status, credentials }) => ({
      registry,
      status,
      credentials: credentials.length,
    })),
    omitted:
      interactions.length -
      positions.length +
      (devices.length - ownDevices.length) +
      (deviceOf.length - controllers.length) +
      (kel.everEstablished.length - establishments.length),
  };
}
