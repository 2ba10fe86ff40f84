/**
 * When a release, its revocation or the approval of a policy may enter a log. Whether a device may act for its controller
 * is no rule: what it seals without that stands in the log and does not count.
 * @module
 */
import { quoted } from '../base/errors.ts';
import type { Release } from '../records/release.ts';
import type { RepositoryPolicy } from '../records/repository-policy.ts';
import type { Revoke } from '../records/revoke.ts';
import type { Problem } from './problem.ts';
import type { RecordBook } from './record-book.ts';
import type { ReleaseEntry } from './release-book.ts';
import { newestRelease, RELEASE_CAPABILITY, revokeStanding } from './releases.ts';

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

/** A release that a revocation names; `undefined` where the log has none. */
function targeted(book: RecordBook, { target, subject }: Revoke): ReleaseEntry | undefined {
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
function mayRevoke(book: RecordBook, issuer: string, controller: string): boolean {
  return (
    issuer === controller ||
    book
      .linksTo(issuer)
      .some(
        ({ controller: one, revocation, link }) =>
          one === controller &&
          revocation === undefined &&
          link.capabilities.includes(RELEASE_CAPABILITY),
      )
  );
}

/** Whether something is revoked already by an earlier revocation in the same name. */
function isRevoked(book: RecordBook, by: string, { target }: Revoke): boolean {
  const now = target.kind === 'name' ? book.releases.countNamed(target.publisher, target.name) : 0;
  for (const one of book.releases.revokesBack(by, target, now))
    if (revokeStanding(book, one).counts) return true;
  return false;
}

/** A revocation names what is in the log, or files that anybody may release; and each thing once. */
export function revokeProblem(
  book: RecordBook,
  issuer: string,
  revoke: Revoke,
): Problem | undefined {
  const { target, subject, controller = issuer } = revoke;
  const release = targeted(book, revoke);
  const what = target.kind === 'name' ? `${target.publisher} ${quoted(target.name)}` : target.said;
  if (release === undefined && target.kind !== 'manifest')
    return ['revoke-target', `the log has no release ${what} of the revocation's subject`];
  if (
    release !== undefined &&
    (release.name !== subject.name || release.sha256 !== subject.sha256)
  ) {
    return [
      'revoke-target',
      `the subject of the revocation is not ${quoted(release.name)} sha256:${release.sha256}, the manifest of ${what}`,
    ];
  }
  // One that counts for nobody repeats nothing; and nobody looks through a list for it that it makes longer.
  return mayRevoke(book, issuer, controller) && isRevoked(book, controller, revoke)
    ? ['revoke-twice', `${controller} has revoked ${what} already`]
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
