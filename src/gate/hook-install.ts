import { join } from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { shownPath, statOf } from '../host/files.ts';
import type { Host } from '../host/host.ts';
import { findHook, planHook, planHookRemoval } from './hook-files.ts';
import { managerLine, managerOfHook } from './hook-manager.ts';
import { type HookName, keptName } from './hook-name.ts';
import { type HookStep, takeStep } from './hook-steps.ts';

/** The program of this installation that hooks run. */
export interface HookPrograms {
  /** Absolute path of node. */
  readonly node: string;
  /** Absolute path of the directory of the compiled hooks. */
  readonly directory: string;
}

/** What an installation or a removal comes to. */
export interface HookPlan {
  readonly steps: readonly HookStep[];
  /** What whoever installs should know. */
  readonly notes: readonly string[];
}

function noteOf(host: Host, directory: string, name: HookName): readonly string[] {
  const found = findHook(host, join(directory, name));
  if (found.kind !== 'foreign') return [];
  const manager = found.bytes === undefined ? undefined : managerOfHook(found.bytes);
  const kept = `the ${name} hook that is there is kept as ${keptName(name)}, and runs first`;
  return manager === undefined
    ? [kept]
    : [
        `${kept}; ${manager} made it, and may put its own back: to be safe, do not install this one but ${managerLine(manager, name)}`,
      ];
}

/** The file of a compiled hook. */
export function programOf({ directory }: HookPrograms, name: HookName): string {
  return join(directory, `${name}.cjs`);
}

/** The module of a hook, which scripts of earlier versions name: it does the same, and starts later. */
export function moduleOf({ directory }: HookPrograms, name: HookName): string {
  return join(directory, `${name}.js`);
}

/** @throws GitkelError `environment`, reason `program-gone`, when this installation lacks what the hooks run. */
export function requirePrograms(
  host: Host,
  names: readonly HookName[],
  programs: HookPrograms,
): void {
  const paths = [programs.node, ...names.map((name) => programOf(programs, name))];
  const gone = paths.find((path) => statOf(host, path) === undefined);
  if (gone === undefined) return;
  throw new GitkelError('environment', `Cannot install hooks: there is no ${shownPath(gone)}`, {
    reason: 'program-gone',
    hint: 'Install gitkel again.',
  });
}

/** What there is to say about where this gitkel lies. */
function placeNotes({ directory }: HookPrograms): readonly string[] {
  return /[\\/]_npx[\\/]/.test(directory)
    ? [
        `this gitkel lies in the cache of npx, ${shownPath(directory)}, which may be emptied: install it for good, and install the hooks again`,
      ]
    : [];
}

/**
 * Plans the installation of hooks in a directory. Nothing is touched.
 * @throws GitkelError `refused`: `hook-edited`, `hook-kept`, `hook-special`.
 */
export function planHooks(
  host: Host,
  directory: string,
  names: readonly HookName[],
  programs: HookPrograms,
): HookPlan {
  const isNew = statOf(host, directory) === undefined;
  const steps = names.flatMap((name) =>
    planHook(
      host,
      { directory, name, node: programs.node, program: programOf(programs, name) },
      isNew,
    ),
  );
  return {
    steps: isNew ? [{ kind: 'make-directory', path: directory }, ...steps] : steps,
    notes: [...placeNotes(programs), ...names.flatMap((name) => noteOf(host, directory, name))],
  };
}

const isLast = ({ kind }: HookStep): boolean => kind === 'remove-directory';

/**
 * Plans the removal of hooks from the directories in which they may be.
 * @throws GitkelError `refused`: `hook-edited`, `hook-kept`.
 */
export function planHooksRemoval(
  host: Host,
  directories: readonly string[],
  names: readonly HookName[],
): HookPlan {
  const steps = [...new Set(directories)].flatMap((directory) =>
    names.flatMap((name) => planHookRemoval(host, directory, name)),
  );
  // The directory goes last, when the others have left it.
  const last = steps.filter(isLast);
  return {
    steps: [...steps.filter((step) => !isLast(step)), ...last.slice(0, 1)],
    notes: [],
  };
}

/**
 * Takes the steps of a plan, in their order.
 * @throws GitkelError `environment`; `refused`, reason `hook-symlink`.
 */
export function applyPlan(host: Host, { steps }: HookPlan): void {
  for (const step of steps) takeStep(host, step);
}
