/** What a first policy is made of. */
export interface NewPolicy {
  readonly logId: string;
  readonly url: string | undefined;
  readonly ref: string | undefined;
  readonly maxAge: string | undefined;
  readonly maintainers: readonly string[];
  readonly paths: readonly { readonly match: string; readonly release: readonly string[] }[];
  readonly trust?: readonly { readonly aid: string; readonly level: string }[];
  /** What is asked, by risk tier or for all of them. */
  readonly required?: readonly NewRequirement[];
}

interface NewRequirement {
  readonly of: string;
  readonly criteria: readonly string[];
  readonly trust: string;
  readonly redundancy: number;
}

function listLines(items: readonly string[], indent: string): readonly string[] {
  return items.map((item) => `${indent}- ${item}`);
}

function trustLines(trust: NonNullable<NewPolicy['trust']>): readonly string[] {
  if (trust.length === 0) return [];
  return [
    '',
    '# Whose audits count here, and how far; and those of whom they vouch for. See gitkel trust explain AID.',
    'trust:',
    ...trust.flatMap(({ aid, level }) => [`  - aid: ${aid}`, `    level: ${level}`]),
  ];
}

function requirementLines(required: readonly NewRequirement[]): readonly string[] {
  if (required.length === 0) return [];
  return [
    '',
    '# What a skill has to meet beside its release, by the risk tier of what it asks for; all is for every other tier.',
    'criteria:',
    '  require:',
    ...required.flatMap(({ of, criteria, trust, redundancy }) => [
      `    ${of}:`,
      '      criteria:',
      ...listLines(criteria, '        '),
      `      trust: ${trust}`,
      `      redundancy: ${redundancy}`,
    ]),
  ];
}

/** The text of a policy file, with comments for those who will change it. */
export function policyText(policy: NewPolicy): string {
  const { logId, url, ref, maxAge, maintainers, paths, trust = [], required = [] } = policy;
  return [
    '# Who may release the skills of this repository. Once it is in force, it changes only with the approval of a',
    '# maintainer: gitkel policy approve .gitkel/policy.yaml --as AID --previous OLD',
    'version: 1',
    '',
    '# The log that decides, by its id, and where others get a copy.',
    'log:',
    `  id: ${logId}`,
    ...(url === undefined ? [] : [`  url: ${JSON.stringify(url)}`]),
    ...(ref === undefined ? [] : [`  ref: ${JSON.stringify(ref)}`]),
    ...(maxAge === undefined
      ? []
      : [
          '',
          '# A copy of the log that was not brought up to date for longer decides nothing.',
          `maxAge: ${maxAge}`,
        ]),
    '',
    '# Each of them alone may approve another policy, and revoke every skill.',
    'maintainers:',
    ...listLines(maintainers, '  '),
    '',
    '# Who may release a skill, by the path of its directory. * stands for characters within a part, ** for any number',
    '# of parts. The most specific rule decides; where none matches, no skill may be.',
    'paths:',
    ...paths.flatMap(({ match, release }) => [
      `  - match: ${JSON.stringify(match)}`,
      '    release:',
      ...listLines(release, '      '),
    ]),
    ...trustLines(trust),
    ...requirementLines(required),
    '',
  ].join('\n');
}
