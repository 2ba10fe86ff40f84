import { join } from 'node:path';
import type { FileStats, Host } from '../host/host.ts';
import { errnoOf, namesIn, shownPath, statOf } from '../host/files.ts';
import { findHook, type FoundHook } from './hook-files.ts';
import { type HookPrograms, moduleOf, programOf } from './hook-install.ts';
import { ALL_HOOKS, type HookName, keptName } from './hook-name.ts';
import { ownHooks, type HooksPlace } from './hooks-place.ts';
import type { HookScript } from './hook-script.ts';

/** How one hook of gitkel stands in a repository. */
export interface HookStatus {
  readonly name: HookName;
  /** `broken`: it is there and cannot do its work; `passed-over`: Git does not run it. */
  readonly state: 'installed' | 'broken' | 'passed-over' | 'edited' | 'not-installed';
  /** Why, for anything but `installed` and `not-installed`; also when another installation of gitkel runs. */
  readonly reason: string | null;
  readonly detail: string;
  /** What to do; `null` when there is nothing to do. */
  readonly mend: string | null;
  readonly path: string;
  /** The hook that was there before and runs first; `null` when there is none. */
  readonly runsFirst: string | null;
}

type Standing = Pick<HookStatus, 'state' | 'reason' | 'detail' | 'mend'>;

const INSTALL_AGAIN = 'gitkel hook install, with the options that it was installed with';

function standing(
  state: HookStatus['state'],
  reason: string | null,
  detail: string,
  mend: string | null = null,
): Standing {
  return { state, reason, detail, mend };
}

/** What the path leads to, links followed; `undefined` for nothing, also behind a link. */
function target(host: Host, path: string): FileStats | undefined {
  const named = statOf(host, path);
  if (named?.isSymbolicLink() !== true) return named;
  try {
    return host.fs.statSync(path);
  } catch (error) {
    // A link that leads nowhere, or round in a circle.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** How a hook stands that can run: by which program it does. */
function runningStanding({ name, node, program }: HookScript, programs: HookPrograms): Standing {
  const isOurs = node === programs.node;
  if (isOurs && program === programOf(programs, name))
    return standing('installed', null, 'installed');
  if (isOurs && program === moduleOf(programs, name))
    return standing(
      'installed',
      'earlier-version',
      'installed by an earlier version of this gitkel; it would start sooner if it were installed again',
      INSTALL_AGAIN,
    );
  return standing(
    'installed',
    'other-installation',
    `installed, and runs ${shownPath(program)}, which is not this gitkel`,
    INSTALL_AGAIN,
  );
}

function ourStanding(
  host: Host,
  script: HookScript,
  kept: string,
  programs: HookPrograms,
): Standing {
  const gone = [script.node, script.program].find((path) => target(host, path) === undefined);
  if (gone !== undefined)
    return standing(
      'broken',
      'program-gone',
      `${shownPath(gone)} is gone: gitkel or node was moved or removed`,
      INSTALL_AGAIN,
    );
  if (script.isChained && statOf(host, kept) === undefined)
    return standing(
      'broken',
      'kept-gone',
      `the hook that was there before, ${shownPath(kept)}, is gone`,
      `put it back; or remove the hook and install it again`,
    );
  return runningStanding(script, programs);
}

/** Our scripts that another program has given other names, as hook managers do with what they find. */
function displaced(host: Host, directory: string, name: HookName): string | undefined {
  return namesIn(host, directory)
    .filter((file) => file.startsWith(`${name}.`) && file !== keptName(name))
    .find((file) => findHook(host, join(directory, file)).kind === 'ours');
}

function standingOf(
  host: Host,
  directory: string,
  name: HookName,
  programs: HookPrograms,
): Standing {
  const found: FoundHook = findHook(host, join(directory, name));
  const kept = join(directory, keptName(name));
  switch (found.kind) {
    case 'ours':
      if (!found.isExecutable)
        return standing(
          'passed-over',
          'not-executable',
          'the file is not executable: Git passes over it',
          INSTALL_AGAIN,
        );
      if (found.script.name !== name)
        return standing(
          'broken',
          'other-hook',
          `it is the ${found.script.name} hook`,
          INSTALL_AGAIN,
        );
      return ourStanding(host, found.script, kept, programs);
    case 'edited':
      return standing(
        'edited',
        'hook-edited',
        'gitkel made it, and somebody edited it since',
        'move what was added to a file of its own, remove this one, and install it again',
      );
    case 'nothing':
      return statOf(host, kept) === undefined
        ? standing('not-installed', null, 'not installed')
        : standing(
            'broken',
            'hook-gone',
            `it is gone, and ${shownPath(kept)}, which was there before, does not run either`,
            'gitkel hook uninstall puts that back; then install it again, if it is wanted',
          );
    case 'foreign':
    case 'special': {
      const other = displaced(host, directory, name);
      return other === undefined
        ? standing('not-installed', null, 'not installed; another hook is there')
        : standing(
            'installed',
            'displaced',
            `another hook is there; this one lies beside it as ${shownPath(other)}, and runs if that one runs it`,
            `see that it does, or remove ${shownPath(other)}`,
          );
    }
  }
}

/** How one hook stands in a directory, and whether Git looks there. */
function statusIn(
  host: Host,
  directory: string,
  isLookedIn: boolean,
  name: HookName,
  programs: HookPrograms,
): HookStatus {
  const path = join(directory, name);
  const kept = join(directory, keptName(name));
  const found = standingOf(host, directory, name, programs);
  const isHere = found.state !== 'not-installed';
  return {
    name,
    path,
    runsFirst: isHere && statOf(host, kept) !== undefined ? kept : null,
    ...(isHere && !isLookedIn
      ? standing(
          'passed-over',
          'hooks-path',
          'Git looks for hooks elsewhere (core.hooksPath), and passes over it',
          'gitkel hook uninstall; then have what is there run `gitkel hook run`, or install with --into-hooks-path',
        )
      : found),
  };
}

/** How each hook of gitkel stands in a repository. */
export function hookStatuses(
  host: Host,
  repository: { readonly commonDir: string },
  { directory }: HooksPlace,
  programs: HookPrograms,
): readonly HookStatus[] {
  const own = ownHooks(repository);
  return ALL_HOOKS.map((name) => {
    const status = statusIn(host, directory, true, name, programs);
    if (status.state !== 'not-installed' || own === directory) return status;
    const inOwn = statusIn(host, own, false, name, programs);
    return inOwn.state === 'not-installed' ? status : inOwn;
  });
}

/** Whether nothing is wrong with a hook: it does its work, or nobody asked it to. */
export function isInOrder({ state }: HookStatus): boolean {
  return state === 'installed' || state === 'not-installed';
}
