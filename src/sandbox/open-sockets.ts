import { LIMITS } from '../base/limits.ts';
import type { Mount } from './sandbox-places.ts';
import { textPath, walkDirectory } from './walk-directory.ts';

const NOTHING = '/dev/null';

/**
 * What is put over sockets of other programs that lie in directories given to a skill: to be there would be enough to speak with
 * those programs, whatever network there is. A socket that is named by itself is none of these.
 */
export function coveredSockets(mounts: readonly Mount[]): readonly Mount[] {
  const named = new Set(mounts.map(({ outside }) => outside));
  const found = new Map<string, Mount>();
  for (const { outside, inside } of mounts)
    walkDirectory(outside, {
      visit: (path, entry) => {
        const below = entry.isSocket() ? textPath(path) : undefined;
        if (below !== undefined && !named.has(`${outside}/${below}`))
          found.set(`${inside}/${below}`, { outside: NOTHING, inside: `${inside}/${below}` });
        return 'into';
      },
      unreadable: () => false,
      limit: LIMITS.workspaceEntries,
    });
  return [...found.values()];
}
