import { viewsOn } from '../skills/judge-skill.ts';
import type { SkillLog } from '../skills/skill-log.ts';
import type { Staleness } from '../skills/skill-verdict.ts';
import type { Viewpoint } from '../trust/viewpoint.ts';
import type { RepositoryPolicy } from './repository-policy.ts';

/** What a change is judged by. */
export interface Judgement {
  /** In force before the change. */
  readonly policy: RepositoryPolicy;
  readonly log: SkillLog;
  /** From where it is judged what others say of skills: that of the policy alone, none where it asks nobody. */
  readonly views: readonly Viewpoint[];
  /** Why the copy of the log is too old to decide. */
  readonly staleness?: Staleness | undefined;
}

/**
 * What changes are judged by at a time. Whoever judges several of them makes it once.
 * @param today days since 1970-01-01, UTC
 */
export function judgementBy(
  policy: RepositoryPolicy,
  log: SkillLog,
  today: number,
  staleness?: Staleness,
): Judgement {
  const views = viewsOn(log.contents, [policy.trust], today);
  return { policy, log, views, staleness };
}
