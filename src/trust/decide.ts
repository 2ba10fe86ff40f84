/**
 * The gate: whether a skill meets what is asked for. It is a yes or a no with its reasons, never a number.
 * @module
 */
import { LIMITS } from '../base/limits.ts';
import { byAge } from './age.ts';
import { failedAudits, heardOf } from './claim.ts';
import { ownDistrusted } from './effective-trust.ts';
import { findCriteria, findRelease } from './criterion-finding.ts';
import type { Decision, FoundReason, Proof } from './decision.ts';
import type { RevocationFact, SkillFacts } from './facts.ts';
import { byGravity, foundReason } from './found-reason.ts';
import { auditWords, revocationWords, vouchWords } from './trust-words.ts';
import { TRUST_REASONS } from './trust-reason.ts';
import type { Viewpoint } from './viewpoint.ts';

/** The revocations in force by who is heard, and by the publisher. */
export function heardRevocations(facts: SkillFacts, view: Viewpoint): readonly RevocationFact[] {
  const heard = view.heard(facts.name);
  const publisher = facts.release?.controller;
  return facts.revocations
    .filter(
      ({ controller, standing }) =>
        standing === 'counts' && (heard.has(controller) || controller === publisher),
    )
    .toSorted(byAge);
}

/** Why the publisher is not trusted to release, if somebody says so. */
function publisherReasons({ release, name }: SkillFacts, view: Viewpoint): readonly FoundReason[] {
  if (release === undefined) return [];
  const { removed } = view.trust({ name });
  const { controller } = release;
  const own = ownDistrusted(release, removed);
  if (own !== undefined)
    return [
      foundReason(
        'publisher-distrusted',
        `whoever judges distrusts ${own}, the publisher, its device or who controls it`,
        [],
      ),
    ];
  const vouch = removed.get(controller);
  return vouch === undefined
    ? []
    : [foundReason('publisher-doubted', vouchWords(vouch), [vouch.said])];
}

/** What says no whatever is said for the skill. */
function negatives(facts: SkillFacts, view: Viewpoint): readonly FoundReason[] {
  const { criteria } = view.policy;
  const failed = failedAudits(facts, view).filter(({ manifest }) => manifest === facts.manifest);
  return [
    ...failed.map((audit) =>
      foundReason('audit-failed', auditWords(criteria, audit), [audit.said]),
    ),
    ...heardRevocations(facts, view).map((revocation) =>
      foundReason('revoked-by-trusted', revocationWords(revocation), [revocation.said]),
    ),
    ...publisherReasons(facts, view),
  ];
}

/** What is not looked at since it is more than anybody should have to look at. */
function excess(facts: SkillFacts, view: Viewpoint): readonly FoundReason[] {
  const statements = [facts.audits, facts.imports]
    .map((each) => heardOf(facts, view, each).length)
    .reduce((a, b) => a + b);
  const tooMany = statements > LIMITS.trustAudits;
  const found = [
    ...(view.network.isWhole
      ? []
      : [
          `more than ${LIMITS.trustIdentities} identities or ${LIMITS.trustVouches} vouches follow from the roots`,
        ]),
    ...(tooMany
      ? [
          `${statements} audits and imports of the skill are there, the limit is ${LIMITS.trustAudits}`,
        ]
      : []),
    ...(facts.isCut === true ? ['one controller says more about the files than is read'] : []),
  ];
  return found.map((detail) => foundReason('trust-too-large', detail, []));
}

function reasonProof({ reason, detail, statements }: FoundReason): Proof {
  return { claim: detail, holds: false, reason, statement: statements[0], parts: [] };
}

/**
 * Decides on a skill by what is known of it, as seen from a viewpoint. What somebody who is heard found against it beats all that is
 * said for it; of what is said for it, only what is in force, by who is trusted, counts. Statements by who is not reachable
 * from the roots change nothing.
 * @param needsRelease whether it has to be released by whoever may, also where no criterion asks for that: `false` for who
 *   finds that out otherwise
 */
export function decide(facts: SkillFacts, view: Viewpoint, needsRelease = false): Decision {
  const against = [...negatives(facts, view), ...excess(facts, view)];
  const anchored = needsRelease ? findRelease(facts, view) : [];
  const findings = [...anchored, ...findCriteria(facts, view)];
  const reasons = byGravity([...against, ...findings.flatMap((finding) => finding.reasons)]);
  const isRejected = reasons.some(({ reason }) => TRUST_REASONS[reason].decision === 'reject');
  const decision = isRejected ? 'reject' : reasons.length > 0 ? 'needs-review' : 'accept';
  return {
    decision,
    reasons,
    conditions: [],
    proof: {
      claim: `a skill of tier ${facts.tier} meets what is asked for, and nobody who is heard speaks against it`,
      holds: decision === 'accept',
      reason: reasons[0]?.reason,
      parts: [...against.map(reasonProof), ...findings.map(({ proof }) => proof)],
    },
  };
}
