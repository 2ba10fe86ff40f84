/**
 * The certificates of the roots that a policy pins, and what the policy wants to become of skills that nobody released.
 * @module
 */
import { GitkelError, quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Crypto } from '../crypto/crypto.ts';
import type { Certificate } from '../oms/certificate.ts';
import { readRootCertificate } from '../oms/root-certificate.ts';
import type { LegacyTrust } from '../skills/legacy-verdict.ts';
import type { LegacyRoot } from './policy-trust.ts';
import { POLICY_DIRECTORY, type RepositoryPolicy } from './repository-policy.ts';
import type { SkillReader } from './skill-reader.ts';

/**
 * Reads the file of a root.
 * @param where what a message calls it
 * @throws GitkelError `malformed`; `refused`, reason `root-other`, for another certificate than the one that is pinned.
 */
export function pinnedCertificate(
  crypto: Crypto,
  bytes: Uint8Array,
  { sha256 }: Pick<LegacyRoot, 'sha256'>,
  where: string,
): Certificate {
  const certificate = readRootCertificate(crypto, bytes, where);
  if (certificate.sha256 === sha256) return certificate;
  throw new GitkelError(
    'refused',
    `Cannot take the certificate in ${quoted(where, 200)} as a root: its SHA-256 is ${certificate.sha256}, not ${sha256} that is pinned`,
    { reason: 'root-other', hint: 'Find out which of them is right, and write that.' },
  );
}

/** The bytes of a file below the policy's directory in a tree. */
async function fileIn(reader: SkillReader, tree: string, file: string): Promise<Uint8Array> {
  let oid = tree;
  const way = [POLICY_DIRECTORY, ...file.split('/')];
  for (const [index, segment] of way.entries()) {
    const mode = index === way.length - 1 ? '100644' : '40000';
    const entry = (await reader.tree(oid)).find((each) => each.name === segment);
    if (entry?.mode !== mode) {
      throw new GitkelError(
        'malformed',
        `Cannot use the repository policy: it names the root certificate ${quoted(`${POLICY_DIRECTORY}/${file}`, 200)}, and no plain file is there`,
        { reason: 'policy-root', hint: 'Put the certificate there, or take the name out.' },
      );
    }
    ({ oid } = entry);
  }
  return reader.blob(oid, LIMITS.certificateBytes);
}

/**
 * The policy with the certificates that lie beside it in a tree.
 * @throws GitkelError as {@link pinnedCertificate}; `malformed`, reason `policy-root`, for a file that is not there.
 */
export async function withTreeCertificates(
  reader: SkillReader,
  tree: string,
  policy: RepositoryPolicy,
): Promise<RepositoryPolicy> {
  const rootCertificates: Certificate[] = [];
  for (const root of policy.legacy?.roots ?? []) {
    if (root.file === undefined) continue;
    const bytes = await fileIn(reader, tree, root.file);
    const where = `${POLICY_DIRECTORY}/${root.file}`;
    rootCertificates.push(pinnedCertificate(reader.crypto, bytes, root, where));
  }
  return { ...policy, rootCertificates };
}

/**
 * By what a policy judges skills that nobody released; `undefined` where it refuses them.
 * @param now seconds since 1970-01-01T00:00:00Z
 */
export function legacyTrustOf(
  crypto: Crypto,
  { legacy, rootCertificates = [], maintainers, trust }: RepositoryPolicy,
  now: number,
): LegacyTrust | undefined {
  if (legacy === undefined) return undefined;
  return {
    crypto,
    policy: legacy,
    trust,
    roots: legacy.roots.map(({ sha256 }) => ({
      sha256,
      certificate: rootCertificates.find((each) => each.sha256 === sha256),
    })),
    maintainers,
    now,
  };
}
