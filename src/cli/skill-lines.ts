import type { SkillFinding } from '../skills/skill-report.ts';

const MARKS: Readonly<Record<SkillFinding['severity'], string>> = {
  error: 'NO ',
  warning: '-- ',
  note: '   ',
};

/** A line for each finding about a skill, errors marked as everywhere else. */
export function findingLines(findings: readonly SkillFinding[]): readonly string[] {
  return findings.map(
    ({ severity, reason, path, detail }) =>
      `${MARKS[severity]} ${reason}: ${detail}${path === '' ? '' : ` [${path}]`}`,
  );
}
