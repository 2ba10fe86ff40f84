/**
 * Which skills an event is about. It is told from names and paths alone, before any log is opened: most events are about
 * none.
 * @module
 */
import {
  type ClaudeFolder,
  claudeFolders,
  skillsAtPath,
  skillsInCommand,
  skillsNamed,
  type Surroundings,
  type WantedSkill,
} from './claude-folders.ts';
import type { ClaudeEvent } from './claude-event.ts';
import type { ClaudeCodeOptions } from './hook-options.ts';
import { statOf } from '../host/files.ts';

export type Concern =
  | { readonly kind: 'none' }
  /** Something is called that is in no folder of skills. */
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'skills'; readonly wanted: readonly WantedSkill[] }
  | { readonly kind: 'report'; readonly folders: readonly ClaudeFolder[] };

/** Whether a name is let through unjudged; a `*` at the end stands for anything. */
function isAllowed(allow: readonly string[], name: string): boolean {
  return allow.some((one) =>
    one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : one === name,
  );
}

function unique(wanted: readonly WantedSkill[]): readonly WantedSkill[] {
  const byPlace = new Map(wanted.map((one) => [`${one.folder.dir}\0${one.only ?? ''}`, one]));
  return [...byPlace.values()];
}

function called(
  around: Surroundings,
  folders: readonly ClaudeFolder[],
  allow: readonly string[],
  written: string,
): Concern {
  const name = written.replace(/^\//, '');
  // A skill is judged whatever its name: one that calls itself like a command of the platform would stand in for it.
  const wanted = skillsNamed(around, folders, name);
  if (wanted.length > 0) return { kind: 'skills', wanted };
  return isAllowed(allow, name) ? { kind: 'none' } : { kind: 'unknown', name };
}

export function concernOf(
  event: ClaudeEvent,
  options: Pick<ClaudeCodeOptions, 'skills' | 'allow' | 'project-locks'>,
  around: Surroundings,
): Concern {
  const folders = claudeFolders(around, options);
  switch (event.kind) {
    case 'skill':
    case 'command':
      return called(around, folders, options.allow, event.name);
    case 'mcp-prompt':
      return { kind: 'none' };
    case 'report': {
      const { fs } = around;
      return {
        kind: 'report',
        folders: folders.filter(({ dir }) => statOf({ fs }, dir) !== undefined),
      };
    }
    case 'tool': {
      const wanted = unique([
        ...event.paths.flatMap((path) => skillsAtPath(around, folders, path)),
        ...event.commands.flatMap((line) => skillsInCommand(around, folders, line)),
      ]);
      return wanted.length === 0 ? { kind: 'none' } : { kind: 'skills', wanted };
    }
  }
}
