import { referenceTransaction } from '../src/gate/reference-transaction.ts';
import { runHook } from '../src/gate/run-hook.ts';

await runHook(async (run) => referenceTransaction(run, process.argv[2]));
