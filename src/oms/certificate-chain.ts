/**
 * Whether a chain of certificates leads to a root that the caller pinned (RFC 5280, section 6, without policies and name
 * constraints: what limits a certificate in ways that are not known here is refused). Revocation lists are not asked: nothing
 * here uses the network.
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { sameBytes } from '../base/bytes.ts';
import { quoted } from '../base/errors.ts';
import { type Certificate, isIssuedBy } from './certificate.ts';
import type { OmsProblem } from './oms-problem.ts';

/** Signatures of certificates: ECDSA and RSA (PKCS #1 v1.5) with SHA-256, -384 or -512, and Ed25519. */
const ALGORITHMS = new Set([
  '2a8648ce3d040302',
  '2a8648ce3d040303',
  '2a8648ce3d040304',
  '2a864886f70d01010b',
  '2a864886f70d01010c',
  '2a864886f70d01010d',
  '2b6570',
]);

const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const RSA_BITS = { least: 2048, most: 8192 } as const;

/** Extended key usages with which files may be signed: code signing, and any. */
const SIGNING_USAGES = new Set(['2b06010505070303', '551d2500']);

/** Whether a public key is of a kind that is strong enough to count. */
export function isSoundKey({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details,
}: KeyObject): boolean {
  switch (type) {
    case 'ed25519':
      return true;
    case 'ec':
      return CURVES.has(details?.namedCurve ?? '');
    case 'rsa': {
      const bits = details?.modulusLength ?? 0;
      return bits >= RSA_BITS.least && bits <= RSA_BITS.most;
    }
    default:
      return false;
  }
}

const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

/** When a certificate is to be believed, in words. */
function times({ notBefore, notAfter }: Certificate): string {
  return `${day(notBefore)} to ${day(notAfter)}`;
}

const named = ({ subjectText }: Certificate): string => quoted(subjectText, 200);

function broken(certificate: Certificate, why: string): OmsProblem {
  return { reason: 'oms-chain', detail: `the certificate of ${named(certificate)} ${why}` };
}

/** What is wrong with a certificate wherever it stands in a chain. */
function checkAlone(certificate: Certificate, now: number): OmsProblem | undefined {
  const [limit] = certificate.unknownLimits;
  if (limit !== undefined)
    return broken(
      certificate,
      `is limited by the extension ${limit} (DER), which is not known here`,
    );
  if (!ALGORITHMS.has(certificate.algorithm) || !isSoundKey(certificate.publicKey))
    return broken(certificate, 'has a key or a signature of a kind that does not count');
  if (now < certificate.notBefore)
    return {
      reason: 'oms-not-yet-valid',
      detail: `the certificate of ${named(certificate)} is valid from ${times(certificate)}`,
    };
  if (now > certificate.notAfter)
    return {
      reason: 'oms-expired',
      detail: `the certificate of ${named(certificate)} was valid from ${times(certificate)}, and nothing proves when it was used`,
    };
  return undefined;
}

function checkLeaf(leaf: Certificate): OmsProblem | undefined {
  if (leaf.isAuthority) return broken(leaf, 'is that of an authority, and signs the files itself');
  if (leaf.keyUsage?.signs === false) return broken(leaf, 'is not for signatures');
  const { extendedUsage } = leaf;
  if (extendedUsage !== undefined && !extendedUsage.some((oid) => SIGNING_USAGES.has(oid)))
    return broken(leaf, 'is not for signing code');
  return undefined;
}

/** What is wrong with an authority that has so many other authorities below it. */
function checkAuthority(authority: Certificate, below: number): OmsProblem | undefined {
  if (!authority.isAuthority || authority.keyUsage?.certifies === false)
    return broken(authority, 'is not that of an authority');
  const { pathLength, extendedUsage } = authority;
  // What limits an authority limits what it issues, as OpenSSL and Windows have it.
  if (extendedUsage !== undefined && !extendedUsage.some((oid) => SIGNING_USAGES.has(oid)))
    return broken(authority, 'does not issue certificates for signing code');
  if (pathLength !== undefined && below > pathLength)
    return broken(authority, `allows ${pathLength} authorities below it, not ${below}`);
  return undefined;
}

function checkIssued(issued: Certificate, authority: Certificate): OmsProblem | undefined {
  return isIssuedBy(issued, authority)
    ? undefined
    : broken(issued, `is not issued by ${named(authority)}`);
}

export type ChainVerdict =
  | { readonly ok: true; readonly root: Certificate }
  | { readonly ok: false; readonly problem: OmsProblem };

/**
 * Follows a chain from its leaf to the first certificate that is pinned, which is one of the chain or, at its end, one that
 * only the caller has. That a chain holds its own root says nothing.
 * @param now seconds since 1970
 */
export function judgeChain(
  chain: readonly Certificate[],
  pinned: ReadonlySet<string>,
  roots: readonly Certificate[],
  now: number,
): ChainVerdict {
  const [leaf, ...above] = chain;
  if (leaf === undefined) throw new Error('a chain has a leaf');
  const first = checkAlone(leaf, now) ?? checkLeaf(leaf);
  if (first !== undefined) return { ok: false, problem: first };
  let [current, below] = [leaf, 0];
  const climb = (authority: Certificate): OmsProblem | undefined => {
    const problem =
      checkIssued(current, authority) ??
      checkAuthority(authority, below) ??
      checkAlone(authority, now);
    // Those that issue themselves do not count (RFC 5280, section 4.2.1.9).
    if (!sameBytes(authority.subject, authority.issuer)) below++;
    current = authority;
    return problem;
  };
  for (const authority of above) {
    const problem = climb(authority);
    if (problem !== undefined) return { ok: false, problem };
    if (pinned.has(authority.sha256)) return { ok: true, root: authority };
  }
  const root = roots.find(
    ({ subject, sha256 }) => pinned.has(sha256) && sameBytes(subject, current.issuer),
  );
  const problem = root === undefined ? unpinned(current) : climb(root);
  return problem === undefined && root !== undefined
    ? { ok: true, root }
    : { ok: false, problem: problem ?? unpinned(current) };
}

function unpinned(last: Certificate): OmsProblem {
  const detail = `its certificates end at ${named(last)}, SHA-256 ${last.sha256}, and lead to no root that is pinned`;
  return { reason: 'oms-root', detail };
}
