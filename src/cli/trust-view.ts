/**
 * From where trust is looked at: a policy that is named, or else this home; on a day.
 * @module
 */
import { dayText } from '../base/day.ts';
import type { Contents } from '../log/contents.ts';
import { vouchesIn } from '../skills/vouch-facts.ts';
import { homeTrust } from '../keys/home-trust.ts';
import { statedPolicy } from '../trust/stated-policy.ts';
import { type Viewpoint, viewpointOf } from '../trust/viewpoint.ts';
import { dayFlag } from './day-flag.ts';
import { trustFlags } from './install-flags.ts';
import { requireItsLog, type Terms, termsOf, type TrustFlags } from './install-terms.ts';
import type { Session } from './session.ts';

export const viewFlags = {
  publisher: trustFlags.publisher,
  policy: trustFlags.policy,
  at: dayFlag,
};

export interface TrustView {
  readonly terms: Terms;
  readonly view: Viewpoint;
}

/** Everything that a result follows from, so that anybody can compute it again from a copy of the log. */
export interface ShownView {
  readonly log: string;
  /** Number of the last batch that was read. */
  readonly position: number;
  /** The day, in UTC. */
  readonly at: string;
  /** SHA-256 of the policy by which it is judged; `null` where that is what the home trusts. */
  readonly policy: string | null;
  readonly roots: readonly string[];
}

/** @throws GitkelError as `termsOf`; `refused`, reason `other-log`, for a policy of another log. */
export function trustView(session: Session, flags: TrustFlags, contents: Contents): TrustView {
  const terms = termsOf(session, flags);
  requireItsLog(terms, { contents });
  const policy = terms.policy?.trust ?? statedPolicy(session.host.crypto, homeTrust(session.home));
  return { terms, view: viewpointOf(policy, vouchesIn(contents), terms.day) };
}

export function shownView({ terms, view }: TrustView, contents: Contents): ShownView {
  return {
    log: contents.genesis?.logId ?? '',
    position: contents.batches - 1,
    at: dayText(terms.day),
    policy: terms.policy?.digest ?? null,
    roots: view.policy.roots.map(({ aid }) => aid).toSorted(),
  };
}
