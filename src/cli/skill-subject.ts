import path from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';
import { statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { isDigest } from '../keri/primitive-text.ts';
import type { Log } from '../log/log.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { standingOfRelease } from '../log/releases.ts';
import type { Subject } from '../records/in-toto.ts';
import { manifestSha256 } from '../records/skill-manifest.ts';
import type { SkillEntry } from '../skills/skill-entry.ts';
import { digestSkill } from '../skills/skill-digest.ts';
import { readSkill, type SkillPlace } from './skill-source.ts';

/** The files that a statement is about. */
export interface SkillFilesNamed {
  /** The SAID of their manifest. */
  readonly manifest: string;
  readonly subject: Subject;
}

/**
 * The files at a place.
 * @param action what is to be done with them, as a message says it
 * @throws GitkelError `refused` for files without a digest, and as `readSkill`.
 */
export function filesAt(host: Host, place: SkillPlace, action: string): SkillFilesNamed {
  return readSkill(host, place, (entries) => filesOf(host, entries, place, action));
}

/** The files that were found at a place. @throws GitkelError `refused` for files without a digest. */
export function filesOf(
  { crypto }: Pick<Host, 'crypto'>,
  entries: Iterable<SkillEntry>,
  place: SkillPlace,
  action: string,
): SkillFilesNamed {
  const digest = digestSkill(crypto, entries);
  if (digest.outcome === 'digested') {
    const { manifest } = digest;
    const subject = { name: manifest.name, sha256: manifestSha256(crypto, manifest) };
    return { manifest: manifest.said, subject };
  }
  const [problem] = digest.problems;
  throw new GitkelError(
    'refused',
    `Cannot ${action} ${quoted(place.source)}: it has no digest: ${problem?.detail ?? 'it is no skill'}`,
    {
      reason: problem?.reason ?? 'skill-digest',
      hint: 'Name the release or the manifest by its SAID: gitkel skill releases.',
    },
  );
}

function named({ manifest, name, sha256 }: ReleaseEntry): SkillFilesNamed {
  return { manifest, subject: { name, sha256 } };
}

function bySaid({ contents }: Log, said: string, action: string): SkillFilesNamed {
  const { releases } = contents.records;
  const release = releases.release(said) ?? releases.someOf(said);
  if (release !== undefined) return named(release);
  throw new GitkelError(
    'not-found',
    `Cannot ${action} ${said}: the log has no release of that SAID, and none of a manifest of it`,
    { reason: 'skill-unknown', hint: 'What was never released here is named by its files.' },
  );
}

/** The newest release of a name, where one publisher alone has one that counts. */
function byName({ contents }: Log, name: string, action: string): SkillFilesNamed {
  const found = contents.records.releases.all.filter(
    (release) => release.name === name && standingOfRelease(contents, release).counts,
  );
  const publishers = [...new Set(found.map(({ controller }) => controller))];
  const newest = found.at(-1);
  if (newest === undefined) {
    throw new GitkelError(
      'not-found',
      `Cannot ${action} ${quoted(name)}: the log has no release of that name that counts, and it is no place`,
      { reason: 'skill-unknown', hint: 'gitkel skill releases lists what there is.' },
    );
  }
  if (publishers.length === 1) return named(newest);
  throw new GitkelError(
    'usage',
    `Cannot tell which ${quoted(name)} is meant: ${publishers.length} publishers have released one`,
    { hint: `Name the release by its SAID: gitkel skill releases ${name}` },
  );
}

/**
 * What is meant: the files at a place, a release or a manifest by its SAID, or the newest release of a name.
 * @throws GitkelError `not-found` for what is nothing, `usage` for a name of several publishers, `refused` for files without
 * a digest.
 */
export function findSkill(log: Log, place: SkillPlace, action: string): SkillFilesNamed {
  const { source, commit } = place;
  if (isDigest(source)) return bySaid(log, source, action);
  const isPlace = commit !== undefined || statOf(log.host, path.resolve(source)) !== undefined;
  return isPlace ? filesAt(log.host, place, action) : byName(log, source, action);
}
