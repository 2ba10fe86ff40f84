import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import type { Release } from '../records/release.ts';
import type { RepositoryPolicy } from '../records/repository-policy.ts';
import { type Revoke, revokeReasonWords } from '../records/revoke.ts';

/** Six characters for each escaped one. */
export const LONGEST_LINE = 12 * LIMITS.eventBytes;

export function forWhom(controller: string | undefined): string {
  return controller === undefined ? '' : `, for ${quoted(controller, LONGEST_LINE)}`;
}

/** Every file that is released: what is signed must have been seen. */
function releaseLines(release: Release, issuer: string): readonly string[] {
  const { manifest, version, previous, controller, source } = release;
  return [
    `RELEASE ${quoted(manifest.name, LONGEST_LINE)} version ${quoted(version, LONGEST_LINE)} in the name of ${issuer}${forWhom(controller)}`,
    `  manifest ${manifest.said} (gitkel skill digest tells that of files which you have)`,
    `  ${previous === undefined ? 'its first release' : `after the release ${previous}`}`,
    ...(source === undefined
      ? []
      : [
          `  from ${quoted(source.repository, LONGEST_LINE)} at ${source.commit}, directory ${quoted(source.path, LONGEST_LINE)}`,
        ]),
    ...manifest.files.map(
      ({ path, size, sha256, executable }) =>
        `  ${executable ? 'x' : ' '} ${quoted(path, LONGEST_LINE)} ${size} bytes sha256:${sha256}`,
    ),
  ];
}

function targetWords({ target, subject }: Revoke): string {
  switch (target.kind) {
    case 'release':
      return `the release ${target.said} of ${quoted(subject.name, LONGEST_LINE)}`;
    case 'manifest':
      return `the files ${target.said} of ${quoted(subject.name, LONGEST_LINE)}, whenever they are released`;
    case 'name':
      return `every release of ${quoted(target.name, LONGEST_LINE)} by ${quoted(target.publisher, LONGEST_LINE)} up to now`;
    case 'statement':
      return `the statement ${target.said} about ${quoted(subject.name, LONGEST_LINE)}, which is TAKEN BACK`;
  }
}

function revokeLines(revoke: Revoke, issuer: string): readonly string[] {
  const { target, subject, reason, note, replacement, controller } = revoke;
  return [
    `REVOKE ${targetWords(revoke)} in the name of ${issuer}${forWhom(controller)}`,
    `  ${target.kind === 'statement' ? 'subject' : 'manifest'} sha256:${subject.sha256}`,
    `  because ${revokeReasonWords(target, reason)} (${reason})`,
    `  note: ${quoted(note, LONGEST_LINE)}`,
    ...(replacement === undefined ? [] : [`  use instead: ${replacement}`]),
  ];
}

/** What a record about skills would do, line by line. */
export function describeSkillRecord(
  body: Release | Revoke | RepositoryPolicy,
  issuer: string,
): readonly string[] {
  switch (body.type) {
    case 'release':
      return releaseLines(body, issuer);
    case 'revoke':
      return revokeLines(body, issuer);
    case 'repository-policy':
      return [
        `APPROVE the repository policy sha256:${body.sha256} in the name of ${issuer}`,
        `  ${body.previous === undefined ? 'the first one of its repository' : `in the place of sha256:${body.previous}`}`,
        '  (gitkel policy check FILE tells the digest of a file which you have, and what it means)',
      ];
  }
}
