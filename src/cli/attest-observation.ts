/**
 * An observed run stated as an audit.
 * @module
 */
import { toHex } from '../base/bytes.ts';
import { canonicalBytes, type Json } from '../base/canonical-json.ts';
import { counted } from '../base/counted.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { AuditFinding } from '../records/audit-finding.ts';
import { type Audit, auditDays, auditTool } from '../records/audit.ts';
import type { Observation, Violation } from '../runs/observation.ts';
import type { RunStart } from '../sandbox/run-event.ts';
import { PERMISSIONS_FILE } from '../skills/permissions.ts';
import { SKILL_MD } from '../skills/skill-files.ts';
import { MANIFEST_ACCURATE } from '../trust/built-in-criteria.ts';
import { criteriaSaids } from './criterion.ts';
import type { ProposeFlags } from './propose.ts';
import type { RunnableSkill } from './runnable-skill.ts';
import { sealStatement, speakerOf, type StatedProposal } from './seal-statement.ts';
import type { Session } from './session.ts';
import { termFromNow } from './term.ts';

/** What observes, as audits name it (package-url). */
const TOOL = 'pkg:npm/gitkel#run-observation';

export type ObservedAttestFlags = ProposeFlags & {
  readonly as: string;
  readonly for?: string | undefined;
  readonly until?: string | undefined;
};

function jsonOf(value: object): Json {
  const plain: Json = JSON.parse(JSON.stringify(value));
  return plain;
}

function sha256(crypto: Crypto, value: object): string {
  return toHex(crypto.digest('sha2-256', canonicalBytes(jsonOf(value))));
}

/** A violation as an audit lists it: what was seen is named by its digest alone. */
function auditFinding(
  crypto: Crypto,
  path: string,
  { axis, what, evidence }: Violation,
): AuditFinding {
  return {
    rule: `observed/${axis}`,
    severity: axis === 'secrets' ? 'critical' : 'high',
    path,
    range: undefined,
    evidence: sha256(crypto, { axis, what, evidence }),
    note: undefined,
  };
}

/**
 * What an observation comes to as an audit. One that did not see everything says nothing, unless what it did see is bad enough.
 * @throws GitkelError `refused`, reason `observation-incomplete`.
 */
export function observationVerdict({ state, gaps }: Observation): Audit['result'] {
  switch (state) {
    case 'accurate':
      return 'pass';
    case 'violations':
      return 'fail';
    case 'incomplete':
      throw new GitkelError(
        'refused',
        `Cannot attest this run: ${gaps[0]?.detail ?? 'not all of it was seen'}`,
        {
          reason: 'observation-incomplete',
          hint: 'Nothing was sealed. What was not seen was not found good.',
        },
      );
  }
}

function noteOn({ violations, unused, gaps }: Observation): string {
  const more = violations.length - Math.min(violations.length, LIMITS.findingsPerAudit);
  return [
    `one run of one command: ${counted(violations.length, 'violation')}, ${counted(unused.length, 'declared rule')} not used`,
    ...gaps.map(({ reason }) => reason),
    ...(more > 0 ? [`${more} violations are not listed`] : []),
  ]
    .join('; ')
    .slice(0, LIMITS.statementCharacters);
}

/** Seals what an observed run came to, about exactly the files that ran. @param version of the observer */
export async function attestObservation(
  session: Session,
  skill: RunnableSkill,
  observed: { readonly observation: Observation; readonly start: RunStart },
  version: string,
  flags: ObservedAttestFlags,
  show: (lines: readonly string[]) => void,
): Promise<StatedProposal & { readonly result: Audit['result'] }> {
  const { observation, start } = observed;
  const result = observationVerdict(observation);
  const { crypto } = session.host;
  const speaker = speakerOf(session, await session.log(), 'audit', flags);
  const most = auditDays('scanner');
  const term = termFromNow(session.host, flags.until, { usual: most, most });
  const path = skill.files.some((file) => file.path === PERMISSIONS_FILE)
    ? PERMISSIONS_FILE
    : SKILL_MD;
  const { manifest } = observation.proposal;
  const { command, sandbox, sources } = start;
  const config = sha256(crypto, { command, sandbox, sources });
  const body: Audit = {
    type: 'audit',
    manifest: skill.manifest,
    subject: { name: skill.name, sha256: skill.sha256 },
    from: undefined,
    criteria: criteriaSaids(session, [MANIFEST_ACCURATE]),
    result,
    thoroughness: 'low',
    understanding: 'none',
    method: 'scanner',
    tool: auditTool({ uri: TOOL, version, ruleset: undefined, config }),
    findings: observation.violations
      .slice(0, LIMITS.findingsPerAudit)
      .map((violation) => auditFinding(crypto, path, violation)),
    observed:
      manifest === undefined
        ? undefined
        : toHex(crypto.digest('sha2-256', canonicalBytes(manifest))),
    note: noteOn(observation),
    issued: term.first,
    expires: term.end,
    controller: speaker.controller,
  };
  return { ...(await sealStatement(session, speaker, body, flags, show)), result };
}
