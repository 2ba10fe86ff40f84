/** A bare repository with the hooks of a server, run in this process. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { utf8 } from '../../src/base/bytes.ts';
import { encodeHookConfig, type HookConfig } from '../../src/gate/hook-config.ts';
import { hookConfigPath, installedPolicyPath } from '../../src/gate/hook-name.ts';
import type { HookAnswer, HookRun } from '../../src/gate/hook-place.ts';
import type { RefUpdate } from '../../src/gate/judge-refs.ts';
import { preReceive } from '../../src/gate/pre-receive.ts';
import { referenceTransaction } from '../../src/gate/reference-transaction.ts';
import { answerOfHook } from '../../src/gate/server-hook.ts';
import type { Host } from '../../src/host/host.ts';

/** Writes what the hooks of a repository run by. */
export function configureHooks(dir: string, config: HookConfig, policy?: Uint8Array): void {
  mkdirSync(join(dir, 'gitkel'), { recursive: true });
  writeFileSync(hookConfigPath(dir), encodeHookConfig(config));
  if (policy !== undefined) writeFileSync(installedPolicyPath(dir), policy);
}

const NOTHING = '0'.repeat(40);

/** What Git tells a hook of these updates. */
export function told(updates: readonly RefUpdate[]): Uint8Array {
  return utf8(
    updates
      .map(({ ref, before, after }) => `${before ?? NOTHING} ${after ?? NOTHING} ${ref}\n`)
      .join(''),
  );
}

/** A run of a hook in a repository; this process is the Git that runs it. */
export function hookRun(
  host: Host,
  dir: string,
  updates: readonly RefUpdate[],
  environment: NodeJS.ProcessEnv = {},
): HookRun {
  return {
    host,
    environment: { GIT_DIR: '.', ...environment },
    directory: dir,
    input: told(updates),
    caller: host.processes,
  };
}

/** What `pre-receive` answers to a push. */
export async function received(run: HookRun): Promise<HookAnswer> {
  return answerOfHook(async () => preReceive(run));
}

/** What `reference-transaction` answers. */
export async function transacted(run: HookRun, state = 'prepared'): Promise<HookAnswer> {
  return answerOfHook(async () => referenceTransaction(run, state));
}

/** What was refused, as `path: reason`, sorted; nothing for what is let through. */
export function refusedBy({ isAllowed, lines }: HookAnswer): readonly string[] {
  const found = lines.flatMap((line) => {
    const [, what, reason] = /^gitkel: refused: (?:(.+?): )?([a-z-]+): /.exec(line) ?? [];
    return reason === undefined ? [] : [what === undefined ? reason : `${what}: ${reason}`];
  });
  if (isAllowed !== (lines.length === 0)) throw new Error(lines.join('\n'));
  if (!isAllowed && found.length === 0) throw new Error(`no reason is told: ${lines.join('\n')}`);
  return found.toSorted();
}
