import { pathIncludes, steersAgents } from '../skills/permission-path.ts';
import type { Permissions } from '../skills/permissions.ts';
import type { Condition } from '../trust/condition.ts';

function isInWorkspace({ path }: Permissions['read'][number]): boolean {
  return path.startsWith('${workspace}');
}

function under(permissions: Permissions, condition: Condition): Permissions {
  const { read, write } = permissions;
  switch (condition) {
    case 'no-network':
      return { ...permissions, connect: [], listen: 'none', secrets: [] };
    case 'no-secrets':
      return { ...permissions, secrets: [] };
    case 'workspace-read-only':
      return {
        ...permissions,
        // What it may write it may read, too: that it keeps.
        read: [
          ...read,
          ...write.filter(
            (rule) => isInWorkspace(rule) && !read.some(({ path }) => path === rule.path),
          ),
        ],
        write: write.filter((rule) => !isInWorkspace(rule)),
        instructions: [],
      };
    case 'no-hooks':
      return {
        ...permissions,
        instructions: [],
        agent: { ...permissions.agent, hooks: false, expansions: false },
      };
    case 'sandbox':
    case 'strip-allowed-tools':
    case 'show-description':
      return permissions;
  }
}

/** What remains of a manifest under the conditions on which a skill was let in; they only take away. */
export function underConditions(
  permissions: Permissions,
  conditions: readonly Condition[],
): Permissions {
  return conditions.reduce(under, permissions);
}

/** The same, where what steers agents is only read, unless `agent.instructions` names it: to be written is not enough. */
export function withoutSteering(permissions: Permissions): Permissions {
  const { read, write, instructions } = permissions;
  const isKept = ({ path }: Permissions['write'][number]): boolean =>
    steersAgents(path) && !instructions.some((rule) => pathIncludes(rule.path, path));
  const known = new Set(read.map(({ path }) => path));
  return {
    ...permissions,
    write: write.filter((rule) => !isKept(rule)),
    read: [...read, ...write.filter((rule) => isKept(rule) && !known.has(rule.path))],
  };
}
