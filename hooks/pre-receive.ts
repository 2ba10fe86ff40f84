import { preReceive } from '../src/gate/pre-receive.ts';
import { runHook } from '../src/gate/run-hook.ts';

await runHook(preReceive);
