/** Facts for tests of trust: small texts in place of identifiers, sensible values for all that a test does not name. */
import { nativeCrypto } from '../../src/crypto/native.ts';
import { type Criteria, criteriaOf, criterionNamed } from '../../src/trust/criteria.ts';
import type {
  AuditFact,
  ImportFact,
  Issued,
  ReleaseFact,
  RevocationFact,
  SkillFacts,
  VouchFact,
} from '../../src/trust/facts.ts';
import type { VouchLevel } from '../../src/trust/level.ts';
import type { Requirement, TrustPolicy, TrustRoot } from '../../src/trust/trust-policy.ts';
import { type Viewpoint, viewpointOf } from '../../src/trust/viewpoint.ts';

/** 2026-11-21. */
export const NOW = 20_778;
export const FILES = 'EFiles';
export const CRITERIA: Criteria = criteriaOf(nativeCrypto, []);

export function criterion(name: string, criteria: Criteria = CRITERIA): string {
  const found = criterionNamed(criteria, name);
  if (found === undefined) throw new Error(`no criterion ${name}`);
  return found.said;
}

let made = 0;

function issuedBy(controller: string): Issued {
  made += 1;
  return {
    said: `E${String(made).padStart(6, '0')}`,
    issuer: controller,
    sn: made,
    controller,
    foldedController: controller,
    position: made,
    standing: 'counts',
    why: '',
  };
}

/** What a test says of a vouch. */
export type MoreOfVouch = Partial<VouchFact> & { readonly foldedController?: string };

export function vouch(
  by: string,
  about: string,
  level: VouchLevel,
  { foldedController = by, ...more }: MoreOfVouch = {},
): VouchFact {
  return {
    ...issuedBy(by),
    findControl: () => ({ foldedController }),
    about,
    level,
    scope: {},
    grants: [],
    from: NOW - 100,
    until: NOW + 100,
    ...more,
  };
}

export function audit(by: string, more: Partial<AuditFact> = {}): AuditFact {
  return {
    ...issuedBy(by),
    manifest: FILES,
    criteria: [criterion('safe-to-run')],
    result: 'pass',
    thoroughness: 'high',
    understanding: 'high',
    method: 'human',
    note: '',
    issued: NOW - 10,
    expires: NOW + 190,
    ...more,
  };
}

export function imported(by: string, more: Partial<ImportFact> = {}): ImportFact {
  return {
    ...issuedBy(by),
    manifest: FILES,
    criteria: [criterion('safe-to-run')],
    note: '',
    issued: NOW - 10,
    expires: NOW + 190,
    ...more,
  };
}

export function release(by: string, more: Partial<ReleaseFact> = {}): ReleaseFact {
  return {
    ...issuedBy(by),
    version: '1.0.0',
    isAllowed: true,
    namesSource: true,
    isWitnessed: false,
    ...more,
  };
}

export function revocation(by: string, more: Partial<RevocationFact> = {}): RevocationFact {
  return { ...issuedBy(by), target: 'manifest', reason: 'malicious', note: '', ...more };
}

export function skill(more: Partial<SkillFacts> = {}): SkillFacts {
  return {
    name: 'deploy',
    manifest: FILES,
    tier: 'T2',
    isIntact: true,
    statesPermissions: true,
    release: release('publisher'),
    audits: [],
    imports: [],
    exemptions: [],
    revocations: [],
    ...more,
  };
}

export function root(
  aid: string,
  level: VouchLevel = 'high',
  scope: TrustRoot['scope'] = {},
): TrustRoot {
  return { aid, level, scope };
}

export const NEEDS_TWO: Requirement = {
  criteria: [criterion('content-intact'), criterion('author-anchored'), criterion('safe-to-run')],
  trust: 'medium',
  redundancy: 2,
};

/** A policy for skills of tier T2. */
export function policyOf(
  roots: readonly TrustRoot[],
  requirement: Partial<Requirement> | undefined = {},
  criteria: Criteria = CRITERIA,
): TrustPolicy {
  return { roots, criteria, requirements: { T2: { ...NEEDS_TWO, ...requirement } } };
}

export function viewOf(
  policy: TrustPolicy,
  vouches: readonly VouchFact[] = [],
  now = NOW,
): Viewpoint {
  const own = new Map<string, VouchFact[]>();
  for (const each of vouches) {
    const same = own.get(each.controller);
    if (same === undefined) own.set(each.controller, [each]);
    else same.push(each);
  }
  return viewpointOf(policy, (aid) => own.get(aid) ?? [], now);
}
