import { prePush } from '../src/gate/pre-push.ts';
import { runClientHook } from '../src/gate/run-client-hook.ts';

await runClientHook('pre-push', prePush, process.argv.slice(2));
