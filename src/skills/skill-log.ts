import type { Log } from '../log/log.ts';
import { releasedManifest } from '../log/stored-records.ts';
import type { SkillLog } from './skill-verdict.ts';

/** A verified log as verdicts on skills read it. Valid until the log is refreshed or closed. */
export function skillLog(log: Log): SkillLog {
  return { contents: log.contents, manifestOf: (release) => releasedManifest(log, release) };
}
