import type { AuditReport, ReportFinding } from './report.ts';
import type { ReportIdentity } from './report-identity.ts';

/** Identifiers and digests in CESR text, and object ids: nothing in them means anything to a shell. */
const SAFE = /^[A-Za-z0-9_-]{1,128}$/;

/** A word of a command; what is no identifier after all does not get into one. */
function word(text: string): string {
  return SAFE.test(text) ? text : "''";
}

/** An identifier to expect, with or without its event. */
const EXPECTED = /^[A-Za-z0-9_-]{1,128}(?:@\d{1,15}:[A-Za-z0-9_-]{1,128})?$/;

/** The command that verifies the whole log again, and holds against it what was held against it before, or its own id. */
export function recheckLog({ id, expectedId, expectedAids }: AuditReport['log']): string {
  const known = expectedId ?? id;
  const aids = expectedAids.filter((text) => EXPECTED.test(text));
  return [
    'gitkel audit --full',
    ...(known === null ? [] : [`--expect-log ${word(known)}`]),
    ...aids.map((text) => `--expect ${text}`),
  ].join(' ');
}

/** The command that finds a finding again. */
export function recheckFinding(log: AuditReport['log'], { object }: ReportFinding): string {
  return object === null ? recheckLog(log) : `${recheckLog(log)} --objects`;
}

/** The command that verifies the log again and requires that it holds an identifier with its last event. */
export function recheckIdentity({ aid, sn, said }: ReportIdentity): string {
  return `gitkel audit --full --expect ${word(aid)}@${sn}:${word(said)}`;
}

/** The command that tells the key state of an identifier as of a batch. */
export function recheckKeys(aid: string, position: number): string {
  return `gitkel identity show ${word(aid)} --at @${position}`;
}

/** The command that tells an identifier's devices as of now. */
export function recheckDevices(aid: string): string {
  return `gitkel device list ${word(aid)}`;
}

/** The command that tells who signed an event, a record or a batch, by its SAID or its commit. */
export function recheckThing(id: string): string {
  return `gitkel show ${word(id)}`;
}

/** The command that lists the evidence of duplicity of the log. */
export function recheckEvidence(): string {
  return 'gitkel evidence list';
}

/** The command that tells what was said of the files of a skill. */
export function recheckStatements(manifest: string): string {
  return `gitkel skill statements ${word(manifest)}`;
}
