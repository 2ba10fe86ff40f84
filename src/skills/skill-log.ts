import type { Contents } from '../log/contents.ts';
import { type RecordFiles, releasedManifest } from '../log/stored-records.ts';
import type { SkillManifest } from '../records/skill-manifest.ts';

/** The log that decides, verified. */
export interface SkillLog {
  readonly contents: Contents;
  /** The manifest of a release, which its record's file holds; `undefined` when the log has no such release. */
  readonly manifestOf: (release: string) => SkillManifest | undefined;
}

/** A verified log as verdicts on skills read it. Valid until the log is refreshed or closed. */
export function skillLog(log: RecordFiles): SkillLog {
  return { contents: log.contents, manifestOf: (release) => releasedManifest(log, release) };
}
