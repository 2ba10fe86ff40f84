import { type RecordFiles, releasedManifest } from '../log/stored-records.ts';
import type { SkillLog } from './skill-verdict.ts';

/** A verified log as verdicts on skills read it. Valid until the log is refreshed or closed. */
export function skillLog(log: RecordFiles): SkillLog {
  return { contents: log.contents, manifestOf: (release) => releasedManifest(log, release) };
}
