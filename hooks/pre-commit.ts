import { preCommit } from '../src/gate/pre-commit.ts';
import { runClientHook } from '../src/gate/run-client-hook.ts';

await runClientHook('pre-commit', preCommit, process.argv.slice(2));
