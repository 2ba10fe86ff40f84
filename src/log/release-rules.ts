/**
 * When a release, its revocation or the approval of a policy may enter a log. Whether a device may act for its controller
 * is no rule: what it seals without that stands in the log and does not count.
 * @module
 */
import { quoted } from '../base/errors.ts';
import type { Release } from '../records/release.ts';
import type { RepositoryPolicy } from '../records/repository-policy.ts';
import type { Subject } from '../records/in-toto.ts';
import type { Revoke, RevokeTarget, SkillTarget } from '../records/revoke.ts';
import { isThere } from './link-entry.ts';
import type { Problem } from './problem.ts';
import type { RecordBook } from './record-book.ts';
import type { ReleaseEntry } from './release-book.ts';
import { newestRelease, revokeStanding } from './releases.ts';
import { revokeCapability, statedBy } from './stated.ts';

/**
 * A release names the newest one of its name as the one before it, so that its chain has no gap, and no release can be
 * put in front of a newer one.
 */
export function releaseProblem(
  book: RecordBook,
  issuer: string,
  { manifest, version, previous, controller = issuer }: Release,
): Problem | undefined {
  const newest = newestRelease(book, controller, manifest.name);
  const what = `the release of ${quoted(manifest.name)} ${quoted(version)}`;
  if (newest?.manifest === manifest.said && newest.version === version)
    return ['release-twice', `${what} says what ${newest.said} says already`];
  if (previous === newest?.said) return undefined;
  if (newest === undefined) {
    const detail = `${what} names ${previous ?? ''} as the one before it; ${controller} has none that counts`;
    return ['release-previous', detail];
  }
  return [
    'release-previous',
    `${what} names ${previous ?? 'none'} as the one before it, not ${newest.said}, the newest of ${controller}`,
  ];
}

/** A release that a revocation of releases names; `undefined` where the log has none. */
function targeted(
  book: RecordBook,
  target: SkillTarget,
  subject: Subject,
): ReleaseEntry | undefined {
  const { releases } = book;
  switch (target.kind) {
    case 'release':
      return releases.release(target.said);
    case 'manifest':
      return releases.someOf(target.said);
    case 'name':
      return releases.namedWith(target.publisher, target.name, subject.sha256);
  }
}

/** Whether an issuer may revoke in the name of a controller by what is in force now. */
function mayRevoke(
  book: RecordBook,
  issuer: string,
  { target, controller = issuer }: Revoke,
): boolean {
  const capability = revokeCapability(book, target);
  return (
    issuer === controller ||
    book
      .linksBetween(controller, issuer)
      .some(
        (one) =>
          isThere(one) &&
          one.revocation === undefined &&
          one.link.capabilities.includes(capability),
      )
  );
}

/** Whether something is revoked already by an earlier revocation in the same name. */
function isRevoked(book: RecordBook, by: string, { target }: Revoke): boolean {
  const now = target.kind === 'name' ? book.releases.countNamed(target.publisher, target.name) : 0;
  for (const one of book.revokes.of(by, target, revokeCapability(book, target), now))
    if (revokeStanding(book, one).counts) return true;
  return false;
}

/** What is taken back was said in the same name, and the revocation names what it is about. */
function retractionProblem(
  book: RecordBook,
  said: string,
  { subject, by }: { readonly subject: Subject; readonly by: string },
): Problem | undefined {
  const stated = statedBy(book, said);
  if (stated === undefined) return ['revoke-target', `the log has no statement ${said}`];
  if (stated.controller !== by) {
    return [
      'revoke-foreign',
      `${by} cannot take back the ${stated.type} ${said}, which is in the name of ${stated.controller}`,
    ];
  }
  if (stated.subject.name === subject.name && stated.subject.sha256 === subject.sha256)
    return undefined;
  return [
    'revoke-target',
    `the subject of the revocation is not ${quoted(stated.subject.name)} sha256:${stated.subject.sha256}, that of the ${stated.type} ${said}`,
  ];
}

/** A revocation of releases names what is in the log, or files that anybody may release. */
function releaseTargetProblem(
  book: RecordBook,
  target: SkillTarget,
  subject: Subject,
): Problem | undefined {
  const release = targeted(book, target, subject);
  const what = targetWords(target);
  if (release === undefined) {
    return target.kind === 'manifest'
      ? undefined
      : ['revoke-target', `the log has no release ${what} of the revocation's subject`];
  }
  if (release.name === subject.name && release.sha256 === subject.sha256) return undefined;
  return [
    'revoke-target',
    `the subject of the revocation is not ${quoted(release.name)} sha256:${release.sha256}, the manifest of ${what}`,
  ];
}

function targetWords(target: RevokeTarget): string {
  return target.kind === 'name' ? `${target.publisher} ${quoted(target.name)}` : target.said;
}

/** A revocation names what there is to revoke, and each thing once. */
export function revokeProblem(
  book: RecordBook,
  issuer: string,
  revoke: Revoke,
): Problem | undefined {
  const { target, subject, controller: by = issuer } = revoke;
  const problem =
    target.kind === 'statement'
      ? retractionProblem(book, target.said, { subject, by })
      : releaseTargetProblem(book, target, subject);
  if (problem !== undefined) return problem;
  // One that counts for nobody repeats nothing; and nobody looks through a list for it that it makes longer.
  return mayRevoke(book, issuer, revoke) && isRevoked(book, by, revoke)
    ? ['revoke-twice', `${by} has revoked ${targetWords(target)} already`]
    : undefined;
}

/** An approval says something else than the last one of the same maintainer. */
export function policyProblem(
  book: RecordBook,
  issuer: string,
  { sha256, previous }: RepositoryPolicy,
): Problem | undefined {
  for (const last of book.releases.policiesBack(issuer)) {
    if (book.isAbsent(last.said)) continue;
    return last.sha256 === sha256 && last.previous === previous
      ? ['policy-twice', `${last.said} approves the same policy already`]
      : undefined;
  }
  return undefined;
}
