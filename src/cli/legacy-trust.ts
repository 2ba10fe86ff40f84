/**
 * What a home, or a policy, wants to become of skills that nobody released, as verdicts take it.
 * @module
 */
import path from 'node:path';
import { LIMITS } from '../base/limits.ts';
import { GitkelError, quoted } from '../base/errors.ts';
import type { RepositoryPolicy } from '../gate/repository-policy.ts';
import type { Host } from '../host/host.ts';
import type { Home } from '../keys/home.ts';
import { type HomeTrust, homeTrust } from '../keys/home-trust.ts';
import { type Certificate, parseCertificate } from '../oms/certificate.ts';
import { readRootCertificate } from '../oms/root-certificate.ts';
import type { LegacyTrust } from '../skills/legacy-verdict.ts';
import { criteriaOf, criterionNamed } from '../trust/criteria.ts';
import { carriesTrust } from '../trust/level.ts';
import { inputFile } from './input.ts';

/** Refuses a certificate that is not the one whose digest is pinned. */
function requirePinned(certificate: Certificate, sha256: string, where: string): Certificate {
  if (certificate.sha256 === sha256) return certificate;
  throw new GitkelError(
    'refused',
    `Cannot take the certificate in ${quoted(where, 200)} as a root: its SHA-256 is ${certificate.sha256}, not ${sha256} that is pinned`,
    { reason: 'root-other', hint: 'Find out which of them is right, and write that.' },
  );
}

/** SAIDs of criteria; a name that nobody defined stays, and is met by nothing. */
function saidsOf(host: Host, { criteria }: HomeTrust, refs: readonly string[]): readonly string[] {
  const known = criteriaOf(host.crypto, criteria);
  return refs.map((ref) => criterionNamed(known, ref)?.said ?? ref);
}

/**
 * By what a home judges such skills; `undefined` where it refuses them.
 * @param now seconds since 1970-01-01T00:00:00Z
 * @throws GitkelError `malformed` for a damaged file; `refused`, reason `root-other`.
 */
export function homeLegacyTrust(home: Home, now: number): LegacyTrust | undefined {
  const trust = homeTrust(home);
  const { legacy, roots } = trust;
  if (legacy === undefined) return undefined;
  const { host } = home;
  return {
    crypto: host.crypto,
    policy: {
      mode: legacy.mode,
      roots: legacy.roots.map(({ kind, sha256, criteria }) => ({
        kind,
        sha256,
        criteria: saidsOf(host, trust, criteria),
      })),
    },
    roots: legacy.roots.map(({ sha256, certificate }) => ({
      sha256,
      certificate: requirePinned(parseCertificate(host.crypto, certificate), sha256, 'trust.json'),
    })),
    answering: roots.filter(({ level }) => carriesTrust(level)).map(({ aid }) => aid),
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
  return legacyTrustBy(host.crypto, policy, now, (file) => {
    const where = path.join(dir, file);
    return readRootCertificate(host.crypto, inputFile(host, where, LIMITS.certificateBytes), where);
  });
}
