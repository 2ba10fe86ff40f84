/**
 * When audits, vouches, imports and exemptions may enter a log. Whether a device may act for its controller is no rule:
 * what it seals without that stands in the log and does not count.
 * @module
 */
import { quoted } from '../base/errors.ts';
import type { Subject } from '../records/in-toto.ts';
import type { Vouch } from '../records/vouch.ts';
import type { Problem } from './problem.ts';
import type { RecordBook } from './record-book.ts';

/** What names a manifest that the log has a release of names it as that release does. */
export function skillSubjectProblem(
  book: RecordBook,
  { type, manifest, subject }: { type: string; manifest: string; subject: Subject },
): Problem | undefined {
  const release = book.releases.someOf(manifest);
  if (release === undefined) return undefined;
  if (release.name === subject.name && release.sha256 === subject.sha256) return undefined;
  return [
    'statement-subject',
    `the subject of the ${type} is not ${quoted(release.name)} sha256:${release.sha256}, the manifest ${manifest} of the release ${release.said}`,
  ];
}

/** Nobody vouches for itself, nor a device for its controller in that one's name. */
export function vouchProblem(
  issuer: string,
  { aid, controller = issuer }: Vouch,
): Problem | undefined {
  return aid === issuer || aid === controller
    ? ['vouch-self', `${quoted(aid)} cannot vouch for itself`]
    : undefined;
}
