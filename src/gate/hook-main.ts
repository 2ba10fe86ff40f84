import type { HookName } from './hook-name.ts';
import { runClientHook } from './run-client-hook.ts';
import { runHook } from './run-hook.ts';

/**
 * Runs a hook to its end, as Git does: by its exit code Git goes on or does not. Of the hooks only this one is loaded.
 * @param args what Git gives it
 */
export async function runHookFile(name: HookName, args: readonly string[]): Promise<void> {
  switch (name) {
    case 'pre-commit':
      return runClientHook(name, (await import('./pre-commit.ts')).preCommit, args);
    case 'pre-push':
      return runClientHook(name, (await import('./pre-push.ts')).prePush, args);
    case 'pre-receive':
      return runHook(async (run) => (await import('./pre-receive.ts')).preReceive(run));
    case 'reference-transaction':
      return runHook(async (run) =>
        (await import('./reference-transaction.ts')).referenceTransaction(run, args[0]),
      );
  }
}
