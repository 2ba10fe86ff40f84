import { type ClientRun, passed } from './client-hook.ts';
import { clientAnswer } from './run-client-hook.ts';
import type { HookAnswer } from './hook-place.ts';
import type { HookName } from './hook-name.ts';
import { preCommit } from './pre-commit.ts';
import { prePush } from './pre-push.ts';
import { preReceive } from './pre-receive.ts';
import { referenceTransaction } from './reference-transaction.ts';
import { serverAnswer } from './run-hook.ts';

/** A manager that hands on no lines of Git's would otherwise look as if all were well. */
async function prePushNamed(run: ClientRun): Promise<HookAnswer> {
  return run.input.length === 0
    ? passed(['note: nothing was judged: no refs came on standard input'])
    : prePush(run);
}

/** What the hook of that name answers in these surroundings. @param args what Git gives it */
export async function runNamedHook(name: HookName, args: readonly string[]): Promise<HookAnswer> {
  switch (name) {
    case 'pre-commit':
      return clientAnswer(name, preCommit, args);
    case 'pre-push':
      return clientAnswer(name, prePushNamed, args);
    case 'pre-receive':
      return serverAnswer(preReceive);
    case 'reference-transaction':
      return serverAnswer(async (run) => referenceTransaction(run, args[0]));
  }
}
