import { realpathSync } from 'node:fs';
import path from 'node:path';
import { GitkelError } from '../base/errors.ts';
import { hookPrograms } from '../cli/hook-place.ts';
import { installPolicy, termsOf, type TrustFlags } from '../cli/install-terms.ts';
import type { Session } from '../cli/session.ts';
import { withDecidingLog } from '../cli/skill-log.ts';
import { isCloneUrl } from '../git/clone.ts';
import { typedAs } from './end-hook.ts';
import { type PlatformName, timeoutOf } from './hook-options.ts';
import type { HookCall } from './platform-settings.ts';

/** What a person has typed to have the settings printed. */
export interface PrintFlags extends TrustFlags {
  readonly log?: string | undefined;
  readonly branch?: string | undefined;
  readonly [name: string]: string | boolean | readonly string[] | undefined;
}

/** What the settings name in a place of its own, and not among the flags. */
const ELSEWHERE = ['log', 'home', 'branch', 'policy'];

function requireLog({ log }: PrintFlags): string {
  if (log !== undefined) return log;
  throw new GitkelError('usage', 'Cannot print settings: no log is named', {
    reason: 'hook-options',
    hint: 'Name a copy of the log with --log DIR: hooks look for none.',
  });
}

/**
 * How a hook is to be started with these flags. The log is opened and the flags are checked as the hook will, so that
 * nothing is printed that could not work.
 * @param root the directory of the package
 * @throws GitkelError as the hook would.
 */
export async function hookCall(
  session: Session,
  name: PlatformName,
  root: string,
  flags: PrintFlags,
): Promise<HookCall> {
  const log = requireLog(flags);
  const { branch, policy, skills } = flags;
  const terms = termsOf(session, flags);
  await withDecidingLog(session, { log, branch }, async (deciding) => {
    installPolicy(terms, deciding);
  });
  const { node, directory } = hookPrograms(root);
  const isOneFolder = typeof skills === 'string';
  const typed = typedAs(name, {
    ...flags,
    ...Object.fromEntries(ELSEWHERE.map((key) => [key, undefined])),
    ...(isOneFolder ? { skills: undefined } : {}),
    publisher: terms.publishers,
  });
  return {
    node: realpathSync(node),
    program: realpathSync(path.join(directory, `${name}.js`)),
    log: isCloneUrl(log) ? log : path.resolve(log),
    home: session.homeDirectory(),
    branch,
    skills: isOneFolder ? path.resolve(skills) : undefined,
    policy: policy === undefined ? undefined : path.resolve(policy),
    flags: typed,
    seconds: timeoutOf(name, typed),
  };
}
