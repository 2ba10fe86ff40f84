import type { Crypto } from '../crypto/crypto.ts';
import { viewsOn } from '../skills/judge-skill.ts';
import type { LegacyTrust } from '../skills/legacy-verdict.ts';
import type { SkillLog } from '../skills/skill-log.ts';
import type { Staleness } from '../skills/skill-verdict.ts';
import type { Viewpoint } from '../trust/viewpoint.ts';
import { legacyTrustOf } from './policy-roots.ts';
import type { RepositoryPolicy } from './repository-policy.ts';

const SECONDS_PER_DAY = 86_400;

/** What a change is judged by. */
export interface Judgement {
  /** In force before the change. */
  readonly policy: RepositoryPolicy;
  readonly log: SkillLog;
  /** From where it is judged what others say of skills: that of the policy alone, none where it asks nobody. */
  readonly views: readonly Viewpoint[];
  /** What becomes of skills that nobody released; they are refused where it is not said. */
  readonly legacy?: ((crypto: Crypto) => LegacyTrust | undefined) | undefined;
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
  // By the day, as everything that is judged here.
  const legacy = (crypto: Crypto): LegacyTrust | undefined =>
    legacyTrustOf(crypto, policy, today * SECONDS_PER_DAY);
  return { policy, log, views, legacy, staleness };
}
