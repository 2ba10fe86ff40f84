/**
 * The verdict on a change of a repository's tree: what a server refuses or takes, and what a check of a range says.
 * @module
 */
import { quoted } from '../base/errors.ts';
import type { SkillManifest } from '../records/skill-manifest.ts';
import { pathProblem } from '../records/skill-path.ts';
import type { SkillLog } from '../skills/skill-log.ts';
import { judgeManifest } from '../skills/judge-manifest.ts';
import { judgeSkill, letsIn } from '../skills/judge-skill.ts';
import { type SkillVerdict, unusableVerdict, verdictFor } from '../skills/skill-verdict.ts';
import {
  type ChangedSkill,
  changedSkills,
  type TreeChanges,
  type TreeObstacle,
} from './changed-skills.ts';
import type { Judgement } from './judgement.ts';
import { TOP } from './path-pattern.ts';
import { judgePolicyChange, type PolicyChange, unlessStale } from './policy-change.ts';
import { isGoverned, ruleFor } from './policy-rule.ts';
import { inLots, type SkillReader } from './skill-reader.ts';

/** A ref that moves, by the trees of its tips. */
export interface TreeChange {
  /** `undefined` where nothing was there; of a new ref, the tree of the default branch. */
  readonly before: string | undefined;
  /** `undefined` for a ref that is deleted. */
  readonly after: string | undefined;
  /** Whether it is the branch whose policy file governs; on any other ref a policy file means nothing. */
  readonly governs: boolean;
  /** Whether the ref was at `before` itself, so that an older release in the place of a newer one goes back. */
  readonly isUpdate: boolean;
}

/** What happened to a skill, and what comes of it. */
export interface JudgedSkill {
  /** From the top of the repository; `.` for the top. */
  readonly path: string;
  readonly change: 'added' | 'changed' | 'renamed';
  /** Where a renamed skill was. */
  readonly from: string | undefined;
  /** The pattern of the rule that decides, and who may release the skill by it. */
  readonly rule: string | undefined;
  readonly allowed: readonly string[];
  readonly verdict: SkillVerdict;
}

export interface ChangeVerdict {
  readonly state: 'accepted' | 'refused';
  /** Those that are there after the change, in the order of their paths. */
  readonly skills: readonly JudgedSkill[];
  /** Paths of those that are gone. */
  readonly deleted: readonly string[];
  readonly obstacles: readonly TreeObstacle[];
  readonly policy: PolicyChange;
}

function shownSkillPath(path: string): string {
  return path === '' ? TOP : path;
}

/** The verdict on a skill for whose path the policy has no rule. */
function ungoverned(log: SkillLog, manifest: SkillManifest, path: string): SkillVerdict {
  const found = judgeManifest(log, manifest, { allowed: [] });
  if (found.state === 'revoked') return found;
  const detail = `no rule of the policy matches ${quoted(shownSkillPath(path), 200)}`;
  const verdict = verdictFor(manifest, 'no-rule', detail, { release: found.release });
  return found.state === 'intact-unsigned' ? { ...verdict, state: found.state } : verdict;
}

/** The verdict on the files of one skill by the rule for its path. */
async function verdictOf(
  reader: SkillReader,
  path: string,
  tree: string,
  { policy, log, views, legacy, staleness }: Judgement,
): Promise<SkillVerdict> {
  const wrong = path === '' ? undefined : pathProblem(path);
  if (wrong !== undefined) return unusableVerdict([{ ...wrong, path }]);
  const digest = await reader.digest(tree);
  if (digest.outcome === 'refused') return unusableVerdict(digest.problems);
  const rule = ruleFor(policy, path);
  const { manifest } = digest;
  if (rule === undefined) return ungoverned(log, manifest, path);
  return judgeSkill(log, digest, {
    allowed: rule.release,
    elsewhere: policy.paths.flatMap(({ release }) => release),
    heeded: policy.maintainers,
    staleness,
    views,
    legacy: legacy?.(reader.crypto),
  });
}

/** A verified release that is older than the one, of the same publisher and name, whose place it would take. */
async function goneBack(
  reader: SkillReader,
  { path, before }: ChangedSkill,
  verdict: SkillVerdict,
  judgement: Judgement,
): Promise<SkillVerdict> {
  if (!letsIn(verdict) || before === undefined) return verdict;
  const { release } = verdict;
  const old = await verdictOf(reader, path, before, judgement);
  // What lacks an audit today is not bad: going back behind it is for its publisher to say.
  const isOlder =
    release !== undefined &&
    old.decision !== 'reject' &&
    old.release?.controller === release.controller &&
    old.release.name === release.name &&
    old.release.position > release.position;
  if (!isOlder || old.release === undefined) return verdict;
  return verdictFor(
    { name: release.name, said: release.manifest },
    'older-release',
    `release ${quoted(release.version)} at position ${release.position} would take the place of ${quoted(old.release.version)} at position ${old.release.position}`,
    { release },
  );
}

/** Which deleted skill the files of an added one were: a skill with the same tree. */
function movedFrom(skill: ChangedSkill, gone: readonly ChangedSkill[]): string | undefined {
  return gone.find(({ before }) => before === skill.after)?.path;
}

async function judgeChanged(
  reader: SkillReader,
  skill: ChangedSkill & { readonly after: string },
  gone: readonly ChangedSkill[],
  judgement: Judgement,
  isUpdate: boolean,
): Promise<JudgedSkill> {
  const { path, before, after } = skill;
  const from = before === undefined ? movedFrom(skill, gone) : undefined;
  const rule = ruleFor(judgement.policy, path);
  const found = await verdictOf(reader, path, after, judgement);
  const verdict = isUpdate ? await goneBack(reader, skill, found, judgement) : found;
  return {
    path: shownSkillPath(path),
    change: before !== undefined ? 'changed' : from === undefined ? 'added' : 'renamed',
    from: from === undefined ? undefined : shownSkillPath(from),
    rule: rule?.match.text,
    allowed: rule?.release ?? [],
    verdict,
  };
}

/** Skills whose files are read before the first of them is judged. */
const SKILLS_AT_ONCE = 4;

/** What a deleted ref leaves to be judged. */
const NOTHING: TreeChanges = { skills: [], obstacles: [] };

function isThere(skill: ChangedSkill): skill is ChangedSkill & { readonly after: string } {
  return skill.after !== undefined;
}

/**
 * Judges a change: every skill that it adds or changes needs a release that counts, unrevoked, by a publisher whom the
 * policy in force before it allows for that path, and whatever that policy asks for beside it. Deletions pass, but for that of the policy.
 * @throws GitkelError `refused` for damaged objects and for what is too much to judge, `not-found` for missing objects.
 */
export async function judgeChange(
  reader: SkillReader,
  change: TreeChange,
  judgement: Judgement,
): Promise<ChangeVerdict> {
  const { policy, log, staleness } = judgement;
  const { skills, obstacles } =
    change.after === undefined
      ? NOTHING
      : await changedSkills(reader, change, (path) => isGoverned(policy, path));
  const gone = skills.filter((skill) => !isThere(skill));
  const judged = await inLots(skills.filter(isThere), SKILLS_AT_ONCE, async (skill) =>
    judgeChanged(reader, skill, gone, judgement, change.isUpdate),
  );
  const policyChange: PolicyChange = change.governs
    ? unlessStale(await judgePolicyChange(reader, change, policy, log.contents), staleness)
    : { outcome: 'unchanged' };
  const isFine =
    obstacles.length === 0 &&
    policyChange.outcome !== 'refused' &&
    judged.every(({ verdict }) => letsIn(verdict));
  return {
    state: isFine ? 'accepted' : 'refused',
    skills: judged,
    deleted: gone.map(({ path }) => shownSkillPath(path)),
    obstacles,
    policy: policyChange,
  };
}
