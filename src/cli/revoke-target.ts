import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { statOf } from '../host/files.ts';
import { isDigest } from '../keri/primitive-text.ts';
import type { Contents } from '../log/contents.ts';
import type { Log } from '../log/log.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { releasesByName, releasesOf, standingOfRelease } from '../log/releases.ts';
import { statedBy } from '../log/stated.ts';
import type { Subject } from '../records/in-toto.ts';
import type { RevokeTarget } from '../records/revoke.ts';
import { filesAt } from './skill-subject.ts';

/** What a person writes to say what is revoked. */
export interface NamedTarget {
  readonly text: string;
  readonly commit: string | undefined;
  /** Whether it is a name, whatever else it might be. */
  readonly isName: boolean;
}

export interface FoundTarget {
  readonly target: RevokeTarget;
  readonly subject: Subject;
}

function subjectOf({ name, sha256 }: ReleaseEntry): Subject {
  return { name, sha256 };
}

function bySaid({ contents }: Log, said: string): FoundTarget {
  const { releases } = contents.records;
  const stated = statedBy(contents.records, said);
  if (stated !== undefined) return { target: { kind: 'statement', said }, subject: stated.subject };
  const release = releases.release(said);
  if (release !== undefined)
    return { target: { kind: 'release', said }, subject: subjectOf(release) };
  const some = releases.someOf(said);
  if (some !== undefined) return { target: { kind: 'manifest', said }, subject: subjectOf(some) };
  throw new GitkelError(
    'not-found',
    `Cannot revoke ${said}: the log has no release and no statement of that SAID, and no release of a manifest of it`,
    { reason: 'revoke-target', hint: 'What was never released here is named by its files.' },
  );
}

function byName({ contents }: Log, publisher: string, name: string): FoundTarget | undefined {
  const newest = releasesByName(contents, publisher, name).at(-1);
  return newest === undefined
    ? undefined
    : { target: { kind: 'name', publisher, name }, subject: subjectOf(newest) };
}

function byFiles({ host }: Log, { text, commit }: NamedTarget): FoundTarget {
  const { manifest, subject } = filesAt(host, { source: text, commit }, 'revoke');
  return { target: { kind: 'manifest', said: manifest }, subject };
}

/**
 * What is meant: a SAID, the files at a place, or a name that the publisher released.
 * @throws GitkelError `usage` for what is both a place and a name, `not-found` for what is nothing, `refused` for files
 * without a digest.
 */
export function findRevokeTarget(log: Log, publisher: string, named: NamedTarget): FoundTarget {
  const { text, commit, isName } = named;
  if (!isName && isDigest(text)) return bySaid(log, text);
  const release = commit === undefined ? byName(log, publisher, text) : undefined;
  const isPlace =
    !isName && (commit !== undefined || statOf(log.host, path.resolve(text)) !== undefined);
  if (release !== undefined && isPlace && !/[./\\]/.test(text)) {
    throw new GitkelError(
      'usage',
      `Cannot tell what ${quoted(text)} is: ${publisher} released skills of that name, and it is here`,
      { hint: `Write ./${text} for the files, or --name for every release of that name.` },
    );
  }
  if (isPlace) return byFiles(log, named);
  if (release !== undefined) return release;
  throw new GitkelError(
    'not-found',
    `Cannot revoke ${quoted(text)}: ${publisher} released no skill of that name, and it is no place`,
    { reason: 'revoke-target', hint: 'gitkel skill releases lists what there is.' },
  );
}

/** The releases of a publisher that count and that a revocation in its name is about. */
export function concernedBy(
  contents: Contents,
  publisher: string,
  target: RevokeTarget,
): readonly ReleaseEntry[] {
  const { releases } = contents.records;
  const candidates = (): readonly ReleaseEntry[] => {
    switch (target.kind) {
      case 'release':
        return [releases.release(target.said) ?? []].flat();
      case 'manifest':
        return releasesOf(contents, target.said, [publisher]);
      case 'name':
        return releasesByName(contents, target.publisher, target.name);
      case 'statement':
        return [];
    }
  };
  return candidates().filter(
    (release) => release.controller === publisher && standingOfRelease(contents, release).counts,
  );
}
