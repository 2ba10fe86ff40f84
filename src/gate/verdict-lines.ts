import { letsIn } from '../skills/judge-skill.ts';
import type { ChangeVerdict, JudgedSkill } from './judge-change.ts';
import { type Refusal, shownInLine } from './refusal.ts';
import { POLICY_PATH } from './repository-policy.ts';

function skillHint({ path, allowed, verdict }: JudgedSkill): string {
  const isReleasable = verdict.state === 'intact-unsigned' || verdict.state === 'tampered';
  if (!isReleasable || allowed.length === 0) return verdict.hint;
  const directory = shownInLine(path) === path ? path : 'DIR';
  const publisher = allowed.length === 1 ? (allowed[0] ?? 'AID') : 'AID';
  return `Have it released by ${allowed.join(' or ')}: gitkel skill release ${directory} --as ${publisher} --version VERSION`;
}

/** The file of a skill that a verdict is about: the first one that differs, else its `SKILL.md`. */
function fileOf({ path, verdict: { differences } }: JudgedSkill): string {
  const directory = path === '.' ? '' : `${path}/`;
  const differing = differences.find(({ kind }) => kind !== 'missing');
  return `${directory}${differing?.path ?? 'SKILL.md'}`;
}

/** Everything that keeps a change out: the policy first, then what is beside the skills, then each skill. */
export function refusalsOf({ skills, obstacles, policy }: ChangeVerdict): readonly Refusal[] {
  return [
    ...(policy.outcome === 'refused'
      ? [{ ...policy, path: POLICY_PATH, file: POLICY_PATH }]
      : []
    ).map(({ path, reason, detail, hint, file }) => ({ path, reason, detail, hint, file })),
    ...obstacles.map(({ path, reason, detail }) => ({
      path,
      reason,
      detail,
      hint: '',
      file: path,
    })),
    ...skills.flatMap((skill) => {
      if (letsIn(skill.verdict)) return [];
      const hint = skillHint(skill);
      const { path } = skill;
      const reasons = skill.verdict.reasons.filter(
        ({ reason }, index, all) => all.findIndex((other) => other.reason === reason) === index,
      );
      return reasons.map(({ reason, detail, ...one }, index) => ({
        path,
        reason,
        detail,
        hint: index === 0 ? hint : one.hint,
        file: fileOf(skill),
      }));
    }),
  ];
}
