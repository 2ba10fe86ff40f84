/**
 * The files of Git hooks: what lies where one may be, and the steps that install one or remove it.
 * @module
 */
import { join } from 'node:path';
import { sameBytes } from '../base/bytes.ts';
import { GitkelError } from '../base/errors.ts';
import { LIMITS } from '../base/limits.ts';
import { inodeOf, readFileBounded, shownPath, statOf } from '../host/files.ts';
import type { FileStats, Host } from '../host/host.ts';
import { type HookName, keptName } from './hook-name.ts';
import { type HookScript, hookScript, readHookScript } from './hook-script.ts';
import type { HookStep } from './hook-steps.ts';

/** What lies at a place where a hook may be. */
export type FoundHook =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'ours'; readonly script: HookScript; readonly isExecutable: boolean }
  | { readonly kind: 'edited' }
  /** Somebody else's; its bytes, where it is not too large to be looked into. */
  | { readonly kind: 'foreign'; readonly bytes: Uint8Array | undefined }
  /** A directory, or something else that Git cannot run. */
  | { readonly kind: 'special' };

/** Whoever pushes may be another user than the one who installs: Git passes over a hook that it may not run. */
const HOOK_MODE = 0o755;

export function isExecutable(stats: FileStats): boolean {
  return (stats.mode & 0o111) !== 0;
}

/** Looks at the place of a hook; never throws for what lies there. */
export function findHook(host: Host, path: string): FoundHook {
  const named = statOf(host, path);
  if (named === undefined) return { kind: 'nothing' };
  // Whatever it leads to is not ours: we make no links.
  if (named.isSymbolicLink()) return { kind: 'foreign', bytes: linkedBytes(host, path) };
  if (!named.isFile()) return { kind: 'special' };
  if (named.size > LIMITS.hookFileBytes) return { kind: 'foreign', bytes: undefined };
  const bytes = readFileBounded(host, path, LIMITS.hookFileBytes, { links: 'refuse' });
  if (bytes === undefined) return { kind: 'nothing' };
  const found = readHookScript(host.crypto, bytes);
  switch (found.kind) {
    case 'foreign':
      return { kind: 'foreign', bytes };
    case 'edited':
      return found;
    case 'ours':
      return { ...found, isExecutable: isExecutable(named) };
  }
}

function linkedBytes(host: Host, path: string): Uint8Array | undefined {
  try {
    return readFileBounded(host, path, LIMITS.hookFileBytes);
  } catch (error) {
    // A link that leads to nothing readable is kept as it is.
    if (error instanceof GitkelError) return undefined;
    throw error;
  }
}

/** Whether two names lead to the same file, or to two that do not differ: a step that was taken before a crash. */
function isSameFile(host: Host, one: string, other: string): boolean {
  const [first, second] = [statOf(host, one), statOf(host, other)];
  if (first === undefined || second === undefined) return false;
  if (first.isSymbolicLink() && second.isSymbolicLink())
    return host.fs.readlinkSync(one) === host.fs.readlinkSync(other);
  if (!first.isFile() || !second.isFile()) return false;
  const inode = inodeOf(first);
  if (inode !== undefined && inode === inodeOf(second)) return true;
  if (first.size !== second.size || first.mode !== second.mode) return false;
  const bytes = readFileBounded(host, one, LIMITS.objectBytes);
  const others = readFileBounded(host, other, LIMITS.objectBytes);
  return bytes !== undefined && others !== undefined && sameBytes(bytes, others);
}

function cannotInstall(path: string, reason: string, why: string, hint: string): GitkelError {
  return new GitkelError('refused', `Cannot install the hook ${shownPath(path)}: ${why}`, {
    reason,
    hint,
  });
}

/** Where a hook goes, and which program it runs. */
export interface HookRequest {
  readonly directory: string;
  readonly name: HookName;
  readonly node: string;
  readonly program: string;
}

/**
 * The steps that install a hook; none when it is installed as asked.
 * @param isNewDirectory whether the directory is made for this
 * @throws GitkelError `refused`: `hook-edited`, `hook-kept`, `hook-special`.
 */
export function planHook(
  host: Host,
  request: HookRequest,
  isNewDirectory: boolean,
): readonly HookStep[] {
  const { directory, name, node, program } = request;
  const path = join(directory, name);
  const kept = join(directory, keptName(name));
  const write = (isChained: boolean, madeDirectory: boolean): HookStep => ({
    kind: 'write',
    path,
    bytes: hookScript(host.crypto, { name, node, program, isChained, madeDirectory }),
    mode: HOOK_MODE,
  });
  const found = findHook(host, path);
  const hasKept = statOf(host, kept) !== undefined;
  switch (found.kind) {
    case 'nothing':
      if (hasKept)
        throw cannotInstall(
          path,
          'hook-kept',
          `it is gone, and ${shownPath(kept)} is the one that was there before`,
          `Give that file its old name, ${name}, or remove it; then try again.`,
        );
      return [write(false, isNewDirectory)];
    case 'ours': {
      const { script } = found;
      const step = write(script.isChained, script.madeDirectory);
      const isSame = script.name === name && script.node === node && script.program === program;
      return isSame && found.isExecutable && hasBytes(host, step) ? [] : [step];
    }
    case 'edited':
      throw cannotInstall(
        path,
        'hook-edited',
        'gitkel made it, and somebody edited it since',
        'Move what was added to a file of its own, remove this one, and try again.',
      );
    case 'special':
      throw cannotInstall(
        path,
        'hook-special',
        'something is there that is no file',
        'Remove it, and try again.',
      );
    case 'foreign':
      if (hasKept && !isSameFile(host, path, kept))
        throw cannotInstall(
          path,
          'hook-kept',
          `another hook is there, and ${shownPath(kept)} was kept before`,
          'Decide which of the two is to run, remove the other, and try again.',
        );
      return [
        ...(hasKept ? [] : [{ kind: 'keep', path, as: kept } as const]),
        write(true, isNewDirectory),
      ];
  }
}

function hasBytes(host: Host, step: HookStep): boolean {
  if (step.kind !== 'write') return false;
  const bytes = readFileBounded(host, step.path, LIMITS.hookFileBytes);
  return bytes !== undefined && sameBytes(bytes, step.bytes);
}

/**
 * The steps that remove a hook of ours and put back what was there before; none when it is not there.
 * @throws GitkelError `refused`: `hook-edited`, `hook-kept`.
 */
export function planHookRemoval(
  host: Host,
  directory: string,
  name: HookName,
): readonly HookStep[] {
  const path = join(directory, name);
  const kept = join(directory, keptName(name));
  const cannotRemove = (reason: string, why: string, hint: string): GitkelError =>
    new GitkelError('refused', `Cannot remove the hook ${shownPath(path)}: ${why}`, {
      reason,
      hint,
    });
  const hasKept = statOf(host, kept) !== undefined;
  const found = findHook(host, path);
  switch (found.kind) {
    case 'nothing':
      return hasKept ? [{ kind: 'put-back', path, from: kept }] : [];
    case 'ours':
      if (hasKept) return [{ kind: 'put-back', path, from: kept }];
      if (found.script.isChained)
        throw cannotRemove(
          'hook-kept',
          `${shownPath(kept)}, which was there before, is gone`,
          'Put that file back; or remove the hook by hand, if it is not wanted any more.',
        );
      return [
        { kind: 'remove', path },
        ...(found.script.madeDirectory
          ? [{ kind: 'remove-directory', path: directory } as const]
          : []),
      ];
    case 'edited':
      throw cannotRemove(
        'hook-edited',
        'gitkel made it, and somebody edited it since',
        hasKept
          ? `Save what was added, then put the former hook back: mv ${keptName(name)} ${name}`
          : 'Save what was added, then remove the file by hand.',
      );
    case 'foreign':
      if (!hasKept || isSameFile(host, path, kept))
        return hasKept ? [{ kind: 'remove', path: kept }] : [];
      throw cannotRemove(
        'hook-kept',
        `it is not gitkel's any more, and ${shownPath(kept)} was kept before`,
        'Decide which of the two is to stay, and remove the other.',
      );
    case 'special':
      return [];
  }
}
