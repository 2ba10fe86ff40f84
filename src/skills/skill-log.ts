import type { Contents } from '../log/contents.ts';
import { type RecordFiles, releasedManifest } from '../log/stored-records.ts';
import type { ReleaseEntry } from '../log/release-book.ts';
import { otherSaid, type SkillManifest } from '../records/skill-manifest.ts';

/** The log that decides, verified. */
export interface SkillLog {
  readonly contents: Contents;
  /** The manifest of a release, which its record's file holds; `undefined` when the log has no such release. */
  readonly manifestOf: (release: string) => SkillManifest | undefined;
  /** The SAID of the same files by the other digest that may name a manifest. */
  readonly otherSaidOf: (manifest: SkillManifest) => string;
}

/** A verified log as verdicts on skills read it. Valid until the log is refreshed or closed. */
export function skillLog(log: RecordFiles): SkillLog {
  return {
    contents: log.contents,
    manifestOf: (release) => releasedManifest(log, release),
    otherSaidOf: (manifest) => otherSaid(log.host.crypto, manifest),
  };
}

/**
 * The SAIDs by which statements may name files: by either digest, as they were found, and as they were released where that
 * differs. Who finds something against files is heard by whichever name they are called.
 */
export function saidsOf(
  { manifestOf, otherSaidOf }: SkillLog,
  manifest: SkillManifest,
  release: ReleaseEntry | undefined,
): readonly string[] {
  const found = [manifest.said, otherSaidOf(manifest)];
  if (release === undefined || found.includes(release.manifest)) return found;
  const released = manifestOf(release.said);
  return released === undefined
    ? [...found, release.manifest]
    : [...found, release.manifest, otherSaidOf(released)];
}
