/** What a host has to see to where a skill is accepted with conditions only: a closed list, with what each asks for. */
export const CONDITIONS = {
  sandbox: 'run it in a sandbox only',
  'no-network': 'give it no network',
  'workspace-read-only': 'let it read the workspace, and write nothing there',
  'no-secrets': 'give it no secrets',
  'strip-allowed-tools': 'take no notice of the tools that its SKILL.md allows itself',
  'no-hooks': 'run none of its hooks and expansions, and keep it from files that steer agents',
  'show-description': 'show its name and description to a person before an agent gets to see them',
} as const;

/** One of {@link CONDITIONS}. */
export type Condition = keyof typeof CONDITIONS;
