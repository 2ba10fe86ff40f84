import { clientAnswer } from './run-client-hook.ts';
import type { HookAnswer } from './hook-place.ts';
import type { HookName } from './hook-name.ts';
import { preCommit } from './pre-commit.ts';
import { prePush } from './pre-push.ts';
import { preReceive } from './pre-receive.ts';
import { referenceTransaction } from './reference-transaction.ts';
import { serverAnswer } from './run-hook.ts';

/** What the hook of that name answers in these surroundings. @param args what Git gives it */
export async function runNamedHook(name: HookName, args: readonly string[]): Promise<HookAnswer> {
  switch (name) {
    case 'pre-commit':
      return clientAnswer(name, preCommit, args);
    case 'pre-push':
      return clientAnswer(name, prePush, args);
    case 'pre-receive':
      return serverAnswer(preReceive);
    case 'reference-transaction':
      return serverAnswer(async (run) => referenceTransaction(run, args[0]));
  }
}
