/**
 * What a home, or a policy, wants to become of skills that nobody released, as verdicts take it.
 * @module
 */
import path from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { legacyTrustOf, pinnedCertificate } from '../gate/policy-roots.ts';
import type { RepositoryPolicy } from '../gate/repository-policy.ts';
import type { Host } from '../host/host.ts';
import type { Home } from '../keys/home.ts';
import { type HomeTrust, homeTrust } from '../keys/home-trust.ts';
import type { OmsRoot } from '../oms/verify-oms.ts';
import type { LegacyTrust } from '../skills/legacy-verdict.ts';
import { criteriaOf, criterionNamed } from '../trust/criteria.ts';
import type { TrustPolicy } from '../trust/trust-policy.ts';
import { inputFile } from './input.ts';

/** SAIDs of criteria; a name that nobody defined stays, and is met by nothing. */
function saidsOf(host: Host, { criteria }: HomeTrust, refs: readonly string[]): readonly string[] {
  const known = criteriaOf(host.crypto, criteria);
  return refs.map((ref) => criterionNamed(known, ref)?.said ?? ref);
}

/**
 * The root certificates that a home pins.
 * @throws GitkelError `malformed` for a damaged file; `refused`, reason `root-other`.
 */
export function homeOmsRoots(home: Home): readonly OmsRoot[] {
  const { crypto } = home.host;
  return (homeTrust(home).legacy?.roots ?? []).map(({ sha256, certificate }) => ({
    sha256,
    certificate: pinnedCertificate(crypto, certificate, { sha256 }, 'trust.json'),
  }));
}

/**
 * By what a home judges such skills; `undefined` where it refuses them.
 * @param asked whom the home trusts and what it asks for, as views are made of it
 * @param now seconds since 1970-01-01T00:00:00Z
 * @throws GitkelError `malformed` for a damaged file; `refused`, reason `root-other`.
 */
export function homeLegacyTrust(
  home: Home,
  asked: TrustPolicy,
  now: number,
): LegacyTrust | undefined {
  const trust = homeTrust(home);
  const { legacy } = trust;
  if (legacy === undefined) return undefined;
  const { host } = home;
  return {
    crypto: host.crypto,
    trust: asked,
    policy: {
      mode: legacy.mode,
      roots: legacy.roots.map(({ kind, sha256, criteria }) => ({
        kind,
        sha256,
        criteria: saidsOf(host, trust, criteria),
      })),
    },
    roots: homeOmsRoots(home),
    maintainers: [],
    now,
  };
}

/**
 * By what a policy judges such skills; `undefined` where it refuses them.
 * @param dir the directory in which the files of its roots are
 * @param now seconds since 1970-01-01T00:00:00Z
 * @throws GitkelError `not-found` or `malformed` for such a file; `refused`, reason `root-other`.
 */
export function policyLegacyTrust(
  host: Host,
  policy: RepositoryPolicy,
  dir: string,
  now: number,
): LegacyTrust | undefined {
  const certificates = (policy.legacy?.roots ?? []).flatMap((root) => {
    if (root.file === undefined) return [];
    const where = path.join(dir, root.file);
    const bytes = inputFile(host, where, LIMITS.certificateBytes);
    return [pinnedCertificate(host.crypto, bytes, root, where)];
  });
  return legacyTrustOf(host.crypto, { ...policy, rootCertificates: certificates }, now);
}
