/**
 * The verdict on skills that no publisher who may has released, by a table of classes and modes. Only what has no release at
 * all, or one by somebody unknown, gets here: what was changed after its release, or is revoked, stays refused.
 * @module
 */
import { dayOfSeconds, parseDay } from '../base/day.ts';
import { quoted } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { revocationsBy } from '../log/releases.ts';
import type { ExemptionEntry } from '../log/trust-entry.ts';
import { OMS_REASONS, type OmsProblem } from '../oms/oms-problem.ts';
import type { OmsVerdict } from '../oms/verify-oms.ts';
import { termsOf } from '../trust/claim-problem.ts';
import { coversCriterion } from '../trust/criteria.ts';
import { judgedEdges } from '../trust/criterion-path.ts';
import {
  judgeClass,
  LEGACY_REASONS,
  type LegacyClass,
  type LegacyMode,
  type LegacyOutcome,
  type LegacyReason,
} from '../trust/legacy.ts';
import type { Requirement, Tier } from '../trust/trust-policy.ts';
import type { Viewpoint } from '../trust/viewpoint.ts';
import { judgeOms } from './foreign-signature.ts';
import { revokedVerdict } from './judge-manifest.ts';
import { type Answers, answersFor, everybodyAnswering } from './legacy-answers.ts';
import type { FoundSkill } from './judge-skill.ts';
import {
  isRevokedByHeard,
  judged,
  objections,
  type Seen,
  type Viewed,
} from './legacy-objections.ts';
import type { HeldExemption, HeldSignature, LegacyTrust, LegacyVerdict } from './legacy-verdict.ts';
import type { SkillLog } from './skill-log.ts';
import {
  type Assessment,
  type SkillVerdict,
  type Trust,
  type VerdictFinding,
  verdictFor,
} from './skill-verdict.ts';

function heldExemption(entry: ExemptionEntry, today: number): HeldExemption {
  const { said, controller, reason, owner, expires } = entry;
  return { said, controller, reason, owner, expires, daysLeft: parseDay(expires) - today };
}

/** Whether a root is held to meet something, and all that is asked of skills of the tier. */
function isMapped(
  { policy }: LegacyTrust,
  oms: OmsVerdict,
  tier: Tier,
  views: readonly Viewpoint[],
): boolean {
  if (oms.outcome !== 'verified') return false;
  const criteria = policy.roots.find(({ sha256 }) => sha256 === oms.root)?.criteria ?? [];
  if (criteria.length === 0) return false;
  return views.every(({ policy: view }) =>
    (view.requirements[tier]?.criteria ?? []).every((wanted) =>
      coversCriterion(view.criteria, criteria, wanted),
    ),
  );
}

/** How audits count where nothing is asked for. */
const USUAL: Pick<Requirement, 'trust' | 'methods'> = { trust: 'low', methods: undefined };

/** What is found from where one judges whom a skill may be let in by: what another one trusts and asks for adds nothing. */
function ownOf({ trust }: LegacyTrust, { assessments }: Seen): readonly Assessment[] {
  return assessments.filter(({ view }) => view.policy === trust);
}

/** Whether an audit of exactly these files, as a whole, counts for a criterion that is known and not computed. */
function isAudited(legacy: LegacyTrust, seen: Seen): boolean {
  return ownOf(legacy, seen).some(({ view, facts }) => {
    const { criteria, requirements } = view.policy;
    const asked = requirements[seen.tier] ?? USUAL;
    return [...criteria.values()].some(
      (criterion) =>
        criterion.computed === undefined &&
        judgedEdges(facts, view, termsOf(asked, criterion)).some(
          ({ from, to, claims }) =>
            from === undefined &&
            to === facts.manifest &&
            claims.some(({ claim, problems }) => claim.kind === 'audit' && problems.length === 0),
        ),
    );
  });
}

/** Whether everything that is asked for is met, and something of it is for others to say: any stranger's files are intact. */
function meetsCriteria(legacy: LegacyTrust, seen: Seen): boolean {
  const asks = ownOf(legacy, seen).some(({ view: { policy } }) =>
    (policy.requirements[seen.tier]?.criteria ?? []).some(
      (said) => policy.criteria.get(said)?.computed === undefined,
    ),
  );
  return asks && seen.assessments.every(({ decision }) => decision.decision === 'accept');
}

/** The class of a skill whose signatures are not bad. */
function classOf(
  found: SkillVerdict,
  oms: OmsVerdict,
  { exemption, import: by }: Answers,
): LegacyClass {
  if (found.release !== undefined) return 'signed-unknown-author';
  if (oms.outcome === 'verified') return 'foreign-signed';
  return exemption === undefined && by === undefined ? 'unsigned-unknown' : 'unsigned-pinned';
}

function detailOf(
  reason: LegacyReason,
  found: SkillVerdict,
  known: LegacyVerdict,
  answers: Answers,
): string {
  const { exemption, signature } = known;
  switch (reason) {
    case 'exempted':
      return exemption === undefined
        ? found.detail
        : `exempted by ${exemption.controller} until ${exemption.expires}: ${quoted(exemption.reason, LIMITS.reasonCharacters)}`;
    case 'exemption-expired':
      return `the exemption ${answers.expired?.said ?? ''} expired on ${answers.expired?.expires ?? ''}`;
    case 'imported':
      return `imported by ${answers.import?.controller ?? ''} until ${answers.import?.expires ?? ''}`;
    case 'foreign-signed':
    case 'foreign-root-unmapped':
    case 'import-missing':
      return `signed by ${quoted(signature?.signer ?? '', 200)} under the root ${signature?.root ?? ''}`;
    case 'unsigned':
    case 'exemption-not-enough':
    case 'author-unknown':
    case 'author-unknown-audited':
      return found.detail;
  }
}

function foreignFinding({ reason, detail }: OmsProblem): VerdictFinding {
  return { reason, detail, hint: OMS_REASONS[reason].mend, statements: [] };
}

function badSignature(
  found: SkillVerdict,
  mode: LegacyMode,
  [first, ...more]: readonly [OmsProblem, ...OmsProblem[]],
): SkillVerdict {
  const verdict = judged(found, 'reject', [foreignFinding(first), ...more.map(foreignFinding)]);
  return { ...verdict, legacy: { class: 'bad', mode } };
}

/** Whether a verdict is one that the table is for: there is no release, or one by somebody unknown. */
export function isLegacy({ reason }: SkillVerdict): boolean {
  return reason === 'no-release' || reason === 'publisher-not-allowed';
}

function heldSignature(oms: OmsVerdict): HeldSignature | undefined {
  if (oms.outcome !== 'verified') return undefined;
  return { kind: 'oms', root: oms.root, file: oms.digest, signer: oms.signer };
}

/** What is to be remembered of a verdict by the table. */
function knownBy(
  of: LegacyClass,
  mode: LegacyMode,
  oms: OmsVerdict,
  { exemption, import: by }: Answers,
  [reason, today]: readonly [LegacyReason, number],
): LegacyVerdict {
  const isByImport = reason === 'imported' || reason === 'foreign-signed';
  return {
    class: of,
    mode,
    signature: heldSignature(oms),
    exemption:
      reason === 'exempted' && exemption !== undefined
        ? heldExemption(exemption, today)
        : undefined,
    import: isByImport ? by?.said : undefined,
  };
}

/** That an exemption has expired says more than that there is none. */
function reasonOf(
  { reason, decision }: LegacyOutcome,
  { expired, exemption }: Answers,
): LegacyReason {
  if (reason === undefined) throw new Error('only what is released is accepted without a reason');
  const hasExpired =
    decision === 'needs-review' && expired !== undefined && exemption === undefined;
  return hasExpired ? 'exemption-expired' : reason;
}

/** The verdict of the table on a skill against which nothing speaks. */
function byTable(
  { contents }: SkillLog,
  { manifest }: FoundSkill,
  { legacy, staleness, views = [] }: LegacyTerms,
  [found, oms]: readonly [SkillVerdict, OmsVerdict],
  viewed: Seen,
): SkillVerdict {
  const { mode } = legacy.policy;
  const today = dayOfSeconds(legacy.now);
  const view = views.find(({ policy }) => policy === legacy.trust);
  const answers = answersFor(contents, manifest, legacy, { today, view });
  const of = classOf(found, oms, answers);
  const outcome = judgeClass(of, mode, {
    isImported: answers.import !== undefined,
    isExempted: answers.exemption !== undefined,
    isMapped: isMapped(legacy, oms, viewed.tier, views),
    isAudited: isAudited(legacy, viewed),
    meetsCriteria: meetsCriteria(legacy, viewed),
  });
  const { decision, conditions } = outcome;
  if (decision === 'accept-with-conditions' && staleness !== undefined)
    return verdictFor(manifest, staleness.reason, staleness.detail, { release: found.release });
  const reason = reasonOf(outcome, answers);
  const known = knownBy(of, mode, oms, answers, [reason, today]);
  const detail = detailOf(reason, found, known, answers);
  const statements = [known.exemption?.said, known.import].flatMap((said) => said ?? []);
  const hint = LEGACY_REASONS[reason].mend;
  return {
    ...judged(found, decision, [{ reason, detail, hint, statements }]),
    conditions,
    assessments: viewed.assessments,
    legacy: known,
  };
}

type LegacyTerms = Trust & { readonly legacy: LegacyTrust };

/**
 * The verdict on files that a stranger released, too, by the word of those who answer for them alone: strangers can release
 * any files, and take that back, so that it takes nothing from these. `undefined` where nobody answers for them.
 */
function withoutStranger(
  log: SkillLog,
  skill: FoundSkill,
  trust: LegacyTerms,
  [found, oms]: readonly [SkillVerdict, OmsVerdict],
  { tier, assessments, alone }: Viewed,
): SkillVerdict | undefined {
  if (found.release === undefined || isRevokedByHeard({ tier, assessments })) return undefined;
  const bare = verdictFor(skill.manifest, 'no-release', found.detail);
  const seen = { tier, assessments: alone() };
  const verdict = objections(bare, seen) ?? byTable(log, skill, trust, [bare, oms], seen);
  const isAnswered =
    verdict.decision === 'accept-with-conditions' && verdict.legacy?.class !== 'unsigned-unknown';
  return isAnswered ? verdict : undefined;
}

/**
 * Judges a skill that has no release by who may, where whoever judges says what becomes of such skills. A revocation and what
 * others found against the files come first, then a signature that does not hold, then the table.
 * @param found the verdict by its release, for which {@link isLegacy} holds, or {@link isIdleForeign}
 * @param viewed what is asked beside a release, and found
 */
export function judgeLegacy(
  log: SkillLog,
  skill: FoundSkill,
  trust: LegacyTerms,
  found: SkillVerdict,
  viewed: Viewed,
): SkillVerdict {
  const { manifest } = skill;
  const { legacy, allowed, heeded = [] } = trust;
  const what = found.release ?? manifest.said;
  const heard = [...new Set([...allowed, ...heeded, ...everybodyAnswering(legacy)])];
  const [revocation] = revocationsBy(log.contents, what, heard);
  if (revocation !== undefined) return revokedVerdict(manifest, revocation, found.release);
  const against = isLegacy(found) ? objections(found, viewed) : found;
  const oms = judgeOms(legacy.crypto, skill, legacy.roots, legacy.now);
  if (oms.outcome === 'bad')
    return against ?? badSignature(found, legacy.policy.mode, oms.problems);
  const verdict = against ?? byTable(log, skill, trust, [found, oms], viewed);
  const answered = withoutStranger(log, skill, trust, [found, oms], viewed);
  if (answered === undefined) return verdict;
  // Of two that let it in the one with fewer conditions: a stranger's release adds none to the word of those who answer.
  const isBetter =
    verdict.decision !== 'accept-with-conditions' ||
    answered.conditions.length < verdict.conditions.length;
  return isBetter ? answered : verdict;
}
