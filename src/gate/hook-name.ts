/**
 * The Git hooks that gitkel has (githooks(5)), and the names of the files that belong to them.
 * @module
 */
import { join } from 'node:path';
import { GitkelError, quoted } from '../base/errors.ts';

const TRAITS = {
  'pre-receive': { side: 'server', hasInput: true },
  'reference-transaction': { side: 'server', hasInput: true },
  'pre-commit': { side: 'client', hasInput: false },
  'pre-push': { side: 'client', hasInput: true },
} as const;

export type HookName = keyof typeof TRAITS;

/** Where a hook runs: a server's hook refuses, a client's warns early. */
export type HookSide = (typeof TRAITS)[HookName]['side'];

export const SERVER_HOOKS: readonly HookName[] = ['pre-receive', 'reference-transaction'];
export const CLIENT_HOOKS = ['pre-commit', 'pre-push'] as const satisfies readonly HookName[];
export const ALL_HOOKS: readonly HookName[] = [...SERVER_HOOKS, ...CLIENT_HOOKS];

export function hookSide(name: HookName): HookSide {
  return TRAITS[name].side;
}

/** Whether Git gives the hook lines on its standard input. */
export function hasInput(name: HookName): boolean {
  return TRAITS[name].hasInput;
}

/** @throws GitkelError `usage` for a hook that gitkel does not have. */
export function hookNameOf(text: string): HookName {
  const name = ALL_HOOKS.find((one) => one === text);
  if (name === undefined) {
    throw new GitkelError('usage', `Cannot run the hook ${quoted(text)}: gitkel has none`, {
      reason: 'hook-name',
      hint: `Name one of ${ALL_HOOKS.join(', ')}.`,
    });
  }
  return name;
}

/** The name of the file under which the hook that was there before is kept, beside the new one. */
export function keptName(name: HookName): string {
  return `${name}.before-gitkel`;
}

/** The directory, in the directory of a repository that work trees share, of what the hooks need and remember. */
export function gateDirectory(commonDir: string): string {
  return join(commonDir, 'gitkel');
}

/** What the hooks are told: see {@link HookConfig}. */
export function hookConfigPath(commonDir: string): string {
  return join(gateDirectory(commonDir), 'hook.json');
}

/** The repository policy that counts while the default branch has none. */
export function installedPolicyPath(commonDir: string): string {
  return join(gateDirectory(commonDir), 'policy.yaml');
}

/** What the hooks have verified of the log, and this machine's key for that. */
export function hookHome(commonDir: string): string {
  return join(gateDirectory(commonDir), 'home');
}

/** What `pre-receive` approved: a file for each Git process that is at it. */
export function approvalsDirectory(commonDir: string): string {
  return join(gateDirectory(commonDir), 'approved');
}

/** A file for each Git process in whose name the log is locked: without one, no hook has anything to give back. */
export function heldDirectory(commonDir: string): string {
  return join(gateDirectory(commonDir), 'held');
}
