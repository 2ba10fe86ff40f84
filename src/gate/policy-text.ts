/** What a first policy is made of. */
export interface NewPolicy {
  readonly logId: string;
  readonly url: string | undefined;
  readonly ref: string | undefined;
  readonly maxAge: string | undefined;
  readonly maintainers: readonly string[];
  readonly paths: readonly { readonly match: string; readonly release: readonly string[] }[];
}

function listLines(items: readonly string[], indent: string): readonly string[] {
  return items.map((item) => `${indent}- ${item}`);
}

/** The text of a policy file, with comments for those who will change it. */
export function policyText({ logId, url, ref, maxAge, maintainers, paths }: NewPolicy): string {
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
    '',
  ].join('\n');
}
